// The casts and coercion rules against what Apache Spark answered (tests/conformance).
#include <arrow/array/util.h>
#include <gtest/gtest.h>

#include "expression/constant_parser.h"
#include "types/recorded_answers.h"
#include "types/value_text.h"

namespace headrace {

namespace {

std::vector<RecordedAnswer> Answers(const std::string& name) {
  return ReadRecordedAnswers(HEADRACE_SOURCE_DIRECTORY, name);
}

CastOptions OptionsOf(const RecordedAnswer& answer) {
  CastOptions options;
  options.mode = answer.ansi ? CastMode::kAnsi : CastMode::kLegacy;
  options.zone = TimeZone::Find(answer.time_zone).ValueOrDie();
  return options;
}

std::string Describe(const arrow::Scalar& value, const TimeZone& zone) {
  std::string text = SimpleString(*value.type) + " ";
  AppendValue(*arrow::MakeArrayFromScalar(value, 1).ValueOrDie(), 0, zone, TextStyle::kShow, &text);
  return text;
}

std::string Expected(const RecordedAnswer& answer) {
  if (answer.is_error) {
    return answer.exception + " " + answer.condition + " " + answer.sql_state;
  }
  return answer.type + " " + answer.text;
}

// Evaluates all cases of a file that consist of literals and casts; returns how many there were.
int CheckCasts(const std::string& name) {
  int checked = 0;
  for (const RecordedAnswer& answer : Answers(name)) {
    const CastOptions options = OptionsOf(answer);
    const ParsedConstant parsed = ParseConstant(answer.expression, options);
    if (!parsed.understood) continue;
    ++checked;
    std::string actual;
    if (parsed.expression == nullptr) {
      actual = DescribeError(parsed.error);
    } else {
      const auto value = Fold(*parsed.expression);
      actual = value.ok() ? Describe(**value, *options.zone) : DescribeError(value.status());
    }
    EXPECT_EQ(actual, Expected(answer))
        << answer.expression << (answer.ansi ? "" : " without ANSI") << " in " << answer.time_zone;
  }
  return checked;
}

TEST(ConformanceTest, StringsToNumbers) { EXPECT_GE(CheckCasts("cast_string_to_number"), 110); }
TEST(ConformanceTest, Numbers) { EXPECT_GE(CheckCasts("cast_number"), 100); }
TEST(ConformanceTest, BooleansAndBinaries) { EXPECT_GE(CheckCasts("cast_boolean_binary"), 39); }
TEST(ConformanceTest, DatesAndTimestamps) { EXPECT_GE(CheckCasts("cast_datetime"), 130); }
TEST(ConformanceTest, ToString) { EXPECT_GE(CheckCasts("cast_to_string"), 60); }
TEST(ConformanceTest, NestedTypes) { EXPECT_GE(CheckCasts("cast_nested"), 26); }
TEST(ConformanceTest, Corners) { EXPECT_GE(CheckCasts("cast_special"), 120); }
TEST(ConformanceTest, TimeZones) { EXPECT_GE(CheckCasts("time_zones"), 40); }

TEST(ConformanceTest, CommonTypes) {
  int checked = 0;
  for (const RecordedAnswer& answer : Answers("coercion")) {
    for (const std::string function : {"coalesce(", "greatest(", "nvl("}) {
      const std::string prefix = "typeof(" + function;
      if (!answer.expression.starts_with(prefix)) continue;
      const std::string list =
          answer.expression.substr(prefix.size(), answer.expression.size() - prefix.size() - 2);
      const auto items = ParseConstants(list, OptionsOf(answer));
      if (!items.has_value()) continue;
      ++checked;
      std::vector<DataTypePtr> types;
      for (const ExpressionPtr& item : *items) types.push_back(item->type());
      const DataTypePtr common = CommonType(types, answer.ansi);
      EXPECT_EQ(common == nullptr ? "none" : SimpleString(*common),
                answer.is_error ? "none" : answer.text)
          << answer.expression << (answer.ansi ? "" : " without ANSI");
    }
  }
  EXPECT_GE(checked, 50);
}

TEST(ConformanceTest, DecimalArithmetic) {
  int checked = 0;
  for (const RecordedAnswer& answer : Answers("arithmetic")) {
    for (const char op : {'+', '-', '*', '/', '%'}) {
      const size_t at = answer.expression.find(std::string(" ") + op + " ");
      if (at == std::string::npos || answer.is_error) continue;
      const CastOptions options = OptionsOf(answer);
      const ParsedConstant left = ParseConstant(answer.expression.substr(0, at), options);
      const ParsedConstant right = ParseConstant(answer.expression.substr(at + 3), options);
      if (left.expression == nullptr || right.expression == nullptr ||
          left.expression->type()->id() != arrow::Type::DECIMAL128 ||
          right.expression->type()->id() != arrow::Type::DECIMAL128) {
        continue;
      }
      ++checked;
      const DataTypePtr type =
          DecimalResultType(op, static_cast<const arrow::Decimal128Type&>(*left.expression->type()),
                            static_cast<const arrow::Decimal128Type&>(*right.expression->type()));
      EXPECT_EQ(SimpleString(*type), answer.type) << answer.expression;
    }
  }
  EXPECT_GE(checked, 14);
}

}  // namespace

}  // namespace headrace

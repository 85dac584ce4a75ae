// SQL expressions, parsed, analysed and evaluated, against what Apache Spark answered.
//
// A case is evaluated over one row and, so that kernels see arrays as well as constants, over three
// equal rows of which the arguments are columns (see AsColumns).
#include <filesystem>
#include <set>

#include <arrow/array/util.h>
#include <gtest/gtest.h>

#include "expression/expression.h"
#include "functions/registry.h"
#include "plan/analyzer.h"
#include "sql/parser.h"
#include "types/recorded_answers.h"
#include "types/value_text.h"

namespace headrace {
namespace {

std::string ExceptionName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kAnalysis:
      return "AnalysisException";
    case ErrorKind::kParse:
      return "ParseException";
    case ErrorKind::kIllegalArgument:
      return "IllegalArgumentException";
    case ErrorKind::kArithmetic:
      return "ArithmeticException";
    case ErrorKind::kNumberFormat:
      return "NumberFormatException";
    case ErrorKind::kDateTime:
      return "DateTimeException";
    case ErrorKind::kArrayIndex:
      return "ArrayIndexOutOfBoundsException";
    case ErrorKind::kRuntime:
      return "SparkRuntimeException";
    case ErrorKind::kSpark:
      return "SparkException";
    default:
      return "another exception";
  }
}

std::string Describe(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  if (detail == nullptr) return status.ToString();
  return ExceptionName(detail->kind()) + " " + detail->condition() + " " +
         SqlStateOf(detail->condition());
}

std::string Describe(const RecordedAnswer& answer) {
  if (!answer.is_error) return answer.type + " " + answer.text;
  return answer.exception + " " + answer.condition + " " + answer.sql_state;
}

std::string Describe(const arrow::Array& values, int64_t row, const TimeZone& zone) {
  std::string text = SimpleString(*values.type()) + " ";
  AppendValue(values, row, zone, TextStyle::kShow, &text);
  return text;
}

Result<ExpressionPtr> Analyzed(const RecordedAnswer& answer, const BindContext& bind) {
  ParserOptions options;
  options.ansi = answer.ansi;
  options.zone = bind.zone;
  ARROW_ASSIGN_OR_RAISE(Statement statement,
                        ParseStatement("SELECT " + answer.expression + " AS v", options));
  AnalyzerContext context;
  context.bind = bind;
  ARROW_ASSIGN_OR_RAISE(ResolvedPlanPtr plan, Analyze(statement.query, context));
  return plan->projections.at(0).expression;
}

// Makes a column of each constant argument of calls, so that kernels get arrays. Constants that
// were needed when the call was bound (patterns, units) were read before.
ExpressionPtr AsColumns(const ExpressionPtr& root,
                        std::vector<std::shared_ptr<arrow::Array>>* columns, int64_t rows) {
  return Transform(root, [&](const ExpressionPtr& node) -> ExpressionPtr {
    const auto* literal = dynamic_cast<const Literal*>(node.get());
    if (literal == nullptr) return nullptr;
    auto array = arrow::MakeArrayFromScalar(*literal->value(), rows);
    if (!array.ok()) return nullptr;
    columns->push_back(*array);
    return std::make_shared<BoundReference>(static_cast<int>(columns->size()) - 1, "c",
                                            node->type(), true);
  });
}

Result<std::shared_ptr<arrow::Array>> Evaluated(
    const ExpressionPtr& expression, const std::vector<std::shared_ptr<arrow::Array>>& columns,
    int64_t rows) {
  std::vector<FieldPtr> fields;
  for (const std::shared_ptr<arrow::Array>& column : columns)
    fields.push_back(arrow::field("c", column->type()));
  const auto batch = arrow::RecordBatch::Make(arrow::schema(fields), rows, columns);
  return EvaluateToArray(*expression, *batch, EvaluationContext());
}

class AnswersTest : public testing::TestWithParam<std::string> {};

TEST_P(AnswersTest, AgreeWithSpark) {
  const auto answers = ReadRecordedAnswers(HEADRACE_SOURCE_DIRECTORY, GetParam());
  ASSERT_FALSE(answers.empty());
  for (const RecordedAnswer& answer : answers) {
    SCOPED_TRACE(answer.expression + (answer.ansi ? "" : " without ANSI") + " in " +
                 answer.time_zone);
    const std::string expected = Describe(answer);
    BindContext bind;
    bind.ansi = answer.ansi;
    bind.zone = TimeZone::Find(answer.time_zone).ValueOrDie();
    const auto expression = Analyzed(answer, bind);
    if (!expression.ok()) {
      EXPECT_EQ(Describe(expression.status()), expected) << expression.status().ToString();
      continue;
    }
    const auto single = Evaluated(*expression, {}, 1);
    EXPECT_EQ(single.ok() ? Describe(**single, 0, *bind.zone) : Describe(single.status()),
              expected);

    constexpr int64_t kRows = 3;
    std::vector<std::shared_ptr<arrow::Array>> columns;
    const ExpressionPtr over_columns = AsColumns(*expression, &columns, kRows);
    const auto several = Evaluated(over_columns, columns, kRows);
    if (!several.ok()) {
      EXPECT_EQ(Describe(several.status()), expected) << "over columns";
      continue;
    }
    EXPECT_TRUE((*several)->ValidateFull().ok()) << (*several)->ValidateFull().ToString();
    // Random numbers go on from row to row.
    const bool same = (*expression)->deterministic();
    for (int64_t row = 0; row < (same ? kRows : 1); ++row) {
      EXPECT_EQ(Describe(**several, row, *bind.zone), expected) << "over columns, row " << row;
    }
    const auto none = Evaluated(
        over_columns,
        [&] {
          std::vector<std::shared_ptr<arrow::Array>> empty;
          for (const std::shared_ptr<arrow::Array>& column : columns)
            empty.push_back(column->Slice(0, 0));
          return empty;
        }(),
        0);
    ASSERT_TRUE(none.ok()) << "over no rows: " << none.status().ToString();
    EXPECT_EQ((*none)->length(), 0);
  }
}

std::vector<std::string> Names() {
  std::set<std::string> names;
  const std::filesystem::path folder =
      std::filesystem::path(HEADRACE_SOURCE_DIRECTORY) / "tests/conformance/answers/spark-4.1";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".tsv") names.insert(entry.path().stem().string());
  }
  return {names.begin(), names.end()};
}

INSTANTIATE_TEST_SUITE_P(Recorded, AnswersTest, testing::ValuesIn(Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace headrace

// SQL expressions, parsed, analysed and evaluated, against what Apache Spark answered.
//
// A case is evaluated over one row and, so that kernels see arrays as well as constants, over three
// equal rows of which the arguments are columns (see AsColumns).
#include <filesystem>
#include <fstream>
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

std::string WithoutTrailingBlanks(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string Describe(const RecordedAnswer& answer) {
  if (!answer.is_error) return WithoutTrailingBlanks(answer.type + " " + answer.text);
  return answer.exception + " " + answer.condition + " " + answer.sql_state;
}

// The type and the only cell of the table that show() prints of the row.
std::string Describe(const std::shared_ptr<arrow::Array>& values, int64_t row,
                     const TimeZone& zone) {
  const auto schema = arrow::schema({arrow::field("v", values->type())});
  const auto batch = arrow::RecordBatch::Make(schema, 1, {values->Slice(row, 1)});
  const std::string table = ShowString(*schema, {batch}, 1, 0, false, zone);
  const size_t rule = table.rfind("|\n+");
  const size_t begin = table.rfind("\n|", rule - 1) + 2;
  return WithoutTrailingBlanks(SimpleString(*values->type()) + " " +
                               table.substr(begin, rule - begin));
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

// What differs from Spark's answer, over one row and over several; empty when nothing does.
std::string Difference(const RecordedAnswer& answer) {
  const std::string expected = Describe(answer);
  const auto unless_expected = [&](const std::string& actual, const std::string& where) {
    return actual == expected ? "" : "Spark: " + expected + "; Headrace" + where + ": " + actual;
  };
  BindContext bind;
  bind.ansi = answer.ansi;
  bind.zone = TimeZone::Find(answer.time_zone).ValueOrDie();
  const auto expression = Analyzed(answer, bind);
  if (!expression.ok()) return unless_expected(DescribeError(expression.status()), "");
  const auto describe = [&](const Result<std::shared_ptr<arrow::Array>>& values, int64_t row) {
    return values.ok() ? Describe(*values, row, *bind.zone) : DescribeError(values.status());
  };
  std::string difference = unless_expected(describe(Evaluated(*expression, {}, 1), 0), "");
  if (!difference.empty()) return difference;

  constexpr int64_t kRows = 3;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  const ExpressionPtr over_columns = AsColumns(*expression, &columns, kRows);
  const auto several = Evaluated(over_columns, columns, kRows);
  if (!several.ok()) return unless_expected(DescribeError(several.status()), " over columns");
  const Status valid = (*several)->ValidateFull();
  if (!valid.ok()) return "over columns: " + valid.ToString();
  // Random numbers go on from row to row.
  const bool same = (*expression)->deterministic();
  for (int64_t row = 0; row < (same ? kRows : 1) && difference.empty(); ++row) {
    difference = unless_expected(describe(several, row), " in row " + std::to_string(row));
  }
  for (auto& column : columns) column = column->Slice(0, 0);
  const auto none = Evaluated(over_columns, columns, 0);
  if (!none.ok()) return "over no rows: " + none.status().ToString();
  if ((*none)->length() != 0) return "over no rows: there are some in the result";
  return difference;
}

const std::filesystem::path& Folder() {
  static const auto& folder = *new std::filesystem::path(
      std::filesystem::path(HEADRACE_SOURCE_DIRECTORY) / "tests/conformance");
  return folder;
}

// Expressions in which the engine is known to differ.
std::set<std::string> KnownDifferences() {
  std::set<std::string> known;
  std::ifstream file(Folder() / "known_differences.txt");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') known.insert(line);
  }
  return known;
}

class AnswersTest : public testing::TestWithParam<std::string> {};

TEST_P(AnswersTest, AgreeWithSpark) {
  const auto answers = ReadRecordedAnswers(HEADRACE_SOURCE_DIRECTORY, GetParam());
  const auto known = KnownDifferences();
  ASSERT_FALSE(answers.empty());
  ASSERT_FALSE(known.empty());
  for (const RecordedAnswer& answer : answers) {
    SCOPED_TRACE(answer.expression + (answer.ansi ? "" : " without ANSI") + " in " +
                 answer.time_zone);
    const std::string difference = Difference(answer);
    if (known.contains(answer.expression)) {
      EXPECT_NE(difference, "") << "agrees: take it out of known_differences.txt";
    } else {
      EXPECT_EQ(difference, "");
    }
  }
}

// Not the answers over tables (`# @from=`): those are for run.py.
bool IsAboutTables(const std::filesystem::path& answers) {
  std::ifstream file(answers);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("# @from=")) return true;
  }
  return false;
}

std::vector<std::string> Names() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Folder() / "answers/spark-4.1")) {
    const auto& path = entry.path();
    if (path.extension() == ".tsv" && !IsAboutTables(path)) names.insert(path.stem().string());
  }
  return {names.begin(), names.end()};
}

INSTANTIATE_TEST_SUITE_P(Recorded, AnswersTest, testing::ValuesIn(Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace headrace

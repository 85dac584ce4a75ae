#include <gtest/gtest.h>

#include "sql/parser.h"

namespace headrace {
namespace {

ParserOptions WithTableFunction() {
  ParserOptions options;
  options.registered_table = [](const std::string& name) {
    auto function = std::make_shared<PythonFunction>();
    function->name = name;
    return name == "f" ? function : nullptr;
  };
  return options;
}

LogicalPlanPtr Parsed(const std::string& sql) {
  auto statement = ParseStatement(sql, WithTableFunction());
  EXPECT_TRUE(statement.ok()) << statement.status().ToString();
  return statement.ok() ? statement->query->children[0] : nullptr;
}

TEST(TableFunctions, StandAloneOrBesideARelation) {
  const auto alone = Parsed("SELECT * FROM f(1, b => 2)");
  ASSERT_NE(alone, nullptr);
  EXPECT_EQ(alone->kind, LogicalKind::kLateralView);
  EXPECT_TRUE(alone->children.empty());
  ASSERT_EQ(alone->expressions[0]->children.size(), 2u);
  EXPECT_EQ(alone->expressions[0]->children[1]->kind, UnresolvedKind::kNamedArgument);
  EXPECT_EQ(alone->expressions[0]->children[1]->name, "b");

  const auto beside = Parsed("SELECT * FROM t LEFT JOIN LATERAL f(t.a) AS s(x, y) ON TRUE");
  ASSERT_NE(beside, nullptr);
  EXPECT_EQ(beside->children.size(), 1u);
  EXPECT_TRUE(beside->outer);
  EXPECT_EQ(beside->name, "s");
  EXPECT_EQ(beside->names, (std::vector<std::string>{"x", "y"}));
}

TEST(TableFunctions, TableArgumentsAreRepartitionedAndSorted) {
  const auto plan = Parsed("SELECT * FROM f(TABLE(t) PARTITION BY (a, b) ORDER BY c DESC)");
  ASSERT_NE(plan, nullptr);
  const UnresolvedExpression& argument = *plan->expressions[0]->children[0];
  EXPECT_EQ(argument.kind, UnresolvedKind::kSubquery);
  const LogicalPlan& sort = *argument.subquery;
  ASSERT_EQ(sort.kind, LogicalKind::kSort);
  EXPECT_FALSE(sort.global);
  EXPECT_FALSE(sort.expressions[0]->ascending);
  const LogicalPlan& partitions = *sort.children[0];
  ASSERT_EQ(partitions.kind, LogicalKind::kRepartition);
  EXPECT_EQ(partitions.expressions.size(), 2u);
  EXPECT_EQ(partitions.children[0]->name_parts, (std::vector<std::string>{"t"}));

  const auto whole = Parsed("SELECT * FROM f(x => TABLE(SELECT 1) WITH SINGLE PARTITION)");
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(whole->expressions[0]->children[0]->children[0]->subquery->number, 1);
}

// Recorded from Apache Spark 4.1.
TEST(TableFunctions, SeveralKeysWantBrackets) {
  auto failed = ParseStatement("SELECT * FROM f(TABLE(t) PARTITION BY a, b)", WithTableFunction());
  ASSERT_FALSE(failed.ok());
  const ErrorDetail* detail = ErrorDetail::Get(failed.status());
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->condition(), "_LEGACY_ERROR_TEMP_0064");
}

}  // namespace
}  // namespace headrace

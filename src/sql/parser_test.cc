#include "sql/parser.h"

#include <gtest/gtest.h>

#include "sql/table_statement.h"

namespace headrace {
namespace {

// A compact text form of unresolved expressions, for comparison only.
std::string Show(const UnresolvedPtr& node) {
  std::string text;
  auto list = [&](const std::vector<UnresolvedPtr>& items) {
    std::string joined;
    for (const auto& item : items) joined += (joined.empty() ? "" : ", ") + Show(item);
    return joined;
  };
  switch (node->kind) {
    case UnresolvedKind::kLiteral:
      return node->literal->is_valid
                 ? node->literal->ToString() + ":" + node->literal->type->ToString()
                 : "NULL";
    case UnresolvedKind::kAttribute:
      for (const auto& part : node->name_parts) text += (text.empty() ? "" : ".") + part;
      return text;
    case UnresolvedKind::kStar:
      for (const auto& part : node->name_parts) text += part + ".";
      return text + "*";
    case UnresolvedKind::kFunction:
      text = node->name + "(" + (node->distinct ? "distinct " : "") + list(node->children) + ")";
      return node->filter ? text + " filter " + Show(node->filter) : text;
    case UnresolvedKind::kAlias:
      for (const auto& name : node->aliases) text += " as " + name;
      return Show(node->children[0]) + text;
    case UnresolvedKind::kCast:
      return std::string(node->try_cast ? "try_cast" : "cast") + "(" + Show(node->children[0]) +
             " as " + SimpleString(*node->type) + ")";
    case UnresolvedKind::kSortOrder:
      return Show(node->children[0]) + (node->ascending ? " asc" : " desc") +
             (node->nulls_first ? " first" : " last");
    case UnresolvedKind::kExtractValue:
      return Show(node->children[0]) + "[" + Show(node->children[1]) + "]";
    case UnresolvedKind::kLambda:
      for (const auto& argument : node->lambda_arguments) text += argument + " ";
      return text + "-> " + Show(node->children[0]);
    case UnresolvedKind::kLambdaVariable:
      return "$" + node->name;
    default:
      return "?";
  }
}

std::string Parsed(const std::string& sql) {
  auto expression = ParseExpression(sql, ParserOptions{});
  return expression.ok() ? Show(*expression) : expression.status().message();
}

TEST(ParseExpression, BindsOperatorsAsSparkDoes) {
  EXPECT_EQ(Parsed("a + b * c"), "+(a, *(b, c))");
  EXPECT_EQ(Parsed("a - b - c"), "-(-(a, b), c)");
  EXPECT_EQ(Parsed("NOT a AND b OR c"), "or(and(not(a), b), c)");
  EXPECT_EQ(Parsed("a = 1 and b <> 'x'"), "and(==(a, 1:int32), not(==(b, x:string)))");
  EXPECT_EQ(Parsed("a || b = c"), "==(concat(a, b), c)");
  EXPECT_EQ(Parsed("(a + b) % c div d"), "div(%(+(a, b), c), d)");
  EXPECT_EQ(Parsed("-a + -1"), "+(negative(a), -1:int32)");
  EXPECT_EQ(Parsed("a & b | c ^ d"), "|(&(a, b), ^(c, d))");
}

TEST(ParseExpression, ReadsPredicates) {
  EXPECT_EQ(Parsed("a between 1 and 2 and b"), "and(between(a, 1:int32, 2:int32), b)");
  EXPECT_EQ(Parsed("a not in (1, 2)"), "not(in(a, 1:int32, 2:int32))");
  EXPECT_EQ(Parsed("a is not null"), "isnotnull(a)");
  EXPECT_EQ(Parsed("s not like 'x%'"), "not(like(s, x%:string))");
  EXPECT_EQ(Parsed("a is distinct from b"), "not(<=>(a, b))");
  EXPECT_EQ(Parsed("a is not true"), "not(<=>(a, true:bool))");
}

TEST(ParseExpression, ReadsLiterals) {
  EXPECT_EQ(Parsed("1L"), "1:int64");
  EXPECT_EQ(Parsed("3000000000"), "3000000000:int64");
  EXPECT_EQ(Parsed("1.50"), "1.50:decimal128(3, 2)");
  EXPECT_EQ(Parsed("1e1"), "10:double");
  EXPECT_EQ(Parsed("2.5D"), "2.5:double");
  EXPECT_EQ(Parsed("'it''s' ' two'"), "it's two:string");
  EXPECT_EQ(Parsed(R"('a\tbA')"), "a\tbA:string");
  EXPECT_EQ(Parsed(R"(r'a\t')"), R"(a\t:string)");
  EXPECT_EQ(Parsed("\"x\""), "x:string");
  EXPECT_EQ(Parsed("NULL"), "NULL");
  EXPECT_EQ(Parsed("DATE '2024-01-02'"), "2024-01-02:date32[day]");
}

TEST(ParseExpression, NamesIntervalsAsSparkDoes) {
  auto text = [](const std::string& sql) {
    return (*ParseExpression(sql, ParserOptions{}))->sql_text;
  };
  EXPECT_EQ(text("interval 1 day"), "INTERVAL '1' DAY");
  EXPECT_EQ(text("interval '10' minutes"), "INTERVAL '10' MINUTE");
  EXPECT_EQ(text("interval 1 day 2 hours"), "INTERVAL '1 02' DAY TO HOUR");
  EXPECT_EQ(text("interval '1 02:03:04' day to second"), "INTERVAL '1 02:03:04' DAY TO SECOND");
  EXPECT_EQ(text("interval '1-2' year to month"), "INTERVAL '1-2' YEAR TO MONTH");
}

TEST(ParseExpression, ReadsFormsWithWordsOfTheirOwn) {
  EXPECT_EQ(Parsed("case when a then 1 else 2 end"), "when(a, 1:int32, 2:int32)");
  EXPECT_EQ(Parsed("case a when 1 then 'x' end"), "when(==(a, 1:int32), x:string)");
  EXPECT_EQ(Parsed("cast(a as array<array<int>>)"), "cast(a as array<array<int>>)");
  EXPECT_EQ(Parsed("a::decimal(10,2) + 1"), "+(cast(a as decimal(10,2)), 1:int32)");
  EXPECT_EQ(Parsed("try_cast(a as int)"), "try_cast(a as int)");
  EXPECT_EQ(Parsed("extract(year from ts)"), "extract(year:string, ts)");
  EXPECT_EQ(Parsed("count(distinct a, b) filter (where a > 0)"),
            "count(distinct a, b) filter >(a, 0:int32)");
  EXPECT_EQ(Parsed("transform(xs, x -> x.f + a)"), "transform(xs, x -> +($x[f:string], a))");
  EXPECT_EQ(Parsed("aggregate(xs, 0, (acc, x) -> acc + x)"),
            "aggregate(xs, 0:int32, acc x -> +($acc, $x))");
  EXPECT_EQ(Parsed("m['k'].f[0]"), "m[k:string][f:string][0:int32]");
  EXPECT_EQ(Parsed("t.*"), "t.*");
}

TEST(ParseExpression, ReadsAliasesAndOrders) {
  EXPECT_EQ(Parsed("a + 1 as b"), "+(a, 1:int32) as b");
  EXPECT_EQ(Parsed("a b"), "a as b");
  EXPECT_EQ(Parsed("stack(2, a, b) as (x, y)"), "stack(2:int32, a, b) as x as y");
  EXPECT_EQ(Parsed("a desc nulls first"), "a desc first");
  EXPECT_EQ(Parsed("`my col`.`x.y`"), "my col.x.y");
}

TEST(ParseExpression, TakesWordsOfClausesForColumnsWhereNoClauseCanBegin) {
  EXPECT_EQ(Parsed("inner is not null"), "isnotnull(inner)");
  EXPECT_EQ(Parsed("left + right"), "+(left, right)");
  EXPECT_EQ(Parsed("end"), "end");
  EXPECT_EQ(Parsed("case when end then join else using end"), "when(end, join, using)");
  EXPECT_NE(Parsed("a and and b"), "and(a, and)");
}

TEST(ParseExpression, RefusesOtherLettersOutsideOfQuotes) {
  EXPECT_EQ(Parsed("`größe` + 'größe'"), "+(größe, größe:string)");
  const auto status = ParseExpression("größe + 1", ParserOptions{}).status();
  ASSERT_NE(ErrorDetail::Get(status), nullptr);
  EXPECT_EQ(ErrorDetail::Get(status)->condition(), "INVALID_IDENTIFIER");
}

TEST(ParseExpression, TellsWhereTheErrorIs) {
  const auto status = ParseExpression("a +\n  ) b", ParserOptions{}).status();
  const ErrorDetail* detail = ErrorDetail::Get(status);
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->condition(), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(detail->kind(), ErrorKind::kParse);
  EXPECT_NE(status.message().find("(line 2, pos 2)"), std::string::npos) << status.message();
  EXPECT_FALSE(ParseExpression("", ParserOptions{}).ok());
  EXPECT_FALSE(ParseExpression("'open", ParserOptions{}).ok());
  EXPECT_FALSE(ParseExpression("a b c", ParserOptions{}).ok());
}

TEST(ParseExpression, RefusesDeepNestingInsteadOfCrashing) {
  const std::string deep(100000, '(');
  EXPECT_FALSE(ParseExpression(deep, ParserOptions{}).ok());
  EXPECT_FALSE(ParseExpression(std::string(100000, '-') + "a", ParserOptions{}).ok());
}

LogicalPlanPtr Query(const std::string& sql) {
  auto statement = ParseStatement(sql, ParserOptions{});
  EXPECT_TRUE(statement.ok()) << statement.status().message();
  return statement.ok() ? statement->query : nullptr;
}

TEST(ParseStatement, BuildsTheClausesInOrder) {
  const auto limit = Query(
      "SELECT word, count(*) AS n FROM t WHERE word <> '' GROUP BY word HAVING n > 1 ORDER BY n "
      "DESC LIMIT 3");
  ASSERT_EQ(limit->kind, LogicalKind::kLimit);
  EXPECT_EQ(limit->number, 3);
  const auto& sort = limit->children[0];
  ASSERT_EQ(sort->kind, LogicalKind::kSort);
  EXPECT_EQ(Show(sort->expressions[0]), "n desc last");
  const auto& aggregate = sort->children[0];
  ASSERT_EQ(aggregate->kind, LogicalKind::kAggregate);
  EXPECT_TRUE(aggregate->select_list);
  EXPECT_EQ(Show(aggregate->expressions[1]), "count(*) as n");
  EXPECT_EQ(Show(aggregate->having), ">(n, 1:int32)");
  const auto& filter = aggregate->children[0];
  ASSERT_EQ(filter->kind, LogicalKind::kFilter);
  EXPECT_EQ(filter->children[0]->name_parts, std::vector<std::string>{"t"});
}

TEST(ParseStatement, JoinsSetOperationsAndCommonTables) {
  const auto join =
      Query("SELECT * FROM a x LEFT JOIN b AS y ON x.id = y.id JOIN c USING (id)")->children[0];
  ASSERT_EQ(join->kind, LogicalKind::kJoin);
  EXPECT_EQ(join->names, std::vector<std::string>{"id"});
  EXPECT_EQ(join->children[0]->join_type, JoinType::kLeftOuter);
  EXPECT_EQ(join->children[0]->children[0]->name, "x");

  const auto set = Query("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3");
  ASSERT_EQ(set->kind, LogicalKind::kUnion);
  EXPECT_EQ(set->children[1]->kind, LogicalKind::kIntersect);
  EXPECT_EQ(Query("SELECT 1 UNION SELECT 2")->kind, LogicalKind::kDeduplicate);

  const auto with = Query("WITH t AS (SELECT 1 AS a) SELECT a FROM t");
  EXPECT_EQ(with->children[0]->kind, LogicalKind::kSubqueryAlias);
  EXPECT_EQ(with->children[0]->children[0]->kind, LogicalKind::kProject);
}

TEST(ParseStatement, ReadsUnpivotsOfOneAndOfSeveralColumns) {
  const auto one =
      Query("SELECT * FROM t UNPIVOT INCLUDE NULLS (v FOR n IN (a AS x, b))")->children[0];
  ASSERT_EQ(one->kind, LogicalKind::kUnpivot);
  EXPECT_EQ(one->names, (std::vector<std::string>{"n", "v"}));
  EXPECT_TRUE(one->all);
  EXPECT_EQ(Show(one->expressions[0]), "a as x");

  const auto two = Query("SELECT * FROM t UNPIVOT ((v, w) FOR n IN ((a, b), (c, d) AS y)) u");
  ASSERT_EQ(two->children[0]->kind, LogicalKind::kSubqueryAlias);
  const auto& unpivot = two->children[0]->children[0];
  EXPECT_EQ(unpivot->names, (std::vector<std::string>{"n", "v", "w"}));
  EXPECT_FALSE(unpivot->all);
  EXPECT_EQ(Show(unpivot->expressions[1]), "struct(c, d) as y");
}

TEST(ParseStatement, ReadsPipesInTheirOrder) {
  const auto limit = Query("FROM t |> WHERE a > 1 |> EXTEND a + 1 AS b |> ORDER BY b |> LIMIT 2");
  ASSERT_EQ(limit->kind, LogicalKind::kLimit);
  const auto& sort = limit->children[0];
  ASSERT_EQ(sort->kind, LogicalKind::kSort);
  const auto& extend = sort->children[0];
  ASSERT_EQ(extend->expressions.size(), 2u);
  EXPECT_EQ(Show(extend->expressions[0]), "*");
  EXPECT_EQ(extend->children[0]->kind, LogicalKind::kFilter);
  EXPECT_EQ(Query("FROM t |> JOIN u USING (a)")->kind, LogicalKind::kJoin);
}

TEST(ParseStatement, ReadsCommands) {
  EXPECT_EQ(ParseStatement("CREATE OR REPLACE TEMP VIEW v AS SELECT 1", {})->command,
            "CREATE TEMPORARY VIEW");
  const auto set = *ParseStatement("SET spark.sql.shuffle.partitions = 4", {});
  EXPECT_EQ(set.key, "spark.sql.shuffle.partitions");
  EXPECT_EQ(set.value, "4");
  const auto refused = ParseStatement("MERGE INTO t USING s ON a = b", {}).status();
  EXPECT_NE(refused.message().find("MERGE"), std::string::npos);
}

TEST(ParseStatement, ReadsStatementsAboutTables) {
  const auto create = *ParseStatement(
      "CREATE TABLE IF NOT EXISTS d.t (a INT COMMENT 'x (y', default STRING) USING json "
      "OPTIONS (header true, 'a.b' = 'c', n -1) PARTITIONED BY (day DATE) LOCATION '/p'",
      {});
  EXPECT_EQ(create.command, "CREATE TABLE");
  EXPECT_TRUE(create.if_not_exists);
  EXPECT_EQ(create.table->columns->field_names(),
            (std::vector<std::string>{"a", "default", "day"}));
  EXPECT_EQ(create.table->options,
            (std::map<std::string, std::string>{{"header", "true"}, {"a.b", "c"}, {"n", "-1"}}));
  EXPECT_EQ(create.table->partition_columns, std::vector<std::string>{"day"});
  EXPECT_EQ(create.table->location, "/p");
  const auto insert = *ParseStatement(
      "WITH r AS (SELECT 1) INSERT OVERWRITE TABLE t PARTITION (p = 1, q) SELECT * FROM r", {});
  EXPECT_EQ(insert.command, "INSERT");
  EXPECT_TRUE(insert.table->overwrite);
  EXPECT_EQ(insert.table->partitions[0].size(), 2);
  EXPECT_EQ(insert.table->partitions[0][1].value, nullptr);
  const auto view = *ParseStatement("CREATE VIEW v (a COMMENT 'c', b) AS SELECT 1, 2 ;", {});
  EXPECT_EQ(view.table->query_text, "SELECT 1, 2");
  EXPECT_EQ(view.table->view_columns.size(), 2);
  for (const char* refused : {"CREATE TABLE t (a INT DEFAULT 1)", "CREATE TABLE t (a INT",
                              "ALTER TABLE t", "CREATE", "INSERT INTO t", "SHOW NOTHING"}) {
    EXPECT_FALSE(ParseStatement(refused, {}).ok()) << refused;
  }
  EXPECT_EQ(
      ParseStatement("SELECT * FROM IDENTIFIER('a' || '.b')", {})->query->children[0]->name_parts,
      (std::vector<std::string>{"a", "b"}));
}

TEST(ParseStatement, PutsInParameters) {
  SqlParameters parameters;
  parameters.named["low"] = UnresolvedLiteral(std::make_shared<arrow::Int32Scalar>(7));
  const auto plan = ParseStatement("SELECT :low", {}, parameters)->query;
  EXPECT_EQ(Show(plan->expressions[0]), "7:int32");
  EXPECT_EQ(ErrorDetail::Get(ParseStatement("SELECT :high", {}, parameters).status())->condition(),
            "UNBOUND_SQL_PARAMETER");
}

}  // namespace
}  // namespace headrace

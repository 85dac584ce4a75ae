// Texts of a language: SQL, schemas, intervals, time zones, patterns, times.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "expression/cast.h"
#include "fuzzer.h"
#include "plan/testing.h"
#include "sql/parser.h"
#include "types/spark_type.h"
#include "types/time.h"

namespace headrace::fuzz {
namespace {

using Texts = std::vector<std::string>;

// The expressions that the conformance tables are about.
Texts RecordedExpressions() {
  Texts expressions;
  const std::filesystem::path cases = HEADRACE_CONFORMANCE_CASES;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(cases)) files.push_back(entry);
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      if (!line.empty() && line[0] != '#' && line.size() < 500) expressions.push_back(line);
    }
  }
  return expressions;
}

const Texts kSqlWords = {"SELECT ",
                         " FROM t ",
                         " WHERE ",
                         " GROUP BY ",
                         " ORDER BY ",
                         " LIMIT ",
                         " UNION ALL ",
                         "CAST(",
                         " AS ",
                         " OVER (",
                         "INTERVAL ",
                         " CASE WHEN ",
                         " END ",
                         " IS NOT NULL ",
                         " BETWEEN ",
                         " LIKE ",
                         " IN (",
                         "(",
                         ")",
                         "'",
                         "`",
                         "\"",
                         "--",
                         "/*",
                         "*/",
                         "::",
                         "->",
                         " JOIN u ON ",
                         " LATERAL VIEW explode(arr) ",
                         "array(",
                         "struct<",
                         "DECIMAL(",
                         "X'0f'",
                         "1.5e3BD",
                         ":p",
                         "?",
                         " DISTINCT ",
                         "*",
                         "a",
                         "s",
                         "window(ts, '1 minute')",
                         "\xF0\x9F\x99\x82",
                         " EXCEPT ",
                         " WITH x AS (",
                         "VALUES (1)"};

const Texts kStatements = {
    "SELECT a, sum(b) AS total FROM t WHERE s LIKE 'x%' GROUP BY a HAVING sum(b) > 1 ORDER BY "
    "total DESC",
    "SELECT t.a, u.c FROM t JOIN u ON t.a = u.a WHERE ok AND d BETWEEN 1.5 AND 2e3 LIMIT 5 OFFSET "
    "1",
    "SELECT s, window(ts, '10 minutes', '5 minutes').start, count(DISTINCT b) FROM t GROUP BY 1, 2",
    "WITH x AS (SELECT * FROM t) SELECT explode(arr), m['k'], st.f FROM x",
    "SELECT CASE WHEN a > 1 THEN 'one' ELSE NULL END, CAST(a AS DECIMAL(10,2)), INTERVAL '1 2:3' "
    "DAY TO MINUTE",
    "SELECT * FROM t LEFT ANTI JOIN u USING (a) UNION ALL SELECT * FROM t",
    "CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1 AS one, date'2024-01-01', timestamp'2024-01-01 "
    "00:00:00'",
    "SELECT a, grouping(a) FROM t GROUP BY GROUPING SETS ((a), (s, a), ())",
    "SHOW FUNCTIONS",
    "DESCRIBE FUNCTION sum",
    "SET spark.sql.ansi.enabled=false",
    "EXPLAIN SELECT 1",
    "FROM t |> WHERE a > 1 |> SET a = a + 1 |> AGGREGATE count(*) AS n GROUP BY s |> ORDER BY n",
    "SELECT * FROM t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN ((a, b), (d, a) AS y)) AS u",
    "SELECT a IN (SELECT a FROM u) OR NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a) FROM t",
    "SELECT t.a, l.m FROM t, LATERAL (SELECT max(c) AS m FROM u WHERE u.a < t.a) AS l",
    "SELECT listagg(s, ',') WITHIN GROUP (ORDER BY a DESC) FROM t TABLESAMPLE (BUCKET 1 OUT OF 2)",
    "SELECT transform(arr, x -> x || 'y'), `a`, t.`s`, -a, ~a, !ok, a::string FROM t TABLESAMPLE "
    "(5 PERCENT)"};

class SqlTest : public testing::PlanTest {
 protected:
  SqlTest() {
    context_.find_table = [](const Texts& name) -> Result<std::optional<LogicalPlanPtr>> {
      if (name.size() == 1 && name[0] == "t") return std::optional(T());
      if (name.size() == 1 && name[0] == "u") return std::optional(U());
      return std::optional<LogicalPlanPtr>();
    };
  }

  Status Judge(const Result<LogicalPlanPtr>& plan) {
    ARROW_RETURN_NOT_OK(plan.status());
    return Analyzed(*plan).status();
  }
};

TEST_F(SqlTest, Statements) {
  Target target{.name = "SQL statement", .corpus = kStatements, .words = kSqlWords};
  target.run = [&](const std::string& input) {
    const auto statement = ParseStatement(input, ParserOptions{});
    if (!statement.ok() || statement->query == nullptr) return OfStatus(statement.status());
    return OfStatus(Judge(statement->query));
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST_F(SqlTest, Expressions) {
  Target target{.name = "SQL expression", .corpus = RecordedExpressions(), .words = kSqlWords};
  ASSERT_GT(target.corpus.size(), 1'000u);
  target.run = [&](const std::string& input) -> Outcome {
    const auto expression = ParseExpression(input, ParserOptions{});
    if (!expression.ok()) return OfStatus(expression.status());
    return OfStatus(Judge(Select(T(), {*expression})));
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

const Texts kTypeWords = {"struct<",
                          "array<",
                          "map<",
                          ">",
                          ":",
                          ",",
                          " NOT NULL",
                          " COMMENT 'c'",
                          "int",
                          "decimal(",
                          "interval day to second",
                          "varchar(10)",
                          "`",
                          "(",
                          ")"};

TEST(TypeTextTest, Ddl) {
  Target target{.name = "DDL", .words = kTypeWords};
  target.corpus = {
      "a INT, b STRING NOT NULL COMMENT 'it''s', `c d` STRUCT<e: ARRAY<MAP<STRING, "
      "DECIMAL(38,18)>>, f: DATE>",
      "map<string,array<struct<a:int,b:timestamp_ntz>>>",
      "bigint",
      "interval year to month",
      "a: int, b: variant, c char(3)",
      "a INT\xFF",
      "\xC3\x28 string"};
  target.run = [](const std::string& input) -> Outcome {
    const auto schema = ParseSchema(input);
    if (!schema.ok()) return OfStatus(schema.status());
    const auto again = ParseSchema(SchemaToJson(**schema));
    if (!again.ok()) return {"", "its JSON is not understood: " + again.status().ToString()};
    if (!(*again)->Equals(**schema)) return {"", "its JSON is another schema"};
    return OfStatus(ParseDdlType(input).status());
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST(TypeTextTest, Json) {
  Target target{.name = "JSON of a type", .words = kTypeWords};
  const auto schema =
      ParseSchema("a INT, b STRUCT<c: ARRAY<STRING>, d: MAP<INT, DECIMAL(10,2)>>, e TIMESTAMP");
  target.corpus = {SchemaToJson(**schema), "\"integer\"",
                   R"({"type":"array","elementType":"string","containsNull":true})"};
  target.run = [](const std::string& input) { return OfStatus(ParseJsonType(input).status()); };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST(TimeTextTest, Intervals) {
  Target target{.name = "interval",
                .words = {"day", "months", "-", "1.5", "interval ", "microseconds"}};
  target.corpus = {"10 minutes", "1 hour 30 minutes", "interval -5 days 3.25 seconds",
                   "1 year 2 months 3 weeks"};
  target.run = [](const std::string& input) { return OfStatus(ParseInterval(input).status()); };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST(TimeTextTest, ZonesAndPatterns) {
  Target zones{.name = "time zone", .words = {"UTC", "GMT", "+", ":30", "/", ".."}};
  zones.corpus = {"UTC", "Europe/Berlin", "GMT+02:30", "-18:00", "Etc/GMT-14", "../../etc/passwd"};
  zones.run = [](const std::string& input) { return OfStatus(TimeZone::Find(input).status()); };
  EXPECT_EQ(Fuzz(zones), std::nullopt);

  Target patterns{.name = "pattern",
                  .words = {"yyyy", "MMMM", "SSSSSS", "XXX", "VV", "[", "]", "''", "'T'"}};
  patterns.corpus = {"yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]", "EEE, dd MMM yy hh:mm a", "D/yyyy",
                     "''''"};
  patterns.run = [](const std::string& input) -> Outcome {
    for (const auto use : {DateTimePattern::Use::kFormat, DateTimePattern::Use::kParse}) {
      const auto pattern = DateTimePattern::Compile(input, use);
      if (!pattern.ok()) return OfStatus(pattern.status());
      if (use == DateTimePattern::Use::kParse) {
        (*pattern)->ParseMicros("2024-02-29T12:34:56.789+01:00", *TimeZone::Utc(), false);
        (*pattern)->ParseMicros(input, *TimeZone::Utc(), true);
        continue;
      }
      for (const int64_t instant :
           {int64_t{0}, int64_t{-62135596800000000}, int64_t{253402300799999999}}) {
        std::string text;
        (*pattern)->Format(instant, *TimeZone::Utc(), &text);
      }
    }
    return {"ok", ""};
  };
  EXPECT_EQ(Fuzz(patterns), std::nullopt);
}

// What a string is cast to: the value, null, or an error that is proper.
TEST(TimeTextTest, Casts) {
  Target target{.name = "cast", .words = {"T", "Z", "-", ":", ".", "e", "+14:00", " ", "infinity"}};
  target.corpus = {"2024-02-29 12:34:56.123456 Europe/Berlin",
                   "2024-02-30",
                   "-1.5e10",
                   "12:34",
                   "+294247-01-10",
                   "0001-01-01T00:00:00Z",
                   "true",
                   "INTERVAL '1-2' YEAR TO MONTH",
                   "99999999999999999999"};
  const std::vector<DataTypePtr> types = {arrow::int8(),
                                          arrow::int64(),
                                          arrow::float64(),
                                          arrow::decimal128(38, 18),
                                          arrow::date32(),
                                          TimestampType(),
                                          TimestampNtzType(),
                                          arrow::boolean(),
                                          arrow::duration(arrow::TimeUnit::MICRO),
                                          arrow::month_interval()};
  target.run = [&](const std::string& input) -> Outcome {
    const auto text = arrow::MakeArrayFromScalar(arrow::StringScalar(input), 1);
    std::string kind;
    for (const DataTypePtr& type : types) {
      for (const CastMode mode : {CastMode::kAnsi, CastMode::kTry}) {
        CastOptions options;
        options.mode = mode;
        const auto value = CastValues(*text, type, options);
        const Outcome outcome = OfStatus(value.status());
        if (!outcome.broken.empty()) return outcome;
        if (mode == CastMode::kTry && !value.ok())
          return {"", "try_cast failed: " + value.status().ToString()};
        kind += value.ok() ? 'v' : 'e';
      }
    }
    return {kind, ""};
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

}  // namespace
}  // namespace headrace::fuzz

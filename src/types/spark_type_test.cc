#include "types/spark_type.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace headrace {

namespace {

// All texts below are what Apache Spark 4.1 prints for this schema.
constexpr char kSchema[] =
    "a INT NOT NULL COMMENT 'it\\'s', b STRUCT<c: STRING, `d e`: ARRAY<INT>> NOT NULL, "
    "m MAP<STRING, STRUCT<x: DECIMAL(10,2)>>, arr ARRAY<ARRAY<DATE>>, t TIMESTAMP, "
    "n TIMESTAMP_NTZ, by TINYINT, sh SMALLINT, l BIGINT, f FLOAT, dd DOUBLE, bo BOOLEAN, "
    "bi BINARY, i1 INTERVAL DAY TO SECOND, i2 INTERVAL YEAR TO MONTH";

SchemaPtr TestSchema() { return ParseSchema(kSchema).ValueOrDie(); }

std::string ConditionOf(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  return detail == nullptr ? status.ToString() : detail->condition();
}

std::string WithDoubleQuotes(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

std::string TypeOf(const std::string& ddl) {
  const auto type = ParseDdlType(ddl);
  return type.ok() ? SimpleString(**type) : ConditionOf(type.status());
}

TEST(SparkTypeTest, SimpleString) {
  EXPECT_EQ(SimpleString(*arrow::struct_(TestSchema()->fields())),
            "struct<a:int,b:struct<c:string,d e:array<int>>,m:map<string,struct<x:decimal(10,2)>>,"
            "arr:array<array<date>>,t:timestamp,n:timestamp_ntz,by:tinyint,sh:smallint,l:bigint,"
            "f:float,dd:double,bo:boolean,bi:binary,i1:interval day to second,"
            "i2:interval year to month>");
}

TEST(SparkTypeTest, SqlNameAndDdl) {
  EXPECT_EQ(SqlName(*arrow::struct_(TestSchema()->fields())),
            "STRUCT<a: INT NOT NULL COMMENT 'it\\'s', b: STRUCT<c: STRING, `d e`: ARRAY<INT>> "
            "NOT NULL, m: MAP<STRING, STRUCT<x: DECIMAL(10,2)>>, arr: ARRAY<ARRAY<DATE>>, "
            "t: TIMESTAMP, n: TIMESTAMP_NTZ, by: TINYINT, sh: SMALLINT, l: BIGINT, f: FLOAT, "
            "dd: DOUBLE, bo: BOOLEAN, bi: BINARY, i1: INTERVAL DAY TO SECOND, "
            "i2: INTERVAL YEAR TO MONTH>");
  EXPECT_EQ(SchemaToDdl(*TestSchema()),
            "a INT NOT NULL COMMENT 'it\\'s',b STRUCT<c: STRING, `d e`: ARRAY<INT>> NOT NULL,"
            "m MAP<STRING, STRUCT<x: DECIMAL(10,2)>>,arr ARRAY<ARRAY<DATE>>,t TIMESTAMP,"
            "n TIMESTAMP_NTZ,by TINYINT,sh SMALLINT,l BIGINT,f FLOAT,dd DOUBLE,bo BOOLEAN,"
            "bi BINARY,i1 INTERVAL DAY TO SECOND,i2 INTERVAL YEAR TO MONTH");
  const auto again = ParseSchema(SchemaToDdl(*TestSchema()));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE((*again)->Equals(*TestSchema(), /*check_metadata=*/true));
}

TEST(SparkTypeTest, TreeString) {
  const std::string tail =
      " |-- t: timestamp (nullable = true)\n"
      " |-- n: timestamp_ntz (nullable = true)\n"
      " |-- by: byte (nullable = true)\n"
      " |-- sh: short (nullable = true)\n"
      " |-- l: long (nullable = true)\n"
      " |-- f: float (nullable = true)\n"
      " |-- dd: double (nullable = true)\n"
      " |-- bo: boolean (nullable = true)\n"
      " |-- bi: binary (nullable = true)\n"
      " |-- i1: interval day to second (nullable = true)\n"
      " |-- i2: interval year to month (nullable = true)\n";
  EXPECT_EQ(TreeString(*TestSchema()),
            "root\n"
            " |-- a: integer (nullable = false)\n"
            " |-- b: struct (nullable = false)\n"
            " |    |-- c: string (nullable = true)\n"
            " |    |-- d e: array (nullable = true)\n"
            " |    |    |-- element: integer (containsNull = true)\n"
            " |-- m: map (nullable = true)\n"
            " |    |-- key: string\n"
            " |    |-- value: struct (valueContainsNull = true)\n"
            " |    |    |-- x: decimal(10,2) (nullable = true)\n"
            " |-- arr: array (nullable = true)\n"
            " |    |-- element: array (containsNull = true)\n"
            " |    |    |-- element: date (containsNull = true)\n" +
                tail);
  EXPECT_EQ(TreeString(*TestSchema(), 2),
            "root\n"
            " |-- a: integer (nullable = false)\n"
            " |-- b: struct (nullable = false)\n"
            " |    |-- c: string (nullable = true)\n"
            " |    |-- d e: array (nullable = true)\n"
            " |-- m: map (nullable = true)\n"
            " |    |-- key: string\n"
            " |    |-- value: struct (valueContainsNull = true)\n"
            " |-- arr: array (nullable = true)\n"
            " |    |-- element: array (containsNull = true)\n" +
                tail);
}

TEST(SparkTypeTest, Json) {
  const auto schema =
      ParseSchema("a INT NOT NULL COMMENT 'x', m MAP<STRING, ARRAY<DECIMAL(5,2)>>").ValueOrDie();
  const std::string json = WithDoubleQuotes(
      "{'type':'struct','fields':["
      "{'name':'a','type':'integer','nullable':false,'metadata':{'comment':'x'}},"
      "{'name':'m','type':{'type':'map','keyType':'string','valueType':"
      "{'type':'array','elementType':'decimal(5,2)','containsNull':true},"
      "'valueContainsNull':true},'nullable':true,'metadata':{}}]}");
  EXPECT_EQ(SchemaToJson(*schema), json);
  const auto again = ParseSchema(json);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_TRUE((*again)->Equals(*schema, /*check_metadata=*/true));
  for (const char* name : {"a", "b", "m", "arr", "t", "n", "by", "i1", "i2"}) {
    const auto type = TestSchema()->GetFieldByName(name)->type();
    const auto parsed = ParseJsonType(TypeToJson(*type));
    ASSERT_TRUE(parsed.ok()) << name;
    EXPECT_TRUE((*parsed)->Equals(*type)) << name;
  }
  EXPECT_EQ(ConditionOf(ParseJsonType(WithDoubleQuotes("'foo'")).status()),
            "INVALID_JSON_DATA_TYPE");
  EXPECT_EQ(ConditionOf(ParseJsonType(WithDoubleQuotes("{'type':'foo'}")).status()),
            "INVALID_JSON_DATA_TYPE");
  EXPECT_EQ(ConditionOf(ParseJsonType("{").status()), "INVALID_JSON_DATA_TYPE");
}

TEST(SparkTypeTest, DdlTypes) {
  EXPECT_EQ(TypeOf("INT"), "int");
  EXPECT_EQ(TypeOf("a INT"), "struct<a:int>");
  EXPECT_EQ(TypeOf("a: int, b: string"), "struct<a:int,b:string>");
  EXPECT_EQ(TypeOf("struct<a int>"), "struct<a:int>");
  EXPECT_EQ(TypeOf("map<string,array<map<int,bigint>>>"), "map<string,array<map<int,bigint>>>");
  EXPECT_EQ(TypeOf("decimal"), "decimal(10,0)");
  EXPECT_EQ(TypeOf("numeric(5)"), "decimal(5,0)");
  EXPECT_EQ(TypeOf("dec(5, 2)"), "decimal(5,2)");
  EXPECT_EQ(TypeOf("struct<>"), "struct<>");
  EXPECT_EQ(TypeOf("varchar(5)"), "string");
  EXPECT_EQ(TypeOf("character(3)"), "string");
  EXPECT_EQ(TypeOf("`a b` int"), "struct<a b:int>");
  EXPECT_EQ(TypeOf("`a``b` int"), "struct<a`b:int>");
  EXPECT_EQ(TypeOf("1a int"), "struct<1a:int>");
  EXPECT_EQ(TypeOf("date date"), "struct<date:date>");
  EXPECT_EQ(TypeOf("interval year to month"), "interval year to month");
  EXPECT_EQ(TypeOf("timestamp_ltz"), "timestamp");
  EXPECT_EQ(TypeOf("timestamp without time zone"), "timestamp_ntz");
  EXPECT_EQ(TypeOf("string collate utf8_binary"), "string");
  EXPECT_EQ(TypeOf("long"), "bigint");
  EXPECT_EQ(TypeOf("real"), "float");
}

TEST(SparkTypeTest, DdlErrors) {
  EXPECT_EQ(TypeOf("foo"), "UNSUPPORTED_DATATYPE");
  EXPECT_EQ(TypeOf("array<foo>"), "UNSUPPORTED_DATATYPE");
  EXPECT_EQ(TypeOf(""), "PARSE_EMPTY_STATEMENT");
  EXPECT_EQ(TypeOf("a int b string"), "PARSE_SYNTAX_ERROR");
  // Whatever the types are.
  EXPECT_EQ(TypeOf("n n n"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("a foo, b"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("a array, b int c"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("a foo, b array"), "UNSUPPORTED_DATATYPE");
  EXPECT_EQ(TypeOf("a int,"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("array<int"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("map<int>"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("a.b int"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("decimal(a)"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("interval second to day"), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(TypeOf("decimal(39,0)"), "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION");
  EXPECT_EQ(TypeOf("decimal(5,6)"), "_LEGACY_ERROR_TEMP_1228");
  EXPECT_EQ(TypeOf("array"), "INCOMPLETE_TYPE_DEFINITION.ARRAY");
  EXPECT_EQ(TypeOf("varchar"), "DATATYPE_MISSING_SIZE");
  EXPECT_EQ(ConditionOf(ParseSchema("int").status()), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(ConditionOf(ParseSchema("a foo").status()), "UNSUPPORTED_DATATYPE");
  EXPECT_EQ(ConditionOf(ParseSchema("a varchar(5)").status()),
            "UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING");
}

TEST(SparkTypeTest, DeepNestingIsRefused) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "array<";
  EXPECT_FALSE(ParseDdlType(text).ok());
}

TEST(SparkTypeTest, SameTypeIgnoresNullability) {
  EXPECT_TRUE(SameType(*ArrayOf(arrow::int32(), true), *ArrayOf(arrow::int32(), false)));
  EXPECT_FALSE(SameType(*ArrayOf(arrow::int32()), *ArrayOf(arrow::int64())));
  EXPECT_FALSE(SameType(*TimestampType(), *TimestampNtzType()));
  const auto schema =
      AsNullable(ParseSchema("a INT NOT NULL, b STRUCT<c: INT NOT NULL>").ValueOrDie());
  EXPECT_EQ(SchemaToDdl(*schema), "a INT,b STRUCT<c: INT>");
}

TEST(SparkTypeTest, FindFieldAndQuoting) {
  const auto schema = ParseSchema("Alpha INT, beta INT").ValueOrDie();
  EXPECT_EQ(FindField(*schema, "alpha"), 0);
  EXPECT_EQ(FindField(*schema, "alpha", /*case_sensitive=*/true), -1);
  EXPECT_EQ(FindField(*schema, "gamma"), -1);
  EXPECT_EQ(QuoteIdentifier("a_1"), "a_1");
  EXPECT_EQ(QuoteIdentifier("a b"), "`a b`");
  EXPECT_EQ(QuoteIdentifier("1a"), "`1a`");
  EXPECT_EQ(QuoteIdentifier("a`b"), "`a``b`");
}

}  // namespace

}  // namespace headrace

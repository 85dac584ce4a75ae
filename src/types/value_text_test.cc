#include "types/value_text.h"

#include <arrow/array/util.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

namespace headrace {

namespace {

using arrow::json::ArrayFromJSONString;

// The tables below are what Apache Spark 4.1 shows for these rows.
std::shared_ptr<arrow::RecordBatch> TestBatch() {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int32()), arrow::field("txt", arrow::utf8()),
       arrow::field("d", arrow::float64()), arrow::field("arr", ArrayOf(arrow::int32())),
       arrow::field("s", arrow::utf8()), arrow::field("bin", arrow::binary())});
  arrow::BinaryBuilder binary;
  EXPECT_TRUE(binary.Append(std::string("\x0a\xff", 2)).ok());
  EXPECT_TRUE(binary.AppendNull().ok());
  EXPECT_TRUE(binary.Append("").ok());
  return arrow::RecordBatch::Make(
      schema, 3,
      {ArrayFromJSONString(arrow::int32(), "[1, 2, 3]").ValueOrDie(),
       ArrayFromJSONString(arrow::utf8(),
                           R"(["a", "日本語テキスト", "a very long text that is cut"])")
           .ValueOrDie(),
       ArrayFromJSONString(arrow::float64(), "[1.5, null, 1e10]").ValueOrDie(),
       ArrayFromJSONString(ArrayOf(arrow::int32()), "[[1, null], [], null]").ValueOrDie(),
       ArrayFromJSONString(arrow::utf8(), R"([null, "x\ny", "😀é"])").ValueOrDie(),
       binary.Finish().ValueOrDie()});
}

std::string Show(int64_t rows, int32_t truncate, bool vertical) {
  const auto batch = TestBatch();
  return ShowString(*batch->schema(), {batch}, rows, truncate, vertical, *TimeZone::Utc());
}

TEST(ShowStringTest, TruncatesAndAlignsRight) {
  EXPECT_EQ(Show(20, 20, false),
            "+---+--------------------+------+---------+----+-------+\n"
            "| id|                 txt|     d|      arr|   s|    bin|\n"
            "+---+--------------------+------+---------+----+-------+\n"
            "|  1|                   a|   1.5|[1, NULL]|NULL|[0A FF]|\n"
            "|  2|      日本語テキスト|  NULL|       []|x\\ny|   NULL|\n"
            "|  3|a very long text ...|1.0E10|     NULL| 😀é|     []|\n"
            "+---+--------------------+------+---------+----+-------+\n");
}

TEST(ShowStringTest, WithoutTruncationAlignsLeft) {
  EXPECT_EQ(Show(20, 0, false),
            "+---+----------------------------+------+---------+----+-------+\n"
            "|id |txt                         |d     |arr      |s   |bin    |\n"
            "+---+----------------------------+------+---------+----+-------+\n"
            "|1  |a                           |1.5   |[1, NULL]|NULL|[0A FF]|\n"
            "|2  |日本語テキスト              |NULL  |[]       |x\\ny|NULL   |\n"
            "|3  |a very long text that is cut|1.0E10|NULL     |😀é |[]     |\n"
            "+---+----------------------------+------+---------+----+-------+\n");
}

TEST(ShowStringTest, SmallLimits) {
  EXPECT_EQ(Show(20, 5, false),
            "+---+-------+-----+-----+----+-----+\n"
            "| id|    txt|    d|  arr|   s|  bin|\n"
            "+---+-------+-----+-----+----+-----+\n"
            "|  1|      a|  1.5|[1...|NULL|[0...|\n"
            "|  2|日本...| NULL|   []|x\\ny| NULL|\n"
            "|  3|  a ...|1....| NULL| 😀é|   []|\n"
            "+---+-------+-----+-----+----+-----+\n");
  EXPECT_EQ(Show(20, 3, false),
            "+---+------+---+---+---+---+\n"
            "| id|   txt|  d|arr|  s|bin|\n"
            "+---+------+---+---+---+---+\n"
            "|  1|     a|1.5|[1,|NUL|[0A|\n"
            "|  2|日本語|NUL| []|x\\n|NUL|\n"
            "|  3|   a v|1.0|NUL|😀é| []|\n"
            "+---+------+---+---+---+---+\n");
}

TEST(ShowStringTest, TellsThatThereIsMore) {
  EXPECT_EQ(Show(1, 20, false),
            "+---+---+---+---------+----+-------+\n"
            "| id|txt|  d|      arr|   s|    bin|\n"
            "+---+---+---+---------+----+-------+\n"
            "|  1|  a|1.5|[1, NULL]|NULL|[0A FF]|\n"
            "+---+---+---+---------+----+-------+\n"
            "only showing top 1 row");
  EXPECT_EQ(Show(0, 20, false),
            "+---+---+---+---+---+---+\n"
            "| id|txt|  d|arr|  s|bin|\n"
            "+---+---+---+---+---+---+\n"
            "+---+---+---+---+---+---+\n"
            "only showing top 0 rows");
}

TEST(ShowStringTest, Vertical) {
  EXPECT_EQ(Show(2, 0, true),
            "-RECORD 0-------------\n"
            " id  | 1              \n"
            " txt | a              \n"
            " d   | 1.5            \n"
            " arr | [1, NULL]      \n"
            " s   | NULL           \n"
            " bin | [0A FF]        \n"
            "-RECORD 1-------------\n"
            " id  | 2              \n"
            " txt | 日本語テキスト \n"
            " d   | NULL           \n"
            " arr | []             \n"
            " s   | x\\ny           \n"
            " bin | NULL           \n"
            "only showing top 2 rows");
  EXPECT_EQ(Show(0, 20, true), "(0 rows)");
}

TEST(ShowStringTest, WithoutColumns) {
  const auto schema = arrow::schema({});
  const auto row =
      arrow::RecordBatch::Make(schema, 1, std::vector<std::shared_ptr<arrow::Array>>{});
  EXPECT_EQ(ShowString(*schema, {row}, 20, 20, false, *TimeZone::Utc()), "++\n||\n++\n||\n++\n");
  EXPECT_EQ(ShowString(*schema, {}, 20, 20, false, *TimeZone::Utc()), "++\n||\n++\n++\n");
}

TEST(HtmlStringTest, EscapesAndTellsThatThereIsMore) {
  const auto schema = arrow::schema({arrow::field("a<b", arrow::utf8())});
  const auto batch = arrow::RecordBatch::Make(
      schema, 2, {ArrayFromJSONString(arrow::utf8(), R"(["<b>&\"", "x"])").ValueOrDie()});
  EXPECT_EQ(HtmlString(*schema, {batch}, 1, 20, *TimeZone::Utc()),
            "<table border='1'>\n"
            "<tr><th>a&lt;b</th></tr>\n"
            "<tr><td>&lt;b&gt;&amp;&quot;</td></tr>\n"
            "</table>\n"
            "only showing top 1 row\n");
}

TEST(CastToStringTest, SlicesAndNulls) {
  const auto array = ArrayFromJSONString(arrow::int64(), "[7, null, -1, 12, null]").ValueOrDie();
  const auto strings = CastToString(*array->Slice(1, 3), *TimeZone::Utc()).ValueOrDie();
  ASSERT_TRUE(strings->ValidateFull().ok());
  EXPECT_TRUE(
      strings->Equals(*ArrayFromJSONString(arrow::utf8(), R"([null, "-1", "12"])").ValueOrDie()));
}

TEST(LiteralTextTest, NamesOfColumns) {
  const TimeZone& utc = *TimeZone::Utc();
  EXPECT_EQ(LiteralText(*arrow::MakeScalar("x"), utc), "x");
  EXPECT_EQ(LiteralText(*arrow::MakeScalar(1.5), utc), "1.5");
  EXPECT_EQ(LiteralText(*arrow::MakeNullScalar(arrow::int32()), utc), "NULL");
  EXPECT_EQ(LiteralText(arrow::BinaryScalar(std::string("\x1f", 1)), utc), "X'1F'");
  EXPECT_EQ(LiteralText(arrow::Date32Scalar(0), utc), "DATE '1970-01-01'");
  EXPECT_EQ(LiteralText(arrow::TimestampScalar(0, TimestampType()), utc),
            "TIMESTAMP '1970-01-01 00:00:00'");
}

}  // namespace

}  // namespace headrace

#include "client_fixture.h"

namespace headrace {
namespace {

using namespace functions;
using testing::ElementsAre;

using DataFrameTest = ClientFixture;

std::vector<Row> People() {
  return {Row("Ada", 36, 1.5), Row("Bob", 25, nullptr), Row("Cy", nullptr, 2.5)};
}
constexpr char kPeople[] = "name STRING NOT NULL, age INT, score DOUBLE";

TEST_F(DataFrameTest, RangeFilterSelectCollect) {
  const auto rows =
      spark_.range(10).filter(col("id") % 3 == 0).select((col("id") * 2).alias("twice")).collect();
  EXPECT_THAT(rows,
              ElementsAre(Row(int64_t{0}), Row(int64_t{6}), Row(int64_t{12}), Row(int64_t{18})));
  EXPECT_EQ(rows[0].names(), std::vector<std::string>{"twice"});
  EXPECT_EQ(spark_.range(5, 25, 5).count(), 4);
  EXPECT_EQ(spark_.range(0).collect().size(), 0u);
}

TEST_F(DataFrameTest, ValuesComeBackAsTheyWent) {
  const Row values(true, int8_t{1}, int16_t{2}, 3, int64_t{4}, 1.5f, 2.5, Decimal{"1.20"}, "text",
                   Binary{"\x01\x02"}, Date(std::chrono::days(20000)),
                   Timestamp(std::chrono::microseconds(1'700'000'000'123'456)),
                   std::vector<int>{1, 2}, std::map<std::string, int>{{"a", 1}}, Row("x", nullptr));
  const std::string schema =
      "bool BOOLEAN, byte BYTE, short SHORT, int INT, long LONG, float FLOAT, double DOUBLE, "
      "decimal DECIMAL(10,2), string STRING, binary BINARY, date DATE, timestamp TIMESTAMP, "
      "array ARRAY<INT>, map MAP<STRING, INT>, struct STRUCT<p: STRING, q: INT>";
  const Row nulls = Row::of(std::vector<Value>(values.size()));
  const auto rows = spark_.createDataFrame({values, nulls}, schema).collect();
  EXPECT_THAT(rows, ElementsAre(values, nulls));
}

TEST_F(DataFrameTest, LiteralsComeBackAsTheyWent) {
  const auto time = Timestamp(std::chrono::microseconds(1'700'000'000'123'456));
  const auto row =
      spark_.range(1)
          .select(lit(true), lit(int8_t{1}), lit(int16_t{2}), lit(3), lit(int64_t{4}), lit(1.5f),
                  lit(2.5), lit(Decimal{"-1.20"}), lit("text"), lit(Date(std::chrono::days(1))),
                  lit(time), lit(nullptr), lit(std::vector<int>{1, 2}))
          .first();
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(*row, Row(true, int8_t{1}, int16_t{2}, 3, int64_t{4}, 1.5f, 2.5, Decimal{"-1.20"},
                      "text", Date(std::chrono::days(1)), time, nullptr, std::vector<int>{1, 2}));
}

TEST_F(DataFrameTest, Schema) {
  const auto schema = spark_.createDataFrame(People(), kPeople).schema();
  EXPECT_EQ(schema.simpleString(), "struct<name:string,age:int,score:double>");
  EXPECT_FALSE(schema.fields()[0].nullable);
  EXPECT_EQ(spark_.createDataFrame(People(), kPeople).treeString(),
            "root\n |-- name: string (nullable = false)\n |-- age: integer (nullable = true)\n"
            " |-- score: double (nullable = true)\n");
  EXPECT_THAT(spark_.createDataFrame(People(), {"a", "b", "c"}).columns(),
              ElementsAre("a", "b", "c"));
}

TEST_F(DataFrameTest, Show) {
  EXPECT_EQ(spark_.createDataFrame(People(), kPeople).orderBy("name").showString(2),
            "+----+---+-----+\n|name|age|score|\n+----+---+-----+\n| Ada| 36|  1.5|\n"
            "| Bob| 25| NULL|\n+----+---+-----+\nonly showing top 2 rows");
}

TEST_F(DataFrameTest, ColumnsAddedRenamedDropped) {
  const auto people = spark_.createDataFrame(People(), kPeople);
  EXPECT_THAT(people.withColumn("next", col("age") + 1).withColumnRenamed("age", "years").columns(),
              ElementsAre("name", "years", "score", "next"));
  EXPECT_THAT(people.drop("age", "missing").columns(), ElementsAre("name", "score"));
  EXPECT_THAT(people.toDF("a", "b", "c").columns(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(people.selectExpr("name", "age + 1 AS next").columns(), ElementsAre("name", "next"));
}

TEST_F(DataFrameTest, WhenAndNulls) {
  const auto rows =
      spark_.createDataFrame(People(), kPeople)
          .orderBy("name")
          .select(
              when(col("age") > 30, "old").when(col("age").isNull(), "unknown").otherwise("young"),
              coalesce(col("score"), lit(0.0)))
          .collect();
  EXPECT_THAT(rows, ElementsAre(Row("old", 1.5), Row("young", 0.0), Row("unknown", 2.5)));
}

TEST_F(DataFrameTest, GroupsAndAggregates) {
  const auto sales =
      spark_.createDataFrame({Row("a", 1), Row("b", 5), Row("a", 3)}, "k STRING, x INT");
  EXPECT_THAT(sales.groupBy("k")
                  .agg(count("*").alias("n"), sum("x").alias("sum"), min("x").alias("min"),
                       max("x").alias("max"), avg("x").alias("avg"))
                  .orderBy("k")
                  .collect(),
              ElementsAre(Row("a", int64_t{2}, int64_t{4}, 1, 3, 2.0),
                          Row("b", int64_t{1}, int64_t{5}, 5, 5, 5.0)));
  EXPECT_THAT(sales.groupBy("k").count().orderBy(col("count").desc()).collect(),
              ElementsAre(Row("a", int64_t{2}), Row("b", int64_t{1})));
  EXPECT_THAT(sales.groupBy("k").sum("x").columns(), ElementsAre("k", "sum(x)"));
  EXPECT_EQ(sales.agg(sum("x")).first()->getLong(0), 9);
}

TEST_F(DataFrameTest, Joins) {
  const auto left = spark_.createDataFrame({Row(1, "a"), Row(2, "b")}, "id INT, l STRING");
  const auto right = spark_.createDataFrame({Row(2, "x"), Row(3, "y")}, "id INT, r STRING");
  EXPECT_THAT(left.join(right, "id").collect(), ElementsAre(Row(2, "b", "x")));
  EXPECT_THAT(left.join(right, "id", "left").orderBy("id").collect(),
              ElementsAre(Row(1, "a", nullptr), Row(2, "b", "x")));
  EXPECT_THAT(left.join(right, left["id"] == right["id"]).select(left["l"], right["r"]).collect(),
              ElementsAre(Row("b", "x")));
  EXPECT_THAT(left.join(right, "id", "anti").collect(), ElementsAre(Row(1, "a")));
}

TEST_F(DataFrameTest, UnionDistinctLimit) {
  const auto numbers = spark_.range(3);
  EXPECT_EQ(numbers.union_(numbers).count(), 6);
  EXPECT_EQ(numbers.union_(numbers).distinct().count(), 3);
  EXPECT_EQ(numbers.union_(numbers).dropDuplicates({"id"}).count(), 3);
  EXPECT_EQ(numbers.limit(2).count(), 2);
  EXPECT_FALSE(numbers.isEmpty());
  EXPECT_TRUE(numbers.filter("id > 5").isEmpty());
}

TEST_F(DataFrameTest, ExplodeSplit) {
  const auto words = spark_.createDataFrame({Row("a b"), Row("c")}, "line STRING")
                         .select(explode(split(col("line"), " ")).alias("word"));
  EXPECT_THAT(words.orderBy("word").collect(), ElementsAre(Row("a"), Row("b"), Row("c")));
}

TEST_F(DataFrameTest, LongChains) {
  auto numbers = spark_.range(2);
  // Spark's analyser has a smaller stack.
  const int length = OnSpark() ? 50 : 300;
  for (int i = 0; i < length; ++i) numbers = numbers.filter(col("id") >= 0);
  EXPECT_EQ(numbers.count(), 2);
}

TEST_F(DataFrameTest, ManyRowsArriveInOrder) {
  constexpr int64_t kRows = 200'000;
  int64_t next = 0;
  bool in_order = true;
  spark_.range(kRows).forEachRow([&](const Row& row) {
    in_order &= row.getLong(0) == next++;
    return true;
  });
  EXPECT_EQ(next, kRows);
  EXPECT_TRUE(in_order);
}

TEST_F(DataFrameTest, ReadingMayEndEarly) {
  int seen = 0;
  spark_.range(200'000).forEachRow([&seen](const Row&) { return ++seen < 10; });
  EXPECT_EQ(seen, 10);
  EXPECT_EQ(spark_.range(3).count(), 3);
}

TEST_F(DataFrameTest, FilesWrittenAndRead) {
  const auto people = spark_.createDataFrame(People(), kPeople);
  people.write().parquet(Path("parquet"));
  EXPECT_THAT(spark_.read().parquet(Path("parquet")).orderBy("name").collect(),
              testing::ElementsAreArray(People()));
  people.write().json(Path("json"));
  EXPECT_THAT(spark_.read().schema(kPeople).json(Path("json")).orderBy("name").collect(),
              testing::ElementsAreArray(People()));
  people.write().option("header", true).csv(Path("csv"));
  EXPECT_THAT(spark_.read()
                  .schema(kPeople)
                  .option("header", true)
                  .csv(Path("csv"))
                  .orderBy("name")
                  .collect(),
              testing::ElementsAreArray(People()));
  people.select("name").write().text(Path("text"));
  EXPECT_EQ(spark_.read().text(Path("text")).count(), 3);
  people.write().mode("append").parquet(Path("parquet"));
  EXPECT_EQ(spark_.read().parquet(Path("parquet")).count(), 6);
}

}  // namespace
}  // namespace headrace

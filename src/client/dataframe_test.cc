#include "headrace/dataframe.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "headrace/headrace.h"

#include "client/connection.h"
#include "client/plan_node.h"
#include "client/recording_transport.h"
#include "client/row_encoding.h"
#include "client/type_message.h"

namespace headrace {
namespace {

using namespace functions;
using client::RecordingTransport;
using client::messages::Relation;
using testing::ElementsAre;

class DataFrameTest : public testing::Test {
 protected:
  // Lives as long as the test.
  const Relation& MessageOf(const DataFrame& dataframe) {
    client::WritePlan(*dataframe.plan(), &messages_.emplace_back());
    return messages_.back();
  }

  // Makes the next execution answer with `rows`.
  void AnswerWith(const std::vector<Row>& rows, const StructType& schema) {
    client::messages::ExecutePlanResponse response;
    response.mutable_arrow_batch()->set_row_count(static_cast<int64_t>(rows.size()));
    response.mutable_arrow_batch()->set_data(client::EncodeRows(rows, schema));
    transport_->responses.push_back(response);
  }

  std::deque<Relation> messages_;
  std::shared_ptr<RecordingTransport> transport_ = std::make_shared<RecordingTransport>();
  SparkSession spark_{std::make_shared<client::Connection>(
      transport_, client::SessionIdentity{.session_id = "s", .user_id = "u"})};
};

TEST_F(DataFrameTest, StreamingWordCount) {
  DataFrame lines =
      spark_.readStream().format("socket").option("host", "localhost").option("port", 9999).load();
  DataFrame counts =
      lines.select(explode(split(col("value"), " ")).alias("word")).groupBy("word").count();

  const Relation& message = MessageOf(counts);
  EXPECT_EQ(message.common().plan_id(), counts.plan()->id);
  const auto& aggregate = message.aggregate();
  EXPECT_EQ(aggregate.group_type(), client::messages::Aggregate::GROUP_TYPE_GROUPBY);
  EXPECT_EQ(aggregate.grouping_expressions(0).unresolved_attribute().unparsed_identifier(), "word");
  EXPECT_EQ(aggregate.aggregate_expressions(0).alias().name(0), "count");
  const auto& project = aggregate.input().project();
  EXPECT_EQ(project.expressions(0).alias().name(0), "word");
  const auto& read = project.input().read();
  EXPECT_TRUE(read.is_streaming());
  EXPECT_EQ(read.data_source().format(), "socket");
  EXPECT_EQ(read.data_source().options().at("port"), "9999");
}

TEST_F(DataFrameTest, ColumnOfADataFrameCarriesItsPlanId) {
  DataFrame table = spark_.table("t");
  DataFrame joined = table.join(spark_.table("u"), table["id"] == col("other"), "left_outer");
  const auto& join = MessageOf(joined).join();
  EXPECT_EQ(join.join_type(), client::messages::Join::JOIN_TYPE_LEFT_OUTER);
  EXPECT_EQ(
      join.join_condition().unresolved_function().arguments(0).unresolved_attribute().plan_id(),
      table.plan()->id);
  EXPECT_EQ(join.left().common().plan_id(), table.plan()->id);
}

TEST_F(DataFrameTest, JoinByNames) {
  DataFrame table = spark_.table("t");
  EXPECT_THAT(MessageOf(table.join(table, {"a", "b"})).join().using_columns(),
              ElementsAre("a", "b"));
  EXPECT_THAT(MessageOf(table.join(table, "a", "semi")).join().using_columns(), ElementsAre("a"));
  EXPECT_THROW(table.join(table, "a", "sideways"), IllegalArgumentException);
}

TEST_F(DataFrameTest, Relations) {
  DataFrame table = spark_.table("t");
  EXPECT_EQ(MessageOf(table.filter("a > 1")).filter().condition().expression_string().expression(),
            "a > 1");
  EXPECT_EQ(MessageOf(table.selectExpr("a AS b"))
                .project()
                .expressions(0)
                .expression_string()
                .expression(),
            "a AS b");
  EXPECT_EQ(MessageOf(table.withColumn("b", lit(1))).with_columns().aliases(0).name(0), "b");
  EXPECT_EQ(
      MessageOf(table.withColumnRenamed("a", "b")).with_columns_renamed().renames(0).new_col_name(),
      "b");
  EXPECT_THAT(MessageOf(table.drop("a.b")).drop().column_names(), ElementsAre("a.b"));
  EXPECT_EQ(MessageOf(table.drop(col("a"), "b")).drop().columns_size(), 2);
  EXPECT_EQ(MessageOf(table.alias("x")).subquery_alias().alias(), "x");
  EXPECT_THAT(MessageOf(table.toDF("a", "b")).to_df().column_names(), ElementsAre("a", "b"));
  EXPECT_TRUE(MessageOf(table.union_(table)).set_op().is_all());
  EXPECT_TRUE(MessageOf(table.unionByName(table, true)).set_op().allow_missing_columns());
  EXPECT_TRUE(MessageOf(table.distinct()).deduplicate().all_columns_as_keys());
  EXPECT_THAT(MessageOf(table.dropDuplicates({"a"})).deduplicate().column_names(),
              ElementsAre("a"));
  EXPECT_TRUE(MessageOf(table.orderBy(col("a").desc())).sort().is_global());
  EXPECT_EQ(MessageOf(table.withWatermark("t", "10 minutes")).with_watermark().delay_threshold(),
            "10 minutes");
  EXPECT_EQ(MessageOf(table.limit(3)).limit().limit(), 3);
  EXPECT_EQ(MessageOf(spark_.range(1, 10, 2)).range().end(), 10);
}

TEST_F(DataFrameTest, LongChainsCostWhatTheirMessageCosts) {
  DataFrame table = spark_.table("t");
  for (int i = 0; i < 500; ++i) table = table.withColumn("c", col("c") + 1);
  const Relation& message = MessageOf(table);
  const Relation* relation = &message;
  int depth = 0;
  for (; relation->has_with_columns(); relation = &relation->with_columns().input()) ++depth;
  EXPECT_EQ(depth, 500);
}

TEST_F(DataFrameTest, RequestsCarryTheSession) {
  spark_.range(3).isStreaming();
  ASSERT_EQ(transport_->analyzed.size(), 1u);
  EXPECT_EQ(transport_->analyzed[0].session_id(), "s");
  EXPECT_EQ(transport_->analyzed[0].user_context().user_id(), "u");
  EXPECT_THAT(transport_->analyzed[0].client_type(), testing::HasSubstr("spark/4.1"));
}

TEST_F(DataFrameTest, CollectDecodesEveryType) {
  const auto noon = Timestamp(std::chrono::hours(12));
  const Row values(true, int8_t{1}, int16_t{2}, 3, int64_t{4}, 1.5f, 2.5, Decimal{"1.20"}, "text",
                   Binary{"\x01\x02"}, Date(std::chrono::days(1)), noon,
                   TimestampNtz(std::chrono::hours(1)), std::chrono::seconds(5),
                   YearMonthInterval(14), std::vector<int>{1, 2},
                   std::map<std::string, int>{{"a", 1}}, Row("x", nullptr), nullptr);
  StructType schema;
  schema.add("bool", BooleanType()).add("byte", ByteType()).add("short", ShortType());
  schema.add("int", IntegerType()).add("long", LongType()).add("float", FloatType());
  schema.add("double", DoubleType()).add("decimal", DecimalType(10, 2));
  schema.add("string", StringType()).add("binary", BinaryType()).add("date", DateType());
  schema.add("timestamp", TimestampType()).add("ntz", TimestampNTZType());
  schema.add("seconds", DayTimeIntervalType()).add("months", YearMonthIntervalType());
  schema.add("array", ArrayType(IntegerType()));
  schema.add("map", MapType(StringType(), IntegerType()));
  schema.add("struct", StructType().add("p", StringType()).add("q", IntegerType()));
  schema.add("nothing", NullType());
  std::vector<Value> nulls(schema.fields().size());
  AnswerWith({values, Row::of(nulls)}, schema);

  const std::vector<Row> rows = spark_.table("t").collect();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0], values);
  EXPECT_EQ(rows[1].values(), nulls);
  EXPECT_EQ(rows[0].names(), schema.fieldNames());
  EXPECT_EQ(rows[0]["struct"].get<Row>().names(), std::vector<std::string>({"p", "q"}));
}

TEST_F(DataFrameTest, ForEachRowStopsWhenTold) {
  AnswerWith({Row(1), Row(2), Row(3)}, StructType().add("a", IntegerType()));
  AnswerWith({Row(4)}, StructType().add("a", IntegerType()));
  std::vector<int> seen;
  spark_.table("t").forEachRow([&seen](const Row& row) {
    seen.push_back(row.getInt(0));
    return seen.size() < 2;
  });
  EXPECT_THAT(seen, ElementsAre(1, 2));
  EXPECT_EQ(transport_->responses.size(), 1u);
}

TEST_F(DataFrameTest, ABatchWithFewerRowsThanAnnouncedIsRefused) {
  AnswerWith({Row(1)}, StructType().add("a", IntegerType()));
  transport_->responses.back().mutable_arrow_batch()->set_row_count(2);
  EXPECT_THROW(spark_.table("t").collect(), SparkConnectException);
}

TEST_F(DataFrameTest, CountAndShow) {
  AnswerWith({Row(int64_t{7})}, StructType().add("count(1)", LongType()));
  EXPECT_EQ(spark_.table("t").count(), 7);
  AnswerWith({Row("+---+\n")}, StructType().add("show_string", StringType()));
  EXPECT_EQ(spark_.table("t").showString(5, 0, true), "+---+\n");
  const auto& show = transport_->executed.back().plan().root().show_string();
  EXPECT_EQ(show.num_rows(), 5);
  EXPECT_EQ(show.truncate(), 0);
  EXPECT_TRUE(show.vertical());
}

TEST_F(DataFrameTest, SumOfGroupsAsksWhatIsNumeric) {
  client::WriteType(StructType().add("k", StringType()).add("x", IntegerType()),
                    transport_->analysis.mutable_schema()->mutable_schema());
  DataFrame groups = spark_.table("t").groupBy("k").sum();
  const auto& aggregate = MessageOf(groups).aggregate();
  ASSERT_EQ(aggregate.aggregate_expressions_size(), 1);
  EXPECT_EQ(aggregate.aggregate_expressions(0)
                .unresolved_function()
                .arguments(0)
                .unresolved_attribute()
                .unparsed_identifier(),
            "x");
  EXPECT_THROW(spark_.table("t").groupBy("x").max("k"), IllegalArgumentException);
}

TEST_F(DataFrameTest, CreateDataFrameChecksValues) {
  const StructType schema = StructType().add("a", IntegerType(), false);
  EXPECT_THROW(spark_.createDataFrame({Row("x")}, schema), IllegalArgumentException);
  EXPECT_THROW(spark_.createDataFrame({Row(nullptr)}, schema), IllegalArgumentException);
  EXPECT_THROW(spark_.createDataFrame({Row(1, 2)}, schema), IllegalArgumentException);
  EXPECT_THROW(spark_.createDataFrame({Row(int64_t{1} << 40)}, schema), IllegalArgumentException);
  const auto& message = MessageOf(spark_.createDataFrame({Row(1)}, schema));
  EXPECT_EQ(message.local_relation().schema(), schema.json());
}

TEST_F(DataFrameTest, SchemasAreInferredFromValues) {
  EXPECT_EQ(client::InferSchema({Row(1, "x", nullptr), Row(int64_t{2}, nullptr, nullptr)},
                                {"a", "b", "c"})
                .simpleString(),
            "struct<a:bigint,b:string,c:void>");
  EXPECT_THROW(client::InferSchema({Row(1), Row("x")}, {"a"}), IllegalArgumentException);
}

TEST_F(DataFrameTest, SqlUsesTheRelationOfTheAnswer) {
  client::messages::ExecutePlanResponse response;
  response.mutable_sql_command_result()->mutable_relation()->mutable_sql()->set_query("SELECT 1");
  transport_->responses.push_back(response);
  DataFrame result = spark_.sql("SELECT :n", {{"n", 1}});
  const auto& sent = transport_->executed.back().plan().command().sql_command().input().sql();
  EXPECT_EQ(sent.query(), "SELECT :n");
  EXPECT_EQ(sent.named_arguments().at("n").literal().integer(), 1);
  EXPECT_EQ(MessageOf(result).sql().query(), "SELECT 1");
}

TEST_F(DataFrameTest, WriteToFiles) {
  spark_.table("t")
      .write()
      .mode("overwrite")
      .partitionBy("a", "b")
      .option("header", true)
      .csv("/out");
  const auto& write = transport_->executed.back().plan().command().write_operation();
  EXPECT_EQ(write.source(), "csv");
  EXPECT_EQ(write.path(), "/out");
  EXPECT_EQ(write.mode(), client::messages::WriteOperation::SAVE_MODE_OVERWRITE);
  EXPECT_THAT(write.partitioning_columns(), ElementsAre("a", "b"));
  EXPECT_EQ(write.options().at("header"), "true");
  EXPECT_THROW(spark_.table("t").write().mode("replace"), IllegalArgumentException);
}

TEST_F(DataFrameTest, ASessionThatWasStoppedRefuses) {
  spark_.stop();
  EXPECT_EQ(transport_->released.size(), 1u);
  EXPECT_THROW(spark_.range(1).count(), IllegalArgumentException);
  spark_.stop();
  EXPECT_EQ(transport_->released.size(), 1u);
}

TEST_F(DataFrameTest, TagsGoWithOperations) {
  spark_.addTag("nightly");
  spark_.table("t").collect();
  EXPECT_THAT(transport_->executed.back().tags(), ElementsAre("nightly"));
  spark_.clearTags();
  spark_.table("t").collect();
  EXPECT_EQ(transport_->executed.back().tags_size(), 0);
  EXPECT_THROW(spark_.addTag("a,b"), IllegalArgumentException);
}

}  // namespace
}  // namespace headrace

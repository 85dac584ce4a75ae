#include "headrace/streaming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "headrace/session.h"

#include "client/connection.h"
#include "client/recording_transport.h"

namespace headrace {
namespace {

using client::messages::ExecutePlanResponse;
using testing::ElementsAre;

class StreamingTest : public testing::Test {
 protected:
  StreamingQuery Query() {
    return StreamingQuery(spark_.connection(), "the-id", "the-run", "name");
  }
  const auto& LastCommand() { return transport_->executed.back().plan().command(); }

  std::shared_ptr<client::RecordingTransport> transport_ =
      std::make_shared<client::RecordingTransport>();
  SparkSession spark_{std::make_shared<client::Connection>(
      transport_, client::SessionIdentity{.session_id = "s", .user_id = "u"})};
};

TEST_F(StreamingTest, StartSendsEverythingThatWasSet) {
  ExecutePlanResponse response;
  auto* result = response.mutable_write_stream_operation_start_result();
  result->mutable_query_id()->set_id("1");
  result->mutable_query_id()->set_run_id("2");
  result->set_name("counts");
  transport_->responses.push_back(response);

  StreamingQuery query = spark_.readStream()
                             .format("rate")
                             .load()
                             .writeStream()
                             .format("parquet")
                             .outputMode("append")
                             .option("checkpointLocation", "/checkpoint")
                             .queryName("counts")
                             .partitionBy("a")
                             .trigger(Trigger::ProcessingTime(std::chrono::seconds(2)))
                             .start("/out");
  EXPECT_EQ(query.id(), "1");
  EXPECT_EQ(query.runId(), "2");
  EXPECT_EQ(query.name(), "counts");
  const auto& start = LastCommand().write_stream_operation_start();
  EXPECT_TRUE(start.input().read().is_streaming());
  EXPECT_EQ(start.format(), "parquet");
  EXPECT_EQ(start.output_mode(), "append");
  EXPECT_EQ(start.options().at("checkpointLocation"), "/checkpoint");
  EXPECT_EQ(start.query_name(), "counts");
  EXPECT_THAT(start.partitioning_column_names(), ElementsAre("a"));
  EXPECT_EQ(start.processing_time_interval(), "2000 milliseconds");
  EXPECT_EQ(start.path(), "/out");
}

TEST_F(StreamingTest, Triggers) {
  EXPECT_EQ(Trigger::ProcessingTime("1 second").interval(), "1 second");
  EXPECT_EQ(Trigger::Once().kind(), Trigger::Kind::kOnce);
  EXPECT_EQ(Trigger::AvailableNow().kind(), Trigger::Kind::kAvailableNow);
}

TEST_F(StreamingTest, QuestionsNameTheQuery) {
  ExecutePlanResponse response;
  auto* status = response.mutable_streaming_query_command_result()->mutable_status();
  status->set_status_message("Waiting for data to arrive");
  status->set_is_active(true);
  transport_->responses.push_back(response);
  EXPECT_TRUE(Query().isActive());
  const auto& command = LastCommand().streaming_query_command();
  EXPECT_EQ(command.query_id().id(), "the-id");
  EXPECT_EQ(command.query_id().run_id(), "the-run");
  transport_->responses.push_back(response);
  EXPECT_EQ(Query().status().message, "Waiting for data to arrive");
}

TEST_F(StreamingTest, ExceptionIsNothingUnlessTheQueryFailed) {
  ExecutePlanResponse response;
  response.mutable_streaming_query_command_result();
  transport_->responses.push_back(response);
  EXPECT_FALSE(Query().exception().has_value());

  auto* exception = response.mutable_streaming_query_command_result()->mutable_exception();
  exception->set_exception_message(
      "org.apache.spark.sql.streaming.StreamingQueryException: Disk full: really");
  exception->set_error_class("STREAM_FAILED");
  transport_->responses.push_back(response);
  const auto failure = Query().exception();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->getMessage(), "Disk full: really");
  EXPECT_EQ(failure->getCondition(), "STREAM_FAILED");
}

TEST_F(StreamingTest, AwaitTerminationWithATimeout) {
  ExecutePlanResponse response;
  response.mutable_streaming_query_command_result()->mutable_await_termination()->set_terminated(
      true);
  transport_->responses.push_back(response);
  EXPECT_TRUE(Query().awaitTermination(std::chrono::seconds(3)));
  EXPECT_EQ(LastCommand().streaming_query_command().await_termination().timeout_ms(), 3000);
}

TEST_F(StreamingTest, ProgressOfApacheSpark) {
  // As Apache Spark 4.1 answers to lastProgress, shortened: offsets as text, no sums over sources.
  const auto progress = StreamingQueryProgress::fromJson(R"({
    "id":"34b7","runId":"7fbc","name":null,"timestamp":"2026-01-01T08:05:34.842Z","batchId":1,
    "durationMs":{"addBatch":1215,"triggerExecution":1474},
    "eventTime":{"watermark":"1970-01-01T00:00:00.000Z"},
    "stateOperators":[{"operatorName":"stateStoreSave","numRowsTotal":3,"numRowsUpdated":2}],
    "sources":[{"description":"TextSocketV2[host: localhost, port: 9999]","startOffset":"-1",
      "endOffset":"5","latestOffset":null,"numInputRows":6,"inputRowsPerSecond":3.0,
      "processedRowsPerSecond":4.5}],
    "sink":{"description":"MemorySink","numOutputRows":3}})");
  EXPECT_FALSE(progress.name.has_value());
  EXPECT_EQ(progress.batchId, 1);
  EXPECT_EQ(progress.numInputRows, 6);
  EXPECT_EQ(progress.processedRowsPerSecond, 4.5);
  EXPECT_EQ(progress.durationMs.at("addBatch"), 1215);
  EXPECT_EQ(progress.eventTime.at("watermark"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(progress.sources.at(0).endOffset, "5");
  EXPECT_EQ(progress.sources.at(0).latestOffset, "");
  EXPECT_EQ(progress.stateOperators.at(0).numRowsUpdated, 2);
  EXPECT_EQ(progress.numOutputRows, 3);
  EXPECT_THROW(StreamingQueryProgress::fromJson("[]"), IllegalArgumentException);
}

TEST_F(StreamingTest, ManagerFindsQueries) {
  ExecutePlanResponse response;
  auto* active = response.mutable_streaming_query_manager_command_result()->mutable_active();
  active->add_active_queries()->mutable_id()->set_id("1");
  transport_->responses.push_back(response);
  const auto queries = spark_.streams().active();
  ASSERT_EQ(queries.size(), 1u);
  EXPECT_EQ(queries[0].id(), "1");
  EXPECT_FALSE(queries[0].name().has_value());

  response.mutable_streaming_query_manager_command_result()->clear_result_type();
  transport_->responses.push_back(response);
  EXPECT_FALSE(spark_.streams().get("unknown").has_value());
}

}  // namespace
}  // namespace headrace

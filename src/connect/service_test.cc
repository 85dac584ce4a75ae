// The service as programs that embed it use it: whole requests, no transport.
#include "connect/service.h"

#include <atomic>
#include <thread>

#include "google/rpc/status.pb.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/arrow_streams.h"
#include "connectors/memory/memory.h"
#include "connectors/noop/noop.h"
#include "connectors/rate/rate.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;

constexpr char kSession[] = "00000000-0000-4000-8000-000000000001";

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    auto engine = std::make_shared<Engine>();
    engine->connectors = &connectors_;
    RegisterMemoryConnector(&connectors_);
    RegisterNoopConnector(&connectors_);
    RegisterRateConnector(&connectors_);
    service_ = std::make_unique<ConnectService>(engine);
  }

  template <typename Request>
  static Request New() {
    Request request;
    request.set_session_id(kSession);
    request.mutable_user_context()->set_user_id("ann");
    if constexpr (requires { request.set_client_type(""); }) {
      request.set_client_type("_SPARK_CONNECT_PYTHON spark/4.3.0");
    }
    return request;
  }
  static messages::ExecutePlanRequest Execute(const messages::Plan& plan) {
    auto request = New<messages::ExecutePlanRequest>();
    *request.mutable_plan() = plan;
    request.set_operation_id(Random::System()->Uuid());
    request.add_request_options()->mutable_reattach_options()->set_reattachable(true);
    return request;
  }
  static messages::Plan Numbers(int64_t end) {
    messages::Plan plan;
    plan.mutable_root()->mutable_range()->set_end(end);
    plan.mutable_root()->mutable_range()->set_step(1);
    return plan;
  }
  // All responses; the Status is how the stream ended.
  Status Run(const messages::Plan& plan, std::vector<messages::ExecutePlanResponse>* responses) {
    ARROW_ASSIGN_OR_RAISE(auto cursor, service_->ExecutePlan(Execute(plan)));
    for (;;) {
      auto item = cursor->Next();
      if (item.state == ResponseCursor::State::kEnd) return item.status;
      responses->push_back(*item.response);
    }
  }
  Result<messages::ConfigResponse> Get(const std::string& key) {
    auto request = New<messages::ConfigRequest>();
    request.mutable_operation()->mutable_get()->add_keys(key);
    return service_->Config(request);
  }

  ConnectorRegistry connectors_;
  std::unique_ptr<ConnectService> service_;
};

TEST_F(ServiceTest, ExecutingARelationGivesSchemaRowsAndCompletion) {
  std::vector<messages::ExecutePlanResponse> responses;
  ASSERT_TRUE(Run(Numbers(3), &responses).ok());
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_EQ(responses[0].schema().struct_().fields(0).name(), "id");
  EXPECT_EQ(responses[1].arrow_batch().row_count(), 3);
  EXPECT_EQ(ReadArrowStream(responses[1].arrow_batch().data())->batches.at(0)->num_rows(), 3);
  EXPECT_TRUE(responses[2].has_result_complete());
  for (const auto& response : responses) EXPECT_EQ(response.session_id(), kSession);
}

TEST_F(ServiceTest, AnEmptyResultStillHasABatch) {
  std::vector<messages::ExecutePlanResponse> responses;
  ASSERT_TRUE(Run(Numbers(0), &responses).ok());
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_TRUE(responses[1].has_arrow_batch());
  EXPECT_EQ(responses[1].arrow_batch().row_count(), 0);
}

TEST_F(ServiceTest, ReattachGoesOnAndReleaseForgets) {
  auto request = Execute(Numbers(3));
  auto cursor = *service_->ExecutePlan(request);
  auto first = cursor->Next().response;
  cursor.reset();
  auto reattach = New<messages::ReattachExecuteRequest>();
  reattach.set_operation_id(request.operation_id());
  reattach.set_last_response_id(first->response_id());
  auto again = *service_->ReattachExecute(reattach);
  EXPECT_TRUE(again->Next().response->has_arrow_batch());
  EXPECT_TRUE(again->Next().response->has_result_complete());

  auto release = New<messages::ReleaseExecuteRequest>();
  release.set_operation_id(request.operation_id());
  release.mutable_release_all();
  EXPECT_EQ(service_->ReleaseExecute(release)->operation_id(), request.operation_id());
  EXPECT_FALSE(service_->ReleaseExecute(release)->has_operation_id());
  EXPECT_THAT(service_->ReattachExecute(reattach).status().message(),
              HasSubstr("INVALID_HANDLE.OPERATION_NOT_FOUND"));
}

TEST_F(ServiceTest, ConfigurationIsTheSessions) {
  EXPECT_EQ(Get("spark.sql.execution.pyspark.binaryAsBytes")->pairs(0).value(), "true");
  EXPECT_THAT(Get("spark.nothing").status().message(), HasSubstr("SQL_CONF_NOT_FOUND"));
  auto request = New<messages::ConfigRequest>();
  auto* set = request.mutable_operation()->mutable_set();
  set->add_pairs()->set_key("spark.app.name");
  set->mutable_pairs(0)->set_value("test");
  set->add_pairs()->set_key("spark.sql.shuffle.partitions");
  set->mutable_pairs(1)->set_value("many");
  set->set_silent(true);
  EXPECT_EQ(service_->Config(request)->warnings_size(), 1);
  set->set_silent(false);
  EXPECT_FALSE(service_->Config(request).ok());
  EXPECT_EQ(Get("spark.app.name")->pairs(0).value(), "test");
  auto all = New<messages::ConfigRequest>();
  all.mutable_operation()->mutable_get_all()->set_prefix("spark.app.");
  auto pairs = service_->Config(all)->pairs();
  ASSERT_EQ(pairs.size(), 1);
  EXPECT_EQ(pairs[0].key(), "name");
}

TEST_F(ServiceTest, AnalysisAnswersWithoutRunning) {
  auto request = New<messages::AnalyzePlanRequest>();
  *request.mutable_tree_string()->mutable_plan() = Numbers(3);
  EXPECT_EQ(service_->AnalyzePlan(request)->tree_string().tree_string(),
            "root\n |-- id: long (nullable = false)\n");
  request.mutable_spark_version();
  EXPECT_EQ(service_->AnalyzePlan(request)->spark_version().version(), "4.3.0");
  request.mutable_ddl_parse()->set_ddl_string("a INT, b STRING");
  EXPECT_EQ(service_->AnalyzePlan(request)->ddl_parse().parsed().struct_().fields_size(), 2);
  *request.mutable_is_streaming()->mutable_plan() = Numbers(3);
  EXPECT_FALSE(service_->AnalyzePlan(request)->is_streaming().is_streaming());
  for (const int64_t end : {3, 4}) {
    *request.mutable_same_semantics()->mutable_target_plan() = Numbers(3);
    *request.mutable_same_semantics()->mutable_other_plan() = Numbers(end);
    EXPECT_EQ(service_->AnalyzePlan(request)->same_semantics().result(), end == 3);
  }
}

TEST_F(ServiceTest, AStreamIsStartedWatchedAndStopped) {
  messages::Plan plan;
  auto* start = plan.mutable_command()->mutable_write_stream_operation_start();
  start->mutable_input()->mutable_read()->set_is_streaming(true);
  start->mutable_input()->mutable_read()->mutable_data_source()->set_format("rate");
  start->set_format("noop");
  start->set_output_mode("append");
  start->set_query_name("ticks");
  start->set_path("");
  std::vector<messages::ExecutePlanResponse> responses;
  ASSERT_TRUE(Run(plan, &responses).ok());
  ASSERT_EQ(responses.size(), 2u);
  const auto& started = responses[0].write_stream_operation_start_result();
  EXPECT_EQ(started.name(), "ticks");

  auto ask = [&](auto set) {
    messages::Plan command;
    auto* query = command.mutable_command()->mutable_streaming_query_command();
    *query->mutable_query_id() = started.query_id();
    set(query);
    std::vector<messages::ExecutePlanResponse> answers;
    Status status = Run(command, &answers);
    EXPECT_TRUE(status.ok()) << status;
    return answers.empty() ? messages::StreamingQueryCommandResult()
                           : answers[0].streaming_query_command_result();
  };
  EXPECT_TRUE(ask([](auto* query) { query->set_status(true); }).status().is_active());
  EXPECT_FALSE(ask([](auto* query) { query->mutable_await_termination()->set_timeout_ms(1); })
                   .await_termination()
                   .terminated());
  ask([](auto* query) { query->set_stop(true); });
  EXPECT_FALSE(ask([](auto* query) { query->set_status(true); }).status().is_active());
  EXPECT_FALSE(ask([](auto* query) { query->set_exception(true); }).has_exception());
  EXPECT_TRUE(ask([](auto* query) { query->mutable_await_termination(); })
                  .await_termination()
                  .terminated());
}

TEST_F(ServiceTest, AQueryListenersStreamEndsWhenTheBusIsClosed) {
  messages::Plan open, close;
  open.mutable_command()
      ->mutable_streaming_query_listener_bus_command()
      ->set_add_listener_bus_listener(true);
  close.mutable_command()
      ->mutable_streaming_query_listener_bus_command()
      ->set_remove_listener_bus_listener(true);
  auto events = *service_->ExecutePlan(Execute(open));
  EXPECT_TRUE(events->Next()
                  .response->streaming_query_listener_events_result()
                  .listener_bus_listener_added());
  std::vector<messages::ExecutePlanResponse> responses;
  ASSERT_TRUE(Run(close, &responses).ok());
  EXPECT_TRUE(events->Next().response->has_result_complete());
  EXPECT_EQ(events->Next().state, ResponseCursor::State::kEnd);
}

// PySpark's listeners run between two responses, and the first of them is released with the second.
TEST_F(ServiceTest, AStopIsAnsweredWhenListenersHaveHeardOfIt) {
  messages::Plan open, start, stop;
  open.mutable_command()
      ->mutable_streaming_query_listener_bus_command()
      ->set_add_listener_bus_listener(true);
  const auto open_request = Execute(open);
  auto events = *service_->ExecutePlan(open_request);
  ASSERT_EQ(events->Next().state, ResponseCursor::State::kResponse);
  std::atomic<bool> terminated = false;
  std::thread client([&] {
    for (;;) {
      const auto item = events->Next();
      if (item.state == ResponseCursor::State::kEnd) return;
      auto release = New<messages::ReleaseExecuteRequest>();
      release.set_operation_id(open_request.operation_id());
      release.mutable_release_until()->set_response_id(item.response->response_id());
      ASSERT_TRUE(service_->ReleaseExecute(release).ok());
      for (int yields = 0; yields < 1000; ++yields) std::this_thread::yield();  // a slow listener
      for (const auto& event : item.response->streaming_query_listener_events_result().events()) {
        if (event.event_type() == messages::QUERY_TERMINATED_EVENT) terminated = true;
      }
    }
  });
  auto* rate = start.mutable_command()->mutable_write_stream_operation_start();
  rate->mutable_input()->mutable_read()->set_is_streaming(true);
  rate->mutable_input()->mutable_read()->mutable_data_source()->set_format("rate");
  rate->set_format("noop");
  rate->set_output_mode("append");
  std::vector<messages::ExecutePlanResponse> responses;
  EXPECT_TRUE(Run(start, &responses).ok());
  ASSERT_FALSE(responses.empty());
  auto* query = stop.mutable_command()->mutable_streaming_query_command();
  *query->mutable_query_id() = responses[0].write_stream_operation_start_result().query_id();
  query->set_stop(true);
  EXPECT_TRUE(Run(stop, &responses).ok());
  EXPECT_TRUE(terminated);
  messages::Plan close;
  close.mutable_command()
      ->mutable_streaming_query_listener_bus_command()
      ->set_remove_listener_bus_listener(true);
  EXPECT_TRUE(Run(close, &responses).ok());
  client.join();
}

TEST_F(ServiceTest, InterruptReachesOperationsByTag) {
  messages::Plan open;
  open.mutable_command()
      ->mutable_streaming_query_listener_bus_command()
      ->set_add_listener_bus_listener(true);
  auto request = Execute(open);
  request.add_tags("mine");
  auto events = *service_->ExecutePlan(request);
  ASSERT_EQ(events->Next().state, ResponseCursor::State::kResponse);
  auto interrupt = New<messages::InterruptRequest>();
  interrupt.set_interrupt_type(messages::InterruptRequest::INTERRUPT_TYPE_TAG);
  interrupt.set_operation_tag("other");
  EXPECT_EQ(service_->Interrupt(interrupt)->interrupted_ids_size(), 0);
  interrupt.set_operation_tag("mine");
  EXPECT_EQ(service_->Interrupt(interrupt)->interrupted_ids(0), request.operation_id());
  EXPECT_THAT(events->Next().status.message(), HasSubstr("OPERATION_CANCELED"));
}

TEST_F(ServiceTest, ArtifactsComeWholeOrInChunksAndAreChecked) {
  auto upload = service_->StartUpload();
  auto request = New<messages::AddArtifactsRequest>();
  auto* begin = request.mutable_begin_chunk();
  begin->set_name("cache/ab");
  begin->set_total_bytes(2);
  begin->set_num_chunks(2);
  begin->mutable_initial_chunk()->set_data("a");
  begin->mutable_initial_chunk()->set_crc(0xE8B7BE43);
  ASSERT_TRUE(upload->Add(request).ok());
  request.mutable_chunk()->set_data("b");
  request.mutable_chunk()->set_crc(0x71BEEFF9);
  ASSERT_TRUE(upload->Add(request).ok());
  EXPECT_EQ(upload->Finish()->artifacts(0).name(), "cache/ab");

  auto status = New<messages::ArtifactStatusesRequest>();
  status.add_names("cache/ab");
  status.add_names("cache/other");
  auto statuses = service_->ArtifactStatus(status)->statuses();
  EXPECT_TRUE(statuses.at("cache/ab").exists());
  EXPECT_FALSE(statuses.at("cache/other").exists());

  auto* artifact = request.mutable_batch()->add_artifacts();
  artifact->set_name("cache/c");
  artifact->mutable_data()->set_data("c");
  EXPECT_THAT(service_->StartUpload()->Add(request).message(), HasSubstr("CRC"));
  artifact->set_name("cache/../c");
  EXPECT_THAT(service_->StartUpload()->Add(request).message(), HasSubstr(".."));
}

TEST_F(ServiceTest, WhatDoesNotFitIntoAnErrorIsFetchedOnce) {
  ASSERT_TRUE(Get("spark.sql.shuffle.partitions").ok());
  auto status = AnalysisError("PATH_NOT_FOUND", std::string(3000, 'x'));
  auto wire = service_->DescribeError({"ann", kSession}, status);
  std::string text = wire.DebugString();
  size_t start = text.find("errorId");
  ASSERT_NE(start, std::string::npos);
  auto fetch = New<messages::FetchErrorDetailsRequest>();
  for (size_t i = start; i + 36 < text.size(); ++i) {
    if (IsUuid(text.substr(i, 36))) fetch.set_error_id(text.substr(i, 36));
  }
  EXPECT_EQ(service_->FetchErrorDetails(fetch)->errors(0).message(), status.message());
  EXPECT_EQ(service_->FetchErrorDetails(fetch)->errors_size(), 0);
}

TEST_F(ServiceTest, AReleasedSessionIsClosed) {
  ASSERT_TRUE(Get("spark.sql.shuffle.partitions").ok());
  EXPECT_NE(
      service_->ReleaseSession(New<messages::ReleaseSessionRequest>())->server_side_session_id(),
      "");
  EXPECT_THAT(Get("spark.sql.shuffle.partitions").status().message(),
              HasSubstr("INVALID_HANDLE.SESSION_CLOSED"));
}

TEST_F(ServiceTest, CommandsThatAreNotThereAreNamed) {
  std::vector<messages::ExecutePlanResponse> responses;
  messages::Plan plan;
  plan.mutable_command()->mutable_merge_into_table_command();
  EXPECT_THAT(Run(plan, &responses).message(), HasSubstr("mergeInto"));
  plan.mutable_command()->mutable_register_function()->set_function_name("twice");
  EXPECT_THAT(Run(plan, &responses).message(), HasSubstr("twice"));
  plan.mutable_command()->mutable_ml_command()->mutable_clean_cache();
  EXPECT_TRUE(Run(plan, &responses).ok());
}

TEST_F(ServiceTest, ACloneBeginsWithWhatTheSessionHolds) {
  auto request = New<messages::CloneSessionRequest>();
  EXPECT_THAT(service_->CloneSession(request).status().message(),
              HasSubstr("INVALID_HANDLE.SESSION_NOT_FOUND"));
  auto set = New<messages::ConfigRequest>();
  auto* pair = set.mutable_operation()->mutable_set()->add_pairs();
  pair->set_key("spark.sql.shuffle.partitions");
  pair->set_value("7");
  ASSERT_TRUE(service_->Config(set).ok());
  const auto clone = service_->CloneSession(request);
  ASSERT_TRUE(clone.ok()) << clone.status();
  auto get = New<messages::ConfigRequest>();
  get.set_session_id(clone->new_session_id());
  get.mutable_operation()->mutable_get()->add_keys("spark.sql.shuffle.partitions");
  const auto answer = service_->Config(get);
  EXPECT_EQ(answer->pairs(0).value(), "7");
  EXPECT_EQ(answer->server_side_session_id(), clone->new_server_side_session_id());
  request.set_new_session_id("nonsense");
  EXPECT_THAT(service_->CloneSession(request).status().message(),
              HasSubstr("INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_FORMAT"));
  request.set_new_session_id(kSession);
  EXPECT_THAT(service_->CloneSession(request).status().message(),
              HasSubstr("INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_EXISTS"));
}

}  // namespace
}  // namespace headrace

#include "client/grpc_transport.h"

#include <condition_variable>
#include <mutex>

#include "spark/connect/base.grpc.pb.h"
#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

namespace headrace::client {
namespace {

using testing::ElementsAre;
using Writer = grpc::ServerWriter<messages::ExecutePlanResponse>;

// Answers each stream, executed or reattached, with the next of a list of scripts.
class FakeServer : public messages::SparkConnectService::Service {
 public:
  struct Script {
    std::vector<std::string> response_ids;  // "done": the response that tells completion
    grpc::Status end;
  };

  explicit FakeServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeServer() override { server_->Shutdown(); }

  ConnectionUrl url() const {
    ConnectionUrl url;
    url.host = "127.0.0.1";
    url.port = static_cast<uint16_t>(port_);
    url.token = "secret";
    return url;
  }

  std::vector<std::string> calls() {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  void WaitForReleaseOfAll() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return released_all_; });
  }

  grpc::Status ExecutePlan(grpc::ServerContext* context,
                           const messages::ExecutePlanRequest* request, Writer* writer) override {
    EXPECT_TRUE(request->request_options(0).reattach_options().reattachable());
    auto authorization = context->client_metadata().find("authorization");
    EXPECT_TRUE(authorization != context->client_metadata().end() &&
                authorization->second == "Bearer secret");
    return Play("execute", writer);
  }
  grpc::Status ReattachExecute(grpc::ServerContext*,
                               const messages::ReattachExecuteRequest* request,
                               Writer* writer) override {
    return Play("reattach after " + request->last_response_id(), writer);
  }
  grpc::Status ReleaseExecute(grpc::ServerContext*, const messages::ReleaseExecuteRequest* request,
                              messages::ReleaseExecuteResponse*) override {
    std::lock_guard lock(mutex_);
    released_all_ |= request->has_release_all();
    changed_.notify_all();
    return grpc::Status::OK;
  }
  grpc::Status Config(grpc::ServerContext*, const messages::ConfigRequest*,
                      messages::ConfigResponse*) override {
    std::lock_guard lock(mutex_);
    calls_.push_back("config");
    if (calls_.size() < 3) return {grpc::StatusCode::UNAVAILABLE, "not now"};
    return grpc::Status::OK;
  }

 private:
  grpc::Status Play(std::string call, Writer* writer) {
    Script script;
    {
      std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      if (scripts_.empty()) return {grpc::StatusCode::INTERNAL, "no script is left"};
      script = scripts_.front();
      scripts_.erase(scripts_.begin());
    }
    for (const std::string& id : script.response_ids) {
      messages::ExecutePlanResponse response;
      response.set_response_id(id);
      if (id == "done") response.mutable_result_complete();
      writer->Write(response);
    }
    return script.end;
  }

  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Script> scripts_;
  std::vector<std::string> calls_;
  bool released_all_ = false;
};

const grpc::Status kLost(grpc::StatusCode::UNAVAILABLE, "connection reset");
const grpc::Status kNotFound(grpc::StatusCode::INTERNAL,
                             "[INVALID_HANDLE.OPERATION_NOT_FOUND] Operation not found.");

struct Outcome {
  std::vector<std::string> response_ids;
  google::rpc::Status status;
};

constexpr RetryPolicy kQuick{.first_wait = std::chrono::milliseconds(1),
                             .longest_wait = std::chrono::milliseconds(1),
                             .attempts = 3,
                             .first_contact = std::chrono::milliseconds(3)};

Outcome Execute(const FakeServer& server, int stop_after = 1000) {
  Outcome outcome;
  messages::ExecutePlanRequest request;
  outcome.status = MakeGrpcTransport(server.url(), kQuick)
                       ->ExecutePlan(request, [&](const messages::ExecutePlanResponse& response) {
                         outcome.response_ids.push_back(response.response_id());
                         return static_cast<int>(outcome.response_ids.size()) < stop_after;
                       });
  return outcome;
}

TEST(GrpcTransportTest, AStreamThatCompletes) {
  FakeServer server({{{"1", "2", "done"}, grpc::Status::OK}});
  const Outcome outcome = Execute(server);
  EXPECT_EQ(outcome.status.code(), 0);
  EXPECT_THAT(outcome.response_ids, ElementsAre("1", "2"));
  server.WaitForReleaseOfAll();
}

TEST(GrpcTransportTest, AStreamThatEndsEarlyIsContinued) {
  FakeServer server({{{"1", "2"}, grpc::Status::OK}, {{"3", "done"}, grpc::Status::OK}});
  const Outcome outcome = Execute(server);
  EXPECT_EQ(outcome.status.code(), 0);
  EXPECT_THAT(outcome.response_ids, ElementsAre("1", "2", "3"));
  EXPECT_THAT(server.calls(), ElementsAre("execute", "reattach after 2"));
}

TEST(GrpcTransportTest, AStreamThatBreaksIsContinued) {
  FakeServer server({{{"1"}, kLost}, {{}, kLost}, {{"2", "done"}, grpc::Status::OK}});
  const Outcome outcome = Execute(server);
  EXPECT_EQ(outcome.status.code(), 0);
  EXPECT_THAT(outcome.response_ids, ElementsAre("1", "2"));
  EXPECT_THAT(server.calls(), ElementsAre("execute", "reattach after 1", "reattach after 1"));
}

TEST(GrpcTransportTest, AnOperationThatNeverArrivedIsSentAgain) {
  FakeServer server({{{}, kLost}, {{}, kNotFound}, {{"1", "done"}, grpc::Status::OK}});
  const Outcome outcome = Execute(server);
  EXPECT_EQ(outcome.status.code(), 0);
  EXPECT_THAT(server.calls(), ElementsAre("execute", "reattach after ", "execute"));
}

TEST(GrpcTransportTest, AnOperationThatIsLostHalfWayFails) {
  FakeServer server({{{"1"}, kLost}, {{}, kNotFound}});
  const Outcome outcome = Execute(server);
  EXPECT_EQ(outcome.status.code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(outcome.response_ids, ElementsAre("1"));
}

TEST(GrpcTransportTest, AServerThatNeverCompletesIsGivenUp) {
  std::vector<FakeServer::Script> scripts(10);
  FakeServer server(scripts);
  EXPECT_EQ(Execute(server).status.code(), grpc::StatusCode::INTERNAL);
}

TEST(GrpcTransportTest, ErrorsOfTheQueryAreNotRepeated) {
  google::rpc::Status details;
  details.set_code(grpc::StatusCode::INTERNAL);
  details.set_message("a column is missing");
  FakeServer server(
      {{{},
        grpc::Status(grpc::StatusCode::INTERNAL, details.message(), details.SerializeAsString())}});
  const Outcome outcome = Execute(server);
  EXPECT_EQ(outcome.status.message(), "a column is missing");
  EXPECT_THAT(server.calls(), ElementsAre("execute"));
  server.WaitForReleaseOfAll();
}

TEST(GrpcTransportTest, TheHandlerEndsTheOperation) {
  FakeServer server({{{"1", "2", "3", "done"}, grpc::Status::OK}});
  const Outcome outcome = Execute(server, 1);
  EXPECT_EQ(outcome.status.code(), 0);
  EXPECT_THAT(outcome.response_ids, ElementsAre("1"));
  server.WaitForReleaseOfAll();
}

TEST(GrpcTransportTest, WhatTheHandlerThrowsComesOut) {
  FakeServer server({{{"1", "done"}, grpc::Status::OK}});
  auto transport = MakeGrpcTransport(server.url(), kQuick);
  EXPECT_THROW(transport->ExecutePlan({},
                                      [](const messages::ExecutePlanResponse&) -> bool {
                                        throw std::runtime_error("no room");
                                      }),
               std::runtime_error);
  server.WaitForReleaseOfAll();
}

TEST(GrpcTransportTest, UnaryCallsAreRepeatedWhileTheServerIsUnavailable) {
  FakeServer server({});
  messages::ConfigResponse response;
  const auto status = MakeGrpcTransport(server.url(), kQuick)->Config({}, &response);
  EXPECT_EQ(status.code(), 0) << status.message();
  EXPECT_EQ(server.calls().size(), 3u);
}

TEST(GrpcTransportTest, WhatNoServerTakesIsNotSent) {
  FakeServer server({});
  messages::ExecutePlanRequest request;
  request.mutable_plan()->mutable_root()->mutable_local_relation()->set_data(
      std::string(128 << 20, 'x'));
  const auto status =
      MakeGrpcTransport(server.url(), kQuick)
          ->ExecutePlan(request, [](const messages::ExecutePlanResponse&) { return true; });
  EXPECT_EQ(status.code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.message(), testing::HasSubstr("createDataFrame"));
  EXPECT_THAT(server.calls(), ElementsAre());
}

TEST(GrpcTransportTest, NobodyThere) {
  ConnectionUrl url;
  {
    // A port that was just free.
    FakeServer server({});
    url = server.url();
  }
  messages::ConfigResponse response;
  const auto status = MakeGrpcTransport(url, kQuick)->Config({}, &response);
  EXPECT_EQ(status.code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.message(),
              testing::HasSubstr("No Spark Connect server answers at " + url.target()));
}

}  // namespace
}  // namespace headrace::client

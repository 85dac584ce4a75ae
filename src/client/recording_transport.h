// A transport for tests: keeps what it was asked and answers what it was told to.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "client/transport.h"

namespace headrace::client {

class RecordingTransport : public Transport {
 public:
  std::vector<messages::ExecutePlanRequest> executed;
  std::vector<messages::AnalyzePlanRequest> analyzed;
  std::vector<messages::ConfigRequest> configured;
  std::vector<messages::InterruptRequest> interrupted;
  std::vector<messages::ReleaseSessionRequest> released;

  // The answers; the first failure, if set, goes to the next call of any kind.
  std::deque<messages::ExecutePlanResponse> responses;
  messages::AnalyzePlanResponse analysis;
  messages::ConfigResponse configuration;
  messages::FetchErrorDetailsResponse details;
  google::rpc::Status failure;

  google::rpc::Status ExecutePlan(messages::ExecutePlanRequest request,
                                  const ResponseHandler& handler) override {
    executed.push_back(request);
    if (failure.code() != 0) return failure;
    while (!responses.empty()) {
      messages::ExecutePlanResponse response = responses.front();
      responses.pop_front();
      response.set_session_id(request.session_id());
      if (!handler(response)) break;
    }
    return {};
  }
  google::rpc::Status AnalyzePlan(const messages::AnalyzePlanRequest& request,
                                  messages::AnalyzePlanResponse* response) override {
    analyzed.push_back(request);
    *response = analysis;
    response->set_session_id(request.session_id());
    return failure;
  }
  google::rpc::Status Config(const messages::ConfigRequest& request,
                             messages::ConfigResponse* response) override {
    configured.push_back(request);
    *response = configuration;
    response->set_session_id(request.session_id());
    return failure;
  }
  google::rpc::Status Interrupt(const messages::InterruptRequest& request,
                                messages::InterruptResponse* response) override {
    interrupted.push_back(request);
    response->set_session_id(request.session_id());
    return failure;
  }
  google::rpc::Status ReleaseSession(const messages::ReleaseSessionRequest& request,
                                     messages::ReleaseSessionResponse*) override {
    released.push_back(request);
    return failure;
  }
  google::rpc::Status FetchErrorDetails(const messages::FetchErrorDetailsRequest&,
                                        messages::FetchErrorDetailsResponse* response) override {
    *response = details;
    return {};
  }
};

}  // namespace headrace::client

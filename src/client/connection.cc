#include "client/connection.h"

#include <map>

#include "base/random.h"
#include "client/exception_factory.h"
#include "client/wire_exception.h"

namespace headrace::client {
namespace {

// Servers look for `spark/<version>` to know what a client expects.
constexpr char kClientType[] = "_SPARK_CONNECT_CPP spark/4.1.0 os/linux headrace/" HEADRACE_VERSION;

}  // namespace

Connection::Connection(std::shared_ptr<Transport> transport, SessionIdentity identity)
    : transport_(std::move(transport)), identity_(std::move(identity)) {}

template <typename Request>
void Connection::FillIn(Request* request) const {
  request->set_session_id(identity_.session_id);
  request->set_client_type(kClientType);
  request->mutable_user_context()->set_user_id(identity_.user_id);
  std::lock_guard lock(mutex_);
  if (released_) {
    ThrowIllegalArgument("NO_ACTIVE_SESSION",
                         "The session was stopped. Make another one with "
                         "SparkSession::builder().getOrCreate().");
  }
  if constexpr (requires { request->set_client_observed_server_side_session_id(""); }) {
    if (!server_side_session_id_.empty()) {
      request->set_client_observed_server_side_session_id(server_side_session_id_);
    }
  }
}

template <typename Response>
void Connection::Observe(const Response& response) {
  if (response.session_id() != identity_.session_id) {
    ThrowConnectError("The server answered for session \"" + response.session_id() +
                      "\" instead of " + identity_.session_id + ".");
  }
  if (response.server_side_session_id().empty()) return;
  std::lock_guard lock(mutex_);
  if (server_side_session_id_.empty()) {
    server_side_session_id_ = response.server_side_session_id();
  } else if (server_side_session_id_ != response.server_side_session_id()) {
    ThrowConnectError(
        "The server no longer has this session: it was restarted or the session expired. Make "
        "another session.");
  }
}

void Connection::ThrowIfFailed(const google::rpc::Status& status) {
  if (status.code() == 0) return;
  const std::string error_id = ErrorIdOf(status);
  messages::FetchErrorDetailsResponse details;
  bool fetched = false;
  if (!error_id.empty() && !released()) {
    messages::FetchErrorDetailsRequest request;
    FillIn(&request);
    request.set_error_id(error_id);
    fetched = transport_->FetchErrorDetails(request, &details).code() == 0;
  }
  ThrowException(status, fetched ? &details : nullptr);
}

void Connection::Execute(messages::Plan plan, const Transport::ResponseHandler& handler) {
  messages::ExecutePlanRequest request;
  FillIn(&request);
  request.set_operation_id(Random::System()->Uuid());
  for (const std::string& tag : tags_of_this_thread()) request.add_tags(tag);
  request.mutable_plan()->Swap(&plan);
  ThrowIfFailed(transport_->ExecutePlan(std::move(request),
                                        [&](const messages::ExecutePlanResponse& response) {
                                          Observe(response);
                                          return handler(response);
                                        }));
}

messages::ExecutePlanResponse Connection::ExecuteCommand(messages::Command command) {
  messages::Plan plan;
  plan.mutable_command()->Swap(&command);
  messages::ExecutePlanResponse result;
  Execute(std::move(plan), [&result](const messages::ExecutePlanResponse& response) {
    switch (response.response_type_case()) {
      case messages::ExecutePlanResponse::RESPONSE_TYPE_NOT_SET:
      case messages::ExecutePlanResponse::kExecutionProgress:
        break;
      default:
        result = response;
    }
    return true;
  });
  return result;
}

messages::AnalyzePlanResponse Connection::Analyze(messages::AnalyzePlanRequest request) {
  FillIn(&request);
  messages::AnalyzePlanResponse response;
  ThrowIfFailed(transport_->AnalyzePlan(request, &response));
  Observe(response);
  return response;
}

messages::ConfigResponse Connection::Config(messages::ConfigRequest::Operation operation) {
  messages::ConfigRequest request;
  FillIn(&request);
  request.mutable_operation()->Swap(&operation);
  messages::ConfigResponse response;
  ThrowIfFailed(transport_->Config(request, &response));
  Observe(response);
  return response;
}

std::vector<std::string> Connection::Interrupt(messages::InterruptRequest request) {
  FillIn(&request);
  messages::InterruptResponse response;
  ThrowIfFailed(transport_->Interrupt(request, &response));
  Observe(response);
  return {response.interrupted_ids().begin(), response.interrupted_ids().end()};
}

void Connection::Release() {
  if (released()) return;
  messages::ReleaseSessionRequest request;
  FillIn(&request);
  {
    std::lock_guard lock(mutex_);
    released_ = true;
  }
  messages::ReleaseSessionResponse response;
  ThrowIfFailed(transport_->ReleaseSession(request, &response));
}

bool Connection::released() const {
  std::lock_guard lock(mutex_);
  return released_;
}

std::shared_ptr<Connection> Connection::NewSession() const {
  return std::make_shared<Connection>(
      transport_,
      SessionIdentity{.session_id = Random::System()->Uuid(), .user_id = identity_.user_id});
}

std::vector<std::string>& Connection::tags_of_this_thread() const {
  static thread_local std::map<std::string, std::vector<std::string>> tags_by_session;
  return tags_by_session[identity_.session_id];
}

}  // namespace headrace::client

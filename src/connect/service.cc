#include "connect/service.h"

#include "google/rpc/status.pb.h"

#include "base/allocator.h"
#include "base/exception_boundary.h"
#include "base/log.h"
#include "connect/analyze_request.h"
#include "connect/config_request.h"
#include "connect/field_check.h"
#include "connect/plan_execution.h"

namespace headrace {
namespace {

constexpr int64_t kMaintenanceUs = 30 * 1000000LL;
constexpr int64_t kSessionIdleMs = 60 * 60 * 1000;
constexpr int64_t kDetachedMs = 5 * 60 * 1000;

template <typename Request>
std::string ObservedId(const Request& request) {
  if constexpr (requires { request.client_observed_server_side_session_id(); }) {
    return request.client_observed_server_side_session_id();
  }
  return "";
}

template <typename Response>
Response ResponseFor(const ConnectSession& session) {
  Response response;
  response.set_session_id(session.key().session_id);
  response.set_server_side_session_id(session.server_side_id());
  return response;
}

// Tells a repeated request from another one under the same id. Plans that carry much data are told
// apart by their size only.
uint64_t Fingerprint(const messages::Plan& plan) {
  constexpr size_t kLargePlan = 1 << 20;
  size_t size = plan.ByteSizeLong();
  return size > kLargePlan ? size : std::hash<std::string>{}(plan.SerializeAsString());
}

bool IsReattachable(const messages::ExecutePlanRequest& request) {
  for (const auto& option : request.request_options()) {
    if (option.reattach_options().reattachable()) return true;
  }
  return false;
}

Status CheckRequest(const messages::ExecutePlanRequest& request) {
  ARROW_RETURN_NOT_OK(
      CheckFields(request, {"session_id", "client_observed_server_side_session_id", "user_context",
                            "operation_id", "plan", "client_type", "request_options", "tags"}));
  ARROW_RETURN_NOT_OK(CheckFields(request.user_context(), {"user_id"}));
  for (const auto& option : request.request_options()) {
    ARROW_RETURN_NOT_OK(CheckFields(option, {"reattach_options", "result_chunking_options"}));
    ARROW_RETURN_NOT_OK(CheckFields(option.reattach_options(), {"reattachable"}));
    ARROW_RETURN_NOT_OK(CheckFields(option.result_chunking_options(), {}));
  }
  if (request.has_operation_id() && !IsUuid(request.operation_id())) {
    return MakeError(ErrorKind::kSql, "INVALID_HANDLE.FORMAT",
                     "The operation id must be a UUID; got `" + request.operation_id() + "`.",
                     {{"handle", request.operation_id()}});
  }
  return Status::OK();
}

Status OperationNotFound(const std::string& id) {
  return MakeError(ErrorKind::kSql, "INVALID_HANDLE.OPERATION_NOT_FOUND",
                   "The session has no operation " + id + ".", {{"handle", id}});
}

}  // namespace

ConnectService::ConnectService(std::shared_ptr<Engine> engine)
    : engine_(std::move(engine)),
      sessions_(engine_),
      threads_(std::make_unique<LargeStackThreads>()),
      maintenance_([this] { Maintain(); }) {}

ConnectService::~ConnectService() {
  Stop();
  maintenance_.join();
  threads_.reset();  // waits for the operations' threads
}

void ConnectService::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (const auto& session : sessions_.All()) session->Close();
}

void ConnectService::Maintain() {
  std::unique_lock lock(mutex_);
  for (;;) {
    int64_t deadline = engine_->clock->now_us() + kMaintenanceUs;
    if (engine_->clock->WaitUntil(lock, changed_, deadline, [this] { return stopping_; })) return;
    lock.unlock();
    for (const auto& session : sessions_.RemoveIdle(kSessionIdleMs)) {
      LogInfo("connect", "session " + session->key().session_id + " was idle for an hour: closed");
      session->Close();
    }
    for (const auto& session : sessions_.All()) session->DropDetachedOperations(kDetachedMs);
    lock.lock();
  }
}

template <typename Request>
Result<ConnectSessionPtr> ConnectService::SessionOf(const Request& request) {
  return sessions_.FindOrMake(KeyOf(request), request.client_type(), ObservedId(request));
}

Result<std::unique_ptr<ResponseCursor>> ConnectService::ExecutePlan(
    messages::ExecutePlanRequest request) {
  ARROW_RETURN_NOT_OK(CheckRequest(request));
  ARROW_ASSIGN_OR_RAISE(auto session, SessionOf(request));
  std::string id = request.has_operation_id() ? request.operation_id() : engine_->random->Uuid();
  bool is_new = false;
  OperationSettings settings{{request.tags().begin(), request.tags().end()},
                             Fingerprint(request.plan()),
                             IsReattachable(request)};
  bool forget = !settings.reattachable;
  ARROW_ASSIGN_OR_RAISE(auto operation, session->AddOperation(id, std::move(settings), &is_new));
  ARROW_ASSIGN_OR_RAISE(auto cursor, operation->Attach(std::nullopt));
  if (!is_new) return cursor;
  auto plan = std::make_shared<messages::Plan>(std::move(*request.mutable_plan()));
  threads_->Run([session, operation, plan, forget] {
    operation->Finish(
        WithoutExceptions([&] { return ExecuteOperation(*session, *operation, *plan); }));
    if (forget) session->DropOperation(operation->id());
    session->Touch();
    GiveBackFreeMemory();
  });
  return cursor;
}

Result<std::unique_ptr<ResponseCursor>> ConnectService::ReattachExecute(
    messages::ReattachExecuteRequest request) {
  ARROW_RETURN_NOT_OK(
      CheckFields(request, {"session_id", "client_observed_server_side_session_id", "user_context",
                            "operation_id", "client_type", "last_response_id"}));
  ARROW_ASSIGN_OR_RAISE(auto session, sessions_.Find(KeyOf(request), ObservedId(request)));
  auto operation = session->FindOperation(request.operation_id());
  if (operation == nullptr) return OperationNotFound(request.operation_id());
  return operation->Attach(request.has_last_response_id()
                               ? std::optional<std::string>(request.last_response_id())
                               : std::nullopt);
}

Result<messages::ReleaseExecuteResponse> ConnectService::ReleaseExecute(
    const messages::ReleaseExecuteRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto session, sessions_.Find(KeyOf(request), ObservedId(request)));
  auto response = ResponseFor<messages::ReleaseExecuteResponse>(*session);
  // Releases race with the end of operations: an unknown one is no error.
  auto operation = session->FindOperation(request.operation_id());
  if (operation == nullptr) return response;
  response.set_operation_id(operation->id());
  if (request.has_release_until()) {
    operation->ReleaseUntil(request.release_until().response_id());
  } else {
    session->DropOperation(operation->id());
  }
  return response;
}

Result<messages::InterruptResponse> ConnectService::Interrupt(
    const messages::InterruptRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto session, SessionOf(request));
  auto response = ResponseFor<messages::InterruptResponse>(*session);
  auto type = request.interrupt_type();
  if (type != messages::InterruptRequest::INTERRUPT_TYPE_ALL &&
      type != messages::InterruptRequest::INTERRUPT_TYPE_TAG &&
      type != messages::InterruptRequest::INTERRUPT_TYPE_OPERATION_ID) {
    return NotSupported("the interrupt type " + std::to_string(type));
  }
  for (const auto& operation : session->Operations()) {
    bool meant = type == messages::InterruptRequest::INTERRUPT_TYPE_ALL ||
                 (type == messages::InterruptRequest::INTERRUPT_TYPE_TAG &&
                  operation->tags().contains(request.operation_tag())) ||
                 (type == messages::InterruptRequest::INTERRUPT_TYPE_OPERATION_ID &&
                  operation->id() == request.operation_id());
    if (meant && operation->Interrupt()) response.add_interrupted_ids(operation->id());
  }
  if (type == messages::InterruptRequest::INTERRUPT_TYPE_ALL) {
    session->session().queries().StopAll();
  } else if (type == messages::InterruptRequest::INTERRUPT_TYPE_TAG) {
    session->StopQueriesWithTag(request.operation_tag());
  }
  return response;
}

Result<messages::AnalyzePlanResponse> ConnectService::AnalyzePlan(
    const messages::AnalyzePlanRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto session, SessionOf(request));
  ARROW_ASSIGN_OR_RAISE(auto response, AnswerAnalyze(session->session(), request));
  response.set_session_id(request.session_id());
  response.set_server_side_session_id(session->server_side_id());
  return response;
}

Result<messages::ConfigResponse> ConnectService::Config(const messages::ConfigRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto session, SessionOf(request));
  auto response = ResponseFor<messages::ConfigResponse>(*session);
  ARROW_RETURN_NOT_OK(AnswerConfig(&session->session().configuration(), request, &response));
  return response;
}

std::unique_ptr<ArtifactUpload> ConnectService::StartUpload() {
  return std::make_unique<ArtifactUpload>(
      [this](const messages::AddArtifactsRequest& request) { return SessionOf(request); });
}

Result<messages::ArtifactStatusesResponse> ConnectService::ArtifactStatus(
    const messages::ArtifactStatusesRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto session, SessionOf(request));
  auto response = ResponseFor<messages::ArtifactStatusesResponse>(*session);
  for (const auto& name : request.names()) {
    (*response.mutable_statuses())[name].set_exists(
        session->session().GetArtifact(name).has_value());
  }
  return response;
}

Result<messages::ReleaseSessionResponse> ConnectService::ReleaseSession(
    const messages::ReleaseSessionRequest& request) {
  messages::ReleaseSessionResponse response;
  response.set_session_id(request.session_id());
  if (auto session = sessions_.Remove(KeyOf(request), request.allow_reconnect())) {
    response.set_server_side_session_id(session->server_side_id());
    session->Close();
  }
  return response;
}

Result<messages::FetchErrorDetailsResponse> ConnectService::FetchErrorDetails(
    const messages::FetchErrorDetailsRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto session, SessionOf(request));
  auto response = ResponseFor<messages::FetchErrorDetailsResponse>(*session);
  auto record = session->errors().Take(request.error_id());
  if (record.has_value()) {
    const bool with_trace =
        session->session().configuration().GetBool("spark.sql.connect.serverStacktrace.enabled");
    FillErrorDetails(*record, with_trace, &response);
  }
  return response;
}

Result<messages::CloneSessionResponse> ConnectService::CloneSession(
    const messages::CloneSessionRequest& request) {
  ARROW_RETURN_NOT_OK(CheckFields(request, {"session_id", "client_observed_server_side_session_id",
                                            "user_context", "client_type", "new_session_id"}));
  ARROW_ASSIGN_OR_RAISE(auto session, sessions_.Find(KeyOf(request), ObservedId(request)));
  ARROW_ASSIGN_OR_RAISE(auto clone, sessions_.Clone(*session, request.has_new_session_id()
                                                                  ? request.new_session_id()
                                                                  : engine_->random->Uuid()));
  auto response = ResponseFor<messages::CloneSessionResponse>(*session);
  response.set_new_session_id(clone->key().session_id);
  response.set_new_server_side_session_id(clone->server_side_id());
  return response;
}

Result<messages::GetStatusResponse> ConnectService::GetStatus(const messages::GetStatusRequest&) {
  return NotSupported("the request GetStatus");
}

google::rpc::Status ConnectService::DescribeError(const SessionKey& key, const Status& status) {
  ErrorRecord record = RecordOf(status);
  auto session = sessions_.Peek(key);
  if (session == nullptr) return ToWireStatus(record, "");
  std::string error_id = engine_->random->Uuid();
  auto wire = ToWireStatus(record, error_id);
  session->errors().Put(std::move(error_id), std::move(record));
  return wire;
}

}  // namespace headrace

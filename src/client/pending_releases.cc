#include "client/pending_releases.h"

#include <chrono>

namespace headrace::client {
namespace {

constexpr std::chrono::seconds kDeadline{5};

}  // namespace

struct PendingReleases::Call {
  grpc::ClientContext context;
  spark::connect::ReleaseExecuteRequest request;
  spark::connect::ReleaseExecuteResponse response;

  explicit Call(const spark::connect::ExecutePlanRequest& operation) {
    request.set_session_id(operation.session_id());
    *request.mutable_user_context() = operation.user_context();
    request.set_operation_id(operation.operation_id());
    request.set_client_type(operation.client_type());
  }
};

PendingReleases::~PendingReleases() {
  std::unique_lock lock(mutex_);
  none_pending_.wait(lock, [this] { return pending_ == 0; });
}

void PendingReleases::ReleaseUntil(const spark::connect::ExecutePlanRequest& operation,
                                   const std::string& response_id) {
  auto call = std::make_unique<Call>(operation);
  call->request.mutable_release_until()->set_response_id(response_id);
  Send(std::move(call));
}

void PendingReleases::ReleaseAll(const spark::connect::ExecutePlanRequest& operation) {
  auto call = std::make_unique<Call>(operation);
  call->request.mutable_release_all();
  Send(std::move(call));
}

void PendingReleases::Send(std::unique_ptr<Call> call) {
  prepare_(&call->context);
  call->context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  {
    std::lock_guard lock(mutex_);
    ++pending_;
  }
  Call* sent = call.release();
  stub_->async()->ReleaseExecute(&sent->context, &sent->request, &sent->response,
                                 [this, sent](const grpc::Status&) {
                                   delete sent;
                                   std::lock_guard lock(mutex_);
                                   if (--pending_ == 0) none_pending_.notify_all();
                                 });
}

}  // namespace headrace::client

#include "operators/python_state/state_server.h"

#include <utility>

namespace headrace {
namespace {

constexpr int kLookAroundMs = 20;  // a worker that ends without having connected is seen after that

}  // namespace

Result<std::unique_ptr<StateServer>> StateServer::Start(StateRequests* requests) {
  ARROW_ASSIGN_OR_RAISE(LoopbackListener listener, LoopbackListener::Open());
  auto server = std::unique_ptr<StateServer>(new StateServer(std::move(listener), requests));
  server->thread_ = std::thread([self = server.get()] { self->Serve(); });
  return server;
}

void StateServer::Serve() {
  int socket = -1;
  while (socket < 0 && !stopping_) socket = listener_.Accept(kLookAroundMs);
  if (socket < 0) return;
  {
    std::lock_guard lock(mutex_);
    stream_ = std::make_unique<WorkerStream>(socket);
    if (stopping_) stream_->Interrupt();
  }
  // Ends when the worker has closed its end, or with Stop.
  while (requests_->AnswerNext(stream_.get()).ok()) {
  }
  // A worker that waits for an answer that does not come would wait for ever.
  stream_->Interrupt();
}

void StateServer::Stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  {
    std::lock_guard lock(mutex_);
    if (stream_ != nullptr) stream_->Interrupt();
  }
  thread_.join();
}

}  // namespace headrace

#include "python/barrier_server.h"

#include <utility>

#include "base/random.h"

namespace headrace {

namespace {

constexpr int kListenMs = 20;
// PySpark's BARRIER_FUNCTION is 1; the other one comes with a message.
constexpr int32_t kAllGather = 2;

}  // namespace

BarrierServer::BarrierServer(LoopbackListener listener)
    : listener_(std::move(listener)), secret_(Random::System()->Uuid()) {}

Result<std::unique_ptr<BarrierServer>> BarrierServer::Start() {
  ARROW_ASSIGN_OR_RAISE(LoopbackListener listener, LoopbackListener::Open());
  std::unique_ptr<BarrierServer> server(new BarrierServer(std::move(listener)));
  server->thread_ = std::thread([self = server.get()] { self->Serve(); });
  return server;
}

BarrierServer::~BarrierServer() {
  stopping_ = true;
  {
    std::lock_guard lock(mutex_);
    if (stream_ != nullptr) stream_->Interrupt();
  }
  thread_.join();
}

void BarrierServer::Serve() {
  while (!stopping_) {
    const int socket = listener_.Accept(kListenMs);
    if (socket < 0) continue;
    WorkerStream stream(socket);
    {
      std::lock_guard lock(mutex_);
      stream_ = &stream;
      if (stopping_) stream.Interrupt();
    }
    // Whoever is not answered sees the connection end.
    [[maybe_unused]] const Status answered = Answer(&stream);
    std::lock_guard lock(mutex_);
    stream_ = nullptr;
  }
}

Status BarrierServer::Answer(WorkerStream* stream) const {
  ARROW_ASSIGN_OR_RAISE(const std::string shown, stream->ReadText());
  if (shown != secret_) return Status::Invalid("a stranger at a barrier");
  stream->PutText("ok");
  ARROW_RETURN_NOT_OK(stream->Flush());
  ARROW_ASSIGN_OR_RAISE(const int32_t function, stream->ReadInt());
  std::string message;
  if (function == kAllGather) {
    ARROW_ASSIGN_OR_RAISE(message, stream->ReadText());
  }
  stream->PutInt(1);  // task
  stream->PutText(message);
  return stream->Flush();
}

}  // namespace headrace

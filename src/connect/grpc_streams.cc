#include "connect/grpc_streams.h"

#include "google/rpc/status.pb.h"
#include <grpcpp/impl/codegen/proto_utils.h>

namespace headrace {

grpc::Status ToGrpcStatus(ConnectService& service, const SessionKey& key, const Status& status) {
  google::rpc::Status wire = service.DescribeError(key, status);
  return grpc::Status(grpc::StatusCode::INTERNAL, wire.message(), wire.SerializeAsString());
}

std::shared_ptr<ResponseStream> ResponseStream::Make(ConnectService* service) {
  std::shared_ptr<ResponseStream> stream(new ResponseStream(service));
  stream->self_ = stream;
  return stream;
}

void ResponseStream::Begin(std::unique_ptr<ResponseCursor> cursor, SessionKey key) {
  // The operation may outlive the stream, so it only knows it weakly.
  cursor->SetWake([weak = weak_from_this()] {
    if (auto stream = weak.lock()) stream->Pump();
  });
  {
    std::lock_guard lock(mutex_);
    cursor_ = std::move(cursor);
    key_ = std::move(key);
  }
  Pump();
}

void ResponseStream::Fail(grpc::Status status) {
  FinishOnce(std::unique_lock(mutex_), std::move(status));
}

void ResponseStream::Pump() {
  std::unique_lock lock(mutex_);
  if (writing_ || finished_ || cursor_ == nullptr) return;
  if (cancelled_) return FinishOnce(std::move(lock), grpc::Status::CANCELLED);
  ResponseCursor::Item item = cursor_->Poll();
  switch (item.state) {
    case ResponseCursor::State::kWaiting:
      return;
    case ResponseCursor::State::kEnd:
      return FinishOnce(std::move(lock), item.status.ok()
                                             ? grpc::Status::OK
                                             : ToGrpcStatus(*service_, key_, item.status));
    case ResponseCursor::State::kResponse:
      break;
  }
  bool own_buffer = false;
  buffer_.Clear();
  grpc::Status serialized = grpc::SerializationTraits<messages::ExecutePlanResponse>::Serialize(
      *item.response, &buffer_, &own_buffer);
  if (!serialized.ok()) return FinishOnce(std::move(lock), serialized);
  writing_ = true;
  lock.unlock();
  StartWrite(&buffer_);
}

void ResponseStream::OnWriteDone(bool ok) {
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    cancelled_ = cancelled_ || !ok;
  }
  Pump();
}

void ResponseStream::OnCancel() {
  {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  Pump();
}

void ResponseStream::FinishOnce(std::unique_lock<std::mutex> lock, grpc::Status status) {
  if (finished_) return;
  finished_ = true;
  lock.unlock();
  Finish(std::move(status));
}

void ResponseStream::OnDone() {
  // Both may end here, and the mutex with them: after it is unlocked.
  std::shared_ptr<ResponseStream> self;
  std::unique_ptr<ResponseCursor> cursor;
  std::lock_guard lock(mutex_);
  cursor = std::move(cursor_);
  self = std::move(self_);
}

UploadStream::UploadStream(ConnectService* service, messages::AddArtifactsResponse* response)
    : service_(service), upload_(service->StartUpload()), response_(response) {
  StartRead(&request_);
}

void UploadStream::OnReadDone(bool ok) {
  Status status = Status::OK();
  if (ok) {
    status = upload_->Add(request_);
    if (status.ok()) return StartRead(&request_);
  } else {
    auto response = upload_->Finish();
    status = response.status();
    if (status.ok()) *response_ = std::move(*response);
  }
  Finish(status.ok() ? grpc::Status::OK : ToGrpcStatus(*service_, upload_->key(), status));
}

}  // namespace headrace

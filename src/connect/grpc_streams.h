// gRPC's callbacks for the streaming methods. None of them blocks; work happens on the service's
// threads. The objects delete themselves when gRPC is done with them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "connect/service.h"

namespace headrace {

grpc::Status ToGrpcStatus(ConnectService& service, const SessionKey& key, const Status& status);

// Sends an operation's responses: ExecutePlan and ReattachExecute. The client's going away ends
// the stream, not the operation.
class ResponseStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                       public std::enable_shared_from_this<ResponseStream> {
 public:
  static std::shared_ptr<ResponseStream> Make(ConnectService* service);

  // Both once, from any thread; exactly one of them.
  void Begin(std::unique_ptr<ResponseCursor> cursor, SessionKey key);
  void Fail(grpc::Status status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  explicit ResponseStream(ConnectService* service) : service_(service) {}
  void Pump();
  void FinishOnce(std::unique_lock<std::mutex> lock, grpc::Status status);

  ConnectService* const service_;
  std::shared_ptr<ResponseStream> self_;  // until OnDone

  std::mutex mutex_;
  std::unique_ptr<ResponseCursor> cursor_;
  SessionKey key_;
  grpc::ByteBuffer buffer_;  // of the write under way
  bool writing_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
};

// Receives the artifacts of one call.
class UploadStream : public grpc::ServerReadReactor<messages::AddArtifactsRequest> {
 public:
  UploadStream(ConnectService* service, messages::AddArtifactsResponse* response);
  void OnReadDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  ConnectService* const service_;
  std::unique_ptr<ArtifactUpload> upload_;
  messages::AddArtifactsRequest request_;
  messages::AddArtifactsResponse* const response_;
};

}  // namespace headrace

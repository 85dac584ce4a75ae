#include "client/grpc_transport.h"

#include <atomic>
#include <exception>
#include <optional>

#include "google/rpc/status.pb.h"
#include "spark/connect/base.grpc.pb.h"
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "base/random.h"
#include "client/pending_releases.h"

namespace headrace::client {
namespace {

using Service = messages::SparkConnectService;
using RpcStatus = google::rpc::Status;

constexpr size_t kLargestMessageBytes = 128 << 20;

std::shared_ptr<grpc::Channel> MakeChannel(const ConnectionUrl& url) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLargestMessageBytes);
  arguments.SetMaxSendMessageSize(kLargestMessageBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // So long may a connection take to come about: a busy server greets late.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 20'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  // A dead peer of a stream that is silent for hours is noticed.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  if (!url.user_agent.empty()) arguments.SetUserAgentPrefix(url.user_agent);
  auto credentials = url.use_tls ? grpc::SslCredentials({}) : grpc::InsecureChannelCredentials();
  return grpc::CreateCustomChannel(url.target(), credentials, arguments);
}

// Servers take messages up to this size and break the connection over larger ones.
template <typename Request>
std::optional<RpcStatus> RefuseLarge(const Request& request) {
  const size_t bytes = request.ByteSizeLong();
  if (bytes <= kLargestMessageBytes) return std::nullopt;
  RpcStatus refused;
  refused.set_code(grpc::StatusCode::RESOURCE_EXHAUSTED);
  refused.set_message("The request has " + std::to_string(bytes) +
                      " bytes; Spark Connect servers take up to " +
                      std::to_string(kLargestMessageBytes) +
                      ". If createDataFrame() was given that much data, make several DataFrames of "
                      "it one after the other, or write it to a file and read that.");
  return refused;
}

bool NamesLostOperation(const grpc::Status& status) {
  return status.error_message().find("INVALID_HANDLE.OPERATION_NOT_FOUND") != std::string::npos ||
         status.error_message().find("INVALID_HANDLE.SESSION_NOT_FOUND") != std::string::npos;
}

class GrpcTransport : public Transport {
 public:
  GrpcTransport(const ConnectionUrl& url, const RetryPolicy& policy)
      : url_(url),
        policy_(policy),
        stub_(Service::NewStub(MakeChannel(url))),
        releases_(stub_.get(), [this](grpc::ClientContext* context) { Prepare(context); }) {}

  RpcStatus ExecutePlan(messages::ExecutePlanRequest request,
                        const ResponseHandler& handler) override;

  RpcStatus AnalyzePlan(const messages::AnalyzePlanRequest& request,
                        messages::AnalyzePlanResponse* response) override {
    return Unary(&Service::Stub::AnalyzePlan, request, response);
  }
  RpcStatus Config(const messages::ConfigRequest& request,
                   messages::ConfigResponse* response) override {
    return Unary(&Service::Stub::Config, request, response);
  }
  RpcStatus Interrupt(const messages::InterruptRequest& request,
                      messages::InterruptResponse* response) override {
    return Unary(&Service::Stub::Interrupt, request, response);
  }
  RpcStatus ReleaseSession(const messages::ReleaseSessionRequest& request,
                           messages::ReleaseSessionResponse* response) override {
    return Unary(&Service::Stub::ReleaseSession, request, response);
  }
  RpcStatus FetchErrorDetails(const messages::FetchErrorDetailsRequest& request,
                              messages::FetchErrorDetailsResponse* response) override {
    return Unary(&Service::Stub::FetchErrorDetails, request, response);
  }

 private:
  using Reader = grpc::ClientReader<messages::ExecutePlanResponse>;

  // How far an operation's responses have been read.
  struct Progress {
    bool sent = false;  // the server may know the operation
    std::string last_response_id;
    bool complete = false;
    bool stopped = false;        // the handler wants no more
    std::exception_ptr failure;  // or threw this
  };

  void Prepare(grpc::ClientContext* context) const {
    if (!url_.token.empty()) context->AddMetadata("authorization", "Bearer " + url_.token);
    for (const auto& [key, value] : url_.metadata) context->AddMetadata(key, value);
  }

  template <typename Method, typename Request, typename Response>
  RpcStatus Unary(Method method, const Request& request, Response* response) {
    if (auto refused = RefuseLarge(request)) return *refused;
    for (Retry retry(policy_);;) {
      grpc::ClientContext context;
      Prepare(&context);
      grpc::Status status = (stub_.get()->*method)(&context, request, response);
      if (status.ok()) {
        known_ = true;
        return {};
      }
      if (!retry.WaitFor(status, known_)) return ToRpcStatus(status);
    }
  }

  // Reads one stream to its end. `got_on` tells whether it brought anything.
  grpc::Status ReadStream(const messages::ExecutePlanRequest& request,
                          const ResponseHandler& handler, Progress* progress, bool* got_on);
  RpcStatus ToRpcStatus(const grpc::Status& status) const;

  const ConnectionUrl url_;
  const RetryPolicy policy_;
  std::unique_ptr<Service::Stub> stub_;
  PendingReleases releases_;
  std::atomic<bool> known_ = false;  // the server has answered
};

messages::ReattachExecuteRequest ReattachRequest(const messages::ExecutePlanRequest& request,
                                                 const std::string& last_response_id) {
  messages::ReattachExecuteRequest reattach;
  reattach.set_session_id(request.session_id());
  *reattach.mutable_user_context() = request.user_context();
  reattach.set_operation_id(request.operation_id());
  reattach.set_client_type(request.client_type());
  if (!last_response_id.empty()) reattach.set_last_response_id(last_response_id);
  return reattach;
}

grpc::Status GrpcTransport::ReadStream(const messages::ExecutePlanRequest& request,
                                       const ResponseHandler& handler, Progress* progress,
                                       bool* got_on) {
  grpc::ClientContext context;
  Prepare(&context);
  std::unique_ptr<Reader> reader =
      progress->sent
          ? stub_->ReattachExecute(&context, ReattachRequest(request, progress->last_response_id))
          : stub_->ExecutePlan(&context, request);
  progress->sent = true;
  messages::ExecutePlanResponse response;
  while (!progress->stopped && reader->Read(&response)) {
    *got_on = known_ = true;
    progress->last_response_id = response.response_id();
    if (response.has_result_complete()) {
      progress->complete = true;
    } else {
      // A stream must be finished before its reader goes, so that nothing may be thrown here.
      try {
        progress->stopped = !handler(response);
      } catch (...) {
        progress->stopped = true;
        progress->failure = std::current_exception();
      }
      if (progress->stopped) context.TryCancel();
    }
    if (response.has_arrow_batch()) releases_.ReleaseUntil(request, response.response_id());
    response.Clear();
  }
  return reader->Finish();
}

RpcStatus GrpcTransport::ExecutePlan(messages::ExecutePlanRequest request,
                                     const ResponseHandler& handler) {
  if (auto refused = RefuseLarge(request)) return *refused;
  if (request.operation_id().empty()) request.set_operation_id(Random::System()->Uuid());
  request.add_request_options()->mutable_reattach_options()->set_reattachable(true);
  // However this ends, the server may forget the operation.
  struct Release {
    GrpcTransport* transport;
    const messages::ExecutePlanRequest& request;
    ~Release() { transport->releases_.ReleaseAll(request); }
  };

  const Release release{this, request};

  Progress progress;
  for (Retry retry(policy_);;) {
    bool got_on = false;
    grpc::Status status = ReadStream(request, handler, &progress, &got_on);
    if (progress.failure) std::rethrow_exception(progress.failure);
    if (progress.complete || progress.stopped) return {};
    if (got_on) retry.Reset();
    if (status.ok()) {
      // "Come again for more".
      if (got_on || retry.Wait(known_)) continue;
      RpcStatus unfinished;
      unfinished.set_code(grpc::StatusCode::INTERNAL);
      unfinished.set_message("The server ended the operation's responses without completing them.");
      return unfinished;
    }
    if (NamesLostOperation(status) && progress.last_response_id.empty()) {
      // The request never arrived, or the server was restarted before it began.
      progress.sent = false;
      if (retry.Wait(known_)) continue;
    }
    if (!retry.WaitFor(status, known_)) return ToRpcStatus(status);
  }
}

RpcStatus GrpcTransport::ToRpcStatus(const grpc::Status& status) const {
  RpcStatus details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details()) &&
      details.code() != 0) {
    return details;
  }
  details.Clear();
  details.set_code(status.error_code());
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
    details.set_message(status.error_message());
  } else if (known_) {
    details.set_message("The connection to " + url_.target() +
                        " is lost: " + status.error_message());
  } else {
    details.set_message("No Spark Connect server answers at " + url_.target() + ": " +
                        status.error_message() +
                        ". Start one with `headrace server`, or check host, port and use_ssl.");
  }
  return details;
}

}  // namespace

std::shared_ptr<Transport> MakeGrpcTransport(const ConnectionUrl& url, const RetryPolicy& policy) {
  return std::make_shared<GrpcTransport>(url, policy);
}

}  // namespace headrace::client

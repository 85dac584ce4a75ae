#include "connect/grpc_server.h"

#include "google/rpc/status.pb.h"
#include "spark/connect/base.grpc.pb.h"
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "base/exception_boundary.h"
#include "connect/grpc_streams.h"
#include "connect/message_bytes.h"

namespace headrace {
namespace {

using Proto = messages::SparkConnectService;
// Methods that carry plans get bytes, because of their depth; the streams of responses get bytes
// because the same class writes both.
using Methods = Proto::WithRawCallbackMethod_ExecutePlan<
    Proto::WithRawCallbackMethod_AnalyzePlan<Proto::WithRawCallbackMethod_ReattachExecute<
        Proto::WithCallbackMethod_Config<Proto::WithCallbackMethod_AddArtifacts<
            Proto::WithCallbackMethod_ArtifactStatus<Proto::WithCallbackMethod_Interrupt<
                Proto::WithCallbackMethod_ReleaseExecute<Proto::WithCallbackMethod_ReleaseSession<
                    Proto::WithCallbackMethod_FetchErrorDetails<
                        Proto::WithCallbackMethod_CloneSession<
                            Proto::WithCallbackMethod_GetStatus<Proto::Service>>>>>>>>>>>>;

Status Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message* message) {
  grpc::ByteBuffer copy(bytes);  // shares the slices
  grpc::ProtoBufferReader reader(&copy);
  return ParseMessage(&reader, message);
}

class Adapter final : public Methods {
 public:
  explicit Adapter(ConnectService* service) : service_(service) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* ExecutePlan(grpc::CallbackServerContext*,
                                                          const grpc::ByteBuffer* bytes) override {
    return StartStream(*bytes, &ConnectService::ExecutePlan);
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ReattachExecute(
      grpc::CallbackServerContext*, const grpc::ByteBuffer* bytes) override {
    return StartStream(*bytes, &ConnectService::ReattachExecute);
  }
  grpc::ServerUnaryReactor* AnalyzePlan(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* bytes,
                                        grpc::ByteBuffer* answer) override {
    auto* reactor = context->DefaultReactor();
    service_->threads().Run([this, reactor, bytes, answer] {
      messages::AnalyzePlanRequest request;
      Status status = Parse(*bytes, &request);
      if (status.ok()) {
        auto response = WithoutExceptions([&] { return service_->AnalyzePlan(request); });
        status = response.status();
        if (status.ok()) {
          bool own_buffer = false;
          return reactor->Finish(
              grpc::SerializationTraits<messages::AnalyzePlanResponse>::Serialize(*response, answer,
                                                                                  &own_buffer));
        }
      }
      reactor->Finish(ToGrpcStatus(*service_, KeyOf(request), status));
    });
    return reactor;
  }
  grpc::ServerReadReactor<messages::AddArtifactsRequest>* AddArtifacts(
      grpc::CallbackServerContext*, messages::AddArtifactsResponse* response) override {
    return new UploadStream(service_, response);
  }

  // Quick ones answer on gRPC's own thread.
  grpc::ServerUnaryReactor* Config(grpc::CallbackServerContext* context,
                                   const messages::ConfigRequest* request,
                                   messages::ConfigResponse* response) override {
    auto* reactor = context->DefaultReactor();
    Answer(reactor, request, response, &ConnectService::Config);
    return reactor;
  }
  grpc::ServerUnaryReactor* ArtifactStatus(grpc::CallbackServerContext* context,
                                           const messages::ArtifactStatusesRequest* request,
                                           messages::ArtifactStatusesResponse* response) override {
    auto* reactor = context->DefaultReactor();
    Answer(reactor, request, response, &ConnectService::ArtifactStatus);
    return reactor;
  }
  grpc::ServerUnaryReactor* ReleaseExecute(grpc::CallbackServerContext* context,
                                           const messages::ReleaseExecuteRequest* request,
                                           messages::ReleaseExecuteResponse* response) override {
    auto* reactor = context->DefaultReactor();
    Answer(reactor, request, response, &ConnectService::ReleaseExecute);
    return reactor;
  }
  grpc::ServerUnaryReactor* FetchErrorDetails(
      grpc::CallbackServerContext* context, const messages::FetchErrorDetailsRequest* request,
      messages::FetchErrorDetailsResponse* response) override {
    auto* reactor = context->DefaultReactor();
    Answer(reactor, request, response, &ConnectService::FetchErrorDetails);
    return reactor;
  }
  grpc::ServerUnaryReactor* CloneSession(grpc::CallbackServerContext* context,
                                         const messages::CloneSessionRequest* request,
                                         messages::CloneSessionResponse* response) override {
    auto* reactor = context->DefaultReactor();
    Answer(reactor, request, response, &ConnectService::CloneSession);
    return reactor;
  }
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const messages::GetStatusRequest* request,
                                      messages::GetStatusResponse* response) override {
    auto* reactor = context->DefaultReactor();
    Answer(reactor, request, response, &ConnectService::GetStatus);
    return reactor;
  }

  // These wait for queries to stop.
  grpc::ServerUnaryReactor* Interrupt(grpc::CallbackServerContext* context,
                                      const messages::InterruptRequest* request,
                                      messages::InterruptResponse* response) override {
    auto* reactor = context->DefaultReactor();
    service_->threads().Run([this, reactor, request, response] {
      Answer(reactor, request, response, &ConnectService::Interrupt);
    });
    return reactor;
  }
  grpc::ServerUnaryReactor* ReleaseSession(grpc::CallbackServerContext* context,
                                           const messages::ReleaseSessionRequest* request,
                                           messages::ReleaseSessionResponse* response) override {
    auto* reactor = context->DefaultReactor();
    service_->threads().Run([this, reactor, request, response] {
      Answer(reactor, request, response, &ConnectService::ReleaseSession);
    });
    return reactor;
  }

 private:
  template <typename Request, typename Response>
  void Answer(grpc::ServerUnaryReactor* reactor, const Request* request, Response* response,
              Result<Response> (ConnectService::*method)(const Request&)) {
    ConnectService& service = *service_;
    auto result = WithoutExceptions([&] { return (service.*method)(*request); });
    if (!result.ok()) {
      return reactor->Finish(ToGrpcStatus(*service_, KeyOf(*request), result.status()));
    }
    *response = std::move(*result);
    reactor->Finish(grpc::Status::OK);
  }

  template <typename Request>
  using StreamMethod = Result<std::unique_ptr<ResponseCursor>> (ConnectService::*)(Request);

  template <typename Request>
  ResponseStream* StartStream(const grpc::ByteBuffer& bytes, StreamMethod<Request> method) {
    auto stream = ResponseStream::Make(service_);
    service_->threads().Run([this, stream, bytes, method] {
      Request request;
      Status status = Parse(bytes, &request);
      SessionKey key = KeyOf(request);
      if (status.ok()) {
        auto cursor = WithoutExceptions([&] { return (service_->*method)(std::move(request)); });
        if (cursor.ok()) return stream->Begin(std::move(*cursor), std::move(key));
        status = cursor.status();
      }
      stream->Fail(ToGrpcStatus(*service_, key, status));
    });
    return stream.get();
  }

  ConnectService* const service_;
};

// The address to bind for a host that is this machine's loopback, "" for others.
std::string LoopbackAddress(const std::string& host) {
  if (host == "localhost") return "127.0.0.1";
  if (host == "::1" || host == "[::1]") return "[::1]";
  if (host.starts_with("127.")) return host;
  return "";
}

}  // namespace

struct GrpcServer::Parts {
  std::shared_ptr<ConnectService> service;
  std::unique_ptr<Adapter> adapter;
  std::unique_ptr<grpc::Server> server;
};

GrpcServer::GrpcServer() : parts_(std::make_unique<Parts>()) {}

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(std::shared_ptr<ConnectService> service,
                                                      const GrpcServerOptions& options) {
  std::string address = LoopbackAddress(options.host);
  if (address.empty()) {
    return NotSupported("listening on " + options.host,
                        "Without TLS and a token the server listens on loopback addresses only "
                        "(localhost, 127.0.0.1, ::1); reach it through an SSH tunnel.");
  }
  std::unique_ptr<GrpcServer> server(new GrpcServer());
  server->parts_->service = std::move(service);
  server->parts_->adapter = std::make_unique<Adapter>(server->parts_->service.get());
  server->host_ = options.host;

  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kLargestMessageBytes);
  builder.SetMaxSendMessageSize(kLargestMessageBytes);
  // A second server on the same port has to fail, not to share it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Clients send pings every minute, and when nothing is going on.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddListeningPort(address + ":" + std::to_string(options.port),
                           grpc::InsecureServerCredentials(), &server->port_);
  builder.RegisterService(server->parts_->adapter.get());
  server->parts_->server = builder.BuildAndStart();
  if (server->parts_->server == nullptr) {
    return Status::IOError("Cannot listen on " + address + ":" + std::to_string(options.port) +
                           "; is another server running on that port?");
  }
  server->parts_->service->engine().python->set_server_url("sc://" + address + ":" +
                                                           std::to_string(server->port_));
  return server;
}

GrpcServer::~GrpcServer() {
  parts_->service->Stop();
  if (parts_->server == nullptr) return;
  parts_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  parts_->server->Wait();
}

}  // namespace headrace

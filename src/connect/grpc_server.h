// The service on the network.
#pragma once

#include <memory>
#include <string>

#include "connect/service.h"

namespace headrace {

struct GrpcServerOptions {
  std::string host = "127.0.0.1";
  int port = 15002;  // 0: any free one
};

class GrpcServer {
 public:
  // Loopback addresses only: there is neither TLS nor a token yet, and who can reach the port can
  // read and write the server's files.
  static Result<std::unique_ptr<GrpcServer>> Start(std::shared_ptr<ConnectService> service,
                                                   const GrpcServerOptions& options);
  // Ends streams and stops.
  ~GrpcServer();

  const std::string& host() const { return host_; }
  int port() const { return port_; }

 private:
  struct Parts;
  GrpcServer();

  std::unique_ptr<Parts> parts_;
  std::string host_;
  int port_ = 0;
};

}  // namespace headrace

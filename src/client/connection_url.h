// sc://host:port/;key=value;…
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace::client {

struct ConnectionUrl {
  std::string host;
  uint16_t port = 15002;
  bool use_tls = false;
  std::string token;
  std::string user_id;
  std::string user_agent;
  std::string session_id;
  // Parameters that mean nothing to clients go to the server with every call.
  std::vector<std::pair<std::string, std::string>> metadata;

  // What gRPC takes as a target; IPv6 addresses keep their brackets.
  std::string target() const { return host + ":" + std::to_string(port); }
};

// IllegalArgumentException, condition INVALID_CONNECT_URL, saying what is wrong with it. As in
// PySpark, a token asks for TLS unless the host is `localhost`; SPARK_CONNECT_AUTHENTICATE_TOKEN
// stands in for a missing one.
ConnectionUrl ParseConnectionUrl(const std::string& url);

}  // namespace headrace::client

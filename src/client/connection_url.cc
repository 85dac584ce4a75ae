#include "client/connection_url.h"

#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/random.h"
#include "client/exception_factory.h"

namespace headrace::client {
namespace {

constexpr std::string_view kScheme = "sc://";

[[noreturn]] void ThrowInvalid(const std::string& url, const std::string& detail) {
  ThrowIllegalArgument(
      "INVALID_CONNECT_URL",
      "The connection URL " + url + " is invalid: " + detail +
          " Write it like sc://localhost:15002 or sc://host:15002/;token=secret;use_ssl=true.",
      {{"detail", detail}});
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Unquote(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      plain += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

void ParseAuthority(const std::string& url, std::string_view authority, ConnectionUrl* out) {
  // A colon inside the brackets of an IPv6 address separates no port.
  size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) != std::string_view::npos) {
    colon = std::string_view::npos;
  }
  out->host = authority.substr(0, colon);
  if (out->host.empty()) ThrowInvalid(url, "The host is missing.");
  if (colon == std::string_view::npos) return;
  std::string_view port = authority.substr(colon + 1);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out->port);
  if (error != std::errc() || end != port.data() + port.size() || out->port == 0) {
    ThrowInvalid(url, "\"" + std::string(port) + "\" is no port number.");
  }
}

void ApplyParameter(const std::string& url, std::string_view parameter,
                    std::optional<bool>* use_tls, ConnectionUrl* out) {
  size_t equals = parameter.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    ThrowInvalid(url, "The parameter \"" + std::string(parameter) + "\" is no key=value.");
  }
  std::string key(parameter.substr(0, equals));
  std::string value = Unquote(parameter.substr(equals + 1));
  if (key == "token") {
    out->token = value;
  } else if (key == "use_ssl") {
    if (value != "true" && value != "false") {
      ThrowInvalid(url, "use_ssl is true or false, not \"" + value + "\".");
    }
    *use_tls = value == "true";
  } else if (key == "user_id") {
    out->user_id = value;
  } else if (key == "user_agent") {
    out->user_agent = value;
  } else if (key == "session_id") {
    if (!IsUuid(value)) ThrowInvalid(url, "session_id \"" + value + "\" is no UUID.");
    out->session_id = value;
  } else {
    out->metadata.emplace_back(key, value);
  }
}

}  // namespace

ConnectionUrl ParseConnectionUrl(const std::string& url) {
  std::string_view rest = url;
  if (!rest.starts_with(kScheme)) ThrowInvalid(url, "It does not start with sc://.");
  rest.remove_prefix(kScheme.size());

  ConnectionUrl parsed;
  size_t slash = rest.find('/');
  ParseAuthority(url, rest.substr(0, slash), &parsed);

  std::optional<bool> use_tls;
  if (slash != std::string_view::npos) {
    std::string_view parameters = rest.substr(slash + 1);
    if (!parameters.empty() && parameters.front() != ';') {
      ThrowInvalid(url, "After the slash come parameters, each with a ; before it, no path.");
    }
    while (!parameters.empty()) {
      parameters.remove_prefix(1);
      size_t end = parameters.find(';');
      std::string_view parameter = parameters.substr(0, end);
      if (!parameter.empty()) ApplyParameter(url, parameter, &use_tls, &parsed);
      parameters = end == std::string_view::npos ? "" : parameters.substr(end);
    }
  }
  if (parsed.token.empty()) {
    const char* token = std::getenv("SPARK_CONNECT_AUTHENTICATE_TOKEN");
    if (token != nullptr) parsed.token = token;
  }
  parsed.use_tls = use_tls.value_or(!parsed.token.empty() && parsed.host != "localhost");
  return parsed;
}

}  // namespace headrace::client

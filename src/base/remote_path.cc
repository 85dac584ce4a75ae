#include "base/remote_path.h"

#include <algorithm>
#include <array>

namespace headrace {

namespace {

constexpr std::string_view kAfterScheme = "://";
constexpr std::array<std::string_view, 7> kSchemes = {"s3a",   "s3",   "gs",   "abfs",
                                                      "abfss", "wasb", "wasbs"};

}  // namespace

bool IsRemote(std::string_view path) {
  if (path.starts_with('/')) return false;
  return std::any_of(kSchemes.begin(), kSchemes.end(), [&](std::string_view scheme) {
    return path.starts_with(scheme) && path.substr(scheme.size()).starts_with(kAfterScheme);
  });
}

bool IsAzure(std::string_view path) {
  const std::string_view scheme = path.substr(0, path.find(kAfterScheme));
  return scheme == "abfs" || scheme == "abfss" || scheme == "wasb" || scheme == "wasbs";
}

bool HoldsCredentials(std::string_view path) {
  const RemotePath parts = SplitRemotePath(path);
  if (!IsAzure(parts.scheme)) return parts.authority.find_first_of("@:") != std::string_view::npos;
  // A container stands before the account's host, which may have a port.
  const size_t at = parts.authority.find('@');
  if (at == std::string_view::npos) {
    // The slash may be a secret's own.
    return parts.authority.find(':') != std::string_view::npos &&
           parts.path.find('@') != std::string_view::npos;
  }
  return parts.authority.substr(0, at).find(':') != std::string_view::npos ||
         parts.authority.find('@', at + 1) != std::string_view::npos;
}

RemotePath SplitRemotePath(std::string_view path) {
  const size_t scheme = path.find(kAfterScheme);
  const size_t begin = scheme + kAfterScheme.size();
  const size_t end = std::min(path.find('/', begin), path.size());
  return {path.substr(0, scheme), path.substr(begin, end - begin), path.substr(end)};
}

std::string WithoutSecret(const std::string& uri) {
  // A secret may have slashes in it.
  const size_t authority = uri.find("//");
  const size_t at = uri.rfind('@');
  if (authority == std::string::npos || at == std::string::npos) return uri;
  const size_t begin = authority + 2;
  if (uri.find(':', begin) > at) return uri;
  return uri.substr(0, begin) + uri.substr(at + 1);
}

}  // namespace headrace

// Functions on paths declared in file_system.h.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <unistd.h>

#include "base/file_system.h"
#include "base/remote_path.h"

namespace headrace {
namespace {

// The length of a URI scheme that `text` starts with ("file" of "file:/x"), or 0. A single letter
// or a colon after a slash is no scheme.
size_t SchemeLength(std::string_view text) {
  size_t length = 0;
  while (length < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[length])) || text[length] == '+' ||
          text[length] == '.' || text[length] == '-')) {
    ++length;
  }
  const bool is_scheme = length > 0 && length < text.size() && text[length] == ':' &&
                         std::isalpha(static_cast<unsigned char>(text[0]));
  return is_scheme ? length : 0;
}

// Where the character class that starts at pattern[0] == '[' ends (index of ']'), or npos.
size_t ClassEnd(std::string_view pattern) {
  size_t i = 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
  // A bracket in the first place is a member of the class.
  return pattern.find(']', i + 1);
}

bool InClass(std::string_view members, char c) {
  const bool negated = members.starts_with('!') || members.starts_with('^');
  if (negated) members.remove_prefix(1);
  bool found = false;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 2 < members.size() && members[i + 1] == '-') {
      found |= members[i] <= c && c <= members[i + 2];
      i += 2;
    } else {
      found |= members[i] == c;
    }
  }
  return found != negated;
}

// The end of the group that starts at pattern[0] == '{' (index of its '}'), or npos.
size_t GroupEnd(std::string_view pattern) {
  int depth = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '{') {
      ++depth;
    } else if (pattern[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

bool MatchGroup(std::string_view group, std::string_view rest, std::string_view text) {
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i <= group.size(); ++i) {
    if (i == group.size() || (group[i] == ',' && depth == 0)) {
      if (GlobMatch(std::string(group.substr(start, i - start)) + std::string(rest), text)) {
        return true;
      }
      start = i + 1;
    } else if (group[i] == '\\') {
      ++i;
    } else if (group[i] == '{') {
      ++depth;
    } else if (group[i] == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string JoinPath(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  std::string path(directory);
  if (!path.ends_with('/')) path += '/';
  return path.append(name);
}

std::string BaseName(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string DirectoryName(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (IsRemote(path) && SplitRemotePath(path).path.empty()) return std::string(path);
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

Result<std::string> StripFileScheme(const std::string& path_or_uri) {
  if (IsRemote(path_or_uri)) {
    if (!HoldsCredentials(path_or_uri)) return path_or_uri;
    return NotSupported("credentials in the path '" + WithoutSecret(path_or_uri) + "'",
                        "Paths are shown and logged; give credentials as settings.");
  }
  const size_t length = SchemeLength(path_or_uri);
  if (length == 0) return path_or_uri;
  const std::string scheme = path_or_uri.substr(0, length);
  std::string_view rest = std::string_view(path_or_uri).substr(length + 1);
  if (scheme != "file") {
    return NotSupported(
        "file system scheme '" + scheme + "' of '" + WithoutSecret(path_or_uri) + "'",
        "Use a local path, s3a:, gs: or abfss:.");
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (!host.empty() && host != "localhost") {
      return NotSupported("host '" + std::string(host) + "' of '" + path_or_uri + "'",
                          "A file: URI has three slashes before its path.");
    }
    rest.remove_prefix(host.size());
  }
  return std::string(rest);
}

std::string AbsolutePath(const std::string& path) {
  std::string full = path;
  std::string store;
  if (IsRemote(path)) {
    const auto below = SplitRemotePath(path).path;
    store = path.substr(0, path.size() - below.size());
    full = below;
  } else if (!path.starts_with('/')) {
    char* current = getcwd(nullptr, 0);
    full = JoinPath(current == nullptr ? "/" : current, path);
    std::free(current);
  }
  std::string result;
  for (size_t start = 0; start < full.size();) {
    const size_t end = std::min(full.find('/', start), full.size());
    const std::string_view part = std::string_view(full).substr(start, end - start);
    if (part == "..") {
      result.resize(result.empty() ? 0 : result.rfind('/'));
    } else if (!part.empty() && part != ".") {
      result.append("/").append(part);
    }
    start = end + 1;
  }
  if (!store.empty()) return store + result;
  return result.empty() ? "/" : result;
}

bool GlobMatch(std::string_view pattern, std::string_view text) {
  while (!pattern.empty()) {
    switch (pattern[0]) {
      case '*':
        while (pattern.starts_with('*')) pattern.remove_prefix(1);
        if (pattern.empty()) return true;
        for (size_t i = 0; i <= text.size(); ++i) {
          if (GlobMatch(pattern, text.substr(i))) return true;
        }
        return false;
      case '{':
        if (const size_t end = GroupEnd(pattern); end != std::string_view::npos) {
          return MatchGroup(pattern.substr(1, end - 1), pattern.substr(end + 1), text);
        }
        break;
      case '[':
        if (const size_t end = ClassEnd(pattern); end != std::string_view::npos) {
          if (text.empty() || !InClass(pattern.substr(1, end - 1), text[0])) return false;
          pattern.remove_prefix(end + 1);
          text.remove_prefix(1);
          continue;
        }
        break;
      case '?':
        if (text.empty()) return false;
        pattern.remove_prefix(1);
        text.remove_prefix(1);
        continue;
      case '\\':
        if (pattern.size() > 1) pattern.remove_prefix(1);
        break;
      default:
        break;
    }
    if (text.empty() || text[0] != pattern[0]) return false;
    pattern.remove_prefix(1);
    text.remove_prefix(1);
  }
  return text.empty();
}

}  // namespace headrace

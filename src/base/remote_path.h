// Paths of objects that a store on other machines keeps: `s3a://bucket/a/b`.
//
// Within the engine such a path stays a URI: scheme, authority and what follows as the program gave
// it (no percent codes), without `.`, `..` and a trailing slash. JoinPath, BaseName, DirectoryName
// and AbsolutePath (file_system.h) take it as they take a local path.
//
// A store of objects has no directories but those that names imply, shows an object only when it is
// whole, and is durable then; it renames by copying.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// Is the path's scheme one of a store's: s3, s3a, gs?
bool IsRemote(std::string_view path);

struct RemotePath {
  std::string_view scheme;     // "s3a"
  std::string_view authority;  // "bucket"
  std::string_view path;       // "/a/b"; empty: the store's root
};
// Views into `path`, for which IsRemote holds.
RemotePath SplitRemotePath(std::string_view path);

// What may be shown of a URI: `key:secret@` is left out.
std::string WithoutSecret(const std::string& uri);

}  // namespace headrace

// Paths of objects that a store on other machines keeps: `s3a://bucket/a/b`, and at Azure
// `abfss://container@account.dfs.core.windows.net/a/b`.
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

// Is the path's scheme one of a store's: s3, s3a, gs, or one of Azure's?
bool IsRemote(std::string_view path);

// Of a path or a scheme: is it abfs, abfss, wasb or wasbs?
bool IsAzure(std::string_view path);

struct RemotePath {
  std::string_view scheme;     // "s3a"
  std::string_view authority;  // "bucket", or "container@account.dfs.core.windows.net"
  std::string_view path;       // "/a/b"; empty: the store's root
};
// Views into `path`, for which IsRemote holds.
RemotePath SplitRemotePath(std::string_view path);

// Does a user or a secret stand before the store's name? IsRemote holds for the path.
bool HoldsCredentials(std::string_view path);

// What may be shown of a URI: `key:secret@` is left out.
std::string WithoutSecret(const std::string& uri);

}  // namespace headrace

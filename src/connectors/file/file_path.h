// Paths as Spark writes them into its logs, and as Hive writes values into directory names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"

namespace headrace {

// `/a b` to `file:///a%20b` (java.net.URI's rules: letters beyond ASCII stay) and back; of a remote
// path its own URI.
std::string FileUri(std::string_view absolute_path);
Result<std::string> PathOfFileUri(const std::string& uri);
// `file:/a b`, and a remote path as it is: how Hadoop shows a path.
std::string QualifiedPath(std::string_view absolute_path);

// Files and directories that readers pass over: names that begin with `_` (unless they hold `=`)
// or `.`, and files that are being copied.
bool IsHiddenName(std::string_view name);
bool HasGlob(std::string_view path);

// A partition column's name or value in a directory name.
inline constexpr char kNullPartition[] = "__HIVE_DEFAULT_PARTITION__";
std::string EscapePartitionText(std::string_view text);
std::string UnescapePartitionText(std::string_view text);

}  // namespace headrace

// The local file system behind an interface, with the durability that logs need.
//
// Paths are plain absolute or relative paths (no scheme; `StripFileScheme` turns `file:/a`,
// `file:///a` into `/a`). Every error is an IOError Status that names the path and the operation.
// Implementations are thread-safe. FaultFileSystem (tests) wraps another one, counts calls, fails
// the n-th, and can drop what was not synced.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace headrace {

struct FileInformation {
  std::string path;  // as listed: directory + '/' + name
  bool is_directory = false;
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::string> ReadFile(const std::string& path) = 0;
  // Creates or truncates `path`; no durability (scratch and data files that are synced later).
  virtual Status WriteFile(const std::string& path, std::string_view content) = 0;
  // Durable and atomic: temporary file in the same directory, write, fsync, rename, fsync of the
  // directory. With `overwrite` false an existing `path` gives AlreadyExists and stays untouched,
  // even against another process (link(2), not rename(2)).
  virtual Status WriteFileAtomically(const std::string& path, std::string_view content,
                                     bool overwrite) = 0;
  // fsync of a finished file, and of a directory.
  virtual Status Sync(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  virtual Status CreateDirectories(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status RemoveFile(const std::string& path) = 0;       // absent: OK
  virtual Status RemoveDirectory(const std::string& path) = 0;  // recursive; absent: OK
  virtual Result<bool> Exists(const std::string& path) = 0;
  virtual Result<FileInformation> Information(const std::string& path) = 0;
  // Direct children, unsorted; an absent directory gives an empty list.
  virtual Result<std::vector<FileInformation>> List(const std::string& directory) = 0;
  // Takes an exclusive advisory lock on `path` (created if absent) until the returned object
  // dies; AlreadyExists when another process or another holder in this process has it.
  virtual Result<std::shared_ptr<void>> Lock(const std::string& path) = 0;

  static std::shared_ptr<FileSystem> Local();
};

std::string JoinPath(std::string_view directory, std::string_view name);
std::string BaseName(std::string_view path);
std::string DirectoryName(std::string_view path);
// `file:/x`, `file:///x` and `/x` give `/x`; another scheme gives NotSupported naming it.
Result<std::string> StripFileScheme(const std::string& path_or_uri);
// Absolute, without `.`/`..` and trailing slash.
std::string AbsolutePath(const std::string& path);
// Shell-like match of one path component: `*`, `?`, `[a-z]`, `{a,b}`.
bool GlobMatch(std::string_view pattern, std::string_view text);

}  // namespace headrace

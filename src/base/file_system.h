// The local file system behind an interface, with the durability that logs need.
//
// Paths are plain absolute or relative paths (`StripFileScheme` turns `file:/a`, `file:///a` into
// `/a`) or remote ones (base/remote_path.h). Every error is an IOError Status that names the path
// and the operation. Implementations are thread-safe. For tests, MemoryFileSystem can lose power
// (drop what was not synced); FaultFileSystem wraps another one, counts its calls, fails the n-th.
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

// A file that is being written. Dropped without Close, it is closed with errors passed over.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status Sync() = 0;  // fsync; after a failure the file must not be trusted, nor retried
  virtual Status Close() = 0;
};

// Injection points passed within WriteFileAtomically; null: none.
struct AtomicWritePoints {
  const char* temp_written = nullptr;
  const char* synced = nullptr;
  const char* renamed = nullptr;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::string> ReadFile(const std::string& path) = 0;
  // `length` bytes from `offset` on, fewer at the end of the file.
  virtual Result<std::string> ReadRange(const std::string& path, int64_t offset,
                                        int64_t length) = 0;
  // Creates or truncates `path`.
  virtual Result<std::unique_ptr<WritableFile>> Create(const std::string& path) = 0;
  // Create, append, close: no durability (scratch and data files that are synced later).
  Status WriteFile(const std::string& path, std::string_view content);
  // Durable and atomic: temporary file `.<name>.<uuid>.tmp` in the same directory, write, fsync,
  // rename, fsync of the directory. With `overwrite` false an existing `path` gives AlreadyExists
  // and stays untouched, even against another process. A failure removes the temporary file; only
  // a failed fsync of the directory leaves `path` there, of unknown durability.
  Status WriteFileAtomically(const std::string& path, std::string_view content, bool overwrite,
                             const AtomicWritePoints& points = {});
  // The same for content that `write` appends piece by piece.
  Status WriteFileAtomically(const std::string& path,
                             const std::function<Status(WritableFile*)>& write, bool overwrite,
                             const AtomicWritePoints& points = {});
  // Removes temporary files that a crash, here or in Spark, left in `directory`. Only for who alone
  // writes there.
  Status RemoveTemporaryFiles(const std::string& directory);
  // fsync of a finished file, and of a directory.
  virtual Status Sync(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  // Durable: the parents of directories that it makes are synced.
  virtual Status CreateDirectories(const std::string& path) = 0;
  // Replaces an existing `to`.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // AlreadyExists when `to` is there; atomic against other processes (link(2), not rename(2)).
  virtual Status RenameIfAbsent(const std::string& from, const std::string& to) = 0;
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
// `file:/x`, `file:///x` and `/x` give `/x`, remote paths themselves; others NotSupported by name.
Result<std::string> StripFileScheme(const std::string& path_or_uri);
// Absolute, without `.`/`..` and trailing slash.
std::string AbsolutePath(const std::string& path);
// Shell-like match of one path component: `*`, `?`, `[a-z]`, `{a,b}`.
bool GlobMatch(std::string_view pattern, std::string_view text);

}  // namespace headrace

// One store as a FileSystem.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/data_files.h"
#include "base/file_system.h"
#include "storage/store.h"

namespace headrace {

// Paths are remote (base/remote_path.h) and of this store. What is written is durable when it is
// there, so nothing is ever synced. Directories: CreateDirectories leaves a mark that makes an
// empty one exist; theirs and the times of all others are unknown (-1).
class RemoteFileSystem final : public FileSystem, public DataFiles {
 public:
  explicit RemoteFileSystem(Store store) : store_(std::move(store)) {}

  Result<std::string> ReadFile(const std::string& path) override;
  Result<std::string> ReadRange(const std::string& path, int64_t offset, int64_t length) override;
  // Shows when it is closed; dropped before, it never does.
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Status Sync(const std::string&) override { return Status::OK(); }
  Status SyncDirectory(const std::string&) override { return Status::OK(); }
  Status CreateDirectories(const std::string& path) override;
  // Copies, then deletes.
  Status Rename(const std::string& from, const std::string& to) override;
  // Excludes no other process.
  Status RenameIfAbsent(const std::string& from, const std::string& to) override;
  Status RemoveFile(const std::string& path) override;
  Status RemoveDirectory(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<FileInformation> Information(const std::string& path) override;
  Result<std::vector<FileInformation>> List(const std::string& directory) override;
  // Excludes other holders in this process only.
  Result<std::shared_ptr<void>> Lock(const std::string& path) override;

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(const std::string& path) override;
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(const std::string& path) override;

 private:
  std::string InStore(const std::string& path) const;
  Result<arrow::fs::FileInfo> Look(const std::string& path);
  // To Arrow nothing is in a bucket that is not there; that is an error.
  Status CheckBucket(const std::string& path);

  const Store store_;
  std::atomic<bool> bucket_exists_ = false;  // as far as known
  std::mutex mutex_;
  std::set<std::string> made_;  // directories that were made and not removed, as far as remembered
};

}  // namespace headrace

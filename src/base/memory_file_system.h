// A file system in memory; it can lose power, for tests.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/random.h"

namespace headrace {

// Keeps, beside what processes see, what a disk would hold: a file's bytes as of its last Sync, a
// directory's entries as of its last SyncDirectory. Directories themselves are durable at once.
class MemoryFileSystem : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  Result<std::string> ReadFile(const std::string& path) override;
  Result<std::string> ReadRange(const std::string& path, int64_t offset, int64_t length) override;
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Status Sync(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Status CreateDirectories(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status RenameIfAbsent(const std::string& from, const std::string& to) override;
  Status RemoveFile(const std::string& path) override;
  Status RemoveDirectory(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<FileInformation> Information(const std::string& path) override;
  Result<std::vector<FileInformation>> List(const std::string& directory) override;
  Result<std::shared_ptr<void>> Lock(const std::string& path) override;

  // What of the unsynced work survives a power failure.
  enum class Loss {
    kEverything,  // nothing survives
    kRandom,  // each change of a directory may; of a file's bytes, any number of 512-byte sectors
  };
  // All locks are gone, files that are open for writing reach the disk no more.
  void LosePower(Loss loss, Random* random);

  // Every file and its content, to compare directories and to damage files one by one.
  std::map<std::string, std::string> Files() const;
  // Puts `content` on the disk, as damage does.
  void Overwrite(const std::string& path, std::string content);

 private:
  struct Inode;
  class OpenFile;
  using InodePtr = std::shared_ptr<Inode>;

  // These three are called with `mutex_` held.
  Result<InodePtr> Find(const char* operation, const std::string& path) const;
  Status CheckDirectory(const char* operation, const std::string& path) const;

  Status Move(const std::string& from, const std::string& to);

  mutable std::mutex mutex_;
  std::set<std::string> directories_;
  std::map<std::string, InodePtr> files_;    // by absolute path
  std::map<std::string, InodePtr> durable_;  // entries that survive
  std::set<std::string> locks_;
  int64_t power_failures_ = 0;
  int64_t writes_ = 0;  // gives modification times
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace headrace

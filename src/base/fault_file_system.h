// A file system whose n-th call fails, for tests.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/file_system.h"

namespace headrace {

// Passes everything on to another file system. Every operation counts as one call, also those on
// files that are open for writing.
class FaultFileSystem : public FileSystem {
 public:
  explicit FaultFileSystem(std::shared_ptr<FileSystem> files);

  // The call numbered `call` (from 1, counted since the last FailAt) and, with `forever`, all later
  // ones fail with errno `error`. An Append that fails has written the first half of its bytes.
  void FailAt(int64_t call, int error, bool forever = false);
  void Heal() { FailAt(0, 0); }
  int64_t calls() const { return state_->calls; }
  bool failed() const { return state_->failed; }  // whether a call has failed since FailAt

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

 private:
  class OpenFile;

  struct State {
    std::atomic<int64_t> calls{0};
    std::atomic<int64_t> fail_at{0};  // 0: never
    std::atomic<int> error{0};
    std::atomic<bool> forever{false};
    std::atomic<bool> failed{false};

    // Counts a call and says whether it fails.
    Status Pass(const char* operation, const std::string& path);
  };

  const std::shared_ptr<FileSystem> files_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace headrace

#include "storage/remote_file_system.h"

#include <cerrno>
#include <chrono>
#include <utility>

#include <arrow/util/io_util.h>

#include "base/remote_path.h"
#include "storage/move_object.h"
#include "storage/remote_input.h"
#include "storage/remote_output.h"
#include "storage/store_error.h"

namespace headrace {

namespace {

// Marks of directories are made once; so many are remembered.
constexpr size_t kMostRemembered = 10000;

int64_t TimeOf(const arrow::fs::FileInfo& file) {
  if (file.mtime() == arrow::fs::kNoTime) return -1;
  return std::chrono::duration_cast<std::chrono::milliseconds>(file.mtime().time_since_epoch())
      .count();
}

FileInformation InformationOf(std::string path, const arrow::fs::FileInfo& file) {
  if (file.IsDirectory()) {
    return {.path = std::move(path), .is_directory = true, .modification_time_ms = -1};
  }
  return {.path = std::move(path), .size_bytes = file.size(), .modification_time_ms = TimeOf(file)};
}

// Which paths of which store this process holds.
struct Locks {
  std::mutex mutex;
  std::set<std::string> held;
};

class RemoteLock {
 public:
  RemoteLock(std::shared_ptr<Locks> locks, std::string path)
      : locks_(std::move(locks)), path_(std::move(path)) {}
  RemoteLock(const RemoteLock&) = delete;
  RemoteLock& operator=(const RemoteLock&) = delete;
  ~RemoteLock() {
    std::lock_guard guard(locks_->mutex);
    locks_->held.erase(path_);
  }

 private:
  const std::shared_ptr<Locks> locks_;
  const std::string path_;
};

}  // namespace

std::string RemoteFileSystem::InStore(const std::string& path) const {
  return store_.root + std::string(SplitRemotePath(path).path);
}

Result<arrow::fs::FileInfo> RemoteFileSystem::Look(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file,
                        StoreResult(store_.files->GetFileInfo(InStore(path)), "inspect", path));
  if (file.type() == arrow::fs::FileType::NotFound) ARROW_RETURN_NOT_OK(CheckBucket(path));
  return file;
}

Status RemoteFileSystem::CheckBucket(const std::string& path) {
  if (bucket_exists_) return Status::OK();
  // Who may not look at the bucket itself may look at what is in it.
  const auto bucket = store_.files->GetFileInfo(store_.root);
  if (bucket.ok() && bucket->type() == arrow::fs::FileType::NotFound) {
    return StoreError(Status::IOError("the bucket does not exist"), "inspect", path);
  }
  bucket_exists_ = true;
  return Status::OK();
}

Result<std::string> RemoteFileSystem::ReadFile(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file, OpenInput(path));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, StoreResult(file->GetSize(), "read", path));
  ARROW_ASSIGN_OR_RAISE(const auto content, StoreResult(file->ReadAt(0, size), "read", path));
  return content->ToString();
}

Result<std::string> RemoteFileSystem::ReadRange(const std::string& path, int64_t offset,
                                                int64_t length) {
  ARROW_ASSIGN_OR_RAISE(const auto file, OpenInput(path));
  ARROW_ASSIGN_OR_RAISE(const auto content,
                        StoreResult(file->ReadAt(offset, length), "read", path));
  return content->ToString();
}

Result<std::unique_ptr<WritableFile>> RemoteFileSystem::Create(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto output, RemoteOutput::Open(store_, path, InStore(path)));
  return std::make_unique<RemoteWritableFile>(std::move(output));
}

Status RemoteFileSystem::CreateDirectories(const std::string& path) {
  if (SplitRemotePath(path).path.empty()) return Status::OK();
  {
    std::lock_guard lock(mutex_);
    if (made_.contains(path)) return Status::OK();
  }
  // Arrow would make it.
  ARROW_RETURN_NOT_OK(CheckBucket(path));
  ARROW_RETURN_NOT_OK(
      StoreError(store_.files->CreateDir(InStore(path), /*recursive=*/true), "make", path));
  std::lock_guard lock(mutex_);
  if (made_.size() == kMostRemembered) made_.clear();
  made_.insert(path);
  return Status::OK();
}

Status RemoteFileSystem::Rename(const std::string& from, const std::string& to) {
  return StoreError(MoveObject(store_, InStore(from), InStore(to)), "rename", from + " to " + to);
}

Status RemoteFileSystem::RenameIfAbsent(const std::string& from, const std::string& to) {
  ARROW_ASSIGN_OR_RAISE(const bool exists, Exists(to));
  if (exists) return Status::AlreadyExists(to, " exists already");
  return Rename(from, to);
}

Status RemoteFileSystem::RemoveFile(const std::string& path) {
  const Status removed = store_.files->DeleteFile(InStore(path));
  if (removed.ok()) return removed;
  ARROW_ASSIGN_OR_RAISE(const bool exists, Exists(path));
  return exists ? StoreError(removed, "remove", path) : Status::OK();
}

Status RemoteFileSystem::RemoveDirectory(const std::string& path) {
  {
    std::lock_guard lock(mutex_);
    std::erase_if(made_, [&](const std::string& made) {
      return made == path || made.starts_with(path + "/");
    });
  }
  ARROW_ASSIGN_OR_RAISE(const auto file, Look(path));
  if (file.type() == arrow::fs::FileType::NotFound) return Status::OK();
  return StoreError(file.IsDirectory() ? store_.files->DeleteDir(InStore(path))
                                       : store_.files->DeleteFile(InStore(path)),
                    "remove", path);
}

Result<bool> RemoteFileSystem::Exists(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file, Look(path));
  return file.type() != arrow::fs::FileType::NotFound;
}

Result<FileInformation> RemoteFileSystem::Information(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file, Look(path));
  if (file.type() == arrow::fs::FileType::NotFound) {
    return StoreError(arrow::internal::IOErrorFromErrno(ENOENT, "there is nothing"), "inspect",
                      path);
  }
  return InformationOf(path, file);
}

Result<std::vector<FileInformation>> RemoteFileSystem::List(const std::string& directory) {
  arrow::fs::FileSelector selector;
  selector.base_dir = InStore(directory);
  selector.allow_not_found = true;
  selector.recursive = store_.hides_directories;
  ARROW_ASSIGN_OR_RAISE(const auto files,
                        StoreResult(store_.files->GetFileInfo(selector), "list", directory));
  std::vector<FileInformation> children;
  std::set<std::string> directories;
  for (const auto& file : files) {
    const std::string below = file.path().substr(selector.base_dir.size() + 1);
    const size_t end = below.find('/');
    if (end == std::string::npos && !file.IsDirectory()) {
      children.push_back(InformationOf(JoinPath(directory, below), file));
    } else {
      directories.insert(below.substr(0, end));
    }
  }
  for (const auto& name : directories) {
    children.push_back(
        {.path = JoinPath(directory, name), .is_directory = true, .modification_time_ms = -1});
  }
  return children;
}

Result<std::shared_ptr<void>> RemoteFileSystem::Lock(const std::string& path) {
  static const auto locks = std::make_shared<Locks>();
  std::lock_guard guard(locks->mutex);
  if (!locks->held.insert(path).second) {
    return Status::AlreadyExists(path, " is locked by this process");
  }
  return std::make_shared<RemoteLock>(locks, path);
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> RemoteFileSystem::OpenInput(
    const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file,
                        StoreResult(store_.files->OpenInputFile(InStore(path)), "open", path));
  return std::make_shared<RemoteInput>(path, std::move(file));
}

Result<std::shared_ptr<arrow::io::OutputStream>> RemoteFileSystem::OpenOutput(
    const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto output, RemoteOutput::Open(store_, path, InStore(path)));
  return output;
}

}  // namespace headrace

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/fs.h>

#include "base/directory_exchange.h"
#include "base/directory_names.h"
#include "base/file_system.h"
#include "base/journaled_files.h"

namespace headrace {
namespace {

Status Failure(const char* operation, const std::string& path, int error) {
  const char* name = strerrorname_np(error);
  return Status::IOError("cannot ", operation, " ", path, ": ", strerrordesc_np(error), " (",
                         name == nullptr ? "?" : name, ")");
}

// Repeats a system call that a signal interrupted.
template <typename Call>
auto Uninterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

// An open file, closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }
  // What close(2) says: some file systems report a failed write only here.
  int Close() { return close(std::exchange(number_, -1)); }

 private:
  int number_;
};

Result<Descriptor> OpenFile(const char* operation, const std::string& path, int flags) {
  const int number = Uninterrupted([&] { return open(path.c_str(), flags | O_CLOEXEC, 0666); });
  if (number < 0) return Failure(operation, path, errno);
  return Descriptor(number);
}

Status SyncPath(const std::string& path, int flags) {
  ARROW_ASSIGN_OR_RAISE(Descriptor file, OpenFile("open", path, flags));
  if (fsync(file.number()) != 0) return Failure("sync", path, errno);
  return Status::OK();
}

class LocalWritableFile : public WritableFile {
 public:
  LocalWritableFile(std::string path, Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count =
          Uninterrupted([&] { return write(file_.number(), bytes.data(), bytes.size()); });
      if (count < 0) return Failure("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return Status::OK();
  }

  Status Sync() override {
    if (fsync(file_.number()) != 0) return Failure("sync", path_, errno);
    return Status::OK();
  }

  Status Close() override {
    if (file_.Close() != 0 && errno != EINTR) return Failure("close", path_, errno);
    return Status::OK();
  }

 private:
  const std::string path_;
  Descriptor file_;
};

// The owner's process id is in the file for the message to the next one who wants it; the lock
// itself is the kernel's and ends with the process.
class FileLock {
 public:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;
};

FileInformation InformationOf(std::string path, const struct stat& status) {
  return {.path = std::move(path),
          .is_directory = S_ISDIR(status.st_mode),
          .size_bytes = status.st_size,
          .modification_time_ms =
              status.st_mtim.tv_sec * int64_t{1000} + status.st_mtim.tv_nsec / 1'000'000};
}

class LocalFileSystem : public FileSystem,
                        public DirectoryNames,
                        public DirectoryExchange,
                        public JournaledFiles {
 public:
  Result<std::string> ReadFile(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(Descriptor file, OpenFile("open", path, O_RDONLY));
    struct stat status;
    if (fstat(file.number(), &status) != 0) return Failure("inspect", path, errno);
    std::string content(static_cast<size_t>(status.st_size), '\0');
    size_t length = 0;
    // Reads to the end of the file, whatever size it was said to have.
    while (true) {
      if (length == content.size()) content.resize(length + 4096);
      const ssize_t count = Uninterrupted(
          [&] { return read(file.number(), content.data() + length, content.size() - length); });
      if (count < 0) return Failure("read", path, errno);
      if (count == 0) break;
      length += static_cast<size_t>(count);
    }
    content.resize(length);
    return content;
  }

  Result<std::string> ReadRange(const std::string& path, int64_t offset, int64_t length) override {
    ARROW_ASSIGN_OR_RAISE(Descriptor file, OpenFile("open", path, O_RDONLY));
    std::string content(static_cast<size_t>(length), '\0');
    size_t filled = 0;
    while (filled < content.size()) {
      const ssize_t count = Uninterrupted([&] {
        return pread(file.number(), content.data() + filled, content.size() - filled,
                     offset + static_cast<int64_t>(filled));
      });
      if (count < 0) return Failure("read", path, errno);
      if (count == 0) break;
      filled += static_cast<size_t>(count);
    }
    content.resize(filled);
    return content;
  }

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(Descriptor file, OpenFile("create", path, O_WRONLY | O_CREAT | O_TRUNC));
    return std::make_unique<LocalWritableFile>(path, std::move(file));
  }

  Status Sync(const std::string& path) override { return SyncPath(path, O_RDONLY); }

  Status SyncDirectory(const std::string& path) override {
    return SyncPath(path, O_RDONLY | O_DIRECTORY);
  }

  bool IsJournaled(const std::string& directory) override {
    struct stat status;
    return stat(directory.c_str(), &status) == 0 && HasOneJournal(status.st_dev);
  }

  Status WriteOut(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(Descriptor file, OpenFile("open", path, O_RDONLY));
    constexpr unsigned int kAll =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    if (sync_file_range(file.number(), 0, 0, kAll) == 0) return Status::OK();
    if (errno == ENOSYS && fsync(file.number()) == 0) return Status::OK();
    return Failure("write out", path, errno);
  }

  Status CreateDirectories(const std::string& path) override {
    struct stat status;
    if (stat(path.c_str(), &status) == 0) {
      return S_ISDIR(status.st_mode) ? Status::OK() : Failure("create directory", path, ENOTDIR);
    }
    const std::string parent = DirectoryName(path);
    if (parent != path) ARROW_RETURN_NOT_OK(CreateDirectories(parent));
    if (mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
      return Failure("create directory", path, errno);
    }
    return SyncDirectory(parent);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return RenameFailure(from, to);
    return Status::OK();
  }

  Status RenameIfAbsent(const std::string& from, const std::string& to) override {
    if (link(from.c_str(), to.c_str()) == 0) {
      if (unlink(from.c_str()) != 0) return Failure("remove", from, errno);
      return Status::OK();
    }
    // Some file systems have no hard links.
    if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK) {
      if (syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) ==
          0) {
        return Status::OK();
      }
    }
    if (errno == EEXIST) return Status::AlreadyExists(to, " exists already");
    return RenameFailure(from, to);
  }

  bool CanExchange(const std::string& place) override {
    struct stat status, parent;
    if (lstat(place.c_str(), &status) != 0) return errno == ENOENT;
    return S_ISDIR(status.st_mode) && stat(DirectoryName(place).c_str(), &parent) == 0 &&
           status.st_dev == parent.st_dev;
  }

  Result<bool> Exchange(const std::string& fresh, const std::string& place) override {
    struct stat status;
    if (lstat(place.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
    // Who may not give the directory away leaves it to whom it belongs.
    [[maybe_unused]] const int owned = chown(fresh.c_str(), status.st_uid, status.st_gid);
    if (chmod(fresh.c_str(), status.st_mode & 07777) != 0) return Failure("set mode", fresh, errno);
    if (syscall(SYS_renameat2, AT_FDCWD, fresh.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) ==
        0) {
      return true;
    }
    constexpr std::array kCannot = {EINVAL, ENOSYS, EOPNOTSUPP, EXDEV, EBUSY, EPERM, EACCES};
    if (std::find(kCannot.begin(), kCannot.end(), errno) != kCannot.end()) return false;
    return Failure("exchange", fresh + " and " + place, errno);
  }

  Status RemoveFile(const std::string& path) override {
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return Failure("remove", path, errno);
    return Status::OK();
  }

  Status RemoveDirectory(const std::string& path) override {
    struct stat status;
    if (lstat(path.c_str(), &status) != 0) {
      return errno == ENOENT ? Status::OK() : Failure("inspect", path, errno);
    }
    if (!S_ISDIR(status.st_mode)) return RemoveFile(path);  // links are not followed
    ARROW_ASSIGN_OR_RAISE(const auto names, Read(path, /*with_kind=*/false));
    for (const auto& child : names) {
      ARROW_RETURN_NOT_OK(RemoveDirectory(JoinPath(path, child.name)));
    }
    if (rmdir(path.c_str()) != 0 && errno != ENOENT) {
      return Failure("remove directory", path, errno);
    }
    return Status::OK();
  }

  Result<bool> Exists(const std::string& path) override {
    struct stat status;
    if (stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return Failure("inspect", path, errno);
  }

  Result<FileInformation> Information(const std::string& path) override {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return Failure("inspect", path, errno);
    return InformationOf(path, status);
  }

  Result<std::vector<FileInformation>> List(const std::string& directory) override {
    ARROW_ASSIGN_OR_RAISE(const auto names, Read(directory, /*with_kind=*/false));
    std::vector<FileInformation> files;
    files.reserve(names.size());
    for (const auto& child : names) {
      std::string path = JoinPath(directory, child.name);
      struct stat status;
      if (stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) continue;  // removed meanwhile, or a link to nowhere
        return Failure("inspect", path, errno);
      }
      files.push_back(InformationOf(std::move(path), status));
    }
    return files;
  }

  Result<std::vector<NameInDirectory>> Names(const std::string& directory) override {
    return Read(directory, /*with_kind=*/true);
  }

  Result<std::shared_ptr<void>> Lock(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(Descriptor file, OpenFile("open", path, O_RDWR | O_CREAT));
    // flock(2) also excludes other holders in this process, unlike fcntl(2)'s locks.
    if (Uninterrupted([&] { return flock(file.number(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return Failure("lock", path, errno);
      return Status::AlreadyExists(path, " is locked by ", HolderOf(path));
    }
    const std::string owner = std::to_string(getpid()) + "\n";
    if (ftruncate(file.number(), 0) != 0 ||
        pwrite(file.number(), owner.data(), owner.size(), 0) < 0) {
      return Failure("write", path, errno);
    }
    return std::make_shared<FileLock>(std::move(file));
  }

 private:
  static Status RenameFailure(const std::string& from, const std::string& to) {
    return Failure("rename", from + " to " + to, errno);
  }

  std::string HolderOf(const std::string& path) {
    Result<std::string> owner = ReadFile(path);
    if (!owner.ok() || owner->empty()) return "another process";
    owner->resize(owner->find_last_not_of('\n') + 1);
    return *owner == std::to_string(getpid()) ? "this process" : "process " + *owner;
  }

  static bool IsDirectory(const std::string& directory, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
    struct stat status;
    return stat(JoinPath(directory, entry.d_name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  }

  // Names in a directory, without `.` and `..`; none when it is absent.
  static Result<std::vector<NameInDirectory>> Read(const std::string& directory, bool with_kind) {
    std::vector<NameInDirectory> names;
    DIR* stream = opendir(directory.c_str());
    if (stream == nullptr) {
      if (errno == ENOENT) return names;
      return Failure("list", directory, errno);
    }
    errno = 0;
    while (const dirent* entry = readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        names.push_back({std::string(name), with_kind && IsDirectory(directory, *entry), {}});
      }
      errno = 0;
    }
    const int error = errno;
    closedir(stream);
    if (error != 0) return Failure("list", directory, error);
    return names;
  }
};

}  // namespace

std::shared_ptr<FileSystem> FileSystem::Local() {
  static const std::shared_ptr<FileSystem> files = std::make_shared<LocalFileSystem>();
  return files;
}

}  // namespace headrace

#include "base/memory_file_system.h"

#include <algorithm>
#include <utility>

namespace headrace {

struct MemoryFileSystem::Inode {
  std::string content;
  std::string synced;
  int64_t modification_time_ms = 0;
};

class MemoryFileSystem::OpenFile : public WritableFile {
 public:
  OpenFile(MemoryFileSystem* files, InodePtr inode)
      : files_(files), inode_(std::move(inode)), power_failures_(files->power_failures_) {}

  Status Append(std::string_view bytes) override {
    std::lock_guard guard(files_->mutex_);
    if (power_failures_ == files_->power_failures_) inode_->content += bytes;
    return Status::OK();
  }

  Status Sync() override {
    std::lock_guard guard(files_->mutex_);
    if (power_failures_ == files_->power_failures_) inode_->synced = inode_->content;
    return Status::OK();
  }

  Status Close() override { return Status::OK(); }

 private:
  MemoryFileSystem* const files_;
  const InodePtr inode_;
  const int64_t power_failures_;
};

namespace {

constexpr size_t kSectorBytes = 512;

Status Missing(const char* operation, const std::string& path) {
  return Status::IOError("cannot ", operation, " ", path, ": No such file or directory (ENOENT)");
}

bool LiesIn(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         (directory == "/" || path[directory.size()] == '/');
}

// Each sector is the old or the new one. A file's length changes with its sectors: it ends where
// one ends, or where the old or new content does.
std::string Tear(const std::string& before, const std::string& after, Random* random) {
  const size_t shorter = std::min(before.size(), after.size());
  const size_t longer = std::max(before.size(), after.size());
  const size_t sectors = (longer - shorter + kSectorBytes - 1) / kSectorBytes;
  const size_t kept = random->Next() % (sectors + 1);
  size_t length = longer;
  if (kept == 0) length = shorter;
  if (kept > 0 && kept < sectors) length = (shorter / kSectorBytes + kept) * kSectorBytes;
  std::string torn(length, '\0');
  for (size_t start = 0; start < length; start += kSectorBytes) {
    const std::string& chosen = random->Next() % 2 == 0 ? before : after;
    if (start >= chosen.size()) continue;  // a hole
    const size_t count = std::min({kSectorBytes, length - start, chosen.size() - start});
    std::copy_n(chosen.begin() + static_cast<std::ptrdiff_t>(start), count,
                torn.begin() + static_cast<std::ptrdiff_t>(start));
  }
  return torn;
}

}  // namespace

MemoryFileSystem::MemoryFileSystem() : directories_({"/"}) {}

MemoryFileSystem::~MemoryFileSystem() = default;

Result<MemoryFileSystem::InodePtr> MemoryFileSystem::Find(const char* operation,
                                                          const std::string& path) const {
  auto found = files_.find(AbsolutePath(path));
  if (found == files_.end()) return Missing(operation, path);
  return found->second;
}

Status MemoryFileSystem::CheckDirectory(const char* operation, const std::string& path) const {
  return directories_.contains(AbsolutePath(path)) ? Status::OK() : Missing(operation, path);
}

Result<std::string> MemoryFileSystem::ReadFile(const std::string& path) {
  std::lock_guard guard(mutex_);
  ARROW_ASSIGN_OR_RAISE(InodePtr inode, Find("open", path));
  return inode->content;
}

Result<std::string> MemoryFileSystem::ReadRange(const std::string& path, int64_t offset,
                                                int64_t length) {
  std::lock_guard guard(mutex_);
  ARROW_ASSIGN_OR_RAISE(InodePtr inode, Find("open", path));
  const auto start = static_cast<size_t>(offset);
  if (start >= inode->content.size()) return std::string();
  return inode->content.substr(start, static_cast<size_t>(length));
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::Create(const std::string& path) {
  std::lock_guard guard(mutex_);
  ARROW_RETURN_NOT_OK(CheckDirectory("create", DirectoryName(AbsolutePath(path))));
  InodePtr& inode = files_[AbsolutePath(path)];
  if (inode == nullptr) inode = std::make_shared<Inode>();
  inode->content.clear();
  inode->modification_time_ms = ++writes_;
  return std::make_unique<OpenFile>(this, inode);
}

Status MemoryFileSystem::Sync(const std::string& path) {
  std::lock_guard guard(mutex_);
  ARROW_ASSIGN_OR_RAISE(InodePtr inode, Find("sync", path));
  inode->synced = inode->content;
  return Status::OK();
}

Status MemoryFileSystem::SyncDirectory(const std::string& path) {
  std::lock_guard guard(mutex_);
  ARROW_RETURN_NOT_OK(CheckDirectory("sync", path));
  const std::string directory = AbsolutePath(path);
  std::erase_if(durable_, [&](const auto& entry) {
    return DirectoryName(entry.first) == directory && !files_.contains(entry.first);
  });
  for (const auto& [name, inode] : files_) {
    if (DirectoryName(name) == directory) durable_[name] = inode;
  }
  return Status::OK();
}

Status MemoryFileSystem::CreateDirectories(const std::string& path) {
  std::lock_guard guard(mutex_);
  for (std::string directory = AbsolutePath(path); directories_.insert(directory).second;
       directory = DirectoryName(directory)) {
    if (files_.contains(directory)) {
      directories_.erase(directory);
      return Status::IOError("cannot create directory ", path, ": Not a directory (ENOTDIR)");
    }
  }
  return Status::OK();
}

Status MemoryFileSystem::Move(const std::string& from, const std::string& to) {
  ARROW_ASSIGN_OR_RAISE(InodePtr inode, Find("rename", from));
  ARROW_RETURN_NOT_OK(CheckDirectory("rename to", DirectoryName(AbsolutePath(to))));
  files_.erase(AbsolutePath(from));
  files_[AbsolutePath(to)] = std::move(inode);
  return Status::OK();
}

Status MemoryFileSystem::Rename(const std::string& from, const std::string& to) {
  std::lock_guard guard(mutex_);
  return Move(from, to);
}

Status MemoryFileSystem::RenameIfAbsent(const std::string& from, const std::string& to) {
  std::lock_guard guard(mutex_);
  if (files_.contains(AbsolutePath(to))) return Status::AlreadyExists(to, " exists already");
  return Move(from, to);
}

Status MemoryFileSystem::RemoveFile(const std::string& path) {
  std::lock_guard guard(mutex_);
  files_.erase(AbsolutePath(path));
  return Status::OK();
}

Status MemoryFileSystem::RemoveDirectory(const std::string& path) {
  std::lock_guard guard(mutex_);
  const std::string directory = AbsolutePath(path);
  const auto inside = [&](const std::string& name) { return LiesIn(name, directory); };
  std::erase_if(files_, [&](const auto& entry) { return inside(entry.first); });
  std::erase_if(durable_, [&](const auto& entry) { return inside(entry.first); });
  std::erase_if(directories_, [&](const auto& name) { return name == directory || inside(name); });
  return Status::OK();
}

Result<bool> MemoryFileSystem::Exists(const std::string& path) {
  std::lock_guard guard(mutex_);
  const std::string absolute = AbsolutePath(path);
  return files_.contains(absolute) || directories_.contains(absolute);
}

Result<FileInformation> MemoryFileSystem::Information(const std::string& path) {
  std::lock_guard guard(mutex_);
  if (directories_.contains(AbsolutePath(path))) {
    return FileInformation{.path = path, .is_directory = true};
  }
  ARROW_ASSIGN_OR_RAISE(InodePtr inode, Find("inspect", path));
  return FileInformation{.path = path,
                         .size_bytes = static_cast<int64_t>(inode->content.size()),
                         .modification_time_ms = inode->modification_time_ms};
}

Result<std::vector<FileInformation>> MemoryFileSystem::List(const std::string& directory) {
  std::lock_guard guard(mutex_);
  const std::string absolute = AbsolutePath(directory);
  std::vector<FileInformation> children;
  for (const auto& [name, inode] : files_) {
    if (DirectoryName(name) != absolute) continue;
    children.push_back({.path = JoinPath(directory, BaseName(name)),
                        .size_bytes = static_cast<int64_t>(inode->content.size()),
                        .modification_time_ms = inode->modification_time_ms});
  }
  for (const std::string& name : directories_) {
    if (name != "/" && DirectoryName(name) == absolute) {
      children.push_back({.path = JoinPath(directory, BaseName(name)), .is_directory = true});
    }
  }
  return children;
}

Result<std::shared_ptr<void>> MemoryFileSystem::Lock(const std::string& path) {
  std::lock_guard guard(mutex_);
  const std::string absolute = AbsolutePath(path);
  ARROW_RETURN_NOT_OK(CheckDirectory("lock", DirectoryName(absolute)));
  if (!locks_.insert(absolute).second) {
    return Status::AlreadyExists(path, " is locked by this process");
  }
  // A holder may outlive the power failure that took its lock, and this object.
  auto release = [this, absolute, failures = power_failures_,
                  alive = std::weak_ptr<int>(alive_)](void*) {
    if (alive.expired()) return;
    std::lock_guard guard(mutex_);
    if (failures == power_failures_) locks_.erase(absolute);
  };
  return std::shared_ptr<void>(this, std::move(release));
}

void MemoryFileSystem::LosePower(Loss loss, Random* random) {
  std::lock_guard guard(mutex_);
  ++power_failures_;
  locks_.clear();
  if (loss == Loss::kRandom) {
    const auto survives = [&] { return random->Next() % 2 == 0; };
    std::erase_if(durable_,
                  [&](const auto& entry) { return !files_.contains(entry.first) && survives(); });
    for (const auto& [name, inode] : files_) {
      auto found = durable_.find(name);
      if (found != durable_.end() && found->second == inode) continue;
      if (survives()) durable_[name] = inode;
    }
  }
  std::set<InodePtr> settled;
  for (const auto& [name, inode] : durable_) {
    if (!settled.insert(inode).second) continue;
    inode->content =
        loss == Loss::kRandom ? Tear(inode->synced, inode->content, random) : inode->synced;
    inode->synced = inode->content;
  }
  files_ = durable_;
}

std::map<std::string, std::string> MemoryFileSystem::Files() const {
  std::lock_guard guard(mutex_);
  std::map<std::string, std::string> contents;
  for (const auto& [name, inode] : files_) contents[name] = inode->content;
  return contents;
}

void MemoryFileSystem::Overwrite(const std::string& path, std::string content) {
  std::lock_guard guard(mutex_);
  auto inode = std::make_shared<Inode>();
  inode->synced = content;
  inode->content = std::move(content);
  files_[AbsolutePath(path)] = inode;
  durable_[AbsolutePath(path)] = inode;
}

}  // namespace headrace

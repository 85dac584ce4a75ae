#include "connectors/file/source_cleaner.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "base/remote_path.h"
#include "connectors/file/file_path.h"

namespace headrace {

namespace {

std::vector<std::string> ComponentsOf(const std::string& path) {
  std::vector<std::string> components;
  size_t begin = 1;
  while (begin < path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    components.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return components;
}

// `s3a://bucket`; empty: this machine.
std::string StoreOf(const std::string& path) {
  if (!IsRemote(path)) return "";
  return path.substr(0, path.size() - SplitRemotePath(path).path.size());
}

// As far down as both reach: an archive below the source would be read by it, and one above it
// would hold it.
bool MayMeet(const std::string& source, const std::string& archive) {
  const auto patterns = ComponentsOf(source);
  const auto names = ComponentsOf(archive);
  for (size_t i = 0; i < std::min(patterns.size(), names.size()); ++i) {
    if (!GlobMatch(patterns[i], names[i])) return false;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<SourceCleaner>> SourceCleaner::Make(const FileStreamOptions& options,
                                                           const std::string& source,
                                                           const ConnectorContext& context) {
  if (options.clean == CleanSource::kOff) return nullptr;
  if (options.clean == CleanSource::kArchive && MayMeet(source, options.archive_directory)) {
    return IllegalArgument("",
                           "The option sourceArchiveDir is " + options.archive_directory +
                               ", which the source " + source +
                               " takes in, or which takes the source in. Choose another directory "
                               "for the archive.",
                           {{"option", "sourceArchiveDir"}});
  }
  if (options.clean == CleanSource::kArchive &&
      StoreOf(source) != StoreOf(options.archive_directory)) {
    return IllegalArgument("",
                           "The option sourceArchiveDir is " + options.archive_directory +
                               ", which lies in another place than the source " + source +
                               ". Choose a directory for the archive in the same store.",
                           {{"option", "sourceArchiveDir"}});
  }
  ARROW_ASSIGN_OR_RAISE(
      const int64_t threads,
      IntConfiguration(context, "spark.sql.streaming.fileSource.cleaner.numThreads", 1));
  return std::unique_ptr<SourceCleaner>(
      new SourceCleaner(options.clean == CleanSource::kArchive ? options.archive_directory : "",
                        context.files, threads > 0));
}

SourceCleaner::SourceCleaner(std::string archive, std::shared_ptr<FileSystem> files,
                             bool in_background)
    : archive_(std::move(archive)), files_(std::move(files)) {
  if (in_background) thread_ = std::thread([this] { Run(); });
}

SourceCleaner::~SourceCleaner() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SourceCleaner::Clean(const std::string& path) {
  if (!thread_.joinable()) return CleanNow(path);
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(path);
  }
  wake_.notify_one();
}

void SourceCleaner::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::string path = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    CleanNow(path);
    lock.lock();
  }
}

void SourceCleaner::CleanNow(const std::string& path) const {
  const auto exists = files_->Exists(path);
  if (exists.ok() && !*exists) return;
  const Status cleaned = archive_.empty() ? files_->RemoveFile(path) : Archive(path);
  if (!cleaned.ok()) {
    LogWarn("file", std::string(archive_.empty() ? "cannot delete " : "cannot archive ") + path +
                        ", which stays: " + cleaned.message());
  }
}

// Below the archive a file keeps its whole path.
Status SourceCleaner::Archive(const std::string& path) const {
  const std::string target = archive_ + path.substr(StoreOf(path).size());
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(DirectoryName(target)));
  return files_->RenameIfAbsent(path, target);
}

}  // namespace headrace

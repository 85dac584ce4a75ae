#include <algorithm>
#include <charconv>

#include "checkpoint/checkpoint.h"
#include "checkpoint/log_file.h"

namespace headrace {
namespace {

std::optional<int64_t> ParseId(const std::string& name) {
  int64_t id = 0;
  const char* const last = name.data() + name.size();
  const auto parsed = std::from_chars(name.data(), last, id);
  // "007" and "-1" are no names of ours.
  if (parsed.ec != std::errc() || parsed.ptr != last || std::to_string(id) != name || id < 0) {
    return std::nullopt;
  }
  return id;
}

}  // namespace

MetadataLog::MetadataLog(std::string directory, std::shared_ptr<FileSystem> files)
    : directory_(std::move(directory)), files_(std::move(files)) {}

std::string MetadataLog::PathOf(int64_t id) const {
  return JoinPath(directory_, std::to_string(id));
}

Status MetadataLog::Add(int64_t id, const std::string& text, const AtomicWritePoints& points,
                        SyncOrder order) {
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(directory_));
  Status written = WriteLogFile(files_.get(), PathOf(id), text, /*overwrite=*/false, points, order);
  if (!written.IsAlreadyExists()) return written;
  return MakeError(ErrorKind::kSpark, "CONCURRENT_STREAM_LOG_UPDATE",
                   PathOf(id) +
                       " exists already: another process has written it. Only one query may use a "
                       "checkpoint directory at a time; stop the other one, then restart this one.",
                   {{"batchId", std::to_string(id)}});
}

Result<std::optional<std::string>> MetadataLog::Get(int64_t id) const {
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(PathOf(id)));
  if (!exists) return std::nullopt;
  return ReadLogFile(files_.get(), PathOf(id));
}

Result<std::vector<int64_t>> MetadataLog::Ids() const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FileInformation> children, files_->List(directory_));
  std::vector<int64_t> ids;
  for (const FileInformation& child : children) {
    if (const auto id = ParseId(BaseName(child.path)); id && !child.is_directory) {
      ids.push_back(*id);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<std::optional<int64_t>> MetadataLog::LatestId() const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> ids, Ids());
  if (ids.empty()) return std::nullopt;
  return ids.back();
}

Status MetadataLog::PurgeBelow(int64_t id) {
  if (!purged_below_) {
    // A listing of every batch would cost more than it saves.
    ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> ids, Ids());
    for (const int64_t old : ids) {
      if (old >= id) break;
      ARROW_RETURN_NOT_OK(Remove(old));
    }
    purged_below_ = id;
  }
  for (; *purged_below_ < id; ++*purged_below_) ARROW_RETURN_NOT_OK(Remove(*purged_below_));
  return Status::OK();
}

Status MetadataLog::Remove(int64_t id) { return RemoveLogFile(files_.get(), PathOf(id)); }

Status MetadataLog::Sync(int64_t id) const {
  ARROW_RETURN_NOT_OK(files_->Sync(PathOf(id)));
  return files_->SyncDirectory(directory_);
}

}  // namespace headrace

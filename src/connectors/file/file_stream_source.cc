#include "connectors/file/file_stream_source.h"

#include <algorithm>

#include "base/injection.h"
#include "base/log.h"
#include "base/remote_path.h"
#include "connectors/file/file_path.h"

namespace headrace {

namespace {

constexpr int64_t kPollUs = 10000;
// With a watch on the directory looking is only a precaution.
constexpr int64_t kPollWithWatchUs = 1000000;
// Each look into a store is a request that is paid for.
constexpr int64_t kPollRemoteUs = 1000000;
// With a watch at most one part in so many of the time goes into listing directories.
constexpr int kListingShare = 50;
// How long a file that nobody has closed must not have changed to count as complete.
constexpr int64_t kUnfinishedMs = 2000;

// The matched part of `file` when `pattern`, perhaps a glob, was listed: the directory that
// partition directories are below.
std::string BasePathUnder(const std::string& pattern, const std::string& file) {
  if (!HasGlob(pattern)) return pattern == file ? DirectoryName(file) : pattern;
  const auto depth = std::count(pattern.begin(), pattern.end(), '/');
  size_t end = 0;
  for (int64_t i = 0; i < depth && end != std::string::npos; ++i) end = file.find('/', end + 1);
  return end == std::string::npos ? DirectoryName(file) : file.substr(0, end);
}

}  // namespace

Result<std::unique_ptr<Source>> FileStreamSource::Open(std::string path,
                                                       std::shared_ptr<FileTable> table,
                                                       const FileSelection& selection,
                                                       const FileStreamOptions& options,
                                                       const std::string& metadata_path,
                                                       const ConnectorContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto listing, FileListing::Make({path}, selection, context));
  ARROW_ASSIGN_OR_RAISE(auto cleaner, SourceCleaner::Make(options, path, context));
  if (cleaner) {
    ARROW_ASSIGN_OR_RAISE(const bool from_sink,
                          context.files->Exists(JoinPath(path, kSinkLogDirectory)));
    if (from_sink) {
      return MakeError(ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_2252",
                       "cleanSource cannot be used on " + QualifiedPath(path) +
                           ", which a streaming query writes: its log names the files.");
    }
  }
  ARROW_RETURN_NOT_OK(context.files->CreateDirectories(metadata_path));
  ARROW_ASSIGN_OR_RAISE(auto log, OpenLog(metadata_path, "fileSource", context));
  std::unique_ptr<FileStreamSource> source(
      new FileStreamSource(std::move(path), std::move(table), selection, options, context,
                           std::move(listing), std::move(log), std::move(cleaner)));
  ARROW_RETURN_NOT_OK(source->Restore());
  return std::unique_ptr<Source>(std::move(source));
}

FileStreamSource::FileStreamSource(std::string path, std::shared_ptr<FileTable> table,
                                   const FileSelection& selection, const FileStreamOptions& options,
                                   const ConnectorContext& context,
                                   std::unique_ptr<FileListing> listing,
                                   std::unique_ptr<CompactibleLog> log,
                                   std::unique_ptr<SourceCleaner> cleaner)
    : path_(std::move(path)),
      table_(std::move(table)),
      selection_(selection),
      options_(options),
      context_(context),
      listing_(std::move(listing)),
      log_(std::move(log)),
      cleaner_(std::move(cleaner)),
      seen_(options.max_file_age_ms, options.file_name_only),
      unread_(options) {}

std::string FileStreamSource::Description() const {
  return "FileStreamSource[" + QualifiedPath(path_) + "]";
}

Status FileStreamSource::Restore() {
  ARROW_ASSIGN_OR_RAISE(const auto latest, log_->LatestId());
  if (!latest) return Status::OK();
  latest_ = *latest;
  ARROW_RETURN_NOT_OK(log_->Visit([&](const std::string& text) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto entry, SourceLogEntry::Parse(text));
    seen_.Add(entry.path, entry.modification_time_ms);
    return Status::OK();
  }));
  seen_.Purge();
  return Status::OK();
}

bool FileStreamSource::IsUnfinished(const DataFile& file) const {
  const bool suspicious = file.size_bytes == 0 || (watch_ && watch_->IsBeingWritten(file.path));
  return suspicious && FileClockMs() - file.modification_time_ms < kUnfinishedMs;
}

void FileStreamSource::Sort(std::vector<DataFile> found) {
  for (auto& file : found) {
    if (unread_.Contains(file.path) || !seen_.IsNew(file.path, file.modification_time_ms)) continue;
    if (IsUnfinished(file)) {
      unfinished_.push_back(std::move(file));
    } else {
      unread_.Add(std::move(file));
    }
  }
}

Result<std::vector<DataFile>> FileStreamSource::ListCandidates() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  if (watch_) {
    // Before reading the directories, so that what appears meanwhile is told.
    const auto changes = watch_->TakeChanges();
    if (watch_->complete() && !changes.others && begin < list_again_) {
      return listing_->Look(changes.files);
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto listed, listing_->ListChanged([this](const std::string& path) {
    return seen_.Contains(path) || unread_.Contains(path);
  }));
  bool all_watched = watch_ != nullptr;
  if (watch_) {
    for (const auto& directory : listing_->WatchedDirectories()) {
      if (!watched_.insert(directory).second) continue;
      watch_->Add(directory);
      all_watched = false;  // what appeared before the watch began is told by nobody
    }
  }
  list_again_ = begin;
  if (all_watched) {
    const auto cost = Clock::now() - begin;
    list_again_ += std::max<Clock::duration>(std::chrono::microseconds(kPollWithWatchUs),
                                             kListingShare * cost);
  }
  return listed;
}

Status FileStreamSource::FindNewFiles() {
  const auto again = std::exchange(unfinished_, {});
  ARROW_ASSIGN_OR_RAISE(auto listed, ListCandidates());
  Sort(std::move(listed));
  std::vector<DataFile> rechecked;
  for (const auto& file : again) {
    const auto now = context_.files->Information(file.path);
    if (!now.ok()) continue;  // gone again
    if (std::any_of(unfinished_.begin(), unfinished_.end(),
                    [&](const auto& other) { return other.path == file.path; })) {
      continue;
    }
    rechecked.push_back({file.path, file.base_path, now->size_bytes, now->modification_time_ms});
  }
  Sort(std::move(rechecked));
  return Status::OK();
}

Status FileStreamSource::LogBatch(const std::vector<DataFile>& batch) {
  const int64_t offset = latest_ + 1;
  std::vector<SourceLogEntry> entries;
  std::vector<std::string> lines;
  for (const auto& file : batch) {
    entries.push_back({file.path, file.modification_time_ms, offset});
    lines.push_back(entries.back().ToJson());
  }
  HEADRACE_INJECT("source-log.before");
  const Status added = log_->Add(offset, lines);
  if (added.IsAlreadyExists()) {
    return MakeError(ErrorKind::kSpark, "CONCURRENT_STREAM_LOG_UPDATE",
                     "The log of the file source has an entry " + std::to_string(offset) +
                         " that this query did not write: another query runs on the same "
                         "checkpoint. Stop one of them.",
                     {{"batchId", std::to_string(offset)}});
  }
  ARROW_RETURN_NOT_OK(added);
  HEADRACE_INJECT("source-log.done");
  latest_ = offset;
  recent_[offset] = std::move(entries);
  for (const auto& file : batch) seen_.Add(file.path, file.modification_time_ms);
  seen_.Purge();
  return Status::OK();
}

Result<std::optional<OffsetJson>> FileStreamSource::LatestOffset(const std::optional<OffsetJson>&,
                                                                 const ReadLimit& limit) {
  if (!file_list_is_fixed_) ARROW_RETURN_NOT_OK(FindNewFiles());
  if (!unread_.empty()) {
    const auto batch = unread_.TakeBatch(limit.all_available, seen_);
    if (!batch.empty()) ARROW_RETURN_NOT_OK(LogBatch(batch));
  }
  if (latest_ < 0) return std::optional<OffsetJson>();
  return LogOffsetJson(latest_);
}

Result<std::vector<SourceLogEntry>> FileStreamSource::EntriesOf(int64_t offset) {
  if (const auto found = recent_.find(offset); found != recent_.end()) return found->second;
  ARROW_ASSIGN_OR_RAISE(auto lines, log_->Get(offset));
  if (!lines) {
    ARROW_ASSIGN_OR_RAISE(lines, log_->All());
  }
  std::vector<SourceLogEntry> entries;
  for (const auto& line : *lines) {
    ARROW_ASSIGN_OR_RAISE(auto entry, SourceLogEntry::Parse(line));
    if (entry.log_offset == offset) entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::optional<DataFile>> FileStreamSource::Locate(const SourceLogEntry& entry) const {
  DataFile file{entry.path, selection_.base_path.value_or(BasePathUnder(path_, entry.path)), 0,
                entry.modification_time_ms};
  const auto information = context_.files->Information(entry.path);
  if (information.ok()) {
    file.size_bytes = information->size_bytes;
    return file;
  }
  ARROW_ASSIGN_OR_RAISE(const bool exists, context_.files->Exists(entry.path));
  if (exists) return information.status();
  if (selection_.ignore_missing_files) {
    LogWarn("file", "missing file is passed over: " + entry.path);
    return std::optional<DataFile>();
  }
  return MakeError(ErrorKind::kSpark, "FAILED_READ_FILE.FILE_NOT_EXIST",
                   "The file " + FileUri(entry.path) +
                       " is part of the batch, but does not exist any more. Put it back, or set "
                       "ignoreMissingFiles to go on without it.",
                   {{"path", FileUri(entry.path)}});
}

Result<PartitionReaders> FileStreamSource::Read(const std::optional<OffsetJson>& start,
                                                const OffsetJson& end, const ScanRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const int64_t first, start ? ParseLogOffset(*start) : Result<int64_t>(-1));
  ARROW_ASSIGN_OR_RAISE(const int64_t last, ParseLogOffset(end));
  std::vector<DataFile> files;
  for (int64_t offset = first + 1; offset <= last; ++offset) {
    ARROW_ASSIGN_OR_RAISE(const auto entries, EntriesOf(offset));
    for (const auto& entry : entries) {
      ARROW_ASSIGN_OR_RAISE(auto file, Locate(entry));
      if (file) files.push_back(std::move(*file));
    }
  }
  return table_->Read(files, request);
}

Status FileStreamSource::Commit(const OffsetJson& end) {
  ARROW_ASSIGN_OR_RAISE(const int64_t last, ParseLogOffset(end));
  if (cleaner_) ARROW_RETURN_NOT_OK(CleanUpTo(last));
  recent_.erase(recent_.begin(), recent_.upper_bound(last));
  return Status::OK();
}

Status FileStreamSource::CleanUpTo(int64_t offset) {
  // After a restart only the last entry can be left over: those before were handed over by the run
  // that committed them.
  const int64_t first = last_cleaned_ < 0 ? offset : last_cleaned_ + 1;
  for (int64_t i = std::max<int64_t>(first, 0); i <= offset; ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto entries, EntriesOf(i));
    for (const auto& entry : entries) cleaner_->Clean(entry.path);
  }
  last_cleaned_ = offset;
  return Status::OK();
}

int64_t FileStreamSource::next_poll_us() const {
  if (!unread_.empty()) return 0;
  const bool told = watch_ && watch_->complete() && unfinished_.empty();
  if (IsRemote(path_)) return kPollRemoteUs;
  return told ? kPollWithWatchUs : kPollUs;
}

void FileStreamSource::SetWake(std::function<void()> wake) {
  watch_ = nullptr;
  watched_.clear();
  // New matches of a glob could appear anywhere, and stores tell nothing.
  if (!wake || HasGlob(path_) || IsRemote(path_)) return;
  watch_ = DirectoryWatch::Start(std::move(wake));
  if (watch_ && watched_.insert(path_).second) watch_->Add(path_);
}

Result<bool> FileStreamSource::PrepareForAvailableNow() {
  ARROW_RETURN_NOT_OK(FindNewFiles());
  unread_.StopQueueing();
  file_list_is_fixed_ = true;
  return true;
}

}  // namespace headrace

#include "checkpoint/checkpoint.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/injection.h"
#include "base/log.h"
#include "checkpoint/log_file.h"

namespace headrace {
namespace {

constexpr AtomicWritePoints kOffsetLogPoints = {.temp_written = "offset-log.temp-written",
                                                .synced = "offset-log.synced",
                                                .renamed = "offset-log.renamed"};
constexpr AtomicWritePoints kCommitLogPoints = {.temp_written = "commit-log.temp-written",
                                                .renamed = "commit-log.renamed"};

// A hidden name, which Spark passes over.
constexpr const char* kLockName = ".headrace.lock";

std::string MetadataPath(const std::string& directory) { return JoinPath(directory, "metadata"); }
std::string OffsetsPath(const std::string& directory) { return JoinPath(directory, "offsets"); }
std::string CommitsPath(const std::string& directory) { return JoinPath(directory, "commits"); }

Result<std::shared_ptr<void>> LockDirectory(const std::string& directory, FileSystem* files) {
  Result<std::shared_ptr<void>> lock = files->Lock(JoinPath(directory, kLockName));
  if (!lock.status().IsAlreadyExists()) return lock;
  return MakeError(ErrorKind::kSpark, "CONCURRENT_STREAM_LOG_UPDATE",
                   "The checkpoint directory " + directory +
                       " is in use by another streaming query: " + lock.status().message() +
                       ". Stop that query, or give this one a checkpointLocation of its own.",
                   {{"batchId", directory}});
}

Status MissingFile(const std::string& path, const std::string& why_needed) {
  return MakeError(ErrorKind::kSpark, "BATCH_METADATA_NOT_FOUND",
                   path + " is missing, but " + why_needed +
                       ". Restore the file from a copy, or start with a new checkpoint.",
                   {{"batchMetadataFile", path}});
}

Result<std::string> ReadQueryId(const std::string& path, FileSystem* files) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadLogFile(files, path));
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains("id") || !object["id"].is_string() ||
      !IsUuid(object["id"].get<std::string>())) {
    return MalformedLogFile(path, "it does not have the form {\"id\":\"<uuid>\"}");
  }
  return object["id"].get<std::string>();
}

// A state file found below `directory`, "" if there is none. What describes the operators (in
// `_metadata`) is written before the first batch is logged and does not count.
Result<std::string> FindStateFile(const std::string& directory, FileSystem* files) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FileInformation> children, files->List(directory));
  for (const FileInformation& child : children) {
    const std::string name = BaseName(child.path);
    if (name.starts_with('.') || name == "_metadata") continue;
    if (!child.is_directory) return child.path;
    ARROW_ASSIGN_OR_RAISE(std::string found, FindStateFile(child.path, files));
    if (!found.empty()) return found;
  }
  return "";
}

// Commits or state without offsets belong to a query that this one would overwrite.
Status CheckEmpty(const std::string& directory, const MetadataLog& commits, FileSystem* files) {
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> commit, commits.LatestId());
  ARROW_ASSIGN_OR_RAISE(std::string found, FindStateFile(JoinPath(directory, "state"), files));
  if (commit) found = commits.PathOf(*commit);
  if (found.empty()) return Status::OK();
  return MakeError(ErrorKind::kSpark, "STATE_STORE_CHECKPOINT_LOCATION_NOT_EMPTY",
                   "The checkpoint directory " + directory +
                       " has no offsets, so this query would start with batch 0, but there is " +
                       found + ". Use a new checkpointLocation, or empty this one.",
                   {{"checkpointLocation", directory}});
}

// An entry that was not synced before a power failure may have its name without its content: one
// sector, which is there or is not. Its batch runs again.
Status RemoveCommitsWithoutContent(MetadataLog* commits, FileSystem* files) {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> latest, commits->LatestId());
    if (!latest) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const std::string content, files->ReadFile(commits->PathOf(*latest)));
    if (content.find_first_not_of('\0') != std::string::npos) return Status::OK();
    ARROW_RETURN_NOT_OK(commits->Remove(*latest));
  }
}

Status CheckOneLine(const std::string& offset) {
  if (!offset.empty() && offset != "-" && offset.find('\n') == std::string::npos) {
    return Status::OK();
  }
  return Status::Invalid("a source's offset must be one line of JSON, not '", offset, "'");
}

}  // namespace

Checkpoint::Checkpoint(std::string directory, std::string query_id,
                       std::shared_ptr<FileSystem> files, std::shared_ptr<void> lock)
    : directory_(std::move(directory)),
      query_id_(std::move(query_id)),
      files_(std::move(files)),
      lock_(std::move(lock)),
      offsets_(OffsetsPath(directory_), files_),
      commits_(CommitsPath(directory_), files_) {}

Checkpoint::~Checkpoint() = default;

Result<std::unique_ptr<Checkpoint>> Checkpoint::Open(const std::string& directory,
                                                     std::shared_ptr<FileSystem> files,
                                                     Random* random) {
  ARROW_RETURN_NOT_OK(files->CreateDirectories(directory));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<void> lock, LockDirectory(directory, files.get()));
  for (const std::string& place : {directory, OffsetsPath(directory), CommitsPath(directory)}) {
    ARROW_RETURN_NOT_OK(files->RemoveTemporaryFiles(place));
  }
  const MetadataLog offsets(OffsetsPath(directory), files);
  MetadataLog commits(CommitsPath(directory), files);
  ARROW_RETURN_NOT_OK(RemoveCommitsWithoutContent(&commits, files.get()));
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> latest, offsets.LatestId());
  if (!latest) ARROW_RETURN_NOT_OK(CheckEmpty(directory, commits, files.get()));

  const std::string metadata = MetadataPath(directory);
  ARROW_ASSIGN_OR_RAISE(const bool known, files->Exists(metadata));
  std::string query_id;
  if (known) {
    ARROW_ASSIGN_OR_RAISE(query_id, ReadQueryId(metadata, files.get()));
  } else {
    // With a new id, sinks could not tell batches that they have from new ones.
    if (latest) return MissingFile(metadata, offsets.PathOf(*latest) + " is there");
    query_id = random->Uuid();
    HEADRACE_INJECT("metadata.before");
    ARROW_RETURN_NOT_OK(
        WriteLogFile(files.get(), metadata, "{\"id\":\"" + query_id + "\"}", /*overwrite=*/false));
    HEADRACE_INJECT("metadata.done");
  }
  return std::unique_ptr<Checkpoint>(
      new Checkpoint(directory, std::move(query_id), std::move(files), std::move(lock)));
}

std::string Checkpoint::SourcePath(int ordinal) const {
  return JoinPath(JoinPath(directory_, "sources"), std::to_string(ordinal));
}

std::string Checkpoint::StatePath() const { return JoinPath(directory_, "state"); }

Result<RecoveryState> Checkpoint::Recover() const {
  RecoveryState state;
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> latest, offsets_.LatestId());
  if (!latest) return state;

  const auto read_offsets = [&](int64_t id) -> Result<std::optional<OffsetLogEntry>> {
    ARROW_ASSIGN_OR_RAISE(const std::optional<std::string> text, offsets_.Get(id));
    if (!text) return std::nullopt;
    return ParseOffsetLogEntry(*text, offsets_.PathOf(id));
  };
  ARROW_ASSIGN_OR_RAISE(state.last, read_offsets(*latest));
  if (!state.last) return MissingFile(offsets_.PathOf(*latest), "it was there a moment ago");
  std::vector<std::optional<std::string>> start;
  if (*latest > 0) {
    ARROW_ASSIGN_OR_RAISE(std::optional<OffsetLogEntry> previous, read_offsets(*latest - 1));
    if (!previous) {
      return MissingFile(offsets_.PathOf(*latest - 1),
                         "batch " + std::to_string(*latest) + " starts where it ends");
    }
    start = std::move(previous->offsets);
  }
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> committed, commits_.LatestId());
  if (committed && *committed > *latest) {
    return MissingFile(offsets_.PathOf(*committed), commits_.PathOf(*committed) + " is there");
  }

  // A crash may have come between the rename and the sync of the directory. Nothing may be built
  // on this entry before it is durable.
  ARROW_RETURN_NOT_OK(offsets_.Sync(*latest));
  state.next_batch_id = *latest + 1;
  state.watermark_ms = state.last->batch_watermark_ms;
  state.committed = state.last->offsets;
  if (committed == latest) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<std::string> text, commits_.Get(*committed));
    if (!text) return MissingFile(commits_.PathOf(*committed), "it was there a moment ago");
    ARROW_RETURN_NOT_OK(commits_.Sync(*committed));
    ARROW_ASSIGN_OR_RAISE(const CommitLogEntry entry,
                          ParseCommitLogEntry(*text, commits_.PathOf(*committed)));
    state.watermark_ms = std::max(state.watermark_ms, entry.next_batch_watermark_ms);
  } else {
    if (committed.value_or(-1) < *latest - 1) {
      LogWarn("checkpoint", commits_.PathOf(*latest - 1) + " is missing in " + directory_ +
                                "; batch " + std::to_string(*latest) + " is run again");
    }
    state.uncommitted = RecoveredBatch{*latest, *state.last, std::move(start)};
  }
  return state;
}

Status Checkpoint::LogOffsets(int64_t batch_id, const OffsetLogEntry& entry) {
  for (const std::optional<std::string>& offset : entry.offsets) {
    if (offset) ARROW_RETURN_NOT_OK(CheckOneLine(*offset));
  }
  HEADRACE_INJECT("offset-log.before");
  ARROW_RETURN_NOT_OK(offsets_.Add(batch_id, SerializeOffsetLogEntry(entry), kOffsetLogPoints));
  HEADRACE_INJECT("offset-log.done");
  return Status::OK();
}

Status Checkpoint::LogCommit(int64_t batch_id, const CommitLogEntry& entry) {
  HEADRACE_INJECT("commit-log.before");
  ARROW_RETURN_NOT_OK(
      commits_.Add(batch_id, SerializeCommitLogEntry(entry), kCommitLogPoints, SyncOrder::kLater));
  unsynced_commit_ = batch_id;
  HEADRACE_INJECT("commit-log.done");
  return Status::OK();
}

Status Checkpoint::SyncCommits() {
  if (!unsynced_commit_) return Status::OK();
  HEADRACE_INJECT("commit-log.before-sync");
  ARROW_RETURN_NOT_OK(commits_.Sync(*unsynced_commit_));
  unsynced_commit_.reset();
  return Status::OK();
}

Status Checkpoint::Purge(int64_t batch_id, int min_batches_to_retain) {
  const int64_t oldest = batch_id - min_batches_to_retain;
  if (oldest <= 0) return Status::OK();
  HEADRACE_INJECT("log.purge");
  ARROW_RETURN_NOT_OK(offsets_.PurgeBelow(oldest));
  return commits_.PurgeBelow(oldest);
}

}  // namespace headrace

// The checkpoint directory of a streaming query: `metadata`, `offsets/`, `commits/`, in Spark's
// own formats (semantics.md 1.3), so that a stateless query can move either way.
//
// All writes are atomic. All are durable at once but those of the commit log: that batch N is in
// the sink also follows from offsets/N+1, and a batch whose commit a power failure took runs again
// as logged. So commits become durable when the query has nothing else to do, not before batch N+1.
// One process holds the directory through `Lock`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/atomic_write.h"
#include "base/random.h"

namespace headrace {

// offsets/N
struct OffsetLogEntry {
  int64_t batch_watermark_ms = 0;
  int64_t batch_timestamp_ms = 0;
  std::map<std::string, std::string> configuration;  // spark.sql.shuffle.partitions, …
  std::vector<std::optional<std::string>> offsets;   // by source ordinal; no value: '-'
};
std::string SerializeOffsetLogEntry(const OffsetLogEntry& entry);
Result<OffsetLogEntry> ParseOffsetLogEntry(const std::string& text, const std::string& path);

// commits/N
struct CommitLogEntry {
  int64_t next_batch_watermark_ms = 0;
};
std::string SerializeCommitLogEntry(const CommitLogEntry& entry);
Result<CommitLogEntry> ParseCommitLogEntry(const std::string& text, const std::string& path);

// A directory of files named by batch id. `Add` of an id that exists fails with
// CONCURRENT_STREAM_LOG_UPDATE (another process). Names that are no pure numbers are passed over.
class MetadataLog {
 public:
  MetadataLog(std::string directory, std::shared_ptr<FileSystem> files);
  const std::string& directory() const { return directory_; }
  Status Add(int64_t id, const std::string& text, const AtomicWritePoints& points = {},
             SyncOrder order = SyncOrder::kFileThenName);
  Result<std::optional<std::string>> Get(int64_t id) const;
  Result<std::optional<int64_t>> LatestId() const;
  Result<std::vector<int64_t>> Ids() const;  // ascending
  // Removes ids < id, and their `.crc` side files. What others add below an earlier `id` stays.
  Status PurgeBelow(int64_t id);
  Status Remove(int64_t id);
  Status Sync(int64_t id) const;  // what was found after a crash may not be on disk yet
  std::string PathOf(int64_t id) const;

 private:
  std::string directory_;
  std::shared_ptr<FileSystem> files_;
  std::optional<int64_t> purged_below_;
};

struct RecoveredBatch {
  int64_t batch_id = 0;
  OffsetLogEntry entry;                           // of batch_id
  std::vector<std::optional<std::string>> start;  // offsets of batch_id - 1
};
// What the logs say at start (semantics.md 1.7).
struct RecoveryState {
  int64_t next_batch_id = 0;  // the next new one, after `uncommitted`
  int64_t watermark_ms = 0;
  std::optional<OffsetLogEntry> last;                 // newest offsets entry
  std::optional<RecoveredBatch> uncommitted;          // must run first, as logged
  std::vector<std::optional<std::string>> committed;  // start of the next new batch
};

class Checkpoint {
 public:
  // Creates the directory and `metadata` if absent (points metadata.*), removes temporary files
  // that a crash left, and commits of which a power failure left the name only. Errors: unreadable
  // or foreign content by file name; CONCURRENT_STREAM_LOG_UPDATE when another query, of this
  // process or another, has the directory; STATE_STORE_CHECKPOINT_LOCATION_NOT_EMPTY when there are
  // commits or state without offsets.
  static Result<std::unique_ptr<Checkpoint>> Open(const std::string& directory,
                                                  std::shared_ptr<FileSystem> files,
                                                  Random* random);
  ~Checkpoint();

  const std::string& directory() const { return directory_; }
  const std::string& query_id() const { return query_id_; }
  MetadataLog& offsets() { return offsets_; }
  MetadataLog& commits() { return commits_; }
  std::string SourcePath(int ordinal) const;
  std::string StatePath() const;

  Result<RecoveryState> Recover() const;
  // Points offset-log.*. Offsets must be one line each.
  Status LogOffsets(int64_t batch_id, const OffsetLogEntry& entry);
  // Points commit-log.*. Survives the end of the process, a power failure only after SyncCommits.
  Status LogCommit(int64_t batch_id, const CommitLogEntry& entry);
  Status SyncCommits();  // of nothing, if the last commit is durable
  // Removes entries of batches before `batch_id - min_batches_to_retain`. Point log.purge.
  Status Purge(int64_t batch_id, int min_batches_to_retain);

 private:
  Checkpoint(std::string directory, std::string query_id, std::shared_ptr<FileSystem> files,
             std::shared_ptr<void> lock);
  std::string directory_;
  std::string query_id_;
  std::shared_ptr<FileSystem> files_;
  std::shared_ptr<void> lock_;
  MetadataLog offsets_;
  MetadataLog commits_;
  std::optional<int64_t> unsynced_commit_;
};

}  // namespace headrace

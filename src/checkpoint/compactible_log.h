// Spark's compactible log (semantics.md 1.4, 1.5): text entries in files named by id, every
// `interval`-th of which is `<id>.compact` and holds all entries so far. Base of the file source's
// and the file sink's logs. File: line `v1`, then one JSON object a line.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "checkpoint/compaction.h"

namespace headrace {

class CompactibleLog {
 public:
  struct Options {
    int compact_interval = 10;
    bool delete_expired = true;
    int64_t cleanup_delay_ms = 600000;
    int min_batches_to_retain = 100;
    // Drops entries at compaction (the sink's retention); null keeps all.
    std::function<bool(const std::string& entry)> keep;
  };
  // Reads the interval that is in use from existing files, as Spark derives it.
  static Result<std::unique_ptr<CompactibleLog>> Open(std::string directory,
                                                      std::shared_ptr<FileSystem> files,
                                                      Options options);

  // Durable; AlreadyExists if `id` is there. Compacts when id says so (point log.compaction), for
  // which shares of a large log are copied behind the ids before, in bounded memory; checksums of a
  // large one, and deleting what has expired, come behind the ids after. Ids
  // are without gaps; a log that begins later than with 0 gets empty entries for what lies before,
  // so that a missing file always means a loss.
  Status Add(int64_t id, const std::vector<std::string>& entries);
  Result<std::optional<int64_t>> LatestId() const;
  // Entries of one id (not the compacted union); no value: absent or compacted away. What of a
  // compacted file belongs to its own id, the entries' field `batchId` tells (file source); without
  // that field there is no value.
  Result<std::optional<std::vector<std::string>>> Get(int64_t id) const;
  // How far a reader has come: the entries so far, with a line end each, and the last of them.
  struct Position {
    int64_t bytes = 0;
    std::string last;
    void Pass(const std::string& entry) {
      bytes += static_cast<int64_t>(entry.size()) + 1;
      last = entry;
    }
  };
  // Get for who has read all up to `id`: a compacted file is read from there on. No value also when
  // that file holds something else up to there, because entries were dropped.
  Result<std::optional<std::vector<std::string>>> GetBehind(int64_t id,
                                                            const Position& position) const;
  // Everything up to the latest id, oldest first; Visit holds a piece of it at a time.
  Result<std::vector<std::string>> All() const;
  Status Visit(const LogLineReader::Visit& visit) const;

  int compact_interval() const { return options_.compact_interval; }

 private:
  struct Listing;  // which files there are

  CompactibleLog(std::string directory, std::shared_ptr<FileSystem> files, Options options);
  bool IsCompaction(int64_t id) const { return (id + 1) % options_.compact_interval == 0; }
  std::string PathOf(int64_t id) const;
  Result<Listing> List() const;
  Result<std::vector<std::string>> Read(int64_t id) const;
  Status VisitFile(int64_t id, const LogLineReader::Visit& visit) const;
  // BATCH_METADATA_NOT_FOUND naming the file.
  Status CheckExists(const std::string& path) const;
  Status CheckEntries(const std::vector<std::string>& entries) const;
  // What there was when `latest` was the latest id.
  Status VisitUpTo(int64_t latest, const LogLineReader::Visit& visit) const;
  // Makes the directory ready for `id` to be its next entry.
  Status Prepare(int64_t id);
  Status Write(int64_t id, const std::vector<std::string>& entries);
  Status WriteEmptyEntriesBefore(int64_t id, std::optional<int64_t> latest);
  Status Compact(int64_t id, const std::vector<std::string>& entries);
  // The compacted id before `id`; -1: none.
  int64_t CompactionBefore(int64_t id) const {
    return id / options_.compact_interval * options_.compact_interval - 1;
  }
  Result<std::unique_ptr<Compaction>> BeginCompaction(int64_t id) const;
  // After the entry `id`: lets a thread do its share of the compaction to come.
  Status PrepareCompaction(int64_t id);
  // Waits for the share before.
  Status AwaitShare();
  void GiveUpCompaction();
  // What `compacted`, with the entry `id`, leaves to be done; not at once if it is large.
  void Tidy(int64_t id, std::unique_ptr<Compaction> compacted);
  Status DeleteExpired(int64_t id);

  std::string directory_;
  std::shared_ptr<FileSystem> files_;
  Options options_;
  std::optional<int64_t> last_added_;
  std::vector<int64_t> fresh_;  // added since the last compaction
  bool has_begun_ = false;      // the next compaction
  // While share_ is at work nobody else touches these.
  std::unique_ptr<Compaction> compaction_;  // the next one, if it has begun
  // Files that may be deleted one day, oldest first; no value: not listed yet.
  std::optional<std::deque<std::pair<int64_t, std::string>>> old_files_;
  std::future<Status> share_;  // its destructor waits
};

}  // namespace headrace

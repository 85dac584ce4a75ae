// Spark's compactible log (semantics.md 1.4, 1.5): text entries in files named by id, every
// `interval`-th of which is `<id>.compact` and holds all entries so far. Base of the file source's
// and the file sink's logs. File: line `v1`, then one JSON object a line.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"

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

  // Durable; AlreadyExists if `id` is there. Compacts when id says so.
  Status Add(int64_t id, const std::vector<std::string>& entries);
  Result<std::optional<int64_t>> LatestId() const;
  // Entries of one id (not the compacted union); no value: absent or compacted away.
  Result<std::optional<std::vector<std::string>>> Get(int64_t id) const;
  // Everything up to the latest id, oldest first.
  Result<std::vector<std::string>> All() const;

 private:
  CompactibleLog(std::string directory, std::shared_ptr<FileSystem> files, Options options);
  std::string directory_;
  std::shared_ptr<FileSystem> files_;
  Options options_;
};

}  // namespace headrace

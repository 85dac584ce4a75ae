// The next compacted file of a CompactibleLog, written while the batches before it run.
//
// A compacted file repeats all entries of the one before, so writing it at once would make its
// batch slower the longer the log is. Here each batch before has its share copied, in pieces of
// bounded size, into a file that has no name yet.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/log_file_stream.h"

namespace headrace {

// Not thread-safe. After an error it is of no more use.
class Compaction {
 public:
  using Keep = std::function<bool(const std::string& entry)>;

  // `previous`: the compacted file before; empty: none. `keep` null: all entries.
  static Result<std::unique_ptr<Compaction>> Begin(const std::string& previous, std::string path,
                                                   std::shared_ptr<FileSystem> files, Keep keep);

  // Copies 1/`shares` of what is left of the file before.
  Status CopyShare(int64_t shares);
  // Has the disk keep what was copied.
  Status Flush();
  // After all shares, in the order of the log.
  Status Append(const std::vector<std::string>& entries);
  // Durable; AlreadyExists when the compacted file is there.
  Status Finish();
  // The last step, which the log can do without.
  Status WriteChecksums();
  int64_t bytes() const { return file_->bytes(); }

 private:
  Compaction(std::unique_ptr<LogLineReader> previous, std::unique_ptr<LogFileWriter> file,
             Keep keep);
  void AppendLine(const std::string& line, std::string* kept) const;

  const std::unique_ptr<LogLineReader> previous_;  // null: none
  const std::unique_ptr<LogFileWriter> file_;
  const Keep keep_;
};

}  // namespace headrace

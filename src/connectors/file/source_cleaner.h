// cleanSource: what becomes of files that a stream has read and committed.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "connectors/file/file_options.h"

namespace headrace {

// A file that cannot be moved or removed stays where it is, with a warning: it is read already, and
// the query must not fail for it. Thread-safe.
class SourceCleaner {
 public:
  // Null when nothing is to be cleaned. `source`: the path that the stream reads, perhaps a glob.
  // Error: an archive that the stream would read again.
  static Result<std::unique_ptr<SourceCleaner>> Make(const FileStreamOptions& options,
                                                     const std::string& source,
                                                     const ConnectorContext& context);
  // Finishes what was asked for.
  ~SourceCleaner();

  // Cleans the file soon, or at once if spark.sql.streaming.fileSource.cleaner.numThreads is 0.
  void Clean(const std::string& path);

 private:
  SourceCleaner(std::string archive, std::shared_ptr<FileSystem> files, bool in_background);
  void Run();
  void CleanNow(const std::string& path) const;
  Status Archive(const std::string& path) const;

  const std::string archive_;  // empty: files are deleted
  const std::shared_ptr<FileSystem> files_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace headrace

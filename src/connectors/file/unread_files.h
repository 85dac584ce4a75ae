// Files that a stream has found and not read, and which of them the next batch takes.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "connectors/file/data_file.h"
#include "connectors/file/file_options.h"
#include "connectors/file/seen_files.h"

namespace headrace {

// A batch that does not take all of them leaves the next ones in a queue, as long as
// maxCachedFiles says and unless that is less than discardCachedInputRatio of a batch. The queue is
// read to its end before files that appeared meanwhile have their turn, even older ones. Each call
// costs by the files that it takes or queues, however many wait. Not thread-safe.
class UnreadFiles {
 public:
  explicit UnreadFiles(const FileStreamOptions& options);

  // A path that is there already stays as it is.
  void Add(DataFile file);
  bool Contains(const std::string& path) const { return paths_.contains(path); }
  bool empty() const { return paths_.empty(); }
  // In reading order; `all`: whatever the limits say. Files that wait and that `seen` does not
  // count as new are dropped on the way; those in the queue had been looked at.
  std::vector<DataFile> TakeBatch(bool all, const SeenFiles& seen);
  // From here on there is no queue.
  void StopQueueing();

 private:
  struct ReadingOrder {
    bool latest_first;
    bool operator()(const DataFile& a, const DataFile& b) const;
  };
  // Moves the first file out, from the queue if there is one.
  DataFile TakeFirst(bool from_queue);
  const DataFile& First(bool from_queue) const;
  void DissolveQueue();
  // After a batch: fills, keeps or dissolves the queue.
  void Requeue(bool was_queue, const SeenFiles& seen);

  const FileStreamOptions options_;
  bool queueing_;
  std::set<DataFile, ReadingOrder> waiting_;
  std::deque<DataFile> queue_;
  std::unordered_set<std::string> paths_;  // of both
};

}  // namespace headrace

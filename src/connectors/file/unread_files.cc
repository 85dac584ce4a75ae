#include "connectors/file/unread_files.h"

#include <iterator>
#include <utility>

namespace headrace {

bool UnreadFiles::ReadingOrder::operator()(const DataFile& a, const DataFile& b) const {
  if (a.modification_time_ms != b.modification_time_ms) {
    return (a.modification_time_ms < b.modification_time_ms) != latest_first;
  }
  return a.path < b.path;
}

UnreadFiles::UnreadFiles(const FileStreamOptions& options)
    : options_(options),
      queueing_((options.max_files_per_trigger || options.max_bytes_per_trigger) &&
                !options.latest_first),
      waiting_(ReadingOrder{options.latest_first}) {}

void UnreadFiles::Add(DataFile file) {
  if (paths_.insert(file.path).second) waiting_.insert(std::move(file));
}

const DataFile& UnreadFiles::First(bool from_queue) const {
  return from_queue ? queue_.front() : *waiting_.begin();
}

DataFile UnreadFiles::TakeFirst(bool from_queue) {
  DataFile file;
  if (from_queue) {
    file = std::move(queue_.front());
    queue_.pop_front();
  } else {
    file = std::move(waiting_.extract(waiting_.begin()).value());
  }
  return file;
}

std::vector<DataFile> UnreadFiles::TakeBatch(bool all, const SeenFiles& seen) {
  const bool from_queue = !queue_.empty();
  std::vector<DataFile> batch;
  int64_t bytes = 0;
  while (from_queue ? !queue_.empty() : !waiting_.empty()) {
    const DataFile& first = First(from_queue);
    if (!from_queue && !seen.IsNew(first.path, first.modification_time_ms)) {
      paths_.erase(first.path);
      TakeFirst(from_queue);
      continue;
    }
    if (!all && options_.max_files_per_trigger &&
        static_cast<int64_t>(batch.size()) == *options_.max_files_per_trigger) {
      break;
    }
    bytes += first.size_bytes;
    // At least one file, however large.
    if (!all && options_.max_bytes_per_trigger && !batch.empty() &&
        bytes > *options_.max_bytes_per_trigger) {
      break;
    }
    batch.push_back(TakeFirst(from_queue));
    paths_.erase(batch.back().path);
  }
  if (!all && queueing_) Requeue(from_queue, seen);
  return batch;
}

void UnreadFiles::StopQueueing() {
  queueing_ = false;
  DissolveQueue();
}

void UnreadFiles::DissolveQueue() {
  for (auto& file : queue_) waiting_.insert(std::move(file));
  queue_.clear();
}

void UnreadFiles::Requeue(bool was_queue, const SeenFiles& seen) {
  const auto amount = [&](const DataFile& file) {
    return options_.max_files_per_trigger ? 1.0 : static_cast<double>(file.size_bytes);
  };
  const double least =
      options_.discard_cached_input_ratio *
      static_cast<double>(options_.max_files_per_trigger ? *options_.max_files_per_trigger
                                                         : *options_.max_bytes_per_trigger);
  double rest = 0;
  if (was_queue) {
    for (auto file = queue_.begin(); file != queue_.end() && rest < least; ++file) {
      rest += amount(*file);
    }
    if (rest < least) DissolveQueue();
    return;
  }
  // Files of the rest count wherever the queue ends.
  int64_t room = options_.max_cached_files;
  auto end = waiting_.begin();
  for (auto file = waiting_.begin(); file != waiting_.end() && (rest < least || room > 0); ++file) {
    if (!seen.IsNew(file->path, file->modification_time_ms)) continue;
    rest += amount(*file);
    if (room > 0) {
      --room;
      end = std::next(file);
    }
  }
  if (rest < least) return;
  while (waiting_.begin() != end) queue_.push_back(TakeFirst(/*from_queue=*/false));
}

}  // namespace headrace

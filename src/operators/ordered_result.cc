#include "operators/ordered_result.h"

#include <arrow/util/byte_size.h>

namespace headrace {
namespace {

// The partition whose turn it is may hold this much, and all together: others that are ahead.
constexpr int64_t kWaitingBytes = 8 << 20;

}  // namespace

Status OrderedResult::Begin(int partitions) {
  partitions_.resize(static_cast<size_t>(partitions));
  return Status::OK();
}

Status OrderedResult::Write(int partition, const BatchPtr& batch) {
  // Not those of a whole buffer that the batch is a slice of.
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(*batch));
  std::lock_guard lock(mutex_);
  Partition& own = partitions_[partition];
  own.batches.push_back(batch);
  own.bytes += bytes;
  bytes_ += bytes;
  return Status::OK();
}

Status OrderedResult::Finish(int partition) {
  std::lock_guard lock(mutex_);
  partitions_[partition].finished = true;
  while (front_ < partitions_.size() && partitions_[front_].finished) ++front_;
  return Status::OK();
}

bool OrderedResult::Full(int partition) const {
  std::lock_guard lock(mutex_);
  const auto number = static_cast<size_t>(partition);
  return (number == front_ ? partitions_[number].bytes : bytes_) >= kWaitingBytes;
}

Status OrderedResult::Drain() {
  std::unique_lock lock(mutex_);
  for (; drained_ < partitions_.size(); ++drained_) {
    Partition& next = partitions_[drained_];
    bytes_ -= next.bytes;
    next.bytes = 0;
    const std::deque<BatchPtr> batches = std::move(next.batches);
    next.batches.clear();
    lock.unlock();
    for (const BatchPtr& batch : batches) ARROW_RETURN_NOT_OK(consume_(batch));
    lock.lock();
    if (drained_ == front_) break;
  }
  return Status::OK();
}

}  // namespace headrace

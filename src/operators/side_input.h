// All rows of the second child of a join or set operation, shared by the instances of the node.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "operators/rows.h"

namespace headrace {

class SideInput {
 public:
  // Between stages: the rows of this micro-batch.
  void Set(std::vector<BatchPtr> batches) {
    batches_ = std::move(batches);
    built_.reset();
  }
  const std::vector<BatchPtr>& batches() const { return batches_; }
  // The same for rows that are exchanged by key.
  void SetPartitions(std::vector<std::vector<BatchPtr>> partitions) {
    partitions_ = std::move(partitions);
  }
  const std::vector<BatchPtr>& partition(int number) const { return partitions_[number]; }

  // What the first caller makes of the rows; the others wait for it. Thread-safe.
  template <typename T>
  Result<std::shared_ptr<const T>> Build(const std::function<Result<std::shared_ptr<T>>()>& make) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (built_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<T> made, make());
      built_ = std::move(made);
    }
    return std::static_pointer_cast<const T>(built_);
  }

 private:
  std::mutex mutex_;
  std::vector<BatchPtr> batches_;
  std::vector<std::vector<BatchPtr>> partitions_;
  std::shared_ptr<void> built_;
};

}  // namespace headrace

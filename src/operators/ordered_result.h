// A result that is handed on while it is made, in the order of its partitions.
//
// The tasks of the last stage fill it; the thread that runs the plan empties it. So a slow receiver
// holds back no thread of the pool, and only some megabytes wait for it: a task whose partition is
// full stops until the next Drain.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "operators/plan_instance.h"

namespace headrace {

class OrderedResult final : public ResultConsumer {
 public:
  using Consumer = std::function<Status(const BatchPtr&)>;
  explicit OrderedResult(Consumer consume) : consume_(std::move(consume)) {}

  Status Begin(int partitions) override;
  Status Write(int partition, const BatchPtr& batch) override;
  Status Finish(int partition) override;
  bool Full(int partition) const override;
  bool in_order() const override { return true; }
  Status Drain() override;

 private:
  struct Partition {
    std::deque<BatchPtr> batches;
    int64_t bytes = 0;
    bool finished = false;
  };

  const Consumer consume_;
  mutable std::mutex mutex_;
  std::vector<Partition> partitions_;
  size_t front_ = 0;    // the first partition that may get more rows
  size_t drained_ = 0;  // those before have been handed on as a whole
  int64_t bytes_ = 0;   // of all partitions
};

}  // namespace headrace

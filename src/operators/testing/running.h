// Runs plans batch by batch, for tests.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "operators/plan_instance.h"
#include "operators/testing/rows_of.h"

namespace headrace::testing {

class ListReader final : public PartitionReader {
 public:
  explicit ListReader(std::vector<BatchPtr> batches) : batches_(std::move(batches)) {}
  Result<BatchPtr> Next() override {
    return next_ < batches_.size() ? batches_[next_++] : BatchPtr();
  }

 private:
  std::vector<BatchPtr> batches_;
  size_t next_ = 0;
};

// One source partition for each element.
inline PartitionReaders Partitions(const std::vector<std::vector<BatchPtr>>& partitions) {
  PartitionReaders readers;
  for (const auto& batches : partitions) readers.push_back(std::make_unique<ListReader>(batches));
  return readers;
}

// Keeps what it gets, and notices breaches of the protocol.
class Collector final : public ResultConsumer {
 public:
  Status Begin(int partitions) override {
    if (begun_) return Status::Invalid("Begin was called twice");
    begun_ = true;
    batches_.resize(static_cast<size_t>(partitions));
    finished_.resize(static_cast<size_t>(partitions), 0);
    return Status::OK();
  }
  Status Write(int partition, const BatchPtr& batch) override {
    if (finished_.at(partition) != 0) return Status::Invalid("Write after Finish");
    batches_.at(partition).push_back(batch);
    return batch->Validate();
  }
  Status Finish(int partition) override {
    if (finished_.at(partition)++ != 0) return Status::Invalid("Finish was called twice");
    return Status::OK();
  }

  bool all_finished() const {
    return begun_ && std::find(finished_.begin(), finished_.end(), 0) == finished_.end();
  }
  int partitions() const { return static_cast<int>(batches_.size()); }
  // In order of partition.
  std::vector<std::string> rows() const {
    std::vector<BatchPtr> all;
    for (const auto& partition : batches_)
      all.insert(all.end(), partition.begin(), partition.end());
    return TextsOf(all);
  }

 private:
  bool begun_ = false;
  std::vector<std::vector<BatchPtr>> batches_;
  std::vector<int> finished_;
};

// Runs a plan once over the given scans; rows in order of partition.
inline Result<std::vector<std::string>> RunOnce(std::shared_ptr<const PhysicalPlan> plan,
                                                std::vector<PartitionReaders> inputs,
                                                int threads = 2, int shuffle_partitions = 3,
                                                RunMetrics* metrics = nullptr) {
  InstanceOptions options;
  options.pool = TaskPool::Create(threads);
  options.shuffle_partitions = shuffle_partitions;
  ARROW_ASSIGN_OR_RAISE(auto instance, PlanInstance::Make(std::move(plan), options));
  Collector collector;
  RunMetrics own;
  ARROW_RETURN_NOT_OK(instance->Run(BatchContext{}, std::move(inputs), &collector,
                                    metrics != nullptr ? metrics : &own));
  if (!collector.all_finished()) return Status::Invalid("a partition was not finished");
  return collector.rows();
}

}  // namespace headrace::testing

// A stateful plan run batch by batch over a file system in memory, for tests.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "operators/testing/running.h"

namespace headrace::testing {

class StreamingRun {
 public:
  explicit StreamingRun(std::shared_ptr<const PhysicalPlan> plan, int shuffle_partitions = 2)
      : plan_(std::move(plan)), shuffle_partitions_(shuffle_partitions) {
    Restart();
  }

  // Forgets everything but the files.
  void Restart() {
    instance_.reset();
    StateStoreOptions state_options;
    state_options.files = files_;
    state_options.local_directory = ::testing::TempDir();
    // The same tests run a second time with RocksDB (CMakeLists.txt).
    if (std::getenv("HEADRACE_TEST_ROCKSDB")) state_options.kind = StateStoreKind::kRocksDb;
    state_ = MakeStateStoreProvider("/state", state_options);
    InstanceOptions options;
    options.pool = pool_;
    options.shuffle_partitions = shuffle_partitions_;
    options.state = state_.get();
    auto made = PlanInstance::Make(plan_, options);
    EXPECT_TRUE(made.ok()) << made.status();
    instance_ = std::move(made).ValueOrDie();
  }

  // Runs the next batch and commits; one source partition with these rows. The late watermark is
  // the eviction watermark of the batch before.
  std::vector<std::string> Batch(const std::vector<BatchPtr>& rows, int64_t eviction_watermark_ms) {
    return BatchOfScans({rows}, eviction_watermark_ms);
  }

  // The same with rows for each scan of the plan.
  std::vector<std::string> BatchOfScans(const std::vector<std::vector<BatchPtr>>& scans,
                                        int64_t eviction_watermark_ms) {
    std::vector<std::string> result = RunScansWithoutCommit(scans, eviction_watermark_ms);
    Commit();
    watermark_ms_ = eviction_watermark_ms;
    return result;
  }

  std::vector<std::string> RunWithoutCommit(const std::vector<BatchPtr>& rows,
                                            int64_t eviction_watermark_ms) {
    return RunScansWithoutCommit({rows}, eviction_watermark_ms);
  }

  std::vector<std::string> RunScansWithoutCommit(const std::vector<std::vector<BatchPtr>>& scans,
                                                 int64_t eviction_watermark_ms) {
    BatchContext context;
    context.batch_id = context.state_version = version_;
    context.late_watermark_ms = watermark_ms_;
    context.eviction_watermark_ms = eviction_watermark_ms;
    context.batch_timestamp_ms = batch_timestamp_ms;
    context.output_mode = plan_->output_mode;
    std::vector<PartitionReaders> inputs;
    for (const auto& rows : scans) {
      inputs.push_back(rows.empty() ? PartitionReaders() : Partitions({rows}));
    }
    Collector collector;
    const Status status = instance_->Run(context, std::move(inputs), &collector, &metrics_);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_TRUE(collector.all_finished());
    return Sorted(collector.rows());
  }

  void Commit() {
    const Status status = instance_->CommitState(&metrics_);
    EXPECT_TRUE(status.ok()) << status;
    ++version_;
  }
  void Rollback() { EXPECT_TRUE(instance_->RollbackState().ok()); }

  const StateOperatorMetrics& metrics(size_t id = 0) const { return metrics_.state_operators[id]; }
  PlanInstance* instance() { return instance_.get(); }
  const std::shared_ptr<MemoryFileSystem>& files() const { return files_; }
  int64_t version() const { return version_; }  // of the state

  int64_t batch_timestamp_ms = 0;  // of the batches that follow

 private:
  const std::shared_ptr<const PhysicalPlan> plan_;
  const int shuffle_partitions_;
  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
  std::shared_ptr<TaskPool> pool_ = TaskPool::Create(1);
  std::unique_ptr<StateStoreProvider> state_;
  std::unique_ptr<PlanInstance> instance_;
  RunMetrics metrics_;
  int64_t version_ = 0;
  int64_t watermark_ms_ = 0;
};

}  // namespace headrace::testing

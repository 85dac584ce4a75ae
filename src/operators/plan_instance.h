// A physical plan made runnable: operators, tables and buffers that live as long as the query.
//
// Run executes one micro-batch (or a whole batch query) over given inputs: stages in order, the
// partitions of a stage on the task pool; a small stage runs on the calling thread. Not
// thread-safe; one Run at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/task_pool.h"
#include "operators/operator.h"
#include "plan/physical_plan.h"

namespace headrace {

struct InstanceOptions {
  std::shared_ptr<TaskPool> pool = TaskPool::Process();
  int shuffle_partitions = 2;
  StateStoreProvider* state = nullptr;  // null: the plan must have no stateful operator
};

// Gets the result. Write is called from several threads, but one at a time for one partition;
// batches of one partition come in order. `partition` < partition count told to Begin.
class ResultConsumer {
 public:
  virtual ~ResultConsumer() = default;
  virtual Status Begin(int partitions) = 0;
  virtual Status Write(int partition, const BatchPtr& batch) = 0;
  virtual Status Finish(int partition) = 0;

  // For results that are handed on while they are made (ordered_result.h). Full: the partition
  // should get no more rows until Drain was called. Drain: on the thread that called Run, while
  // nothing is written. in_order: partitions that come late should not be made early.
  virtual bool Full(int partition) const {
    (void)partition;
    return false;
  }
  virtual Status Drain() { return Status::OK(); }
  virtual bool in_order() const { return false; }
};

struct RunMetrics {
  std::vector<int64_t> scan_rows;                     // by scan index
  std::vector<StateOperatorMetrics> state_operators;  // by operator id
  std::vector<EventTimeStatistics> event_times;       // by watermark node, pre-order
  std::map<std::string, BatchPtr> observed;           // observe(): one row each
};

class PlanInstance {
 public:
  static Result<std::unique_ptr<PlanInstance>> Make(std::shared_ptr<const PhysicalPlan> plan,
                                                    InstanceOptions options);
  virtual ~PlanInstance() = default;

  // `inputs[i]` are the partitions of scan i; empty: no rows (a source without new data).
  virtual Status Run(const BatchContext& context, std::vector<PartitionReaders> inputs,
                     ResultConsumer* consumer, RunMetrics* metrics) = 0;
  // Makes state_version + 1 durable in every store that the last Run opened.
  virtual Status CommitState(RunMetrics* metrics) = 0;
  virtual Status RollbackState() = 0;
  virtual std::vector<StatefulOperatorDeclaration> StatefulOperators() const = 0;
  // Would a batch without data emit or evict something (semantics.md 1.9), or a timer fire?
  virtual bool WantsNoDataBatch(int64_t last_eviction_watermark_ms, int64_t new_watermark_ms,
                                int64_t now_ms) const = 0;
  // When the first timer of processing time fires; none are known before the first batch.
  virtual std::optional<int64_t> NextTimerMs() const = 0;
};

// Runs a batch plan to the end: opens its scans, runs once, gives result batches in partition
// order to `consume`, on the calling thread and while more are made.
Status RunBatchPlan(std::shared_ptr<const PhysicalPlan> plan, const ConnectorContext& connector,
                    InstanceOptions options, const CancellationToken* cancellation, int64_t now_us,
                    const std::function<Status(const BatchPtr&)>& consume);

}  // namespace headrace

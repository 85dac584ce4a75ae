// The protocol of a physical operator instance: one partition of one node of the plan.
//
// Life: constructed once a query run; for every micro-batch: Begin, Process for each input batch,
// Finish. Process and Finish push output batches into `output`. An instance is used by one thread
// at a time. It sees no files, configuration or query: what changes per batch is BatchContext.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <arrow/record_batch.h>

#include "base/task_pool.h"
#include "connector/sink.h"
#include "expression/expression.h"
#include "state/state_store.h"

namespace headrace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// Plain data, fixed when the batch is planned.
struct BatchContext {
  int64_t batch_id = 0;
  int64_t late_watermark_ms = 0;      // rows at or below are late
  int64_t eviction_watermark_ms = 0;  // state at or below is finished
  int64_t batch_timestamp_ms = 0;
  int64_t state_version = 0;  // version to read; commit makes state_version + 1
  uint64_t random_seed = 0;
  OutputMode output_mode = OutputMode::kAppend;
  const CancellationToken* cancellation = nullptr;
};

struct RunMetrics;

class BatchOutput {
 public:
  virtual ~BatchOutput() = default;
  virtual Status Push(BatchPtr batch) = 0;
};

class Operator {
 public:
  virtual ~Operator() = default;
  virtual Status Begin(const BatchContext& context) {
    (void)context;
    return Status::OK();
  }
  // The rows that follow come from this source partition of the stage.
  virtual void BeginSource(int partition) { (void)partition; }
  // `input`: which child the batch comes from (0, or 1 for the second child of binary operators).
  virtual Status Process(BatchPtr batch, int input, BatchOutput* output) = 0;
  // No more input from any child in this micro-batch: emit, evict.
  virtual Status Finish(BatchOutput* output) {
    (void)output;
    return Status::OK();
  }
  // True when the rest of the input of this micro-batch cannot change the output.
  virtual bool satisfied() const { return false; }
  // After Finish: adds what this instance has to tell of the micro-batch.
  virtual void AddMetrics(RunMetrics* metrics) const { (void)metrics; }
};

// An operator with state stores: opened by Begin at the batch's state version.
class StatefulOperator : public Operator {
 public:
  // Wants a batch, if need be without data, as soon as the batch timestamp is this; known after a
  // batch.
  virtual std::optional<int64_t> NextTimerMs() const { return std::nullopt; }
  // Makes the next version durable, or forgets what the batch changed.
  virtual Status Commit() = 0;
  virtual Status Rollback() = 0;
};

// Progress of one stateful operator, summed over partitions (semantics.md 8.1).
struct StateOperatorMetrics {
  std::string operator_name;
  int64_t rows_total = 0, rows_updated = 0, rows_removed = 0, rows_dropped_by_watermark = 0;
  int64_t update_time_us = 0, removal_time_us = 0, commit_time_us = 0;
  int64_t memory_bytes = 0;
  int shuffle_partitions = 0, store_instances = 0;
  std::map<std::string, int64_t> custom;
};

// What one watermark node saw in a batch (milliseconds; count 0: nothing).
struct EventTimeStatistics {
  int64_t max_ms = 0, min_ms = 0, sum_ms = 0, count = 0;
  int64_t delay_ms = 0;
};

}  // namespace headrace

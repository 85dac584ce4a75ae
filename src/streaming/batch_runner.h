// Runs one planned micro-batch in the order of durable steps:
// run → sink prepare → state commit → sink commit → commit log. (The offset log came before.)
#pragma once

#include <memory>

#include "streaming/batch.h"
#include "streaming/source_set.h"
#include "streaming/streaming_query.h"
#include "streaming/watermark_tracker.h"

namespace headrace {

class BatchRunner {
 public:
  struct Parts {
    const PhysicalPlan* plan;
    const SourceSet* sources;
    PlanInstance* instance;
    Sink* sink;
    Checkpoint* checkpoint;
    StateStoreProvider* state;
    WatermarkTracker* watermark;
    ConnectorContext connector;
    OutputMode output_mode;
    const CancellationToken* cancellation;
  };
  explicit BatchRunner(Parts parts)
      : parts_(std::move(parts)), static_scans_(parts_.plan->scans.size()) {}

  // After an error nothing of the batch is visible; it may be run again as planned.
  Result<BatchResult> Run(const PlannedBatch& batch, StepTimer* timer);

 private:
  Result<std::vector<PartitionReaders>> OpenInputs(const PlannedBatch& batch);
  Status RunAndPublish(const PlannedBatch& batch, StepTimer* timer, BatchResult* result);

  Parts parts_;
  // What a stream is joined with, by scan: opened once, read anew for each batch. So files that are
  // added while the query runs are not seen, as in Spark.
  std::vector<std::shared_ptr<BatchScan>> static_scans_;
};

}  // namespace headrace

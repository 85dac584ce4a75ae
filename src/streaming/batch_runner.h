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
  explicit BatchRunner(Parts parts) : parts_(std::move(parts)) {}

  // After an error nothing of the batch is visible; it may be run again as planned.
  Result<BatchResult> Run(const PlannedBatch& batch, StepTimer* timer);

 private:
  Result<std::vector<PartitionReaders>> OpenInputs(const PlannedBatch& batch) const;
  Status RunAndPublish(const PlannedBatch& batch, StepTimer* timer, BatchResult* result);

  Parts parts_;
};

}  // namespace headrace

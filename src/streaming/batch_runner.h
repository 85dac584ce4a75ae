// Runs one planned micro-batch in the order of durable steps:
// offset log → run → sink prepare → state commit → sink commit → commit log.
// If nobody sees what the sink prepares, it and the offset log are done side by side.
#pragma once

#include <future>
#include <memory>

#include "connector/held_back.h"
#include "streaming/batch.h"
#include "streaming/offset_planner.h"
#include "streaming/source_set.h"
#include "streaming/streaming_query.h"
#include "streaming/watermark_tracker.h"

namespace headrace {

class BatchRunner {
 public:
  struct Parts {
    const PhysicalPlan* plan;
    const SourceSet* sources;
    OffsetPlanner* planner;
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
      : parts_(std::move(parts)),
        logs_beside_(HoldsBack(*parts_.sink)),
        static_scans_(parts_.plan->scans.size()) {}

  // After an error nothing of the batch is visible; it may be run again as planned.
  Result<BatchResult> Run(const PlannedBatch& batch, StepTimer* timer);

 private:
  using Logging = std::future<Status>;  // not valid: done

  Result<std::vector<PartitionReaders>> OpenInputs(const PlannedBatch& batch);
  Status AwaitLog(const PlannedBatch& batch, Logging* logging, StepTimer* timer);
  Status RunAndPublish(const PlannedBatch& batch, Logging* logging, StepTimer* timer,
                       BatchResult* result);

  Parts parts_;
  const bool logs_beside_;
  // What a stream is joined with, by scan: opened once, read anew for each batch. So files that are
  // added while the query runs are not seen, as in Spark.
  std::vector<std::shared_ptr<BatchScan>> static_scans_;
};

}  // namespace headrace

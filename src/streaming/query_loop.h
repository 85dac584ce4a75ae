// The trigger loop of one query run: joins trigger, offset planner, batch runner and progress.
//
// Runs on the query's own thread from recovery to end. Everything that outlives a batch is here.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "streaming/batch_runner.h"
#include "streaming/offset_planner.h"
#include "streaming/progress.h"
#include "streaming/query_state.h"
#include "streaming/trigger.h"

namespace headrace {

class QueryLoop {
 public:
  struct Parts {
    const QuerySpecification* specification;
    Checkpoint* checkpoint;
    Sink* sink;
    QueryState* state;
    ProgressReporter* reporter;
    std::string run_id;
  };
  explicit QueryLoop(Parts parts);
  ~QueryLoop();

  // Returns when the query is stopped (OK), done (OK) or failed.
  Status Run();
  // Closes sources, operators and state; after Run has returned.
  void Close();
  bool ran_a_batch() const { return ran_a_batch_.load(std::memory_order_relaxed); }
  // "Current Committed Offsets: {…}\nCurrent Available Offsets: {…}" for the text of a failure;
  // after Run has returned.
  std::string DescribeOffsets() const;

 private:
  Status Recover();
  Status RunLoop();
  // One trigger: the recovered batch, a new one, or none. Tells whether a batch ran.
  Result<bool> Iterate();
  Status RunBatch(const PlannedBatch& batch, StepTimer* timer, int64_t began_us);
  void ReportIdle(const StepTimer& timer, int64_t began_us);
  Progress DescribeTrigger(const StepTimer& timer, int64_t began_us) const;
  Status Sleep(const NextTrigger& next);

  Parts parts_;
  Clock* clock_;
  std::unique_ptr<TriggerPolicy> trigger_;
  bool all_available_ = false;
  std::unique_ptr<StateStoreProvider> state_stores_;
  std::unique_ptr<SourceSet> sources_;
  std::unique_ptr<PlanInstance> instance_;
  std::unique_ptr<WatermarkTracker> watermark_;
  std::unique_ptr<OffsetPlanner> planner_;
  std::unique_ptr<BatchRunner> runner_;
  std::optional<PlannedBatch> recovered_;
  bool no_data_batches_ = true;
  int64_t last_eviction_watermark_ms_ = 0;
  std::optional<int64_t> last_batch_us_;  // when it ended; no value: its commit is durable
  int64_t trigger_start_ms_ = 0;
  int64_t previous_trigger_start_ms_ = -1;
  std::vector<StateOperatorMetrics> last_state_operators_;  // of the last batch
  std::atomic<bool> ran_a_batch_{false};
};

}  // namespace headrace

// A running streaming query: what the outside sees of it.
//
// Made by QueryManager::Start. The query's own thread runs the trigger loop (query_loop.cc) over
// four parts with one job each: Trigger (when), OffsetPlanner (what to read), BatchRunner (run and
// commit a batch in the order of durable steps), ProgressReporter (tell). All methods are
// thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "checkpoint/checkpoint.h"
#include "connector/registry.h"
#include "operators/plan_instance.h"
#include "plan/physical_plan.h"

namespace headrace {

struct TriggerSpecification {
  enum class Kind { kDefault, kProcessingTime, kOnce, kAvailableNow, kContinuous, kRealTime };
  Kind kind = Kind::kDefault;
  int64_t interval_ms = 0;
};

// Everything that start() needs, after analysis, checks and planning.
struct QuerySpecification {
  std::string name;  // "" = none
  std::shared_ptr<const PhysicalPlan> plan;
  std::string logical_plan_text;  // for the debug block of exceptions
  std::string explain_text, explain_extended_text;
  std::shared_ptr<SinkProvider> sink_provider;
  SinkSpecification sink;
  TriggerSpecification trigger;
  OutputMode output_mode = OutputMode::kAppend;
  std::optional<std::string> checkpoint_location;  // resolved; none: temporary directory
  bool delete_checkpoint_on_stop = false;
  // The session's configuration at start(): later changes do not reach the query.
  std::map<std::string, std::string> configuration;
  ConnectorContext connector;
  std::shared_ptr<TaskPool> pool = TaskPool::Process();
};

struct QueryStatus {
  std::string message;
  bool is_data_available = false;
  bool is_trigger_active = false;
  bool is_active = false;
};

struct QueryFailure {
  Status cause;         // as raised by the engine, with ErrorDetail if any
  std::string message;  // cause's message, then the `=== Streaming Query ===` block
};

enum class QueryEventType { kStarted = 0, kProgress = 1, kTerminated = 2, kIdle = 3 };
using QueryEventListener = std::function<void(QueryEventType type, const std::string& event_json)>;

class StreamingQuery {
 public:
  virtual ~StreamingQuery() = default;
  virtual const std::string& id() const = 0;      // persistent, from the checkpoint
  virtual const std::string& run_id() const = 0;  // of this start
  virtual const std::string& name() const = 0;
  virtual QueryStatus status() const = 0;
  virtual bool is_active() const = 0;
  // Progress objects as JSON texts (semantics.md 8.1, connect.md 3.4), oldest first.
  virtual std::vector<std::string> recent_progress() const = 0;
  virtual std::string Explain(bool extended) const = 0;
  virtual std::optional<QueryFailure> exception() const = 0;
  // What the memory sink holds; null for other sinks.
  virtual std::shared_ptr<BatchScan> sink_table() const = 0;
  // Blocks until the query thread has ended; idempotent.
  virtual Status Stop() = 0;
  // Blocks until nothing is left to do; the query's failure if it dies.
  virtual Status ProcessAllAvailable() = 0;
  // True: ended (the failure, if any, is returned as the Status: StreamingQueryException). No
  // timeout: waits for good. `cancelled` is polled through the clock's wait.
  virtual Result<bool> AwaitTermination(std::optional<int64_t> timeout_ms,
                                        const CancellationToken* cancelled) = 0;
};
using StreamingQueryPtr = std::shared_ptr<StreamingQuery>;

// The queries of one session. Thread-safe.
class QueryManager {
 public:
  virtual ~QueryManager() = default;
  static std::unique_ptr<QueryManager> Create(std::shared_ptr<Clock> clock,
                                              std::shared_ptr<Random> random);

  // Opens the checkpoint, checks name and checkpoint uniqueness (semantics.md 1.1), starts the
  // thread; the started event has been posted when it returns.
  virtual Result<StreamingQueryPtr> Start(QuerySpecification specification) = 0;
  virtual std::vector<StreamingQueryPtr> Active() const = 0;
  // Active, or terminated not longer than an hour ago; null when unknown. run_id "": any run.
  virtual StreamingQueryPtr Find(const std::string& id, const std::string& run_id) const = 0;
  virtual Result<bool> AwaitAnyTermination(std::optional<int64_t> timeout_ms,
                                           const CancellationToken* cancelled) = 0;
  virtual void ResetTerminated() = 0;
  // Returns a handle; events of all queries of the session, in order for each query. When a
  // query's Stop, ProcessAllAvailable or AwaitTermination returns, the events of what it waited
  // for have been posted; DeliverEvents returns when all that have been posted are delivered.
  virtual int AddListener(QueryEventListener listener) = 0;
  virtual void RemoveListener(int handle) = 0;
  virtual void DeliverEvents() = 0;
  virtual void StopAll() = 0;
};

// The Status that awaitTermination and processAllAvailable give: STREAM_FAILED.
Status StreamFailedError(const std::string& id, const std::string& run_id,
                         const QueryFailure& failure);

}  // namespace headrace

// Progress objects: what Spark's StreamingQueryProgress JSON holds (semantics.md 8.1, 8.2;
// connect.md 3.4).
//
// Two texts of one progress: for `recentProgress` source offsets are JSON strings, for listener
// events they are JSON values. Both hold the superset of the fields that 3.5 and 4.x clients read.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operators/operator.h"
#include "streaming/batch.h"
#include "streaming/streaming_query.h"

namespace headrace {

struct SourceProgress {
  std::string description;
  std::optional<std::string> start, end, latest;  // offsets; no value: null
  int64_t rows = 0;
  std::map<std::string, std::string> metrics;
};

struct Progress {
  std::string id, run_id, name;  // name "": null
  int64_t trigger_start_ms = 0;
  int64_t previous_trigger_start_ms = -1;  // -1: this is the first
  int64_t batch_id = 0;
  int64_t duration_us = 0;
  StepTimer const* steps = nullptr;  // must outlive serialisation
  std::vector<SourceProgress> sources;
  std::string sink_description;
  int64_t output_rows = -1;
  std::optional<int64_t> watermark_ms;  // no value: the plan has no watermark
  std::vector<EventTimeStatistics> event_times;
  std::vector<StateOperatorMetrics> state_operators;
  std::map<std::string, BatchPtr> observed;
};
enum class OffsetForm { kText, kValue };
std::string ToJson(const Progress& progress, OffsetForm form);

// Event texts for listeners.
std::string StartedEventJson(const std::string& id, const std::string& run_id,
                             const std::string& name, int64_t now_ms);
std::string ProgressEventJson(const Progress& progress);
std::string IdleEventJson(const std::string& id, const std::string& run_id, int64_t now_ms);
std::string TerminatedEventJson(const std::string& id, const std::string& run_id,
                                const std::optional<std::string>& exception,
                                const std::optional<std::string>& condition);

// Keeps the last progress objects of a query and decides which events they cause. Thread-safe.
class ProgressReporter {
 public:
  // `post` gets events in order, on the query's thread. `retained`: numRecentProgressUpdates, of
  // which Spark keeps one less.
  ProgressReporter(int retained, int64_t idle_interval_ms, QueryEventListener post);

  void Batch(const Progress& progress, int64_t now_ms);
  // A trigger without a batch: kept only every so often.
  void Idle(const Progress& progress, int64_t now_ms);
  // When the next idle object is due (so that the sleeping query wakes for it).
  int64_t next_idle_ms() const;
  std::vector<std::string> recent() const;

 private:
  void Keep(const Progress& progress);

  size_t retained_;
  int64_t idle_interval_ms_;
  QueryEventListener post_;
  mutable std::mutex mutex_;
  std::deque<std::string> recent_;
  std::optional<int64_t> last_idle_ms_;  // also reset by a batch
};

}  // namespace headrace

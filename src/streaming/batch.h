// A micro-batch as data: what was planned, how long its steps took, what came of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "checkpoint/checkpoint.h"
#include "operators/plan_instance.h"

namespace headrace {

struct PlannedBatch {
  int64_t id = 0;
  OffsetLogEntry entry;                           // as in offsets/<id>
  std::vector<std::optional<std::string>> start;  // by source ordinal
  int64_t late_watermark_ms = 0;                  // the watermark of batch id - 1
  bool is_logged = false;                         // offsets/<id> is there: a recovered batch
};

// Durations of the steps of one trigger, in microseconds, under Spark's names ("addBatch").
class StepTimer {
 public:
  explicit StepTimer(const Clock* clock) : clock_(clock) {}
  // Runs `step` and adds its duration to `name`.
  template <typename Step>
  auto Measure(const char* name, Step&& step) {
    const int64_t begin = clock_->monotonic_us();
    auto result = step();
    durations_us_[name] += clock_->monotonic_us() - begin;
    return result;
  }
  void Add(const char* name, int64_t duration_us) { durations_us_[name] += duration_us; }
  const std::map<std::string, int64_t>& durations_us() const { return durations_us_; }

 private:
  const Clock* clock_;
  std::map<std::string, int64_t> durations_us_;
};

struct BatchResult {
  bool skipped_by_sink = false;  // the sink had this batch already
  RunMetrics metrics;
  int64_t output_rows = -1;  // -1: the sink can't tell
};

}  // namespace headrace

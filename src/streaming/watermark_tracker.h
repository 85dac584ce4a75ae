// The event-time watermark of a query (semantics.md 2.2): one value per watermark node, one global
// value by policy that never steps back. Milliseconds since the epoch. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "operators/operator.h"

namespace headrace {

class WatermarkTracker {
 public:
  enum class Policy { kMin, kMax };
  // "min" or "max"; IllegalArgument for anything else.
  static Result<Policy> ParsePolicy(const std::string& text);

  WatermarkTracker(Policy policy, int64_t recovered_ms)
      : policy_(policy), global_ms_(recovered_ms) {}

  // Takes a finished batch's statistics, one entry per watermark node in plan order.
  void Update(const std::vector<EventTimeStatistics>& statistics);
  int64_t global_ms() const { return global_ms_; }

 private:
  Policy policy_;
  int64_t global_ms_;
  std::vector<std::optional<int64_t>> nodes_ms_;
};

}  // namespace headrace

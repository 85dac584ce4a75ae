#include "streaming/watermark_tracker.h"

#include <algorithm>

#include "types/spark_type.h"

namespace headrace {

Result<WatermarkTracker::Policy> WatermarkTracker::ParsePolicy(const std::string& text) {
  if (EqualsIgnoreCase(text, "min")) return Policy::kMin;
  if (EqualsIgnoreCase(text, "max")) return Policy::kMax;
  return IllegalArgument(
      "_LEGACY_ERROR_TEMP_3063",
      "spark.sql.streaming.multipleWatermarkPolicy is '" + text + "'; set it to 'min' or 'max'");
}

void WatermarkTracker::Update(const std::vector<EventTimeStatistics>& statistics) {
  if (statistics.empty()) return;
  nodes_ms_.resize(std::max(nodes_ms_.size(), statistics.size()));
  for (size_t i = 0; i < statistics.size(); ++i) {
    if (statistics[i].count == 0) continue;
    const int64_t candidate = statistics[i].max_ms - statistics[i].delay_ms;
    nodes_ms_[i] = std::max(nodes_ms_[i].value_or(candidate), candidate);
  }
  // A node that saw no data yet counts as the epoch, so it holds back a `min` watermark.
  int64_t chosen = nodes_ms_[0].value_or(0);
  for (const auto& node : nodes_ms_) {
    chosen = policy_ == Policy::kMin ? std::min(chosen, node.value_or(0))
                                     : std::max(chosen, node.value_or(0));
  }
  global_ms_ = std::max(global_ms_, chosen);
}

}  // namespace headrace

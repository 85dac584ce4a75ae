// How the watermark comes from operator to operator (semantics.md 2.5).
#pragma once

#include <cstdint>
#include <vector>

#include "plan/physical_plan.h"

namespace headrace {

// The input watermark of every stateful operator, by operator id, when the query's is
// `watermark_ms`.
std::vector<int64_t> InputWatermarks(const PhysicalPlan& plan, int64_t watermark_ms);

// Would a batch without data emit or evict something (semantics.md 1.9), the query's watermark
// having moved from `last_ms` to `new_ms`?
bool WatermarkMovesState(const PhysicalPlan& plan, int64_t last_ms, int64_t new_ms);

}  // namespace headrace

// When the state of a join of two streams can be bounded by watermarks.
#pragma once

#include "plan/resolved_plan.h"

namespace headrace {

// A watermark on a key, or a range condition from which one follows for the preserved side
// (semantics.md 5, D2). For outer and semi joins.
bool HasJoinWatermark(const ResolvedPlan& join);

}  // namespace headrace

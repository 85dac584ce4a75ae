// When the state of a join of two streams can be bounded by watermarks (semantics.md 4.3).
#pragma once

#include "plan/join_keys.h"
#include "plan/resolved_plan.h"
#include "plan/stream_join.h"

namespace headrace {

// Can rows without a match ever be told? A watermark on a key, or a range condition from which one
// follows for the preserved side (semantics.md 5, D2). For outer and semi joins.
bool HasJoinWatermark(const ResolvedPlan& join);

struct JoinStateWatermarks {
  StateWatermark left, right;
};
JoinStateWatermarks StateWatermarksOf(const ResolvedPlan& join, const JoinKeys& keys);

}  // namespace headrace

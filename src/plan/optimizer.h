// Rewrites that keep the answer: constant folding, filter pushdown, column pruning into scans
// (down to nested fields of from_json), projection merging, limit into sort.
#pragma once

#include "plan/resolved_plan.h"

namespace headrace {

Result<ResolvedPlanPtr> Optimize(const ResolvedPlanPtr& plan);

}  // namespace headrace

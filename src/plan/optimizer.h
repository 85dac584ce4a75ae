// Rewrites that keep the answer: constant folding, filter pushdown, column pruning into scans
// (down to nested fields of from_json), projection merging, limit into sort.
#pragma once

#include "plan/resolved_plan.h"

namespace headrace {

// `bind` lets functions be bound anew (from_json to the fields that are used); without it such
// rewrites are left out.
Result<ResolvedPlanPtr> Optimize(const ResolvedPlanPtr& plan, const BindContext* bind = nullptr);

}  // namespace headrace

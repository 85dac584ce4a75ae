// The optimiser's rules: each takes a plan to an equal one. Applied in optimizer.cc's order.
#pragma once

#include "plan/resolved_nodes.h"

namespace headrace {

// Foldable expressions to literals; an expression whose folding fails is kept, so that it fails
// only if a row reaches it. Filters that are always true vanish.
ResolvedPlanPtr FoldConstants(const ResolvedPlanPtr& plan);

// Filters towards the scans: through projections, unions, aggregates' keys, joins' sides. Also
// leaves hints in the scans.
ResolvedPlanPtr PushDownFilters(const ResolvedPlanPtr& plan);

// Filters below a join that follow from its condition: columns that a match needs are not null, and
// what is known of one side of an equality holds for the other. For streams only, where the rows
// that a watermark sees, and those that wait in a state, must be Spark's.
Result<ResolvedPlanPtr> InferJoinFilters(const ResolvedPlanPtr& plan);

// Only the columns that are used, down to the scans. The root's output stays.
ResolvedPlanPtr PruneColumns(const ResolvedPlanPtr& plan);

// Adjacent projections to one where nothing is computed twice by it; identities vanish.
ResolvedPlanPtr MergeProjections(const ResolvedPlanPtr& plan);

// from_json() to the fields that are used.
Result<ResolvedPlanPtr> NarrowJson(const ResolvedPlanPtr& plan, const BindContext& bind);

// Limits into sorts and local data.
ResolvedPlanPtr PushDownLimits(const ResolvedPlanPtr& plan);

// Is it so cheap that computing it twice does no harm: columns, literals, fields of them?
bool IsCheap(const Expression& expression);

// The last rule: the others know no operators that compute columns in workers.
Result<ResolvedPlanPtr> ExtractPythonFunctions(const ResolvedPlanPtr& plan);

}  // namespace headrace

// WITHIN GROUP (ORDER BY …) of aggregate calls.
//
// In an unresolved call the sort orders stand behind the arguments.
#pragma once

#include <string>
#include <vector>

#include "functions/aggregate_function.h"
#include "plan/unresolved.h"

namespace headrace {

size_t OrderingCount(const UnresolvedExpression& call);
// Whether the function takes as many orderings as the call has, and DISTINCT beside them. Errors:
// INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX, INVALID_WITHIN_GROUP_EXPRESSION.….
Status CheckWithinGroup(const UnresolvedExpression& call);
// " WITHIN GROUP (ORDER BY …)" as Spark names the call; `orderings`: their texts. "" without any.
std::string WithinGroupText(const UnresolvedExpression& call,
                            const std::vector<std::string>& orderings);
// With DISTINCT the values themselves must be what is ordered by. `bound` takes `orderings` at the
// end of its arguments.
Status CheckDistinctOrdering(const BoundAggregate& bound, size_t orderings);
// Functions of a whole partition have no order nor frame: percentile_cont, median, ….
bool NeedsWholePartition(const UnresolvedExpression& call);

}  // namespace headrace

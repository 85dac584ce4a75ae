// Aggregate functions. An entry's kernel is an Accumulator (functions/aggregate_function.h).
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterAggregateFunctions(FunctionRegistry* registry);

// sum(DISTINCT x) and the like as an aggregate of its own: its state is the set of distinct
// arguments of each group, which is given to the inner aggregate at the end.
BoundAggregate MakeDistinctAggregate(const BoundAggregate& inner);

}  // namespace headrace

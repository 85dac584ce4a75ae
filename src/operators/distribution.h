// Where rows of equal keys, or all rows, must meet.
#pragma once

#include "plan/physical_plan.h"

namespace headrace {

// The plan with the exchanges that its operators need: those it has, and missing ones put in. A
// sort, limit, offset or tail needs all rows in one partition; an aggregation and deduplication the
// rows of a key. Limits are repeated below the exchange, where they cut early.
PhysicalNodePtr WithExchanges(const PhysicalNodePtr& root, int shuffle_partitions);

}  // namespace headrace

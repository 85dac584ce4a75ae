// What Spark refuses of functions over groups with state in a stream (semantics.md 5, E1-E10).
#pragma once

#include "connector/sink.h"
#include "plan/resolved_plan.h"

namespace headrace {

Status CheckGroupFunctions(const ResolvedPlan& plan, OutputMode mode);

}  // namespace headrace

// What Structured Streaming refuses (semantics.md 5), checked in start() on the analysed plan.
#pragma once

#include "connector/sink.h"
#include "plan/resolved_plan.h"

namespace headrace {

Status CheckStreamingPlan(const ResolvedPlan& plan, OutputMode mode);
// Actions on a streaming plan (collect, show, write): the error that Spark gives.
Status CheckBatchPlan(const ResolvedPlan& plan);

}  // namespace headrace

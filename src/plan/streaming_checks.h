// What Structured Streaming refuses (semantics.md 5), checked in start() on the analysed plan.
#pragma once

#include "connector/sink.h"
#include "plan/resolved_plan.h"

namespace headrace {

// `check_correctness` false: an operator that gives late rows may have a stateful one above it,
// which drops them (spark.sql.streaming.statefulOperator.checkCorrectness.enabled); the log warns
// of it.
Status CheckStreamingPlan(const ResolvedPlan& plan, OutputMode mode, bool check_correctness = true);
// Actions on a streaming plan (collect, show, write): the error that Spark gives.
Status CheckBatchPlan(const ResolvedPlan& plan);

}  // namespace headrace

// A copy of a plan in which every column has a new identity, so that the plan can stand twice in
// one query.
#pragma once

#include "plan/resolved_plan.h"

namespace headrace {

ResolvedPlanPtr WithFreshIds(const ResolvedPlanPtr& plan);

}  // namespace headrace

#include "plan/optimizer.h"

#include "plan/optimization/rules.h"

namespace headrace {

Result<ResolvedPlanPtr> Optimize(const ResolvedPlanPtr& plan, const BindContext* bind) {
  ResolvedPlanPtr optimized = FoldConstants(plan);
  optimized = PushDownFilters(optimized);
  ARROW_ASSIGN_OR_RAISE(optimized, InferJoinFilters(optimized));
  optimized = PushDownFilters(optimized);
  optimized = PruneColumns(optimized);
  optimized = MergeProjections(optimized);
  if (bind) {
    ARROW_ASSIGN_OR_RAISE(optimized, NarrowJson(optimized, *bind));
  }
  return ExtractPythonFunctions(PushDownLimits(optimized));
}

}  // namespace headrace

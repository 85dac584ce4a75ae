#include "plan/optimizer.h"

namespace headrace {

Result<ResolvedPlanPtr> Optimize(const ResolvedPlanPtr& plan, const BindContext*) { return plan; }

}  // namespace headrace

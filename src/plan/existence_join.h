// A left semi join that gives every left row, and in a column of its own whether the row has a
// match on the right: for EXISTS and IN where they do not decide by themselves which rows pass.
#pragma once

#include "plan/physical_plan.h"
#include "plan/resolved_plan.h"

namespace headrace {

// `exists` is the column, a boolean that is never null.
ResolvedPlanPtr MakeExistenceJoin(ResolvedPlanPtr left, ResolvedPlanPtr right,
                                  ExpressionPtr condition, Attribute exists);
// The join's `keys` hold the id of its column.
inline bool IsExistenceJoin(const ResolvedPlan& join) {
  return join.kind == ResolvedKind::kJoin && join.join_type == JoinType::kLeftSemi &&
         !join.keys.empty();
}
// Its rows have a column more than the left side's.
inline bool IsExistenceJoin(const PhysicalNode& join) {
  return join.join_type == JoinType::kLeftSemi && !join.build_is_left &&
         join.schema->num_fields() > join.children[0]->schema->num_fields();
}

}  // namespace headrace

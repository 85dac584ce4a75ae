// What an operator's subqueries became: joins of its input, whose columns its expressions read.
#pragma once

#include <optional>
#include <vector>

#include "plan/resolved_nodes.h"

namespace headrace {

struct SubqueryJoin {
  ResolvedPlanPtr plan;
  JoinType type = JoinType::kCross;
  ExpressionPtr condition;          // over the input's columns and the plan's; or null
  std::optional<Attribute> exists;  // the column of an existence join, which has no other type
};

ResolvedPlanPtr ApplyJoins(ResolvedPlanPtr input, const std::vector<SubqueryJoin>& joins);
// The columns that the joins add to an input.
AttributeSet ColumnsOf(const std::vector<SubqueryJoin>& joins);
// Those of the input that their conditions read.
AttributeSet ReferencesOf(const std::vector<SubqueryJoin>& joins);

}  // namespace headrace

// Columns that projections below an operator dropped: sort and filter may still name them.
#pragma once

#include <vector>

#include "plan/analysis/relation.h"

namespace headrace {

// Outputs of the nodes below the relation's own, nearest first, as far as names may reach.
std::vector<std::vector<Attribute>> ReachableBelow(const Relation& relation);
// The plan with the columns in its output too, passed up from where they are. `hidden`: those that
// a scan gives beside its output, if they are among the wanted ones.
ResolvedPlanPtr AddMissing(const ResolvedPlanPtr& plan, const AttributeSet& wanted,
                           const std::vector<Attribute>& hidden = {});
// Those of `ids` that are among the attributes.
AttributeSet IdsIn(const AttributeSet& ids, const std::vector<Attribute>& attributes);

}  // namespace headrace

// rollup, cube, grouping sets: every row once for each set, with the keys that are not in it null.
#pragma once

#include <vector>

#include "plan/resolved_nodes.h"
#include "plan/unresolved.h"

namespace headrace {

// For each set the keys (positions among the grouping expressions) that it groups by.
std::vector<std::vector<int>> RollupSets(int keys);
std::vector<std::vector<int>> CubeSets(int keys);

struct ExpandedGroups {
  BoundGenerator generator;
  std::vector<Attribute> keys;  // the grouping columns of the expanded rows
  Attribute grouping_id;        // bit i from the left is set where key i is left out
};
ExpandedGroups ExpandGroups(const std::vector<NamedExpression>& groupings,
                            const std::vector<std::vector<int>>& sets);

// grouping(key): 1 where the key is left out of the row's set. grouping_id(): all bits.
ExpressionPtr GroupingBit(const Attribute& grouping_id, int key, int keys);

}  // namespace headrace

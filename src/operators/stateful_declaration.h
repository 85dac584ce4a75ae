// What the stateful operators of a plan declare before anything runs.
#pragma once

#include <vector>

#include "plan/physical_plan.h"
#include "state/state_store.h"

namespace headrace {

// One entry an operator, by operator id.
std::vector<StatefulOperatorDeclaration> DeclareState(const PhysicalNode& root,
                                                      int shuffle_partitions);
// The stores of one stateful node.
StateStoreDeclaration DeclareStore(const PhysicalNode& node);

// Does a stateful operator emit or evict as the watermark moves (semantics.md 1.9)?
bool ActsOnWatermark(const PhysicalNode& root, OutputMode mode);

}  // namespace headrace

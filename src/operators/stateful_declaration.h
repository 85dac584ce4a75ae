// What the stateful operators of a plan declare before anything runs.
#pragma once

#include <vector>

#include "plan/physical_plan.h"
#include "state/state_store.h"

namespace headrace {

// One entry an operator, by operator id.
std::vector<StatefulOperatorDeclaration> DeclareState(const PhysicalNode& root,
                                                      int shuffle_partitions);
// The stores of one stateful node; the only one of a node that has one.
std::vector<StateStoreDeclaration> DeclareStores(const PhysicalNode& node);
StateStoreDeclaration DeclareStore(const PhysicalNode& node);

}  // namespace headrace

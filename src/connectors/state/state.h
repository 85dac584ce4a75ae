// Batch sources that show what is in a checkpoint: `statestore` (keys and values of a stateful
// operator) and `state-metadata` (the operators and their stores). Columns and options are Spark's.
#pragma once

#include "connector/registry.h"

namespace headrace {

void RegisterStateConnector(ConnectorRegistry* registry);

}  // namespace headrace

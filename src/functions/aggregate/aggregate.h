// The built-in aggregate functions; their accumulators lie beside it.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterAggregateFunctions(FunctionRegistry* registry);

}  // namespace headrace

// shuffle: the elements of an array in random order.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterShuffleFunction(FunctionRegistry* registry);

}  // namespace headrace

// The parts of the mathematical topic.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterRealFunctions(FunctionRegistry* registry);
void RegisterRoundingFunctions(FunctionRegistry* registry);
void RegisterIntegerFunctions(FunctionRegistry* registry);
void RegisterRandomFunctions(FunctionRegistry* registry);

}  // namespace headrace

// The parts of the collection topic.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterConstructorFunctions(FunctionRegistry* registry);
void RegisterElementFunctions(FunctionRegistry* registry);
void RegisterArrayFunctions(FunctionRegistry* registry);
void RegisterArrayEditFunctions(FunctionRegistry* registry);
void RegisterArraySetFunctions(FunctionRegistry* registry);
void RegisterSortFunctions(FunctionRegistry* registry);
void RegisterSequenceFunctions(FunctionRegistry* registry);
void RegisterMapFunctions(FunctionRegistry* registry);

}  // namespace headrace

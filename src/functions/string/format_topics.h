// The parts of the string topic that are about what texts stand for.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterNumberTextFunctions(FunctionRegistry* registry);
void RegisterToBinaryFunctions(FunctionRegistry* registry);
void RegisterUtf8Functions(FunctionRegistry* registry);
void RegisterQuotationFunctions(FunctionRegistry* registry);

}  // namespace headrace

// The parts of the date and time topic.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterCurrentTimeFunctions(FunctionRegistry* registry);
void RegisterDateFunctions(FunctionRegistry* registry);
void RegisterTimeFieldFunctions(FunctionRegistry* registry);
void RegisterTruncationFunctions(FunctionRegistry* registry);
void RegisterTimeTextFunctions(FunctionRegistry* registry);
void RegisterEpochFunctions(FunctionRegistry* registry);
void RegisterTimeUnitFunctions(FunctionRegistry* registry);
void RegisterTimeWindowFunctions(FunctionRegistry* registry);

}  // namespace headrace

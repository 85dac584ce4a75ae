// The parts of the string topic.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterMatchingFunctions(FunctionRegistry* registry);
void RegisterSplitFunctions(FunctionRegistry* registry);
void RegisterRegexFunctions(FunctionRegistry* registry);
void RegisterCaseFunctions(FunctionRegistry* registry);
void RegisterTrimFunctions(FunctionRegistry* registry);
void RegisterSubstringFunctions(FunctionRegistry* registry);
void RegisterConcatFunctions(FunctionRegistry* registry);
void RegisterEncodingFunctions(FunctionRegistry* registry);
void RegisterFormatFunctions(FunctionRegistry* registry);
void RegisterUrlFunctions(FunctionRegistry* registry);

}  // namespace headrace

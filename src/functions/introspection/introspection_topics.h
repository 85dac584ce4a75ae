// The parts of the topic of hashes, errors, types and the session.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterHashFunctions(FunctionRegistry* registry);
void RegisterSessionFunctions(FunctionRegistry* registry);
void RegisterErrorFunctions(FunctionRegistry* registry);
void RegisterTypeFunctions(FunctionRegistry* registry);

}  // namespace headrace

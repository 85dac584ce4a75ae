// json_tuple(json, key, …): some fields of a JSON object as columns.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterJsonTuple(FunctionRegistry* registry);

}  // namespace headrace

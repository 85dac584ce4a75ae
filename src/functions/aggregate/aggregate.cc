#include "functions/aggregate/aggregate.h"

namespace headrace {

void RegisterAggregateFunctions(FunctionRegistry* /*registry*/) {}

}  // namespace headrace

#include "functions/datetime/datetime_topics.h"
#include "functions/topics.h"

namespace headrace {

void RegisterDateTimeFunctions(FunctionRegistry* registry) {
  RegisterCurrentTimeFunctions(registry);
  RegisterDateFunctions(registry);
  RegisterTimeFieldFunctions(registry);
  RegisterTruncationFunctions(registry);
  RegisterTimeTextFunctions(registry);
  RegisterEpochFunctions(registry);
  RegisterTimeUnitFunctions(registry);
  RegisterTimeWindowFunctions(registry);
}

}  // namespace headrace

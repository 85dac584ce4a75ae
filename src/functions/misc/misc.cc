#include "functions/misc/misc_topics.h"
#include "functions/topics.h"

namespace headrace {

void RegisterMiscellaneousFunctions(FunctionRegistry* registry) {
  RegisterHashFunctions(registry);
  RegisterSessionFunctions(registry);
  RegisterErrorFunctions(registry);
  RegisterTypeFunctions(registry);
}

}  // namespace headrace

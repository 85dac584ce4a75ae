#include "functions/introspection/encryption.h"
#include "functions/introspection/introspection_topics.h"
#include "functions/topics.h"

namespace headrace {

void RegisterIntrospectionFunctions(FunctionRegistry* registry) {
  RegisterHashFunctions(registry);
  RegisterEncryptionFunctions(registry);
  RegisterSessionFunctions(registry);
  RegisterErrorFunctions(registry);
  RegisterTypeFunctions(registry);
}

}  // namespace headrace

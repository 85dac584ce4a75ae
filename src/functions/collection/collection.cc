#include "functions/collection/collection_topics.h"
#include "functions/collection/shuffle.h"
#include "functions/topics.h"

namespace headrace {

void RegisterCollectionFunctions(FunctionRegistry* registry) {
  RegisterConstructorFunctions(registry);
  RegisterElementFunctions(registry);
  RegisterArrayFunctions(registry);
  RegisterArrayEditFunctions(registry);
  RegisterArraySetFunctions(registry);
  RegisterSortFunctions(registry);
  RegisterShuffleFunction(registry);
  RegisterSequenceFunctions(registry);
  RegisterMapFunctions(registry);
}

}  // namespace headrace

#include "functions/math/bitmaps.h"
#include "functions/math/math_topics.h"
#include "functions/topics.h"

namespace headrace {

void RegisterMathFunctions(FunctionRegistry* registry) {
  RegisterRealFunctions(registry);
  RegisterRoundingFunctions(registry);
  RegisterIntegerFunctions(registry);
  RegisterRandomFunctions(registry);
  RegisterBitmapFunctions(registry);
}

}  // namespace headrace

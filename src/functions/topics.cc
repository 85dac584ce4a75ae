#include "functions/topics.h"

namespace headrace {

void RegisterScalarFunctions(FunctionRegistry* registry) {
  RegisterArithmeticFunctions(registry);
  RegisterComparisonFunctions(registry);
  RegisterLogicFunctions(registry);
  RegisterConditionalFunctions(registry);
  RegisterBitwiseFunctions(registry);
  RegisterStringFunctions(registry);
  RegisterCsvFunctions(registry);
  RegisterAvroFunctions(registry);
  RegisterJsonFunctions(registry);
  RegisterMathFunctions(registry);
  RegisterIntrospectionFunctions(registry);
  RegisterCollectionFunctions(registry);
  RegisterHigherOrderFunctions(registry);
  RegisterDateTimeFunctions(registry);
}

}  // namespace headrace

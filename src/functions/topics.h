// The topics of built-in functions: each adds its entries to a registry.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterScalarFunctions(FunctionRegistry* registry);  // all of the following
void RegisterArithmeticFunctions(FunctionRegistry* registry);
void RegisterComparisonFunctions(FunctionRegistry* registry);
void RegisterLogicFunctions(FunctionRegistry* registry);
void RegisterConditionalFunctions(FunctionRegistry* registry);
void RegisterBitwiseFunctions(FunctionRegistry* registry);
void RegisterStringFunctions(FunctionRegistry* registry);
void RegisterMathFunctions(FunctionRegistry* registry);
void RegisterDateTimeFunctions(FunctionRegistry* registry);
void RegisterCollectionFunctions(FunctionRegistry* registry);
void RegisterHigherOrderFunctions(FunctionRegistry* registry);
void RegisterCsvFunctions(FunctionRegistry* registry);
void RegisterAvroFunctions(FunctionRegistry* registry);
void RegisterJsonFunctions(FunctionRegistry* registry);
void RegisterIntrospectionFunctions(FunctionRegistry* registry);

void RegisterGeneratorFunctions(FunctionRegistry* registry);

}  // namespace headrace

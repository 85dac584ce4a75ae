// The parts of the topic of functions that take functions.
#pragma once

#include "expression/lambda.h"
#include "functions/signature.h"

namespace headrace {

void RegisterElementwiseFunctions(FunctionRegistry* registry);
void RegisterQuantifierFunctions(FunctionRegistry* registry);
void RegisterFoldFunctions(FunctionRegistry* registry);
void RegisterMapLambdaFunctions(FunctionRegistry* registry);

void AddHigherOrder(FunctionRegistry* registry, const std::string& name,
                    decltype(ScalarFunction::bind) bind, FunctionDocumentation documentation);

// array_sort with a comparator, which must give INT.
Result<ExpressionPtr> BindComparatorSort(Arguments arguments);

// Binders of this topic get as many arguments as FirstLambda() allows, LambdaFunction from there
// on.

// DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE unless the lambda at `index` gives `type`.
Status CheckResult(const std::string& function, int index, const Expression& lambda,
                   const DataType& type);
// BOOLEAN; a lambda that gives NULL gives the boolean null.
Status CheckPredicate(const std::string& function, ExpressionPtr* lambda,
                      const BindContext& context);
// A lambda whose result is cast to `type`.
Result<ExpressionPtr> CastResult(const ExpressionPtr& lambda, const DataTypePtr& type,
                                 const BindContext& context);

}  // namespace headrace

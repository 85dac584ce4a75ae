// What the files of this folder share: the entries of each topic, and checks of arguments.
#pragma once

#include <string>
#include <vector>

#include "functions/registry.h"

namespace headrace::aggregate {

void RegisterCount(FunctionRegistry* registry);
void RegisterSum(FunctionRegistry* registry);
void RegisterAverage(FunctionRegistry* registry);
void RegisterMinMax(FunctionRegistry* registry);
void RegisterFirstLast(FunctionRegistry* registry);
void RegisterBoolean(FunctionRegistry* registry);
void RegisterMoments(FunctionRegistry* registry);
void RegisterCorrelation(FunctionRegistry* registry);
void RegisterCollect(FunctionRegistry* registry);
void RegisterMaxBy(FunctionRegistry* registry);
void RegisterApproximateCountDistinct(FunctionRegistry* registry);
void RegisterPercentile(FunctionRegistry* registry);
void RegisterPercentileApprox(FunctionRegistry* registry);
void RegisterBitwise(FunctionRegistry* registry);
void RegisterMode(FunctionRegistry* registry);
void RegisterListAggregate(FunctionRegistry* registry);
void RegisterRegression(FunctionRegistry* registry);
void RegisterProduct(FunctionRegistry* registry);
void RegisterBitmaps(FunctionRegistry* registry);

using Arguments = std::vector<ExpressionPtr>;

// WRONG_NUM_ARGS unless there are `minimum`..`maximum` arguments.
Status CheckArgumentCount(const std::string& function, const Arguments& arguments, size_t minimum,
                          size_t maximum);
// Casts a numeric, string or void argument to double, or refuses it.
Result<ExpressionPtr> ToDouble(const std::string& function, int index, ExpressionPtr argument,
                               const BindContext& context);
// The value of a constant boolean second argument (`ignoreNulls`).
Result<bool> ConstantBoolean(const std::string& function, const ExpressionPtr& argument);

// Maps, on their own or within: they have neither equality nor a hash.
bool ContainsMap(const DataType& type);

// An error of ANSI arithmetic: `what` overflowed ("long overflow" in Spark's words).
Status SumOverflow(const std::string& what);

}  // namespace headrace::aggregate

// What binders of functions share: counting and coercing arguments, making calls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "functions/registry.h"

namespace headrace {

using Arguments = std::vector<ExpressionPtr>;

// WRONG_NUM_ARGS.WITHOUT_SUGGESTION unless least <= actual <= most.
Status CheckArgumentCount(const std::string& function, size_t actual, size_t least, size_t most);
inline constexpr size_t kAnyNumber = static_cast<size_t>(-1);

// The implicit cast of argument `index` (from 0) to `type`: between numbers, to strings, from
// strings to any atomic type, between dates and timestamps, from void; arrays, maps and structs by
// their parts. Error: UnexpectedInputType.
Result<ExpressionPtr> Coerce(const std::string& function, int index, ExpressionPtr argument,
                             const DataTypePtr& type, const BindContext& context);
bool CanCoerce(const DataType& from, const DataType& to);
// All to their common type; error DATATYPE_MISMATCH.DATA_DIFF_TYPES. Returns that type.
Result<DataTypePtr> CoerceToCommonType(const std::string& function, Arguments* arguments,
                                       size_t first, const BindContext& context);

// Casts an argument of type void to `array<void>`, for functions of arrays (`map`: to a map).
Status NullToCollection(ExpressionPtr* argument, bool map, const BindContext& context);

bool AnyNullable(const Arguments& arguments);
bool IsNullType(const DataType& type);

// The value of an argument that must be constant; error DATATYPE_MISMATCH.NON_FOLDABLE_INPUT.
Result<std::shared_ptr<arrow::Scalar>> ConstantArgument(const std::string& function,
                                                        const std::string& name,
                                                        const Expression& argument);
// The text of a foldable, non-null string; no value for any other expression.
Result<std::optional<std::string>> ConstantText(const Expression& argument);

ExpressionPtr MakeCall(std::string name, DataTypePtr type, bool nullable, Arguments arguments,
                       ScalarKernel kernel);

// A function with one signature. `parameters` beyond `required` may be left out; the last one may
// be repeated if `variadic`.
struct FixedFunction {
  std::vector<std::string> names;
  FunctionDocumentation documentation;
  std::vector<DataTypePtr> parameters;
  DataTypePtr result;
  // Gets coerced arguments; may add defaults for those left out.
  std::function<Result<ScalarKernel>(Arguments* arguments, const BindContext& context)> make;
  size_t required = kAnyNumber;  // all parameters
  bool variadic = false;
  // kPropagates: null iff an argument is; kCustom: may be null in any case.
  NullBehaviour nulls = NullBehaviour::kPropagates;
  bool deterministic = true;
  DisplayName display = nullptr;
};
void AddFixed(FunctionRegistry* registry, FixedFunction function);

// The commonest case: a kernel that knows nothing of session and constants.
void AddSimple(FunctionRegistry* registry, std::vector<std::string> names,
               FunctionDocumentation documentation, std::vector<DataTypePtr> parameters,
               DataTypePtr result, ScalarKernel kernel,
               NullBehaviour nulls = NullBehaviour::kPropagates, DisplayName display = nullptr);

// `name(a, b)`.
std::string CallText(const std::string& name, const std::vector<std::string>& arguments);
// Always `name(…)`, whatever alias was called: for functions whose canonical name is upper case.
DisplayName DisplayAs(std::string name);

}  // namespace headrace

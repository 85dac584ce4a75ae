#include "functions/aggregate/percentage.h"

#include <arrow/array/array_primitive.h>
#include <arrow/scalar.h>

namespace headrace::aggregate {

Result<Percentages> ConstantPercentages(const std::string& function, const ExpressionPtr& argument,
                                        const BindContext& context) {
  const auto mismatch = [&](const std::string& kind, const std::string& text) {
    return AnalysisError("DATATYPE_MISMATCH." + kind,
                         "The percentage of " + function + " " + text + ".",
                         {{"sqlExpr", "\"" + function + "\""},
                          {"inputName", "`percentage`"},
                          {"exprName", "percentage"},
                          {"valueRange", "[0.0, 1.0]"},
                          {"inputExpr", "\"" + argument->ToString() + "\""}});
  };
  if (!argument->foldable()) {
    return mismatch("NON_FOLDABLE_INPUT", "must be a constant, not " + argument->ToString());
  }
  Percentages percentages;
  percentages.is_array = argument->type()->id() == arrow::Type::LIST;
  const DataTypePtr wanted =
      percentages.is_array ? ArrayOf(arrow::float64(), true) : arrow::float64();
  const DataType& type = *argument->type();
  if (!percentages.is_array && !IsNumeric(type) && !IsString(type) &&
      type.id() != arrow::Type::NA) {
    return UnexpectedInputType(function, 1, "(\"DOUBLE\" or \"ARRAY<DOUBLE>\")", *argument);
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr casted, MakeCast(argument, wanted, context.cast_options()));
  ARROW_ASSIGN_OR_RAISE(auto value, Fold(*casted));
  if (!value->is_valid) return mismatch("UNEXPECTED_NULL", "must not be null");
  if (percentages.is_array) {
    const auto& array = static_cast<const arrow::DoubleArray&>(
        *static_cast<const arrow::ListScalar&>(*value).value);
    for (int64_t i = 0; i < array.length(); ++i) {
      if (array.IsNull(i)) return mismatch("UNEXPECTED_NULL", "must not be null");
      percentages.values.push_back(array.Value(i));
    }
  } else {
    percentages.values.push_back(static_cast<const arrow::DoubleScalar&>(*value).value);
  }
  for (const double percentage : percentages.values) {
    if (!(percentage >= 0 && percentage <= 1)) {
      return mismatch("VALUE_OUT_OF_RANGE",
                      "must lie between 0 and 1, but is " + std::to_string(percentage));
    }
  }
  return percentages;
}

}  // namespace headrace::aggregate

#include "functions/aggregate/registration.h"

#include <arrow/scalar.h>

namespace headrace::aggregate {

Status CheckArgumentCount(const std::string& function, const Arguments& arguments, size_t minimum,
                          size_t maximum) {
  if (arguments.size() >= minimum && arguments.size() <= maximum) return Status::OK();
  std::string expected = minimum == maximum
                             ? std::to_string(minimum)
                             : "[" + std::to_string(minimum) + ", " + std::to_string(maximum) + "]";
  return WrongNumberOfArguments(function, expected, arguments.size());
}

Result<ExpressionPtr> ToDouble(const std::string& function, int index, ExpressionPtr argument,
                               const BindContext& context) {
  const DataType& type = *argument->type();
  if (!IsNumeric(type) && !IsString(type) && type.id() != arrow::Type::NA) {
    return UnexpectedInputType(function, index, "\"DOUBLE\"", *argument);
  }
  return MakeCast(std::move(argument), arrow::float64(), context.cast_options());
}

Result<bool> ConstantBoolean(const std::string& function, const ExpressionPtr& argument) {
  if (argument->type()->id() != arrow::Type::BOOL || !argument->foldable()) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1210",
                         "The second argument of " + function +
                             " tells whether to ignore nulls: true or false, not " +
                             argument->ToString() + ".",
                         {{"funcName", function}});
  }
  ARROW_ASSIGN_OR_RAISE(auto value, Fold(*argument));
  return value->is_valid && static_cast<const arrow::BooleanScalar&>(*value).value;
}

bool ContainsMap(const DataType& type) {
  if (type.id() == arrow::Type::MAP) return true;
  for (const FieldPtr& field : type.fields()) {
    if (ContainsMap(*field->type())) return true;
  }
  return false;
}

Status SumOverflow(const std::string& what) {
  return MakeError(ErrorKind::kArithmetic, "ARITHMETIC_OVERFLOW",
                   what +
                       ": the sum does not fit its type. Use try_sum, cast the argument to a "
                       "wider type, or set spark.sql.ansi.enabled to false.",
                   {{"message", what},
                    {"alternative", " Use 'try_sum' to tolerate overflow and return NULL instead."},
                    {"config", "\"spark.sql.ansi.enabled\""}});
}

}  // namespace headrace::aggregate

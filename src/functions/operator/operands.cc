#include <fmt/format.h>

#include "functions/operator/arithmetic.h"

namespace headrace {
namespace {

bool IsDecimal(const DataType& type) { return type.id() == arrow::Type::DECIMAL128; }
bool IsFloating(const DataType& type) {
  return type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE;
}

// What a string operand becomes beside an operand of type `other`.
DataTypePtr NumberForString(const DataType& other, bool ansi) {
  return ansi && IsIntegral(other) ? arrow::int64() : arrow::float64();
}

}  // namespace

Status WrongOperandTypes(const std::string& symbol, const Arguments& arguments) {
  const std::string left = SqlName(*arguments[0]->type());
  const std::string right = SqlName(*arguments[1]->type());
  const std::string text =
      fmt::format("({} {} {})", arguments[0]->ToString(), symbol, arguments[1]->ToString());
  if (!SameType(*arguments[0]->type(), *arguments[1]->type())) {
    return AnalysisError(
        "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
        fmt::format("\"{}\" has operands of types that don't go together: \"{}\" and \"{}\"; cast "
                    "one of them",
                    text, left, right),
        {{"sqlExpr", "\"" + text + "\""},
         {"left", "\"" + left + "\""},
         {"right", "\"" + right + "\""}});
  }
  const bool ordered = symbol == "<" || symbol == "<=" || symbol == ">" || symbol == ">=";
  const std::string required =
      ordered ? "(\"ORDERABLE\")"
              : "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")";
  return AnalysisError(
      "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE",
      fmt::format("\"{}\" needs operands of the type {}, not \"{}\"", text, required, left),
      {{"sqlExpr", "\"" + text + "\""},
       {"inputType", required},
       {"actualDataType", "\"" + left + "\""}});
}

Result<ExpressionPtr> OperandToDecimal(const ExpressionPtr& operand, const BindContext& context) {
  if (IsDecimal(*operand->type())) return operand;
  const auto* literal = dynamic_cast<const Literal*>(operand.get());
  // A TINYINT keeps the digits of its type even as a literal.
  if (literal != nullptr && literal->value()->is_valid &&
      literal->type()->id() != arrow::Type::INT8) {
    std::string digits = literal->value()->ToString();
    if (digits.front() == '-') digits.erase(0, 1);
    return MakeCast(operand, arrow::decimal128(static_cast<int32_t>(digits.size()), 0),
                    context.cast_options());
  }
  return MakeCast(operand, DecimalForIntegral(*operand->type()), context.cast_options());
}

Status CoerceOperands(const std::string& symbol, Arguments* arguments, const BindContext& context) {
  DataTypePtr types[2] = {(*arguments)[0]->type(), (*arguments)[1]->type()};
  if (context.ansi && IsString(*types[0]) && IsString(*types[1])) {
    return WrongOperandTypes(symbol, *arguments);
  }
  for (int side = 0; side < 2; ++side) {
    if (IsString(*types[side])) {
      types[side] = NumberForString(*(*arguments)[1 - side]->type(), context.ansi);
    }
  }
  for (int side = 0; side < 2; ++side) {
    if (IsNullType(*types[side])) {
      types[side] = IsNullType(*types[1 - side]) ? arrow::float64() : types[1 - side];
    }
  }
  if (!IsNumeric(*types[0]) || !IsNumeric(*types[1])) return WrongOperandTypes(symbol, *arguments);
  DataTypePtr common;
  const bool decimal = IsDecimal(*types[0]) || IsDecimal(*types[1]);
  if (!decimal) {
    common = CommonType(types[0], types[1], context.ansi);
  } else if (IsFloating(*types[0]) || IsFloating(*types[1])) {
    common = arrow::float64();
  }
  for (int side = 0; side < 2; ++side) {
    ExpressionPtr& operand = (*arguments)[side];
    if (common != nullptr) {
      ARROW_ASSIGN_OR_RAISE(operand, MakeCast(operand, common, context.cast_options()));
    } else if (IsNullType(*operand->type())) {
      ARROW_ASSIGN_OR_RAISE(operand, MakeCast(operand, types[side], context.cast_options()));
    } else {
      ARROW_ASSIGN_OR_RAISE(operand, OperandToDecimal(operand, context));
    }
  }
  return Status::OK();
}

}  // namespace headrace

// What the operators + - * / % div share: operand types, overflow behaviour.
#pragma once

#include "functions/signature.h"

namespace headrace {

enum class OverflowMode {
  kError,  // ANSI
  kNull,   // try_*
  kWrap,   // non-ANSI: integers wrap; decimals and divisions by zero give null
};

// Casts two operands to the types that numeric arithmetic takes: equal types, or two decimals.
// Errors: DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES, .BINARY_OP_WRONG_TYPE.
Status CoerceOperands(const std::string& symbol, Arguments* arguments, const BindContext& context);
// The cast of one operand that is to be a decimal; integer literals get only the digits they need.
Result<ExpressionPtr> OperandToDecimal(const ExpressionPtr& operand, const BindContext& context);

// symbol: + - * / % and "pmod"; both arguments are decimals.
Result<ExpressionPtr> BindDecimalArithmetic(const std::string& symbol, Arguments arguments,
                                            OverflowMode mode);

// Dates, timestamps and intervals; no value when no operand is one of them. symbol: + - * /.
Result<std::optional<ExpressionPtr>> BindTemporalArithmetic(const std::string& symbol,
                                                            const Arguments& arguments,
                                                            const BindContext& context,
                                                            OverflowMode mode);

Status WrongOperandTypes(const std::string& symbol, const Arguments& arguments);

}  // namespace headrace

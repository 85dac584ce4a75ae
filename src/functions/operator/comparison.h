// Comparison operators, for those that build on them (between, in, nullif).
#pragma once

#include "functions/signature.h"

namespace headrace {

// symbol: "==", "<=>", "<", "<=", ">", ">=". Coerces the operands.
Result<ExpressionPtr> BindComparison(const std::string& symbol, Arguments arguments,
                                     const BindContext& context);

}  // namespace headrace

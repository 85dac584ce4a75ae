// For rules that look through conditions.
#pragma once

#include "expression/expression.h"

namespace headrace {

// Was it made by MakeOr (expression/expression.h)?
bool IsOr(const Expression& expression);

}  // namespace headrace

// Tells conditional expressions apart.
#pragma once

#include "expression/expression.h"

namespace headrace {

// Was it made by MakeOr?
bool IsOr(const Expression& expression);
// Was it made by MakeCoalesce?
bool IsCoalesce(const Expression& expression);

}  // namespace headrace

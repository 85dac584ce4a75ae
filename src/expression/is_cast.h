// For rules that look through casts.
#pragma once

#include "expression/expression.h"

namespace headrace {

// Was it made by MakeCast (expression/cast.h)? The input is its only child.
bool IsCast(const Expression& expression);

}  // namespace headrace

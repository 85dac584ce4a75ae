// `a AND b AND c` as a list, and back.
#pragma once

#include <vector>

#include "expression/expression.h"

namespace headrace {

// Null gives an empty list.
std::vector<ExpressionPtr> SplitConjuncts(const ExpressionPtr& condition);
// An empty list gives null.
ExpressionPtr JoinConjuncts(const std::vector<ExpressionPtr>& conjuncts);

// A literal that is true: of no consequence among conjuncts.
bool IsTrue(const ExpressionPtr& expression);

}  // namespace headrace

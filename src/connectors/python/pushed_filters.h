// Conditions on the columns of a Python data source, as its reader's pushFilters() is told them.
#pragma once

#include <string>
#include <vector>

#include "expression/expression.h"

namespace headrace {

// The conditions that have a form in Python, as JSON: first that columns are not null, where other
// conditions say so, then comparisons of one column with constants. "": there are none.
//
// `filters` refer to columns through BoundReference.
std::string PushedFilters(const std::vector<ExpressionPtr>& filters);

}  // namespace headrace

// A plan's text without what cannot change its rows: names of columns, identities, on which side of
// a comparison or a sum an operand stands. Plans of equal texts have equal rows under perhaps other
// names; plans whose rows are equal may have other texts.
#pragma once

#include <string>

#include "plan/resolved_plan.h"

namespace headrace {

Result<std::string> CanonicalText(const ResolvedPlan& plan);

}  // namespace headrace

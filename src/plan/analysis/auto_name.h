// How Spark names expressions that have no alias (semantics.md 9.4).
//
// The text is put together while an expression is resolved: from the names as the user wrote them
// and, for calls, from the registry's display functions. Casts that coercion inserts leave no
// trace.
#pragma once

#include <string>
#include <vector>

#include "functions/registry.h"
#include "plan/unresolved.h"

namespace headrace {

std::string LiteralName(const UnresolvedExpression& literal, const TimeZone& zone);
std::string CastName(const std::string& child, const DataType& type, bool try_cast);
// `arguments` are the texts, `types` the types before coercion. `called_as`: what the user typed.
std::string ScalarCallName(const ScalarFunction& function, const std::string& called_as,
                           const std::vector<std::string>& arguments,
                           const std::vector<DataTypePtr>& types);
// `within_group` as WithinGroupText() gives it; `filter`: the condition's text; both may be "".
std::string AggregateCallName(const AggregateFunction& function, const std::string& called_as,
                              std::vector<std::string> arguments, bool distinct,
                              const std::string& within_group, const std::string& filter);

}  // namespace headrace

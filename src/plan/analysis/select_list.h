// A select list while it is resolved: its columns, and what has to be computed below them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/analysis/expression_resolver.h"

namespace headrace {

// A generator among the columns: it becomes a Generate node below the projection.
struct PendingGenerator {
  BoundGenerator generator;
  std::vector<Attribute> attributes;
};

// The column that `expression` makes of the resolved value. A plain column keeps its identity, an
// alias gets a new one, and both keep the tags of the `known` attribute they come from.
NamedExpression NameColumn(const UnresolvedExpression& expression, const TypedExpression& value,
                           const std::vector<const std::vector<Attribute>*>& known);
// The generator call that stands at the top of a column (below its alias), or null.
const UnresolvedExpression* GeneratorCall(const UnresolvedExpression& expression,
                                          const FunctionRegistry& functions);
// Binds the call; `aliases` may be empty. UDTF_ALIAS_NUMBER_MISMATCH.
Result<PendingGenerator> ResolveGenerator(const UnresolvedExpression& call,
                                          const std::vector<std::string>& aliases,
                                          ExpressionResolver* resolver,
                                          const AnalyzerContext& context);
// For ExpressionResolver::generator_refused in a select list.
Status NestedGenerator(const std::string& name);

}  // namespace headrace

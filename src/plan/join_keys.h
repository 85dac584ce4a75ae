// The equalities of a join's condition as pairs of keys; the rest stays a condition.
#pragma once

#include <optional>
#include <vector>

#include "plan/resolved_nodes.h"

namespace headrace {

struct JoinKeyPair {
  ExpressionPtr left, right;
  bool null_safe = false;  // <=>
};

struct JoinKeys {
  std::vector<JoinKeyPair> pairs;
  ExpressionPtr residual;  // or null
  bool null_safe = false;  // all pairs are
};

JoinKeys ExtractJoinKeys(const ResolvedPlan& join);

// The keys of `coalesce(left = right, true)`, if that is the whole condition: of NOT IN, which
// holds only where no value is equal and none might be.
std::optional<JoinKeyPair> ExtractPossiblyEqualKeys(const ResolvedPlan& join);

}  // namespace headrace

#include "plan/join_keys.h"

#include <utility>

#include "expression/conditional.h"
#include "plan/conjuncts.h"

namespace headrace {
namespace {

// `left = right` with one side of the join on each side of the sign.
std::optional<JoinKeyPair> AsKeyPair(const ExpressionPtr& conjunct, const AttributeSet& left,
                                     const AttributeSet& right) {
  const auto* call = dynamic_cast<const FunctionCall*>(conjunct.get());
  if (!call || call->children().size() != 2 || !call->deterministic()) return std::nullopt;
  const bool null_safe = call->name() == "<=>";
  if (!null_safe && call->name() != "=" && call->name() != "==") return std::nullopt;
  const ExpressionPtr& a = call->children()[0];
  const ExpressionPtr& b = call->children()[1];
  // -0.0 = 0.0 and NaN = NaN hold for keys as they do for `=`.
  if (!SameType(*a->type(), *b->type())) return std::nullopt;
  const AttributeSet in_a = ReferencesOf(a);
  const AttributeSet in_b = ReferencesOf(b);
  if (in_a.empty() || in_b.empty()) return std::nullopt;
  if (IsSubset(in_a, left) && IsSubset(in_b, right)) return JoinKeyPair{a, b, null_safe};
  if (IsSubset(in_a, right) && IsSubset(in_b, left)) return JoinKeyPair{b, a, null_safe};
  return std::nullopt;
}

}  // namespace

JoinKeys ExtractJoinKeys(const ResolvedPlan& join) {
  const AttributeSet left = IdsOf(join.children[0]->output);
  const AttributeSet right = IdsOf(join.children[1]->output);
  std::vector<std::pair<ExpressionPtr, std::optional<JoinKeyPair>>> conjuncts;
  bool any_plain = false;
  for (const ExpressionPtr& conjunct : SplitConjuncts(join.condition)) {
    conjuncts.emplace_back(conjunct, AsKeyPair(conjunct, left, right));
    any_plain |= conjuncts.back().second && !conjuncts.back().second->null_safe;
  }
  JoinKeys keys;
  // Null-safe equalities are keys only if all are: the table treats nulls one way.
  keys.null_safe = !any_plain;
  std::vector<ExpressionPtr> rest;
  for (auto& [conjunct, pair] : conjuncts) {
    if (pair && pair->null_safe == keys.null_safe) {
      keys.pairs.push_back(std::move(*pair));
    } else {
      rest.push_back(conjunct);
    }
  }
  if (keys.pairs.empty()) keys.null_safe = false;
  keys.residual = JoinConjuncts(rest);
  return keys;
}

std::optional<JoinKeyPair> ExtractPossiblyEqualKeys(const ResolvedPlan& join) {
  if (!join.condition || !IsCoalesce(*join.condition)) return std::nullopt;
  const std::vector<ExpressionPtr>& values = join.condition->children();
  if (values.size() != 2 || !IsTrue(values[1])) return std::nullopt;
  auto pair =
      AsKeyPair(values[0], IdsOf(join.children[0]->output), IdsOf(join.children[1]->output));
  return pair && !pair->null_safe ? pair : std::nullopt;
}

}  // namespace headrace

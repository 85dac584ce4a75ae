// Joins: equalities become hash keys, the rest stays as a condition.
#include <utility>

#include "plan/conjuncts.h"
#include "plan/physical/planner.h"

namespace headrace {
namespace {

struct KeyPair {
  ExpressionPtr left, right;
  bool null_safe = false;
};

// `left = right` with one side of the join on each side of the sign.
std::optional<KeyPair> AsKeyPair(const ExpressionPtr& conjunct, const AttributeSet& left,
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
  if (IsSubset(in_a, left) && IsSubset(in_b, right)) return KeyPair{a, b, null_safe};
  if (IsSubset(in_a, right) && IsSubset(in_b, left)) return KeyPair{b, a, null_safe};
  return std::nullopt;
}

struct JoinKeys {
  std::vector<KeyPair> pairs;
  ExpressionPtr residual;
  bool null_safe = false;
};

JoinKeys ExtractKeys(const ExpressionPtr& condition, const AttributeSet& left,
                     const AttributeSet& right) {
  std::vector<std::pair<ExpressionPtr, std::optional<KeyPair>>> conjuncts;
  bool any_plain = false;
  for (const ExpressionPtr& conjunct : SplitConjuncts(condition)) {
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

// The position of the key in the side's columns; computed keys are added behind them.
Result<std::vector<int>> PlaceKeys(const std::vector<ExpressionPtr>& keys, Lowered* side) {
  std::vector<int> positions;
  std::vector<ExpressionPtr> computed;
  std::vector<Attribute> output = side->output;
  for (const ExpressionPtr& key : keys) {
    if (const auto* reference = dynamic_cast<const AttributeReference*>(key.get())) {
      ARROW_ASSIGN_OR_RAISE(const int position, PositionOf(reference->id(), side->output));
      positions.push_back(position);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(key, side->output));
    computed.push_back(std::move(bound));
    positions.push_back(static_cast<int>(output.size()));
    output.push_back(Computed(key, "join_key").attribute);
  }
  if (computed.empty()) return positions;
  std::vector<ExpressionPtr> expressions;
  for (size_t i = 0; i < side->output.size(); ++i) {
    const Attribute& column = side->output[i];
    expressions.push_back(std::make_shared<BoundReference>(static_cast<int>(i), column.name,
                                                           column.type, column.nullable));
  }
  expressions.insert(expressions.end(), computed.begin(), computed.end());
  *side = ProjectNode(std::move(*side), std::move(expressions), std::move(output));
  return positions;
}

bool LeftOnly(JoinType type) { return type == JoinType::kLeftSemi || type == JoinType::kLeftAnti; }

// The side that is read whole and looked up in. An outer join preserves the other side.
bool BuildsLeft(const ResolvedPlan& plan) {
  switch (plan.join_type) {
    case JoinType::kRightOuter:
      return true;
    case JoinType::kInner:
    case JoinType::kCross:
      return IsStreaming(*plan.children[1]) && !IsStreaming(*plan.children[0]);
    default:
      return false;
  }
}

}  // namespace

Result<Lowered> PhysicalPlanner::LowerJoin(const ResolvedPlan& plan) {
  if (IsStreaming(*plan.children[0]) && IsStreaming(*plan.children[1])) {
    return NotSupported("joins of two streams");
  }
  const JoinKeys keys =
      ExtractKeys(plan.condition, IdsOf(plan.children[0]->output), IdsOf(plan.children[1]->output));
  ARROW_ASSIGN_OR_RAISE(Lowered left, Lower(plan.children[0]));
  ARROW_ASSIGN_OR_RAISE(Lowered right, Lower(plan.children[1]));
  std::vector<ExpressionPtr> left_keys, right_keys;
  for (const KeyPair& pair : keys.pairs) {
    left_keys.push_back(pair.left);
    right_keys.push_back(pair.right);
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<int> left_positions, PlaceKeys(left_keys, &left));
  ARROW_ASSIGN_OR_RAISE(std::vector<int> right_positions, PlaceKeys(right_keys, &right));

  auto node = std::make_shared<PhysicalNode>();
  node->kind = keys.pairs.empty() ? PhysicalKind::kNestedLoopJoin : PhysicalKind::kHashJoin;
  node->join_type = plan.join_type;
  node->null_safe_keys = keys.null_safe;
  node->build_is_left = BuildsLeft(plan);
  std::vector<Attribute> both = left.output;
  both.insert(both.end(), right.output.begin(), right.output.end());
  ARROW_ASSIGN_OR_RAISE(node->condition, Bind(keys.residual, both));

  // The output has the nullability that the join type brings, for computed keys too.
  std::vector<Attribute> output;
  auto add = [&](const Attribute& attribute) {
    const Attribute* in_plan = FindAttribute(plan.output, attribute.id);
    output.push_back(in_plan ? *in_plan : attribute);
    if (!in_plan) output.back().nullable = true;
  };
  for (const Attribute& attribute : left.output) add(attribute);
  if (!LeftOnly(plan.join_type)) {
    for (const Attribute& attribute : right.output) add(attribute);
  }
  node->schema = PhysicalSchema(output);

  Lowered& probe = node->build_is_left ? right : left;
  Lowered& build = node->build_is_left ? left : right;
  node->probe_keys = node->build_is_left ? right_positions : left_positions;
  node->build_keys = node->build_is_left ? left_positions : right_positions;
  if (plan.join_type == JoinType::kFullOuter) {
    // Which build rows found no partner is known only where all probe rows have passed.
    probe = ExchangeToSingle(std::move(probe));
  }
  node->children = {std::move(probe.node), Broadcast(std::move(build)).node};

  Lowered joined{std::move(node), std::move(output)};
  if (joined.output.size() == plan.output.size()) return joined;
  // Computed keys are dropped again.
  std::vector<ExpressionPtr> kept;
  for (const Attribute& attribute : plan.output) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(ToReference(attribute), joined.output));
    kept.push_back(std::move(bound));
  }
  return ProjectNode(std::move(joined), std::move(kept), plan.output);
}

}  // namespace headrace

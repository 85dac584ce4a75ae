// Joins: equalities become hash keys, the rest stays as a condition.
#include <utility>

#include "plan/existence_join.h"
#include "plan/join_keys.h"
#include "plan/physical/planner.h"

namespace headrace {
namespace {

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

Result<Lowered> PhysicalPlanner::LowerJoin(const ResolvedPlan& plan) {
  JoinKeys keys = ExtractJoinKeys(plan);
  if (IsStreaming(*plan.children[0]) && IsStreaming(*plan.children[1])) {
    if (!keys.pairs.empty()) return LowerStreamJoin(plan, keys);
    FailFirstBatch(AnalysisError("_LEGACY_ERROR_TEMP_1181",
                                 "Stream-stream join without equality predicate is not supported: "
                                 "the rows of two streams meet by an equal key. Add `a = b` of a "
                                 "column of each side to the condition."));
  }
  NullKeys null_keys = keys.null_safe ? NullKeys::kMatchNulls : NullKeys::kMatchNothing;
  if (keys.pairs.empty()) {
    if (auto pair = ExtractPossiblyEqualKeys(plan)) {
      keys = JoinKeys{{std::move(*pair)}, /*residual=*/nullptr};
      null_keys = NullKeys::kMatchAll;
    }
  }
  ARROW_ASSIGN_OR_RAISE(Lowered left, Lower(plan.children[0]));
  ARROW_ASSIGN_OR_RAISE(Lowered right, Lower(plan.children[1]));
  std::vector<ExpressionPtr> left_keys, right_keys;
  for (const JoinKeyPair& pair : keys.pairs) {
    left_keys.push_back(pair.left);
    right_keys.push_back(pair.right);
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<int> left_positions, PlaceKeys(left_keys, &left));
  ARROW_ASSIGN_OR_RAISE(std::vector<int> right_positions, PlaceKeys(right_keys, &right));

  auto node = std::make_shared<PhysicalNode>();
  node->kind = keys.pairs.empty() ? PhysicalKind::kNestedLoopJoin : PhysicalKind::kHashJoin;
  node->join_type = plan.join_type;
  node->null_keys = null_keys;
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
  if (IsExistenceJoin(plan)) add(plan.output.back());
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

#include <utility>

#include "plan/conjuncts.h"
#include "plan/existence_join.h"
#include "plan/optimization/rules.h"
#include "plan/python_operation.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

using Conjuncts = std::vector<ExpressionPtr>;

ResolvedPlanPtr Filtered(ResolvedPlanPtr plan, const Conjuncts& conjuncts) {
  if (conjuncts.empty()) return plan;
  return MakeFilter(std::move(plan), JoinConjuncts(conjuncts));
}

bool ContainsWatermark(const ResolvedPlan& plan) {
  bool found = false;
  VisitPlan(plan,
            [&](const ResolvedPlan& node) { found |= node.kind == ResolvedKind::kWatermark; });
  return found;
}

ResolvedPlanPtr Push(const ResolvedPlanPtr& plan, Conjuncts conjuncts);

// Nothing passes this node; its children begin anew.
ResolvedPlanPtr Stop(const ResolvedPlanPtr& plan, const Conjuncts& conjuncts) {
  std::vector<ResolvedPlanPtr> children;
  for (const ResolvedPlanPtr& child : plan->children) children.push_back(Push(child, {}));
  return Filtered(WithChildren(plan, std::move(children)), conjuncts);
}

// Conjuncts that `passes` accepts go below the only child, the others stay above.
template <typename Passes>
ResolvedPlanPtr PushSome(const ResolvedPlanPtr& plan, const Conjuncts& conjuncts,
                         const Passes& passes) {
  Conjuncts below, above;
  for (const ExpressionPtr& conjunct : conjuncts) {
    (conjunct->deterministic() && passes(conjunct) ? below : above).push_back(conjunct);
  }
  return Filtered(WithChildren(plan, {Push(plan->children[0], std::move(below))}), above);
}

ResolvedPlanPtr PushThroughProject(const ResolvedPlanPtr& plan, const Conjuncts& conjuncts) {
  const Substitution definitions = DefinitionsOf(plan->projections);
  for (const NamedExpression& projection : plan->projections) {
    if (!projection.expression->deterministic()) return Stop(plan, conjuncts);
  }
  // Which rows a watermark sees depends on the filters below it, so there Spark's way is kept:
  // everything goes down. Elsewhere costly expressions are not computed twice.
  const bool always = ContainsWatermark(*plan);
  Conjuncts below, above;
  for (const ExpressionPtr& conjunct : conjuncts) {
    bool cheap = true;
    for (int64_t id : ReferencesOf(conjunct)) {
      const auto definition = definitions.find(id);
      cheap &= definition == definitions.end() || IsCheap(*definition->second);
    }
    if (conjunct->deterministic() && (cheap || always)) {
      below.push_back(Substitute(conjunct, definitions));
    } else {
      above.push_back(conjunct);
    }
  }
  return Filtered(WithChildren(plan, {Push(plan->children[0], std::move(below))}), above);
}

ResolvedPlanPtr PushThroughUnion(const ResolvedPlanPtr& plan, const Conjuncts& conjuncts) {
  Conjuncts below, above;
  for (const ExpressionPtr& conjunct : conjuncts) {
    (conjunct->deterministic() ? below : above).push_back(conjunct);
  }
  std::vector<ResolvedPlanPtr> children;
  for (const ResolvedPlanPtr& child : plan->children) {
    Substitution columns;
    for (size_t i = 0; i < plan->output.size(); ++i) {
      columns.emplace(plan->output[i].id, ToReference(child->output[i]));
    }
    Conjuncts translated;
    for (const ExpressionPtr& conjunct : below) translated.push_back(Substitute(conjunct, columns));
    children.push_back(Push(child, std::move(translated)));
  }
  return Filtered(WithChildren(plan, std::move(children)), above);
}

ResolvedPlanPtr PushThroughAggregate(const ResolvedPlanPtr& plan, const Conjuncts& conjuncts) {
  if (plan->groupings.empty()) return Stop(plan, conjuncts);
  Substitution keys;
  AttributeSet cheap_keys;
  for (const NamedExpression& grouping : plan->groupings) {
    keys.emplace(grouping.attribute.id, grouping.expression);
    if (IsCheap(*grouping.expression)) cheap_keys.insert(grouping.attribute.id);
  }
  Conjuncts below, above;
  for (const ExpressionPtr& conjunct : conjuncts) {
    const AttributeSet references = ReferencesOf(conjunct);
    const bool passes =
        conjunct->deterministic() && !references.empty() && IsSubset(references, cheap_keys);
    if (passes) {
      below.push_back(Substitute(conjunct, keys));
    } else {
      above.push_back(conjunct);
    }
  }
  return Filtered(WithChildren(plan, {Push(plan->children[0], std::move(below))}), above);
}

// On which sides a filter above the join, and a part of its condition, may be applied early.
struct JoinSides {
  bool filter_left, filter_right, condition_left, condition_right;
};

JoinSides SidesOf(JoinType type) {
  switch (type) {
    case JoinType::kInner:
    case JoinType::kCross:
      return {true, true, true, true};
    case JoinType::kLeftOuter:
      return {true, false, false, true};
    case JoinType::kRightOuter:
      return {false, true, true, false};
    case JoinType::kFullOuter:
      return {false, false, false, false};
    case JoinType::kLeftSemi:
      return {true, false, true, true};
    case JoinType::kLeftAnti:
      return {true, false, false, true};
  }
  return {};
}

ResolvedPlanPtr PushThroughJoin(const ResolvedPlanPtr& plan, const Conjuncts& conjuncts) {
  const AttributeSet left_ids = IdsOf(plan->children[0]->output);
  const AttributeSet right_ids = IdsOf(plan->children[1]->output);
  JoinSides sides = SidesOf(plan->join_type);
  // Left rows that the condition drops come through an existence join nevertheless.
  if (IsExistenceJoin(*plan)) sides.condition_left = false;
  const bool inner = plan->join_type == JoinType::kInner || plan->join_type == JoinType::kCross;
  Conjuncts left, right, condition, above;
  auto place = [&](const ExpressionPtr& conjunct, bool may_left, bool may_right, Conjuncts* rest) {
    const AttributeSet references = ReferencesOf(conjunct);
    const bool movable = conjunct->deterministic() && !references.empty();
    if (movable && may_left && IsSubset(references, left_ids)) {
      left.push_back(conjunct);
    } else if (movable && may_right && IsSubset(references, right_ids)) {
      right.push_back(conjunct);
    } else {
      rest->push_back(conjunct);
    }
  };
  for (const ExpressionPtr& conjunct : conjuncts) {
    // What an inner join filters afterwards it may as well look at while joining.
    Conjuncts* rest = inner && conjunct->deterministic() ? &condition : &above;
    place(conjunct, sides.filter_left, sides.filter_right, rest);
  }
  for (const ExpressionPtr& conjunct : SplitConjuncts(plan->condition)) {
    place(conjunct, sides.condition_left, sides.condition_right, &condition);
  }
  auto join = std::make_shared<ResolvedPlan>(*plan);
  join->condition = JoinConjuncts(condition);
  if (join->join_type == JoinType::kCross && join->condition) join->join_type = JoinType::kInner;
  return Filtered(WithChildren(join, {Push(plan->children[0], std::move(left)),
                                      Push(plan->children[1], std::move(right))}),
                  above);
}

ResolvedPlanPtr PushIntoScan(const ResolvedPlanPtr& plan, const Conjuncts& conjuncts) {
  Conjuncts hints;
  for (const ExpressionPtr& conjunct : conjuncts) {
    if (conjunct->deterministic() && !ReferencesOf(conjunct).empty() && !ContainsPython(conjunct)) {
      hints.push_back(conjunct);
    }
  }
  if (hints.empty()) return Filtered(plan, conjuncts);
  auto scan = std::make_shared<ResolvedPlan>(*plan);
  scan->pushed_filters = std::move(hints);
  return Filtered(std::move(scan), conjuncts);
}

ResolvedPlanPtr Push(const ResolvedPlanPtr& plan, Conjuncts conjuncts) {
  switch (plan->kind) {
    case ResolvedKind::kFilter: {
      // The inner condition is looked at first.
      Conjuncts all = SplitConjuncts(plan->condition);
      all.insert(all.end(), conjuncts.begin(), conjuncts.end());
      return Push(plan->children[0], std::move(all));
    }
    case ResolvedKind::kProject:
      return PushThroughProject(plan, conjuncts);
    case ResolvedKind::kUnion:
      return PushThroughUnion(plan, conjuncts);
    case ResolvedKind::kAggregate:
      return PushThroughAggregate(plan, conjuncts);
    case ResolvedKind::kJoin:
      return PushThroughJoin(plan, conjuncts);
    case ResolvedKind::kGenerate: {
      const AttributeSet passed = IdsOf(plan->children[0]->output);
      return PushSome(plan, conjuncts, [&](const ExpressionPtr& conjunct) {
        return IsSubset(ReferencesOf(conjunct), passed);
      });
    }
    case ResolvedKind::kWatermark:
      return PushSome(plan, conjuncts, [&](const ExpressionPtr& conjunct) {
        return !ReferencesOf(conjunct).contains(plan->event_time);
      });
    case ResolvedKind::kSort:
      // A sort with a limit picks rows.
      if (plan->number > 0) return Stop(plan, conjuncts);
      return PushSome(plan, conjuncts, [](const ExpressionPtr&) { return true; });
    case ResolvedKind::kDistinct:
      return PushSome(plan, conjuncts, [](const ExpressionPtr&) { return true; });
    case ResolvedKind::kDeduplicate: {
      const AttributeSet keys(plan->keys.begin(), plan->keys.end());
      return PushSome(plan, conjuncts, [&](const ExpressionPtr& conjunct) {
        return IsSubset(ReferencesOf(conjunct), keys);
      });
    }
    case ResolvedKind::kWindow: {
      // What keeps or drops whole partitions.
      AttributeSet keys;
      for (int partition : plan->window->partitions) {
        const Expression& key = *plan->projections[partition].expression;
        if (const auto* column = dynamic_cast<const AttributeReference*>(&key)) {
          keys.insert(column->id());
        }
      }
      return PushSome(plan, conjuncts, [&](const ExpressionPtr& conjunct) {
        const AttributeSet references = ReferencesOf(conjunct);
        return !references.empty() && IsSubset(references, keys);
      });
    }
    case ResolvedKind::kScan:
      return PushIntoScan(plan, conjuncts);
    default:
      return Stop(plan, conjuncts);
  }
}

}  // namespace

ResolvedPlanPtr PushDownFilters(const ResolvedPlanPtr& plan) { return Push(plan, {}); }

}  // namespace headrace

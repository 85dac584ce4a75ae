#include <set>
#include <utility>

#include "expression/is_cast.h"
#include "functions/registry.h"
#include "plan/conjuncts.h"
#include "plan/existence_join.h"
#include "plan/optimization/rules.h"

namespace headrace {
namespace {

using Conjuncts = std::vector<ExpressionPtr>;

bool GivesNullForNull(const Expression& expression) {
  static const std::set<std::string> kFunctions = {
      "=",        "==",       "!=",   "<>",    "<",      "<=",    ">",     ">=",
      "+",        "-",        "*",    "/",     "%",      "not",   "like",  "rlike",
      "negative", "contains", "abs",  "upper", "lower",  "trim",  "ltrim", "rtrim",
      "length",   "substr",   "year", "month", "ilike",  "floor", "ceil",  "substring",
      "endswith", "date_add", "hour", "day",   "minute", "round", "upper", "startswith"};
  if (IsCast(expression) || StructFieldOrdinal(expression) >= 0) return true;
  const auto* call = dynamic_cast<const FunctionCall*>(&expression);
  return call && kFunctions.contains(ToLower(call->name()));
}

// Columns that are not null wherever the condition is true.
void CollectNotNull(const Expression& condition, AttributeSet* columns) {
  if (const auto* column = dynamic_cast<const AttributeReference*>(&condition)) {
    columns->insert(column->id());
  } else if (GivesNullForNull(condition)) {
    for (const ExpressionPtr& child : condition.children()) CollectNotNull(*child, columns);
  }
}

// What holds for all rows of the plan, as far as filters tell.
Conjuncts ConstraintsOf(const ResolvedPlan& plan) {
  Conjuncts known;
  switch (plan.kind) {
    case ResolvedKind::kFilter:
      known = SplitConjuncts(plan.condition);
      [[fallthrough]];
    case ResolvedKind::kProject:
    case ResolvedKind::kWatermark: {
      const AttributeSet passed = IdsOf(plan.output);
      for (const ExpressionPtr& below : ConstraintsOf(*plan.children[0])) {
        if (IsSubset(ReferencesOf(below), passed)) known.push_back(below);
      }
      break;
    }
    default:
      break;
  }
  return known;
}

bool Contains(const Conjuncts& conjuncts, const Expression& expression) {
  for (const ExpressionPtr& conjunct : conjuncts) {
    if (SameExpression(*conjunct, expression)) return true;
  }
  return false;
}

// `a = b` carries what is known of a over to b, and back.
void CarryOver(const ExpressionPtr& equality, const Conjuncts& known, Conjuncts* inferred) {
  const auto* call = dynamic_cast<const FunctionCall*>(equality.get());
  if (!call || (call->name() != "=" && call->name() != "==") || call->children().size() != 2)
    return;
  const auto* a = dynamic_cast<const AttributeReference*>(call->children()[0].get());
  const auto* b = dynamic_cast<const AttributeReference*>(call->children()[1].get());
  if (!a || !b) return;
  for (const ExpressionPtr& conjunct : known) {
    if (conjunct == equality || !conjunct->deterministic()) continue;
    const AttributeSet references = ReferencesOf(conjunct);
    if (references.contains(a->id())) {
      inferred->push_back(Substitute(conjunct, {{a->id(), call->children()[1]}}));
    }
    if (references.contains(b->id())) {
      inferred->push_back(Substitute(conjunct, {{b->id(), call->children()[0]}}));
    }
  }
}

Result<ResolvedPlanPtr> WithInferred(const ResolvedPlanPtr& side, const Conjuncts& known) {
  const AttributeSet columns = IdsOf(side->output);
  const Conjuncts own = ConstraintsOf(*side);
  AttributeSet not_null, known_not_null;
  for (const ExpressionPtr& conjunct : own) CollectNotNull(*conjunct, &known_not_null);
  Conjuncts filters;
  for (const ExpressionPtr& conjunct : known) {
    CollectNotNull(*conjunct, &not_null);
    const AttributeSet references = ReferencesOf(conjunct);
    if (references.empty() || !conjunct->deterministic() || !IsSubset(references, columns))
      continue;
    if (!Contains(own, *conjunct) && !Contains(filters, *conjunct)) filters.push_back(conjunct);
  }
  for (const ExpressionPtr& filter : filters) CollectNotNull(*filter, &known_not_null);
  for (const Attribute& column : side->output) {
    if (!column.nullable || !not_null.contains(column.id) || known_not_null.contains(column.id)) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(
        ExpressionPtr filter,
        FunctionRegistry::BuiltIn().Call("isnotnull", {ToReference(column)}, BindContext{}));
    filters.push_back(std::move(filter));
  }
  return filters.empty() ? side : MakeFilter(side, JoinConjuncts(filters));
}

Result<ResolvedPlanPtr> InferForJoin(const ResolvedPlanPtr& join) {
  const JoinType type = join->join_type;
  const bool to_left = type == JoinType::kInner || type == JoinType::kCross ||
                       (type == JoinType::kLeftSemi && !IsExistenceJoin(*join)) ||
                       type == JoinType::kRightOuter;
  const bool to_right = type != JoinType::kRightOuter && type != JoinType::kFullOuter;
  Conjuncts known = SplitConjuncts(join->condition);
  for (const ResolvedPlanPtr& side : join->children) {
    const Conjuncts constraints = ConstraintsOf(*side);
    known.insert(known.end(), constraints.begin(), constraints.end());
  }
  Conjuncts inferred;
  for (const ExpressionPtr& conjunct : known) CarryOver(conjunct, known, &inferred);
  known.insert(known.end(), inferred.begin(), inferred.end());

  std::vector<ResolvedPlanPtr> children = join->children;
  if (to_left) {
    ARROW_ASSIGN_OR_RAISE(children[0], WithInferred(children[0], known));
  }
  if (to_right) {
    ARROW_ASSIGN_OR_RAISE(children[1], WithInferred(children[1], known));
  }
  return WithChildren(join, std::move(children));
}

}  // namespace

Result<ResolvedPlanPtr> InferJoinFilters(const ResolvedPlanPtr& plan) {
  Status failed;
  ResolvedPlanPtr inferred = RewriteBottomUp(plan, [&](const ResolvedPlanPtr& node) {
    if (node->kind != ResolvedKind::kJoin || !IsStreaming(*node)) return node;
    Result<ResolvedPlanPtr> join = InferForJoin(node);
    failed &= join.status();
    return join.ok() ? *join : node;
  });
  ARROW_RETURN_NOT_OK(failed);
  return inferred;
}

}  // namespace headrace

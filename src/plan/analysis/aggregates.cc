// groupBy().agg(), SELECT … GROUP BY … HAVING.
#include <utility>

#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/analysis/select_list.h"

namespace headrace {
namespace {

// The select-list expression that a grouping means when it is a position in the list.
Result<UnresolvedPtr> GroupingByPosition(int32_t position,
                                         const std::vector<UnresolvedPtr>& select_list) {
  if (position < 1 || position > static_cast<int32_t>(select_list.size())) {
    return AnalysisError(
        "GROUP_BY_POS_OUT_OF_RANGE",
        "GROUP BY position " + std::to_string(position) + " is not in the select list, which has " +
            std::to_string(select_list.size()) + " columns.",
        {{"index", std::to_string(position)}, {"size", std::to_string(select_list.size())}});
  }
  const UnresolvedPtr& chosen = select_list[position - 1];
  return chosen->kind == UnresolvedKind::kAlias ? chosen->children[0] : chosen;
}

std::optional<int32_t> Position(const UnresolvedExpression& grouping) {
  if (grouping.kind != UnresolvedKind::kLiteral || !grouping.literal->is_valid ||
      grouping.literal->type->id() != arrow::Type::INT32) {
    return std::nullopt;
  }
  return static_cast<const arrow::Int32Scalar&>(*grouping.literal).value;
}

UnresolvedPtr SelectedAs(const UnresolvedExpression& grouping,
                         const std::vector<UnresolvedPtr>& select_list, bool case_sensitive) {
  if (grouping.kind != UnresolvedKind::kAttribute || grouping.name_parts.size() != 1) {
    return nullptr;
  }
  for (const UnresolvedPtr& selected : select_list) {
    if (selected->kind == UnresolvedKind::kAlias &&
        SameName(selected->aliases[0], grouping.name_parts[0], case_sensitive)) {
      return selected->children[0];
    }
  }
  return nullptr;
}

Status CheckGroupable(const TypedExpression& grouping) {
  if (grouping.expression->type()->id() != arrow::Type::MAP) return Status::OK();
  return NotSupported("grouping by the map \"" + grouping.text + "\"",
                      "Group by map_entries() sorted, or by a value of the map.");
}

Status GroupByAggregate(const std::string& text) {
  return AnalysisError(
      "GROUP_BY_AGGREGATE",
      "Groups are made before aggregates are computed, so GROUP BY cannot hold " + text + ".",
      {{"sqlExpr", text}});
}

const char* UnsupportedGrouping(GroupType type) {
  switch (type) {
    case GroupType::kGroupBy:
      return nullptr;
    case GroupType::kRollup:
      return "rollup()";
    case GroupType::kCube:
      return "cube()";
    case GroupType::kPivot:
      return "pivot()";
    case GroupType::kGroupingSets:
      return "GROUPING SETS";
  }
  return nullptr;
}

}  // namespace

Result<Relation> RelationResolver::ResolveAggregate(const LogicalPlan& plan) {
  if (const char* feature = UnsupportedGrouping(plan.group_type)) return NotSupported(feature);
  auto scope = std::make_shared<AggregateScope>();
  if (plan.children.empty()) {
    ARROW_ASSIGN_OR_RAISE(scope->child, ResolveOneRow());
  } else {
    ARROW_ASSIGN_OR_RAISE(scope->child, ResolveChild(plan));
  }
  scope->input = scope->child.plan;
  TimeColumns time_columns(context_);
  ExpressionResolver resolver(context_, {&scope->child});
  resolver.time_columns = &time_columns;
  resolver.aggregate_refused = GroupByAggregate;

  for (UnresolvedPtr grouping : plan.groupings) {
    if (const auto position = Position(*grouping); position && plan.select_list) {
      ARROW_ASSIGN_OR_RAISE(grouping, GroupingByPosition(*position, plan.expressions));
    }
    Result<TypedExpression> resolved = resolver.Resolve(grouping);
    if (!resolved.ok() && IsUnresolvedColumn(resolved.status()) && plan.select_list) {
      if (UnresolvedPtr selected =
              SelectedAs(*grouping, plan.expressions, context_->case_sensitive)) {
        resolved = resolver.Resolve(selected);
      }
    }
    ARROW_ASSIGN_OR_RAISE(TypedExpression value, std::move(resolved));
    ARROW_RETURN_NOT_OK(CheckGroupable(value));
    const std::vector<Attribute> times = time_columns.attributes();
    NamedExpression column = NameColumn(*grouping, value, {&resolver.input(), &times});
    scope->groupings.push_back(column);
    if (!plan.select_list) {
      scope->outputs.push_back({ToReference(column.attribute), column.attribute});
    }
  }

  // SELECT window.start … GROUP BY window(…)
  resolver.AlsoSee(time_columns.attributes());
  resolver.aggregates = &scope->collector;
  resolver.generator_refused = [](const std::string& name) {
    return NotSupported("the generator " + name + "() in an aggregation",
                        "Select it from the aggregated DataFrame.");
  };
  auto add_output = [&](const UnresolvedExpression& expression, TypedExpression value) -> Status {
    ARROW_ASSIGN_OR_RAISE(value.expression, scope->OverGroups(value.expression, value.text));
    std::vector<Attribute> known;
    for (const NamedExpression& grouping : scope->groupings) known.push_back(grouping.attribute);
    NamedExpression output = NameColumn(expression, value, {&known});
    // An aggregate without alias keeps the identity of its column.
    const auto* reference = dynamic_cast<const AttributeReference*>(value.expression.get());
    if (reference && expression.kind == UnresolvedKind::kFunction &&
        !FindAttribute(known, reference->id())) {
      output.attribute.id = reference->id();
    }
    scope->outputs.push_back(std::move(output));
    return Status::OK();
  };
  for (const UnresolvedPtr& expression : plan.expressions) {
    if (expression->kind == UnresolvedKind::kStar || expression->kind == UnresolvedKind::kRegex) {
      ARROW_ASSIGN_OR_RAISE(auto columns, resolver.Expand(*expression));
      for (const NamedExpression& column : columns) {
        ARROW_RETURN_NOT_OK(add_output(*UnresolvedAttribute({column.attribute.name}),
                                       {column.expression, column.attribute.name}));
      }
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(TypedExpression value, resolver.Resolve(expression));
    ARROW_RETURN_NOT_OK(add_output(*expression, std::move(value)));
  }
  ARROW_ASSIGN_OR_RAISE(scope->input, time_columns.Apply(scope->child.plan));
  if (plan.having) return ResolveHaving(*scope, plan.having);
  Relation relation = Closed(scope->Build());
  relation.aggregate = std::move(scope);
  return relation;
}

}  // namespace headrace

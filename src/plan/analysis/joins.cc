#include <algorithm>
#include <utility>

#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/analysis/subqueries.h"

namespace headrace {
namespace {

Result<const Attribute*> UsingColumn(const std::string& name, const Relation& side,
                                     const std::string& side_name, bool case_sensitive) {
  const Attribute* found = nullptr;
  for (const Attribute& attribute : side.output()) {
    if (!SameName(attribute.name, name, case_sensitive)) continue;
    if (found) return AmbiguousReference({name}, {found, &attribute});
    found = &attribute;
  }
  if (found) return found;
  const std::string columns = SortedColumnList(side.output());
  return AnalysisError(
      "UNRESOLVED_USING_COLUMN_FOR_JOIN",
      "The " + side_name + " side of the join has no column `" + name + "`; its columns are [" +
          columns + "].",
      {{"colName", "`" + name + "`"}, {"side", side_name}, {"suggestion", columns}});
}

// Both sides cast to their common type, compared for equality.
Result<ExpressionPtr> Equality(const Attribute& left, const Attribute& right,
                               const AnalyzerContext& context) {
  return context.functions->Call("=", {ToReference(left), ToReference(right)}, context.bind);
}

struct UsingJoin {
  ExpressionPtr condition;
  std::vector<NamedExpression> keys;
  AttributeSet key_ids;
  std::vector<Attribute> hidden;
};

Result<UsingJoin> ResolveUsing(const std::vector<std::string>& names, const Relation& left,
                               const Relation& right, JoinType type,
                               const AnalyzerContext& context) {
  UsingJoin join;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(const Attribute* left_key,
                          UsingColumn(name, left, "left", context.case_sensitive));
    ARROW_ASSIGN_OR_RAISE(const Attribute* right_key,
                          UsingColumn(name, right, "right", context.case_sensitive));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr equal, Equality(*left_key, *right_key, context));
    join.condition = join.condition ? MakeAnd(join.condition, equal) : equal;
    join.key_ids.insert(left_key->id);
    join.key_ids.insert(right_key->id);
    switch (type) {
      case JoinType::kRightOuter:
        join.keys.push_back(PassThrough(*right_key));
        join.hidden.push_back(*left_key);
        break;
      case JoinType::kFullOuter: {
        ARROW_ASSIGN_OR_RAISE(
            ExpressionPtr either,
            context.functions->Call("coalesce", {ToReference(*left_key), ToReference(*right_key)},
                                    context.bind));
        join.keys.push_back(Computed(std::move(either), left_key->name));
        join.keys.back().attribute.nullable = true;
        join.hidden.push_back(*left_key);
        join.hidden.push_back(*right_key);
        break;
      }
      default:
        join.keys.push_back(PassThrough(*left_key));
        join.hidden.push_back(*right_key);
    }
  }
  return join;
}

// 0 or 1: the side of the join that the subquery in its condition looks at. `text`: the
// condition's.
Result<size_t> SideOf(const SubqueryJoin& join, const Relation& left, const Relation& right,
                      const std::string& text) {
  const AttributeSet references = ReferencesOf({join});
  if (IsSubset(references, IdsOf(left.output()))) return 0;
  if (IsSubset(references, IdsOf(right.output()))) return 1;
  return AnalysisError(
      "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_"
      "CONDITION",
      "A subquery in the condition \"" + text +
          "\" of a join looks at columns of both sides. Filter behind the join.",
      {{"subqueryExpression", "\"" + text + "\""}});
}

}  // namespace

Result<Relation> RelationResolver::ResolveJoin(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation left, Resolve(plan.children[0]));
  ARROW_ASSIGN_OR_RAISE(Relation right, Resolve(plan.children[1]));
  const bool left_only =
      plan.join_type == JoinType::kLeftSemi || plan.join_type == JoinType::kLeftAnti;
  std::vector<std::string> names = plan.names;
  if (plan.name == "NATURAL") {
    for (const Attribute& attribute : left.output()) {
      const bool shared =
          std::any_of(right.output().begin(), right.output().end(), [&](const Attribute& other) {
            return SameName(attribute.name, other.name, context_->case_sensitive);
          });
      if (shared) names.push_back(attribute.name);
    }
  }
  if (!names.empty()) {
    ARROW_ASSIGN_OR_RAISE(UsingJoin join,
                          ResolveUsing(names, left, right, plan.join_type, *context_));
    ResolvedPlanPtr joined = MakeJoin(left.plan, right.plan, plan.join_type, join.condition);
    if (left_only) {
      // The keys come first, then the other columns of the left side.
      join.hidden.clear();
    }
    std::vector<NamedExpression> columns = std::move(join.keys);
    for (const Attribute& attribute : joined->output) {
      if (!join.key_ids.contains(attribute.id)) columns.push_back(PassThrough(attribute));
    }
    // Null-extension shows in the join's output, not in the sides'.
    for (NamedExpression& column : columns) {
      const Attribute* live = FindAttribute(joined->output, column.attribute.id);
      if (live) column = PassThrough(*live);
    }
    std::vector<Attribute> hidden;
    for (const Attribute& attribute : join.hidden) {
      if (const Attribute* live = FindAttribute(joined->output, attribute.id)) {
        hidden.push_back(*live);
      }
    }
    Relation relation;
    relation.plan = MakeProject(std::move(joined), std::move(columns));
    relation.hidden = std::move(hidden);
    return relation;
  }
  ExpressionPtr condition;
  std::string text;
  Subqueries subqueries(context_, {&left, &right});
  if (!plan.expressions.empty() && plan.expressions[0]) {
    ExpressionResolver resolver(context_, {&left, &right});
    resolver.subqueries = &subqueries;
    ARROW_ASSIGN_OR_RAISE(TypedExpression resolved, resolver.Resolve(plan.expressions[0]));
    condition = resolved.expression;
    text = resolved.text;
    if (condition->type()->id() != arrow::Type::BOOL) {
      return AnalysisError("JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE",
                           "The join condition \"" + resolved.text + "\" must be BOOLEAN, but is " +
                               SqlName(*condition->type()) + ".",
                           {{"joinCondition", "\"" + resolved.text + "\""},
                            {"conditionType", "\"" + SqlName(*condition->type()) + "\""}});
    }
  }
  if (subqueries.joins().empty()) {
    return Closed(MakeJoin(left.plan, right.plan, plan.join_type, std::move(condition)));
  }
  ResolvedPlanPtr sides[] = {left.plan, right.plan};
  for (const SubqueryJoin& join : subqueries.joins()) {
    ARROW_ASSIGN_OR_RAISE(const size_t side, SideOf(join, left, right, text));
    sides[side] = ApplyJoins(std::move(sides[side]), {join});
  }
  ResolvedPlanPtr joined = MakeJoin(sides[0], sides[1], plan.join_type, std::move(condition));
  const AttributeSet added = ColumnsOf(subqueries.joins());
  std::vector<Attribute> columns;
  for (const Attribute& column : joined->output) {
    if (!added.contains(column.id)) columns.push_back(column);
  }
  return Closed(MakeProject(std::move(joined), PassThrough(columns)));
}

}  // namespace headrace

#include "plan/analysis/aggregate_scope.h"

#include <utility>

#include "plan/analysis/python_aggregates.h"
#include "plan/tree_text.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

// Is the output exactly what the Aggregate node gives?
bool IsAggregateOutput(const std::vector<NamedExpression>& outputs, const ResolvedPlan& aggregate) {
  if (outputs.size() != aggregate.output.size()) return false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto* reference = dynamic_cast<const AttributeReference*>(outputs[i].expression.get());
    if (!reference || reference->id() != aggregate.output[i].id) return false;
  }
  return true;
}

}  // namespace

Result<ExpressionPtr> AggregateScope::OverGroups(const ExpressionPtr& expression,
                                                 const std::string& text) const {
  // Top-down, so that the largest fitting expression is taken: group by a + 1, a.
  std::function<ExpressionPtr(const ExpressionPtr&)> replace =
      [&](const ExpressionPtr& node) -> ExpressionPtr {
    for (const NamedExpression& grouping : groupings) {
      if (SameExpression(*grouping.expression, *node)) return ToReference(grouping.attribute);
    }
    if (node->children().empty()) return node;
    std::vector<ExpressionPtr> children;
    bool changed = false;
    for (const ExpressionPtr& child : node->children()) {
      children.push_back(replace(child));
      changed |= children.back() != child;
    }
    return changed ? node->WithChildren(std::move(children)) : node;
  };
  ExpressionPtr replaced = replace(expression);
  AttributeSet known;
  for (const NamedExpression& grouping : groupings) known.insert(grouping.attribute.id);
  for (const NamedExpression& key : expanded_groupings) known.insert(key.attribute.id);
  for (const NamedAggregate& aggregate : collector.aggregates()) {
    known.insert(aggregate.attribute.id);
  }
  for (const PythonAggregate& aggregate : collector.python_aggregates()) {
    known.insert(aggregate.attribute.id);
  }
  known.merge(ColumnsOf(subqueries));
  for (int64_t id : ReferencesOf(replaced)) {
    if (known.contains(id)) continue;
    const Attribute* column = FindAttribute(input->output, id);
    const std::string name = column ? column->name : text;
    if (groupings.empty()) {
      return AnalysisError("MISSING_GROUP_BY",
                           "The query aggregates all rows into one, but the column \"" + name +
                               "\" stands outside of an aggregate function. Group by it, or put "
                               "it into an aggregate such as any_value(" +
                               name + ").");
    }
    return AnalysisError("MISSING_AGGREGATION",
                         "The column \"" + name +
                             "\" is neither grouped by nor inside an aggregate function. Group by "
                             "it, or use any_value(" +
                             name + ") if any value of the group will do.",
                         {{"expression", "\"" + name + "\""},
                          {"expressionAnyValue", "\"any_value(" + name + ")\""}});
  }
  return replaced;
}

Status AggregateScope::AddJoins(std::vector<SubqueryJoin> joins) {
  subqueries.insert(subqueries.end(), joins.begin(), joins.end());
  for (size_t i = subqueries.size() - joins.size(); i < subqueries.size(); ++i) {
    if (!subqueries[i].condition) continue;
    ARROW_ASSIGN_OR_RAISE(subqueries[i].condition, OverGroups(subqueries[i].condition, "subquery"));
  }
  return Status::OK();
}

ResolvedPlanPtr AggregateScope::Build(const std::vector<NamedExpression>& hidden) const {
  // A lone column is named in the aggregate itself, which saves the projection above it.
  const std::vector<NamedExpression>& keys =
      expanded_groupings.empty() ? groupings : expanded_groupings;
  const bool python = !collector.python_aggregates().empty();
  ResolvedPlanPtr plan = python ? MakePythonAggregate(input, keys, collector)
                                : MakeAggregate(input, keys, collector.aggregates());
  plan = ApplyJoins(std::move(plan), subqueries);
  if (having) plan = MakeFilter(std::move(plan), having);
  std::vector<NamedExpression> projections = outputs;
  projections.insert(projections.end(), hidden.begin(), hidden.end());
  std::vector<ExpressionPtr*> expressions;
  for (NamedExpression& projection : projections) expressions.push_back(&projection.expression);
  const ResolvedPlan* aggregate = plan.get();
  plan = ExtractWindowFunctions(std::move(plan), expressions);
  if (plan.get() != aggregate) return MakeProject(std::move(plan), std::move(projections));
  if (!IsAggregateOutput(projections, *plan)) {
    return MakeProject(std::move(plan), std::move(projections));
  }
  bool renamed = false;
  for (size_t i = 0; i < projections.size(); ++i) {
    renamed |= projections[i].attribute.id != plan->output[i].id ||
               projections[i].attribute.name != plan->output[i].name;
  }
  if (!renamed) return plan;
  if (having || python || !subqueries.empty())
    return MakeProject(std::move(plan), std::move(projections));
  std::vector<NamedExpression> named_groupings = keys;
  std::vector<NamedAggregate> named_aggregates = collector.aggregates();
  for (size_t i = 0; i < projections.size(); ++i) {
    if (i < named_groupings.size()) {
      named_groupings[i].attribute = projections[i].attribute;
    } else {
      named_aggregates[i - named_groupings.size()].attribute = projections[i].attribute;
    }
  }
  return MakeAggregate(input, std::move(named_groupings), std::move(named_aggregates));
}

}  // namespace headrace

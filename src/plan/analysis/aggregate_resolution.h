// One aggregation from its unresolved form to an AggregateScope and its plan: groupings, grouping
// sets, pivots, aggregates, generators over them, HAVING.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "plan/analysis/aggregate_scope.h"
#include "plan/analysis/expression_resolver.h"
#include "plan/analysis/grouping_sets.h"
#include "plan/analysis/select_list.h"
#include "plan/analysis/subqueries.h"

namespace headrace {

class AggregateResolution {
 public:
  AggregateResolution(const AnalyzerContext* context, const LogicalPlan* plan, Relation child);

  Result<Relation> Run();

 private:
  Result<TypedExpression> ResolveGrouping(UnresolvedPtr grouping, const UnresolvedPtr& original);
  // The position of the grouping among the scope's; added if it is new.
  Result<int> AddGrouping(const UnresolvedPtr& grouping);
  // Those of GROUP BY ALL and of SQL's PIVOT.
  std::vector<UnresolvedPtr> ImpliedGroupings() const;
  Status ResolveGroupings();
  Status ExpandGroupingSets(std::vector<std::vector<int>> sets);
  Status ResolveOutputs();
  Status ResolveOutput(const UnresolvedPtr& expression);
  Status AddOutput(const UnresolvedExpression& expression, TypedExpression value);
  Status AddGenerator(const UnresolvedPtr& expression, const UnresolvedExpression& call);
  Result<ExpressionPtr> ResolveGroupingFunction(const std::string& name,
                                                const std::vector<ExpressionPtr>& arguments);
  Result<Relation> Finish();

  // pivots.cc
  struct PivotValue;
  Result<Relation> ResolvePivot();
  Result<std::vector<PivotValue>> ResolvePivotValues(const TypedExpression& column);
  // The column's distinct values in order, which a query of its own finds.
  Result<std::vector<PivotValue>> FindPivotValues(const TypedExpression& column);
  // What the columns of a value are called.
  Result<std::string> PivotName(const ExpressionPtr& value) const;
  // The column of agg(…) for one of the values. `guarded`: null where a group has no row of it.
  Status AddPivoted(const UnresolvedPtr& aggregate, const PivotValue& value, bool guarded);
  Result<Relation> PivotGroups(const TypedExpression& column, const std::vector<PivotValue>& values,
                               std::vector<TypedExpression> aggregates);

  const AnalyzerContext* context_;
  const LogicalPlan& plan_;
  std::shared_ptr<AggregateScope> scope_;
  TimeColumns time_columns_;
  ExpressionResolver resolver_;
  // Those of the groupings and in arguments of aggregates are joined with the input, others with
  // the groups.
  Subqueries of_groupings_, of_arguments_, of_groups_;
  std::optional<ExpandedGroups> expanded_;
  // Generators over aggregates: they read hidden columns, and their own go into the select list.
  std::vector<PendingGenerator> generators_;
  std::vector<NamedExpression> generator_inputs_;
  std::vector<NamedExpression> select_list_;
};

// A filter over groups whose condition may hold aggregates and names of the select list.
Result<Relation> FilterGroups(const AggregateScope& aggregate, const UnresolvedPtr& condition,
                              const AnalyzerContext& context);

}  // namespace headrace

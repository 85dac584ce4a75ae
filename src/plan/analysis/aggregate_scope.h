// An aggregate before its plan is built: ORDER BY may still add aggregates and hidden columns.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/analysis/aggregate_collector.h"
#include "plan/analysis/relation.h"
#include "plan/analysis/subquery_join.h"

namespace headrace {

struct AggregateScope {
  Relation child;         // what the aggregate reads; names inside aggregates mean its columns
  ResolvedPlanPtr input;  // `child.plan` with time columns and grouping sets
  std::vector<Attribute> time_columns;  // that names may mean too: HAVING window.start > …
  std::vector<NamedExpression> groupings;
  // With grouping sets: what the node groups by, the expanded keys and the set's id. The columns of
  // `groupings` are these keys; their expressions are what users write.
  std::vector<NamedExpression> expanded_groupings;
  AggregateCollector collector;
  std::vector<SubqueryJoin> subqueries;  // of the groups, above the aggregate
  std::vector<NamedExpression> outputs;  // over groupings, aggregates and subqueries
  ExpressionPtr having;                  // over groupings and aggregates, or null

  // Replaces grouping expressions by their columns. MISSING_AGGREGATION when a column of the input
  // is left that is not grouped by; `text` names the expression.
  Result<ExpressionPtr> OverGroups(const ExpressionPtr& expression, const std::string& text) const;
  // Subqueries of expressions over the groups; their conditions are still over the input.
  Status AddJoins(std::vector<SubqueryJoin> joins);
  // Aggregate, filter, projection of the outputs and then of `hidden`.
  ResolvedPlanPtr Build(const std::vector<NamedExpression>& hidden = {}) const;
};

}  // namespace headrace

// A subquery that looks at the query around it, as a plan that does not: a join brings them
// together.
//
// Conditions that mention columns from outside move up, through whatever is between them and the
// top: what they need of the subquery becomes columns of its plan, and aggregates, limits and
// distinct rows are then by these columns as well. Where that is not enough, because a condition is
// no equality or a value below an aggregate needs a column from outside, the plan is joined with
// the distinct values that these columns have outside.
#pragma once

#include <optional>
#include <vector>

#include "plan/analysis/relation.h"
#include "plan/analyzer.h"

namespace headrace {

struct Decorrelated {
  ResolvedPlanPtr plan;
  // All of them hold between a row of the plan and the row around that it belongs to; over the
  // plan's columns and OuterReferences.
  std::vector<ExpressionPtr> conditions;
  // Columns of the subquery that the plan does not have, for they are computed of the row around.
  Substitution computed;
  // The subquery's columns for a row around to which no row of the plan belongs: an aggregate
  // without groups has a row for it all the same. No value: no row.
  std::optional<Substitution> of_nothing;

  // Over the plan's columns and OuterReferences.
  ExpressionPtr Column(const Attribute& column) const;
};

// `outer`: the inputs of the operator around the subquery.
class Decorrelation {
 public:
  Decorrelation(const AnalyzerContext* context, const std::vector<const Relation*>& outer)
      : context_(context), outer_(outer) {}

  Result<Decorrelated> Run(const ResolvedPlanPtr& plan);
  // Afterwards all conditions are equalities (perhaps null-safe) of a value of the plan and one
  // from outside, and no column is computed outside.
  Status OnlyKeys(Decorrelated* part);

 private:
  struct Part : Decorrelated {
    std::vector<SortOrder> orders;  // what the rows are sorted by
  };
  Result<Part> Take(const ResolvedPlanPtr& plan);
  Result<Part> TakeFilter(const ResolvedPlan& plan);
  Result<Part> TakeProject(const ResolvedPlan& plan);
  Result<Part> TakeAggregate(const ResolvedPlan& plan);
  Result<Part> TakeJoin(const ResolvedPlanPtr& plan);
  Result<Part> TakeSort(const ResolvedPlan& plan);
  Result<Part> TakeLimit(const ResolvedPlan& plan);
  Result<Part> TakeDistinct(const ResolvedPlan& plan);
  Result<Part> TakeSetOperation(const ResolvedPlan& plan);
  Result<Part> TakeGenerate(const ResolvedPlan& plan);
  // Joins with the values of these columns outside; the columns that hold them.
  Result<std::vector<Attribute>> JoinDomain(Decorrelated* part,
                                            const std::vector<Attribute>& columns);

  const AnalyzerContext* context_;
  const std::vector<const Relation*>& outer_;
};

// The value of the plan in a condition that OnlyKeys() allows; null if the condition is about the
// row around alone.
ExpressionPtr KeyOf(const ExpressionPtr& condition);

}  // namespace headrace

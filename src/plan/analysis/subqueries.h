// Subqueries in the expressions of one operator become joins below it.
//
// Columns of the operator's input that a subquery mentions (correlation) may stand in the WHERE of
// the subquery's outermost SELECT: as any condition for EXISTS and IN, as an equality for a scalar
// subquery that aggregates without groups. Everything else is refused by name.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plan/analysis/expression_resolver.h"
#include "plan/analysis/relation.h"

namespace headrace {

class Subqueries {
 public:
  using ResolveRelation = std::function<Result<Relation>(const LogicalPlanPtr&)>;
  // `outer`: the operator's input.
  Subqueries(const AnalyzerContext* context, const Relation* outer, ResolveRelation resolve)
      : context_(context), outer_(outer), resolve_(std::move(resolve)) {}

  // A subquery within an expression: a scalar one, or an EXISTS without correlation.
  Result<TypedExpression> Add(const UnresolvedExpression& subquery);
  // Takes `[NOT] EXISTS (…)` and `x [NOT] IN (…)` out of a condition's conjuncts: these decide
  // which rows pass. The rest of the condition; null: nothing.
  Result<UnresolvedPtr> TakeConjuncts(const UnresolvedPtr& condition);
  Result<ResolvedPlanPtr> Apply(ResolvedPlanPtr child) const;

 private:
  struct Join {
    ResolvedPlanPtr plan;
    JoinType type;
    ExpressionPtr condition;  // or null
  };
  // A subquery's SELECT in parts: the relation that it reads, filtered by what is its own, and the
  // condition that also looks outside.
  struct Parts {
    Relation relation;
    std::vector<UnresolvedPtr> own, shared;
  };
  Result<Parts> Split(const LogicalPlan& query);
  Result<ExpressionPtr> SharedCondition(const Parts& parts);
  Status AddCondition(const UnresolvedExpression& subquery, bool negated);
  Result<TypedExpression> AddScalar(const UnresolvedExpression& subquery);
  Result<TypedExpression> AddCorrelated(const LogicalPlan& aggregate);

  const AnalyzerContext* context_;
  const Relation* outer_;
  ResolveRelation resolve_;
  std::vector<Join> joins_;
};

}  // namespace headrace

// Subqueries in the expressions of one operator become joins below it.
//
// A scalar subquery is a column of a join that gives every row of the input once; EXISTS and IN are
// semi and anti joins where they decide alone which rows pass, and elsewhere the column of an
// existence join. As in Spark, IN at such a place is false where it is unknown, and NOT IN too.
#pragma once

#include <string>
#include <vector>

#include "plan/analysis/decorrelation.h"
#include "plan/analysis/expression_resolver.h"
#include "plan/analysis/relation.h"
#include "plan/analysis/subquery_join.h"

namespace headrace {

class Subqueries {
 public:
  // What the clause allows.
  struct Rules {
    bool predicates = true;  // IN, EXISTS
    bool correlated = true;
    bool correlated_scalar = true;
  };
  // `outer`: the operator's inputs, which live as long.
  Subqueries(const AnalyzerContext* context, std::vector<const Relation*> outer, Rules rules)
      : context_(context), outer_(std::move(outer)), rules_(rules) {}
  Subqueries(const AnalyzerContext* context, std::vector<const Relation*> outer)
      : Subqueries(context, std::move(outer), Rules{}) {}

  // A subquery within an expression, whose other parts `resolver` resolves. `negated`: below NOT.
  Result<TypedExpression> Add(const UnresolvedPtr& subquery, bool negated,
                              ExpressionResolver* resolver);
  // Takes `[NOT] EXISTS (…)` and `x [NOT] IN (…)` out of a condition's conjuncts: these decide
  // which rows pass. The rest of the condition; null: nothing.
  Result<UnresolvedPtr> TakeConjuncts(const UnresolvedPtr& condition, ExpressionResolver* resolver);

  // Subqueries that these hold already are not made again.
  void Reuse(const Subqueries* others) { others_ = others; }
  const std::vector<SubqueryJoin>& joins() const { return joins_; }
  std::vector<SubqueryJoin> TakeJoins() { return std::exchange(joins_, {}); }
  ResolvedPlanPtr Apply(ResolvedPlanPtr input) const {
    return ApplyJoins(std::move(input), joins_);
  }

 private:
  struct Inner {
    Relation relation;
    Decorrelated part;
    std::string outer_names;  // as texts show them: "k, v"
  };
  Result<Inner> ResolveInner(const UnresolvedExpression& subquery) const;
  Result<TypedExpression> AddNew(const UnresolvedExpression& subquery, bool negated,
                                 ExpressionResolver* resolver);
  Result<TypedExpression> AddExists(const UnresolvedExpression& subquery, bool negated);
  Result<TypedExpression> AddIn(const UnresolvedExpression& subquery, bool negated,
                                ExpressionResolver* resolver);
  Result<TypedExpression> NullIn(const Inner& inner, bool negated, std::string text);
  Result<TypedExpression> AddScalar(const UnresolvedExpression& subquery);
  Result<ExpressionPtr> ScalarValue(Inner inner);
  Result<ExpressionPtr> UncorrelatedValue(const Inner& inner);
  Result<ExpressionPtr> InCondition(const Inner& inner, const std::vector<TypedExpression>& values,
                                    bool negated) const;
  Result<TypedExpression> AddExistence(SubqueryJoin join, bool negated, std::string text);
  // The semi or anti join of one conjunct; no value: it has to stay an expression.
  Result<std::optional<SubqueryJoin>> Deciding(const UnresolvedExpression& subquery, bool negated,
                                               ExpressionResolver* resolver) const;
  const TypedExpression* Known(const UnresolvedExpression& subquery, bool negated) const;

  const AnalyzerContext* context_;
  std::vector<const Relation*> outer_;
  Rules rules_;
  const Subqueries* others_ = nullptr;
  std::vector<SubqueryJoin> joins_;
  struct Added {
    const UnresolvedExpression* subquery;
    std::string text;  // in the SQL text; "" elsewhere
    bool negated;
    TypedExpression value;
  };
  std::vector<Added> added_;
};

// NOT moved down to the subqueries below it, as Spark does before it looks at them.
UnresolvedPtr WithNegationsAtSubqueries(const UnresolvedPtr& condition);

}  // namespace headrace

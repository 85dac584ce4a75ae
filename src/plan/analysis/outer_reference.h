// Columns of the query around a subquery, in the subquery's own expressions.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "plan/resolved_nodes.h"

namespace headrace {

// Stands in a subquery's plan until Decorrelation has taken it out; it has no value of its own.
class OuterReference final : public Expression {
 public:
  explicit OuterReference(Attribute attribute);
  const Attribute& attribute() const { return attribute_; }
  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr>) const override;
  bool foldable() const override { return false; }
  std::string ToString() const override;

 private:
  Attribute attribute_;
};

bool HasOuter(const ExpressionPtr& expression);
bool HasOuter(const ResolvedPlan& plan);
// Adds those of the expression that are not among them yet.
void CollectOuter(const ExpressionPtr& expression, std::vector<Attribute>* columns);
std::vector<Attribute> OuterColumns(const ResolvedPlan& plan);
// By the columns' ids; others stay.
ExpressionPtr ReplaceOuter(const ExpressionPtr& expression,
                           const std::unordered_map<int64_t, ExpressionPtr>& values);
// As the operator around the subquery sees it, where they are plain columns.
ExpressionPtr FromOutside(const ExpressionPtr& expression);

}  // namespace headrace

// Gathers the aggregate functions of an operator's expressions.
//
// `sum(a) + 1` becomes a reference to a column that the Aggregate node computes, plus 1. Equal
// calls share a column.
#pragma once

#include <string>
#include <vector>

#include "plan/resolved_plan.h"

namespace headrace {

class AggregateCollector {
 public:
  // The reference to the aggregate's column.
  ExpressionPtr Add(BoundAggregate aggregate, ExpressionPtr filter, bool distinct,
                    std::string name);
  std::vector<NamedAggregate>& aggregates() { return aggregates_; }
  const std::vector<NamedAggregate>& aggregates() const { return aggregates_; }

 private:
  std::vector<NamedAggregate> aggregates_;
};

}  // namespace headrace

// Gathers the aggregate functions of an operator's expressions.
//
// `sum(a) + 1` becomes a reference to a column that the Aggregate node computes, plus 1. Equal
// calls share a column.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/resolved_plan.h"

namespace headrace {

class PythonFunctionCall;
struct PythonOperation;

// An aggregating function of a Python program.
struct PythonAggregate {
  std::shared_ptr<const PythonFunctionCall> call;
  Attribute attribute;
};

class AggregateCollector {
 public:
  // The reference to the aggregate's column.
  ExpressionPtr Add(BoundAggregate aggregate, ExpressionPtr filter, bool distinct,
                    std::string name);
  // The same of Python functions, which stand by themselves: all of one evaluation, and no others.
  bool Accepts(const PythonFunction& function) const;
  ExpressionPtr AddPython(std::shared_ptr<const PythonFunctionCall> call, std::string name);
  const std::vector<PythonAggregate>& python_aggregates() const { return python_aggregates_; }

  std::vector<NamedAggregate>& aggregates() { return aggregates_; }
  const std::vector<NamedAggregate>& aggregates() const { return aggregates_; }

 private:
  std::vector<NamedAggregate> aggregates_;
  std::vector<PythonAggregate> python_aggregates_;
};

}  // namespace headrace

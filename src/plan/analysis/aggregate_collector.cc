#include "plan/analysis/aggregate_collector.h"

#include "plan/python_operation.h"
#include "plan/resolved_nodes.h"

namespace headrace {
namespace {

bool SameOrBothNull(const ExpressionPtr& left, const ExpressionPtr& right) {
  if (!left || !right) return left == right;
  return SameExpression(*left, *right);
}

bool SameAggregate(const NamedAggregate& known, const BoundAggregate& aggregate,
                   const ExpressionPtr& filter, bool distinct) {
  if (!aggregate.deterministic || known.distinct != distinct ||
      known.aggregate.name != aggregate.name ||
      known.aggregate.arguments.size() != aggregate.arguments.size() ||
      !SameType(*known.aggregate.type, *aggregate.type) || !SameOrBothNull(known.filter, filter)) {
    return false;
  }
  for (size_t i = 0; i < aggregate.arguments.size(); ++i) {
    if (!SameExpression(*known.aggregate.arguments[i], *aggregate.arguments[i])) return false;
  }
  return true;
}

}  // namespace

ExpressionPtr AggregateCollector::Add(BoundAggregate aggregate, ExpressionPtr filter, bool distinct,
                                      std::string name) {
  for (const NamedAggregate& known : aggregates_) {
    // Settings that are no arguments (an accuracy) show in the name.
    if (EqualsIgnoreCase(known.attribute.name, name) &&
        SameAggregate(known, aggregate, filter, distinct)) {
      return ToReference(known.attribute);
    }
  }
  NamedAggregate added;
  added.attribute.id = NextAttributeId();
  added.attribute.name = std::move(name);
  added.attribute.type = aggregate.type;
  added.attribute.nullable = aggregate.nullable;
  added.aggregate = std::move(aggregate);
  added.filter = std::move(filter);
  added.distinct = distinct;
  aggregates_.push_back(std::move(added));
  return ToReference(aggregates_.back().attribute);
}

bool AggregateCollector::Accepts(const PythonFunction& function) const {
  if (!aggregates_.empty()) return false;
  return python_aggregates_.empty() ||
         python_aggregates_[0].call->function()->evaluation == function.evaluation;
}

ExpressionPtr AggregateCollector::AddPython(std::shared_ptr<const PythonFunctionCall> call,
                                            std::string name) {
  for (const PythonAggregate& known : python_aggregates_) {
    if (known.call->function() == call->function() && SameExpression(*known.call, *call)) {
      return ToReference(known.attribute);
    }
  }
  PythonAggregate& added = python_aggregates_.emplace_back();
  added.attribute.id = NextAttributeId();
  added.attribute.name = std::move(name);
  added.attribute.type = call->type();
  added.call = std::move(call);
  return ToReference(added.attribute);
}

}  // namespace headrace

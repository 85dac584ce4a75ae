// Physical plans put together by hand, for tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "operators/testing/rows_of.h"
#include "plan/physical_plan.h"

namespace headrace::testing {

using MutableNodePtr = std::shared_ptr<PhysicalNode>;

inline MutableNodePtr Node(PhysicalKind kind, std::vector<PhysicalNodePtr> children,
                           SchemaPtr schema = nullptr) {
  auto node = std::make_shared<PhysicalNode>();
  node->kind = kind;
  node->schema = schema != nullptr ? std::move(schema) : children.at(0)->schema;
  node->children = std::move(children);
  return node;
}

inline MutableNodePtr Scan(const SchemaPtr& schema, int index = 0) {
  auto node = Node(PhysicalKind::kScan, {}, schema);
  node->scan_index = index;
  return node;
}

inline ExpressionPtr Column(const PhysicalNodePtr& child, const std::string& name) {
  const int index = child->schema->GetFieldIndex(name);
  const FieldPtr& field = child->schema->field(index);
  return std::make_shared<BoundReference>(index, name, field->type(), field->nullable());
}

inline ExpressionPtr Int(int64_t value) {
  return MakeLiteral(std::make_shared<arrow::Int64Scalar>(value));
}

inline ExpressionPtr Call(const std::string& name, std::vector<ExpressionPtr> arguments) {
  return FunctionRegistry::BuiltIn().Call(name, std::move(arguments), BindContext{}).ValueOrDie();
}

inline MutableNodePtr Exchange(PhysicalNodePtr child, std::vector<int> key_columns = {}) {
  auto node = Node(PhysicalKind::kExchange, {std::move(child)});
  node->distribution = key_columns.empty() ? Distribution::kSingle : Distribution::kHash;
  node->key_columns = std::move(key_columns);
  return node;
}

inline MutableNodePtr Filter(const PhysicalNodePtr& child, ExpressionPtr condition) {
  auto node = Node(PhysicalKind::kFilter, {child});
  node->expressions = {std::move(condition)};
  return node;
}

inline MutableNodePtr Project(const PhysicalNodePtr& child, std::vector<ExpressionPtr> expressions,
                              const std::vector<std::string>& names) {
  std::vector<FieldPtr> fields;
  for (size_t i = 0; i < names.size(); ++i) {
    fields.push_back(arrow::field(names[i], expressions[i]->type()));
  }
  auto node = Node(PhysicalKind::kProject, {child}, arrow::schema(fields));
  node->expressions = std::move(expressions);
  return node;
}

inline PhysicalAggregate Aggregate(const std::string& name, std::vector<ExpressionPtr> arguments,
                                   bool distinct = false, ExpressionPtr filter = nullptr) {
  PhysicalAggregate aggregate;
  aggregate.aggregate = FunctionRegistry::BuiltIn()
                            .FindAggregate(name)
                            ->bind(std::move(arguments), BindContext{})
                            .ValueOrDie();
  aggregate.distinct = distinct;
  aggregate.filter = std::move(filter);
  return aggregate;
}

// Partial aggregate, exchange, and the aggregate above it: kFinalAggregate or kStatefulAggregate.
inline MutableNodePtr GroupBy(const PhysicalNodePtr& child, const std::vector<std::string>& keys,
                              const std::vector<PhysicalAggregate>& aggregates,
                              PhysicalKind kind = PhysicalKind::kFinalAggregate) {
  std::vector<FieldPtr> partial_fields, fields;
  std::vector<int> key_columns;
  auto partial = Node(PhysicalKind::kPartialAggregate, {child});
  for (const std::string& key : keys) {
    partial->groupings.push_back(Column(child, key));
    partial_fields.push_back(arrow::field(key, partial->groupings.back()->type()));
    fields.push_back(partial_fields.back());
    key_columns.push_back(static_cast<int>(key_columns.size()));
  }
  for (const PhysicalAggregate& aggregate : aggregates) {
    for (const DataTypePtr& type : aggregate.aggregate.state_types) {
      partial_fields.push_back(arrow::field("state", type));
    }
    fields.push_back(arrow::field(aggregate.aggregate.name, aggregate.aggregate.type));
  }
  partial->schema = arrow::schema(partial_fields);
  partial->aggregates = aggregates;
  partial->key_count = static_cast<int>(keys.size());
  auto final_node = Node(kind, {Exchange(partial, key_columns)}, arrow::schema(fields));
  final_node->key_count = partial->key_count;
  final_node->aggregates = aggregates;
  if (kind == PhysicalKind::kStatefulAggregate) final_node->operator_id = 0;
  return final_node;
}

inline std::shared_ptr<PhysicalPlan> PlanOf(PhysicalNodePtr root, int scans = 1,
                                            OutputMode mode = OutputMode::kAppend,
                                            int stateful_operators = 0) {
  auto plan = std::make_shared<PhysicalPlan>();
  plan->root = std::move(root);
  plan->scans.resize(static_cast<size_t>(scans));
  plan->output_mode = mode;
  plan->stateful_operator_count = stateful_operators;
  return plan;
}

}  // namespace headrace::testing

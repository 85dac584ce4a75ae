#include "operators/stateful_declaration.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "operators/aggregate_set.h"
#include "plan/group_function.h"

namespace headrace {
namespace {

void VisitNodes(const PhysicalNode& node, const std::function<void(const PhysicalNode&)>& visit) {
  visit(node);
  for (const PhysicalNodePtr& child : node.children) VisitNodes(*child, visit);
}

std::string OperatorName(const PhysicalNode& node) {
  switch (node.kind) {
    case PhysicalKind::kStatefulAggregate:
      return "stateStoreSave";
    case PhysicalKind::kStatefulDeduplicate:
      return node.within_watermark ? "dedupeWithinWatermark" : "dedupe";
    case PhysicalKind::kGroupsWithState:
      return node.group_function->kind == GroupFunctionCall::Kind::kTransformWithState
                 ? "transformWithStateExec"
                 : "flatMapGroupsWithState";
    default:
      return "globalLimit";
  }
}

bool InOnePartition(const PhysicalNode& node) {
  return node.kind == PhysicalKind::kLimit || ((node.kind == PhysicalKind::kStatefulAggregate ||
                                                node.kind == PhysicalKind::kGroupsWithState) &&
                                               node.key_count == 0);
}

}  // namespace

StateStoreDeclaration DeclareStore(const PhysicalNode& node) {
  StateStoreDeclaration store;
  std::vector<FieldPtr> keys, values;
  switch (node.kind) {
    case PhysicalKind::kStatefulAggregate:
      for (int i = 0; i < node.key_count; ++i) keys.push_back(node.schema->field(i));
      values = AggregateSet(node.aggregates).state_fields();
      break;
    case PhysicalKind::kStatefulDeduplicate:
      for (const int column : node.key_columns) keys.push_back(node.schema->field(column));
      values = {node.within_watermark ? arrow::field("expiresAtMicros", arrow::int64())
                                      : arrow::field("__dummy__", arrow::boolean())};
      break;
    default:
      values = {arrow::field("count", arrow::int64())};
      break;
  }
  store.key_schema = arrow::schema(std::move(keys));
  store.value_schema = arrow::schema(std::move(values));
  return store;
}

namespace {

std::vector<StateStoreDeclaration> DeclareStores(const PhysicalNode& node) {
  if (node.kind != PhysicalKind::kGroupsWithState) return {DeclareStore(node)};
  std::vector<StateStoreDeclaration> stores;
  for (const GroupVariable& variable : node.group_function->variables) {
    stores.push_back({variable.name, node.group_function->key_schema, variable.schema});
  }
  return stores;
}

// With the watermark, not with the clock.
bool ActsOnWatermark(const GroupFunctionCall& call, OutputMode mode) {
  const bool by_clock = call.timeout == GroupFunctionCall::Timeout::kProcessingTime;
  if (call.kind == GroupFunctionCall::Kind::kTransformWithState) {
    return !by_clock && mode != OutputMode::kComplete;
  }
  return call.timeout == GroupFunctionCall::Timeout::kEventTime;
}

}  // namespace

std::vector<StatefulOperatorDeclaration> DeclareState(const PhysicalNode& root,
                                                      int shuffle_partitions) {
  std::vector<StatefulOperatorDeclaration> declarations;
  VisitNodes(root, [&](const PhysicalNode& node) {
    if (node.operator_id < 0) return;
    declarations.push_back({node.operator_id, OperatorName(node),
                            InOnePartition(node) ? 1 : shuffle_partitions, DeclareStores(node)});
  });
  std::sort(declarations.begin(), declarations.end(),
            [](const auto& a, const auto& b) { return a.operator_id < b.operator_id; });
  return declarations;
}

bool ActsOnWatermark(const PhysicalNode& root, OutputMode mode) {
  bool acts = false;
  VisitNodes(root, [&](const PhysicalNode& node) {
    acts = acts || node.kind == PhysicalKind::kStatefulDeduplicate ||
           (node.kind == PhysicalKind::kStatefulAggregate && mode != OutputMode::kComplete) ||
           (node.kind == PhysicalKind::kGroupsWithState &&
            ActsOnWatermark(*node.group_function, mode));
  });
  return acts;
}

}  // namespace headrace

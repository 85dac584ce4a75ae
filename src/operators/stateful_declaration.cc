#include "operators/stateful_declaration.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <nlohmann/json.hpp>

#include "operators/aggregate_set.h"
#include "operators/stateful/group_variable_store.h"
#include "operators/stateful/join_state.h"
#include "plan/group_function.h"

namespace headrace {
namespace {

void VisitNodes(const PhysicalNode& node, const std::function<void(const PhysicalNode&)>& visit) {
  visit(node);
  for (const PhysicalNodePtr& child : node.children) VisitNodes(*child, visit);
}

std::string GroupOperatorName(const GroupFunctionCall& call) {
  if (!call.operator_name.empty()) return call.operator_name;
  switch (call.kind) {
    case GroupFunctionCall::Kind::kTransformWithState:
      return "transformWithStateExec";
    case GroupFunctionCall::Kind::kApplyInPandasWithState:
      return "applyInPandasWithState";
    default:
      return "flatMapGroupsWithState";
  }
}

std::string OperatorName(const PhysicalNode& node) {
  switch (node.kind) {
    case PhysicalKind::kStatefulAggregate:
      return "stateStoreSave";
    case PhysicalKind::kStatefulSessionAggregate:
      return "sessionWindowStateStoreSaveExec";
    case PhysicalKind::kStatefulDeduplicate:
      return node.within_watermark ? "dedupeWithinWatermark" : "dedupe";
    case PhysicalKind::kStreamJoin:
      return "symmetricHashJoin";
    case PhysicalKind::kGroupsWithState:
      return GroupOperatorName(*node.group_function);
    default:
      return "globalLimit";
  }
}

// Spark's JSON about a transformWithState.
std::string PropertiesOf(const GroupFunctionCall& call) {
  if (call.kind != GroupFunctionCall::Kind::kTransformWithState) return "";
  using Timeout = GroupFunctionCall::Timeout;
  nlohmann::ordered_json variables = nlohmann::ordered_json::array();
  for (const GroupVariable& variable : call.variables) {
    variables.push_back({{"stateName", variable.name},
                         {"stateVariableType", VariableTypeOf(variable.kind)},
                         {"ttlEnabled", variable.ttl_ms > 0}});
  }
  const char* const time_mode = call.timeout == Timeout::kNone        ? "NoTime"
                                : call.timeout == Timeout::kEventTime ? "EventTime"
                                                                      : "ProcessingTime";
  std::string mode = OutputModeName(call.output_mode);
  mode[0] = static_cast<char>(mode[0] - 'a' + 'A');
  return nlohmann::ordered_json(
             {{"timeMode", time_mode}, {"outputMode", mode}, {"stateVariables", variables}})
      .dump();
}

bool InOnePartition(const PhysicalNode& node) {
  switch (node.kind) {
    case PhysicalKind::kStatefulLimit:
      return true;
    case PhysicalKind::kStatefulAggregate:
    case PhysicalKind::kGroupsWithState:
      return node.key_count == 0;
    default:
      return false;
  }
}

// Keys without an event time stay for good, unless the store holds when they go.
std::optional<StateStoreDeclaration::TimeColumn> DeduplicationExpiry(const PhysicalNode& node) {
  if (node.within_watermark) return StateStoreDeclaration::TimeColumn{false, 0};
  const auto place =
      std::find(node.key_columns.begin(), node.key_columns.end(), node.event_time_column);
  if (node.event_time_column < 0 || place == node.key_columns.end()) return std::nullopt;
  return StateStoreDeclaration::TimeColumn{true,
                                           static_cast<int>(place - node.key_columns.begin())};
}

}  // namespace

StateStoreDeclaration DeclareStore(const PhysicalNode& node) {
  StateStoreDeclaration store;
  std::vector<FieldPtr> keys, values;
  switch (node.kind) {
    case PhysicalKind::kStatefulAggregate:
      for (int i = 0; i < node.key_count; ++i) keys.push_back(node.schema->field(i));
      values = AggregateSet(node.aggregates).state_fields();
      if (node.event_time_key >= 0) store.expires_by = {true, node.event_time_key};
      break;
    case PhysicalKind::kStatefulSessionAggregate: {
      const DataTypePtr time = node.schema->field(node.session_key)->type()->field(0)->type();
      for (int i = 0; i < node.key_count; ++i) {
        if (i != node.session_key) keys.push_back(node.schema->field(i));
      }
      keys.push_back(arrow::field("sessionStartTime", time));
      values = AggregateSet(node.aggregates).state_fields();
      values.insert(values.begin(), arrow::field("sessionEndTime", time));
      break;
    }
    case PhysicalKind::kStatefulDeduplicate:
      for (const int column : node.key_columns) keys.push_back(node.schema->field(column));
      values = {node.within_watermark ? arrow::field("expiresAtMicros", arrow::int64())
                                      : arrow::field("__dummy__", arrow::boolean())};
      store.expires_by = DeduplicationExpiry(node);
      break;
    default:
      values = {arrow::field("value", arrow::int64())};
      break;
  }
  store.key_schema = arrow::schema(std::move(keys));
  store.value_schema = arrow::schema(std::move(values));
  return store;
}

std::vector<StateStoreDeclaration> DeclareStores(const PhysicalNode& node) {
  if (node.kind == PhysicalKind::kStreamJoin) return DeclareJoinStores(node);
  if (node.kind != PhysicalKind::kGroupsWithState) return {DeclareStore(node)};
  std::vector<StateStoreDeclaration> stores;
  for (const GroupVariable& variable : node.group_function->variables) {
    stores.push_back(DeclareVariableStore(variable, node.group_function->key_schema));
  }
  return stores;
}

std::vector<StatefulOperatorDeclaration> DeclareState(const PhysicalNode& root,
                                                      int shuffle_partitions) {
  std::vector<StatefulOperatorDeclaration> declarations;
  VisitNodes(root, [&](const PhysicalNode& node) {
    if (node.operator_id < 0) return;
    StatefulOperatorDeclaration& declared = declarations.emplace_back();
    declared.operator_id = node.operator_id;
    declared.name = OperatorName(node);
    declared.partitions = InOnePartition(node) ? 1 : shuffle_partitions;
    declared.stores = DeclareStores(node);
    if (node.kind != PhysicalKind::kGroupsWithState) return;
    declared.deleted_stores = node.group_function->deleted_variables;
    declared.properties = PropertiesOf(*node.group_function);
  });
  std::sort(declarations.begin(), declarations.end(),
            [](const auto& a, const auto& b) { return a.operator_id < b.operator_id; });
  return declarations;
}

}  // namespace headrace

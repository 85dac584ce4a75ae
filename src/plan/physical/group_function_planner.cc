// Functions over groups with state: rows are brought together by key, sorted, and handed over.
#include <utility>

#include "base/error_cause.h"
#include "plan/group_function.h"
#include "plan/physical/planner.h"

namespace headrace {
namespace {

using Kind = GroupFunctionCall::Kind;
using Timeout = GroupFunctionCall::Timeout;

// Spark's names and fields of what is stored.
Result<DeclaredVariables> VariablesOf(const GroupFunctionCall& call) {
  if (call.kind != Kind::kTransformWithState) {
    arrow::FieldVector fields = {
        arrow::field("groupState", arrow::struct_(call.state_schema->fields()))};
    if (call.timeout != Timeout::kNone) {
      fields.push_back(arrow::field("timeoutTimestamp", arrow::int64(), false));
    }
    GroupVariable state;
    state.name = "default";
    state.kind = GroupVariable::Kind::kTimeouts;
    state.schema = arrow::schema(std::move(fields));
    return DeclaredVariables{{std::move(state)}, {}};
  }
  ARROW_ASSIGN_OR_RAISE(DeclaredVariables declared, call.function->Variables(call));
  if (call.timeout != Timeout::kNone) {
    declared.variables.push_back(TimersVariable(call.timeout == Timeout::kEventTime
                                                    ? "$eventTimers_keyToTimestamp"
                                                    : "$procTimers_keyToTimestamp"));
  }
  return declared;
}

// The input's event time, for late rows; -1 if none are told.
Result<int> EventTimeColumn(const GroupFunctionCall& call, const std::vector<Attribute>& input) {
  int found = -1;
  if (call.timeout != Timeout::kEventTime) return found;
  for (size_t i = 0; i < input.size(); ++i) {
    if (!input[i].watermark_delay_us) continue;
    if (found >= 0) {
      return AnalysisError("_LEGACY_ERROR_TEMP_3077",
                           "More than one event time columns are available: the input of " +
                               call.name + " has `" + input[found].name + "` and `" +
                               input[i].name + "`. Keep one of them.");
    }
    found = static_cast<int>(i);
  }
  return found;
}

Result<std::vector<int>> Positions(const std::vector<int64_t>& ids,
                                   const std::vector<Attribute>& input) {
  std::vector<int> positions;
  for (const int64_t id : ids) {
    ARROW_ASSIGN_OR_RAISE(const int position, PositionOf(id, input));
    positions.push_back(position);
  }
  return positions;
}

}  // namespace

Result<Lowered> PhysicalPlanner::LowerGroupsWithState(const ResolvedPlan& plan) {
  // A batch handles each group once, with state that ends with it.
  const bool in_batch =
      !options_.streaming && plan.group_function->kind == Kind::kTransformWithState;
  if (!in_batch && (!options_.streaming || !IsStreaming(*plan.children[0]))) {
    if (plan.group_function->kind == Kind::kApplyInPandasWithState) {
      return MakeError(ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_3176",
                       "applyInPandasWithState is for streams; applyInPandas is for a DataFrame "
                       "that is none.");
    }
    return NotSupported(std::string(NameOf(plan.group_function->kind)) +
                        " on a DataFrame that is no stream");
  }
  auto call = std::make_shared<GroupFunctionCall>(*plan.group_function);
  auto declared = VariablesOf(*call);
  if (declared.ok()) {
    call->variables = std::move(declared->variables);
    call->deleted_variables = std::move(declared->deleted);
  } else if (!in_batch && call->function->fails_with_first_batch()) {
    FailFirstBatch(declared.status());
  } else {
    // A batch has no start that could fail: what the program raised is told as it is.
    const Status* raised = in_batch ? CauseOf(declared.status()) : nullptr;
    return raised ? *raised : declared.status();
  }

  ARROW_ASSIGN_OR_RAISE(Lowered rows, Lower(plan.children[0]));
  ARROW_ASSIGN_OR_RAISE(const std::vector<int> keys, Positions(plan.keys, rows.output));
  int event_time = -1;
  if (!in_batch) {
    ARROW_ASSIGN_OR_RAISE(event_time, EventTimeColumn(*call, rows.output));
  }
  rows = keys.empty() ? ExchangeToSingle(std::move(rows)) : ExchangeByHash(std::move(rows), keys);
  // Whole groups are handed over, in the order of their keys.
  Lowered sorted = PassingNode(PhysicalKind::kSort, std::move(rows));
  for (const int key : keys) {
    const Attribute& column = sorted.output[key];
    sorted.node->orders.push_back(
        {std::make_shared<BoundReference>(key, column.name, column.type, column.nullable), true,
         true});
  }

  auto node = std::make_shared<PhysicalNode>();
  node->kind = PhysicalKind::kGroupsWithState;
  node->group_function = std::move(call);
  node->key_columns = keys;
  node->key_count = static_cast<int>(keys.size());
  node->event_time_column = event_time;
  node->schema = PhysicalSchema(plan.output);
  node->children = {std::move(sorted.node)};
  if (plan.children.size() == 2) {
    const size_t first = scans_.size();
    ARROW_ASSIGN_OR_RAISE(Lowered initial, Lower(plan.children[1]));
    for (size_t i = first; i < scans_.size(); ++i) scans_[i].first_batch_only = true;
    ARROW_ASSIGN_OR_RAISE(node->build_keys, Positions(plan.initial_keys, initial.output));
    node->children.push_back(std::move(initial.node));
  }
  return Lowered{std::move(node), plan.output};
}

}  // namespace headrace

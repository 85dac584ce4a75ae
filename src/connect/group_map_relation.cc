// Functions over groups: Python's, and those of the embedding program, which a token names.
#include "connect/field_check.h"
#include "connect/plan_translator.h"
#include "connect/type_messages.h"
#include "plan/group_function.h"
#include "python/transform_evaluation.h"

namespace headrace {
namespace {

using Timeout = GroupFunctionCall::Timeout;

Result<SchemaPtr> SchemaOf(const messages::DataType& message) {
  return message.has_unparsed() ? ParseSchema(message.unparsed().data_type_string())
                                : SchemaFromMessage(message);
}

Result<Timeout> TimeoutOf(const std::string& text, const char* condition = "") {
  if (text == "NoTimeout" || text == "None") return Timeout::kNone;
  if (text == "ProcessingTimeTimeout" || text == "ProcessingTime") return Timeout::kProcessingTime;
  if (text == "EventTimeTimeout" || text == "EventTime") return Timeout::kEventTime;
  return IllegalArgument(
      condition,
      "There is no timeout or time mode '" + text + "': use None, ProcessingTime or EventTime.",
      {{"timeMode", text}});
}

// A function whose state is one row a group names a mode, but complete is for aggregations.
Status CheckOwnMode(const GroupFunctionCall& call) {
  if (call.output_mode != OutputMode::kComplete) return Status::OK();
  return IllegalArgument("", "The output mode of " + call.name +
                                 " is append or update; complete is for aggregations.");
}

Result<GroupFunctionCall> CallOf(const messages::GroupMap& message) {
  GroupFunctionCall call;
  const auto& udf = message.func().scalar_scala_udf();
  call.name = message.func().function_name();
  if (message.has_transform_with_state_info()) {
    const auto& info = message.transform_with_state_info();
    ARROW_RETURN_NOT_OK(
        CheckFields(info, {"time_mode", "event_time_column_name", "output_schema"}));
    call.kind = GroupFunctionCall::Kind::kTransformWithState;
    ARROW_ASSIGN_OR_RAISE(call.timeout,
                          TimeoutOf(info.time_mode(), "STATEFUL_PROCESSOR_UNKNOWN_TIME_MODE"));
    ARROW_ASSIGN_OR_RAISE(call.output_schema, SchemaOf(info.output_schema()));
    call.event_time_column = info.event_time_column_name();
  } else {
    call.kind = message.is_map_groups_with_state()
                    ? GroupFunctionCall::Kind::kMapGroupsWithState
                    : GroupFunctionCall::Kind::kFlatMapGroupsWithState;
    ARROW_ASSIGN_OR_RAISE(call.timeout, TimeoutOf(message.timeout_conf()));
    ARROW_ASSIGN_OR_RAISE(call.output_schema, SchemaOf(udf.outputtype()));
    ARROW_ASSIGN_OR_RAISE(call.state_schema, SchemaOf(message.state_schema()));
  }
  ARROW_ASSIGN_OR_RAISE(call.output_mode, ParseOutputMode(message.output_mode()));
  // A transformWithState is only told its mode.
  if (call.kind != GroupFunctionCall::Kind::kTransformWithState) {
    ARROW_RETURN_NOT_OK(CheckOwnMode(call));
  }
  return call;
}

}  // namespace

Result<PlanTranslator::Node> PlanTranslator::ApplyInPandasWithState(
    const messages::ApplyInPandasWithState& message) const {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"input", "grouping_expressions", "func", "output_schema",
                            "state_schema", "output_mode", "timeout_conf"}));
  GroupFunctionCall call;
  call.name = "applyInPandasWithState";
  call.kind = GroupFunctionCall::Kind::kApplyInPandasWithState;
  ARROW_ASSIGN_OR_RAISE(call.output_mode, ParseOutputMode(message.output_mode()));
  ARROW_RETURN_NOT_OK(CheckOwnMode(call));
  ARROW_ASSIGN_OR_RAISE(call.timeout, TimeoutOf(message.timeout_conf()));
  ARROW_ASSIGN_OR_RAISE(call.output_schema, ParseSchema(message.output_schema()));
  ARROW_ASSIGN_OR_RAISE(call.state_schema, ParseSchema(message.state_schema()));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kGroupsWithState, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->groupings, Expressions(message.grouping_expressions()));
  ARROW_ASSIGN_OR_RAISE(node->python, PythonFunctionFrom(message.func()));
  node->group_function = std::make_shared<const GroupFunctionCall>(std::move(call));
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::GroupMap(const messages::GroupMap& message) const {
  if (!message.func().has_scalar_scala_udf()) {
    return message.has_transform_with_state_info() ? PythonTransform(message)
                                                   : PythonGroupMap(message);
  }
  const auto& udf = message.func().scalar_scala_udf();
  const auto function = context_.group_function(udf.payload());
  if (function == nullptr) {
    return NotSupported("a Scala function over groups (flatMapGroupsWithState, mapGroups, …)");
  }
  ARROW_RETURN_NOT_OK(CheckFields(
      message, {"input", "grouping_expressions", "func", "initial_input",
                "initial_grouping_expressions", "is_map_groups_with_state", "output_mode",
                "timeout_conf", "state_schema", "transform_with_state_info"}));
  ARROW_RETURN_NOT_OK(CheckFields(message.func(), {"function_name", "scalar_scala_udf"}));
  ARROW_RETURN_NOT_OK(CheckFields(udf, {"payload", "outputType"}));
  ARROW_ASSIGN_OR_RAISE(GroupFunctionCall call, CallOf(message));
  call.function = function;
  return GroupsWithState(message, std::move(call));
}

Result<PlanTranslator::Node> PlanTranslator::PythonTransform(
    const messages::GroupMap& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(
      message, {"input", "grouping_expressions", "func", "initial_input",
                "initial_grouping_expressions", "output_mode", "transform_with_state_info"}));
  ARROW_ASSIGN_OR_RAISE(const auto function, PythonFunctionFrom(message.func()));
  ARROW_ASSIGN_OR_RAISE(GroupFunctionCall call, CallOf(message));
  const bool rows = TransformsRows(function->evaluation);
  call.name = rows ? "transformWithState" : "transformWithStateInPandas";
  call.operator_name = rows ? "transformWithStateInPySparkExec" : "transformWithStateInPandasExec";
  ARROW_ASSIGN_OR_RAISE(auto node, GroupsWithState(message, std::move(call)));
  node->python = function;
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::GroupsWithState(const messages::GroupMap& message,
                                                             GroupFunctionCall call) const {
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kGroupsWithState, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->groupings, Expressions(message.grouping_expressions()));
  if (message.has_initial_input()) {
    ARROW_ASSIGN_OR_RAISE(auto initial, Relation(message.initial_input()));
    node->children.push_back(std::move(initial));
    ARROW_ASSIGN_OR_RAISE(node->expressions, Expressions(message.initial_grouping_expressions()));
  }
  node->group_function = std::make_shared<const GroupFunctionCall>(std::move(call));
  return node;
}

}  // namespace headrace

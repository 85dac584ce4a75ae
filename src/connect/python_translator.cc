// Functions of Python programs, in expressions and as relations.
#include "connect/field_check.h"
#include "connect/plan_translator.h"
#include "connect/type_messages.h"

namespace headrace {
namespace {

using Message = messages::CommonInlineUserDefinedFunction;

}  // namespace

Result<std::shared_ptr<const PythonFunction>> PythonFunctionFrom(const Message& message) {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"function_name", "deterministic", "arguments", "python_udf"}));
  if (!message.has_python_udf()) {
    return NotSupported("the function " + message.function_name() + " in Scala or Java");
  }
  const auto& python = message.python_udf();
  ARROW_RETURN_NOT_OK(CheckFields(python, {"output_type", "eval_type", "command", "python_ver"}));
  auto function = std::make_shared<PythonFunction>();
  function->name = message.function_name();
  function->command = python.command();
  function->python_version = python.python_ver();
  function->evaluation = static_cast<PythonEvaluation>(python.eval_type());
  function->deterministic = message.deterministic();
  if (python.has_output_type()) {
    ARROW_ASSIGN_OR_RAISE(function->result, TypeFromMessage(python.output_type()));
  }
  return function;
}

Result<UnresolvedPtr> PlanTranslator::PythonCall(const Message& message) const {
  auto call = std::make_shared<UnresolvedExpression>();
  call->kind = UnresolvedKind::kPython;
  ARROW_ASSIGN_OR_RAISE(call->python, PythonFunctionFrom(message));
  ARROW_ASSIGN_OR_RAISE(call->children, Expressions(message.arguments()));
  return call;
}

Result<PlanTranslator::Node> PlanTranslator::MapPartitions(
    const messages::MapPartitions& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "func", "is_barrier"}));
  if (message.is_barrier()) {
    return NotSupported("mapInPandas or mapInArrow with barrier=True");
  }
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kMapPython, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->python, PythonFunctionFrom(message.func()));
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::PythonGroupMap(
    const messages::GroupMap& message) const {
  if (message.has_transform_with_state_info()) return NotSupported("transformWithState");
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "grouping_expressions", "func"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kGroupMapPython, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->python, PythonFunctionFrom(message.func()));
  ARROW_ASSIGN_OR_RAISE(node->groupings, Expressions(message.grouping_expressions()));
  return node;
}

}  // namespace headrace

// Functions of Python programs, in expressions and as relations.
#include "connect/field_check.h"
#include "connect/plan_translator.h"
#include "connect/type_messages.h"
#include "python/table_call.h"

namespace headrace {
namespace {

using Message = messages::CommonInlineUserDefinedFunction;
using TableMessage = messages::CommonInlineUserDefinedTableFunction;

// `python`: the function itself, in the form of either message.
template <typename FunctionMessage, typename Python>
std::shared_ptr<PythonFunction> Begin(const FunctionMessage& message, const Python& python) {
  auto function = std::make_shared<PythonFunction>();
  function->name = message.function_name();
  function->command = python.command();
  function->python_version = python.python_ver();
  function->evaluation = static_cast<PythonEvaluation>(python.eval_type());
  function->deterministic = message.deterministic();
  return function;
}

}  // namespace

Result<std::shared_ptr<const PythonFunction>> PythonFunctionFrom(const Message& message) {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"function_name", "deterministic", "arguments", "python_udf"}));
  if (!message.has_python_udf()) {
    return NotSupported("the function " + message.function_name() + " in Scala or Java");
  }
  const auto& python = message.python_udf();
  ARROW_RETURN_NOT_OK(CheckFields(python, {"output_type", "eval_type", "command", "python_ver"}));
  const auto function = Begin(message, python);
  if (python.has_output_type()) {
    ARROW_ASSIGN_OR_RAISE(function->result, TypeFromMessage(python.output_type()));
  }
  return function;
}

Result<std::shared_ptr<const PythonFunction>> PythonFunctionFrom(const TableMessage& message) {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"function_name", "deterministic", "arguments", "python_udtf"}));
  const auto& python = message.python_udtf();
  ARROW_RETURN_NOT_OK(CheckFields(python, {"return_type", "eval_type", "command", "python_ver"}));
  const auto function = Begin(message, python);
  if (!MakesTable(function->evaluation)) {
    return NotSupported("the table function " + function->name + " of evaluation type " +
                        std::to_string(python.eval_type()));
  }
  if (python.has_return_type()) {
    ARROW_ASSIGN_OR_RAISE(function->result, TypeFromMessage(python.return_type()));
  }
  return function;
}

Result<PlanTranslator::Node> PlanTranslator::TableFunction(const TableMessage& message) const {
  auto call = std::make_shared<UnresolvedExpression>();
  call->kind = UnresolvedKind::kPython;
  ARROW_ASSIGN_OR_RAISE(call->python, PythonFunctionFrom(message));
  ARROW_ASSIGN_OR_RAISE(call->children, Expressions(message.arguments()));
  auto node = NewLogicalPlan(LogicalKind::kLateralView);
  node->expressions = {std::move(call)};
  return node;
}

// df.asTable() as an argument; the DataFrame itself stands among the plan's references.
Result<UnresolvedPtr> PlanTranslator::TableArgument(
    const messages::SubqueryExpression& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"plan_id", "subquery_type", "table_arg_options"}));
  const auto& options = message.table_arg_options();
  ARROW_RETURN_NOT_OK(
      CheckFields(options, {"partition_spec", "order_spec", "with_single_partition"}));
  if (references_ == nullptr || !references_->contains(message.plan_id())) {
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.RELATION_NOT_SET",
                     "The plan holds no relation " + std::to_string(message.plan_id()) +
                         ", which is given to a function as a table.");
  }
  LogicalPlanPtr table = references_->at(message.plan_id());
  if (options.with_single_partition() || options.partition_spec_size() > 0) {
    auto partitions = NewLogicalPlan(LogicalKind::kRepartition, {std::move(table)});
    partitions->number = options.with_single_partition() ? 1 : 0;
    ARROW_ASSIGN_OR_RAISE(partitions->expressions, Expressions(options.partition_spec()));
    table = std::move(partitions);
    if (options.order_spec_size() > 0) {
      auto sort = NewLogicalPlan(LogicalKind::kSort, {std::move(table)});
      sort->global = false;
      for (const auto& order : options.order_spec()) {
        ARROW_ASSIGN_OR_RAISE(sort->expressions.emplace_back(), SortOrder(order));
      }
      table = std::move(sort);
    }
  }
  auto argument = std::make_shared<UnresolvedExpression>();
  argument->kind = UnresolvedKind::kSubquery;
  argument->name = "TABLE";
  argument->subquery = std::move(table);
  return argument;
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
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kMapPython, message.input()));
  // All tasks of a barrier stage start together: there is one.
  if (message.is_barrier()) node->number = 1;
  ARROW_ASSIGN_OR_RAISE(node->python, PythonFunctionFrom(message.func()));
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::PythonGroupMap(
    const messages::GroupMap& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "grouping_expressions", "func"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kGroupMapPython, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->python, PythonFunctionFrom(message.func()));
  ARROW_ASSIGN_OR_RAISE(node->groupings, Expressions(message.grouping_expressions()));
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::CoGroupMap(const messages::CoGroupMap& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "input_grouping_expressions", "other",
                                            "other_grouping_expressions", "func"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kGroupMapPython, message.input()));
  ARROW_ASSIGN_OR_RAISE(auto other, Relation(message.other()));
  node->children.push_back(std::move(other));
  ARROW_ASSIGN_OR_RAISE(node->groupings, Expressions(message.input_grouping_expressions()));
  ARROW_ASSIGN_OR_RAISE(node->other_groupings, Expressions(message.other_grouping_expressions()));
  ARROW_ASSIGN_OR_RAISE(node->python, PythonFunctionFrom(message.func()));
  return node;
}

}  // namespace headrace

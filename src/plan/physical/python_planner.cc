#include <utility>

#include "plan/physical/planner.h"
#include "plan/python_operation.h"

namespace headrace {
namespace {

// The rows of each partition of a table argument side by side, in their order.
Lowered Sorted(Lowered rows, const PythonOperation& operation) {
  Lowered sorted = PassingNode(PhysicalKind::kSort, std::move(rows));
  auto add = [&](const PythonOperation::InputOrder& order) {
    const Attribute& column = sorted.output[static_cast<size_t>(order.input)];
    sorted.node->orders.push_back(
        {std::make_shared<BoundReference>(order.input, column.name, column.type, column.nullable),
         order.ascending, order.nulls_first});
  };
  for (const int key : operation.key_inputs) add({key, true, true});
  for (const auto& order : operation.orders) add(order);
  return sorted;
}

}  // namespace

Result<Lowered> PhysicalPlanner::LowerPython(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  std::vector<ExpressionPtr> inputs;
  std::vector<Attribute> input_columns;
  for (const NamedExpression& input : plan.projections) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(input.expression, child.output));
    inputs.push_back(std::move(bound));
    input_columns.push_back(input.attribute);
  }
  std::vector<Attribute> output = plan.output;
  const PythonOperation& operation = *plan.python;
  if (operation.shape == PythonOperation::Shape::kColumns || operation.keeps_input) {
    // What the child gives, which may be less than what was planned for.
    output = child.output;
    output.insert(output.end(), plan.output.end() - std::ssize(plan.python->results),
                  plan.output.end());
  } else if (operation.shape == PythonOperation::Shape::kTable) {
    child = ProjectNode(std::move(child), std::move(inputs), input_columns);
    if (!operation.key_inputs.empty()) {
      child = ExchangeByHash(std::move(child), operation.key_inputs);
    } else if (operation.single_partition) {
      child = ExchangeToSingle(std::move(child));
    }
    if (!operation.key_inputs.empty() || !operation.orders.empty()) {
      child = Sorted(std::move(child), operation);
    }
    inputs.clear();
  } else if (operation.shape == PythonOperation::Shape::kRows) {
    if (operation.task.is_barrier) child = ExchangeToSingle(std::move(child));
  } else {
    // The rows of a group meet in one partition, under the inputs' own columns.
    child = ProjectNode(std::move(child), std::move(inputs), input_columns);
    const std::vector<int>& keys = plan.python->key_inputs;
    child =
        keys.empty() ? ExchangeToSingle(std::move(child)) : ExchangeByHash(std::move(child), keys);
    inputs.clear();
  }
  Lowered python = PassingNode(PhysicalKind::kPython, std::move(child));
  python.node->python = plan.python;
  python.node->expressions = std::move(inputs);
  python.node->schema = PhysicalSchema(output);
  python.output = std::move(output);
  return python;
}

}  // namespace headrace

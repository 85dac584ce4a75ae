#include <utility>

#include "plan/physical/planner.h"
#include "plan/window_operation.h"

namespace headrace {

// The inputs go as columns behind the child's, so that the rows of a partition meet by them.
Result<Lowered> PhysicalPlanner::LowerWindow(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  const std::vector<Attribute> kept = child.output;
  const int first_input = static_cast<int>(kept.size());
  std::vector<NamedExpression> columns = PassThrough(kept);
  columns.insert(columns.end(), plan.projections.begin(), plan.projections.end());
  std::vector<ExpressionPtr> expressions;
  std::vector<Attribute> attributes;
  for (const NamedExpression& column : columns) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(column.expression, child.output));
    expressions.push_back(std::move(bound));
    attributes.push_back(column.attribute);
  }
  child = ProjectNode(std::move(child), std::move(expressions), std::move(attributes));
  std::vector<int> keys;
  for (int partition : plan.window->partitions) keys.push_back(first_input + partition);
  child = keys.empty() ? ExchangeToSingle(std::move(child))
                       : ExchangeByHash(std::move(child), std::move(keys));
  Lowered window = PassingNode(PhysicalKind::kWindow, std::move(child));
  window.node->window = plan.window;
  window.node->python = plan.python;
  window.output = kept;
  window.output.insert(window.output.end(), plan.output.end() - std::ssize(plan.window->functions),
                       plan.output.end());
  window.node->schema = PhysicalSchema(window.output);
  return window;
}

}  // namespace headrace

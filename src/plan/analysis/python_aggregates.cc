#include "plan/analysis/python_aggregates.h"

#include <utility>

#include "plan/python_operation.h"
#include "plan/resolved_nodes.h"

namespace headrace {

ResolvedPlanPtr MakePython(ResolvedPlanPtr child, PythonOperation operation,
                           std::vector<NamedExpression> inputs, std::vector<Attribute> output) {
  auto node = std::make_shared<ResolvedPlan>();
  node->kind = ResolvedKind::kPython;
  node->python = std::make_shared<const PythonOperation>(std::move(operation));
  node->projections = std::move(inputs);
  node->output = std::move(output);
  node->children = {std::move(child)};
  return node;
}

int PositionAmong(ExpressionPtr expression, const std::string& name,
                  std::vector<NamedExpression>* inputs) {
  for (size_t i = 0; i < inputs->size(); ++i) {
    if (SameExpression(*(*inputs)[i].expression, *expression)) return static_cast<int>(i);
  }
  inputs->push_back(Computed(std::move(expression), name));
  return static_cast<int>(inputs->size()) - 1;
}

Status PythonAggregateBesideOthers() {
  return AnalysisError("INVALID_PANDAS_UDF_PLACEMENT",
                       "A grouped aggregate pandas_udf cannot stand beside other aggregate "
                       "functions in one agg(). Use two, and join them.",
                       {{"functionList", ""}});
}

ResolvedPlanPtr MakePythonAggregate(ResolvedPlanPtr input, const std::vector<NamedExpression>& keys,
                                    const AggregateCollector& collector) {
  PythonOperation operation;
  operation.shape = PythonOperation::Shape::kAggregate;
  std::vector<NamedExpression> inputs;
  std::vector<Attribute> output;
  for (const NamedExpression& key : keys) {
    operation.key_inputs.push_back(PositionAmong(key.expression, key.attribute.name, &inputs));
    output.push_back(key.attribute);
  }
  for (const PythonAggregate& aggregate : collector.python_aggregates()) {
    const PythonFunctionCall& call = *aggregate.call;
    if (operation.context == nullptr) {
      operation.context = call.context();
      operation.task = TaskOf(*call.function(), *operation.context);
    }
    PythonCall flat;
    flat.commands = {call.function()->command};
    for (size_t i = 0; i < call.children().size(); ++i) {
      const int position = PositionAmong(call.children()[i], "_" + std::to_string(i), &inputs);
      flat.arguments.push_back({position, call.keywords()[i]});
    }
    operation.name += (operation.name.empty() ? "" : ", ") + aggregate.attribute.name;
    operation.task.calls.push_back(std::move(flat));
    operation.results.push_back(call.type());
    output.push_back(aggregate.attribute);
  }
  return MakePython(std::move(input), std::move(operation), std::move(inputs), std::move(output));
}

}  // namespace headrace

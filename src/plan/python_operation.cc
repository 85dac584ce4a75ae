#include "plan/python_operation.h"

namespace headrace {

PythonFunctionCall::PythonFunctionCall(PythonFunctionPtr function, PythonContextPtr context,
                                       std::vector<ExpressionPtr> arguments,
                                       std::vector<std::string> keywords)
    : Expression(function->result, /*nullable=*/true, std::move(arguments)),
      function_(std::move(function)),
      context_(std::move(context)),
      keywords_(std::move(keywords)) {}

Result<Datum> PythonFunctionCall::Evaluate(const arrow::RecordBatch&,
                                           const EvaluationContext&) const {
  return NotSupported("the Python function " + function_->name + " at this place",
                      "Compute it as a column with withColumn() first.");
}

ExpressionPtr PythonFunctionCall::WithChildren(std::vector<ExpressionPtr> children) const {
  return std::make_shared<PythonFunctionCall>(function_, context_, std::move(children), keywords_);
}

bool PythonFunctionCall::deterministic() const {
  return function_->deterministic && Expression::deterministic();
}

std::string PythonFunctionCall::ToString() const {
  std::string text = function_->name + "(";
  for (size_t i = 0; i < children().size(); ++i) {
    if (i > 0) text += ", ";
    if (!keywords_[i].empty()) text += keywords_[i] + " => ";
    text += children()[i]->ToString();
  }
  return text + ")";
}

bool ContainsPython(const ExpressionPtr& expression) {
  bool found = false;
  if (expression) {
    Visit(expression, [&](const Expression& node) {
      found |= dynamic_cast<const PythonFunctionCall*>(&node) != nullptr;
    });
  }
  return found;
}

std::string PythonText(const PythonOperation& operation) {
  const PythonEvaluation evaluation = operation.task.evaluation;
  std::string name;
  switch (operation.shape) {
    case PythonOperation::Shape::kColumns:
      name = evaluation == PythonEvaluation::kBatched ? "BatchEvalPython" : "ArrowEvalPython";
      break;
    case PythonOperation::Shape::kRows:
      name = evaluation == PythonEvaluation::kMapPandas ? "MapInPandas" : "MapInArrow";
      break;
    case PythonOperation::Shape::kAggregate:
      name = "AggregateInPandas";
      break;
    case PythonOperation::Shape::kWindow:
      name = "ArrowWindowPython";
      break;
    case PythonOperation::Shape::kTable:
      name = evaluation == kTableOfRows ? "BatchEvalPythonUDTF" : "ArrowEvalPythonUDTF";
      break;
    case PythonOperation::Shape::kCogroups:
      name = evaluation == PythonEvaluation::kCogroupedMapArrow ? "FlatMapCoGroupsInArrow"
                                                                : "FlatMapCoGroupsInPandas";
      break;
    case PythonOperation::Shape::kGroups: {
      const bool arrow = evaluation == PythonEvaluation::kGroupedMapArrow ||
                         evaluation == PythonEvaluation::kGroupedMapArrowIterator;
      name = arrow ? "FlatMapGroupsInArrow" : "FlatMapGroupsInPandas";
      break;
    }
  }
  return name + " [" + operation.name + "]";
}

bool IsGroupedAggregate(PythonEvaluation evaluation) {
  switch (evaluation) {
    case PythonEvaluation::kGroupedAggregatePandas:
    case PythonEvaluation::kGroupedAggregatePandasIterator:
    case PythonEvaluation::kGroupedAggregateArrow:
    case PythonEvaluation::kGroupedAggregateArrowIterator:
      return true;
    default:
      return false;
  }
}

PythonTask TaskOf(const PythonFunction& function, const PythonContext& context) {
  PythonTask task;
  task.evaluation = function.evaluation;
  task.python_version = function.python_version;
  task.configuration = context.configuration;
  task.files_directory = context.files_directory;
  task.includes = context.includes;
  return task;
}

}  // namespace headrace

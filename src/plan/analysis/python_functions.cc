// Calls of Python functions, and relations that are made by them.
#include <utility>

#include "plan/analysis/aggregate_resolution.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/select_list.h"
#include "plan/python_operation.h"
#include "plan/tree_text.h"

namespace headrace {
namespace {

Status CheckScalar(const PythonFunction& function) {
  switch (function.evaluation) {
    case PythonEvaluation::kBatched:
    case PythonEvaluation::kArrowBatched:
    case PythonEvaluation::kScalarPandas:
    case PythonEvaluation::kScalarPandasIterator:
    case PythonEvaluation::kScalarArrow:
    case PythonEvaluation::kScalarArrowIterator:
      return Status::OK();
    case PythonEvaluation::kGroupedAggregatePandas:
    case PythonEvaluation::kGroupedAggregatePandasIterator:
    case PythonEvaluation::kGroupedAggregateArrow:
    case PythonEvaluation::kGroupedAggregateArrowIterator:
      return NotSupported("the grouped aggregate pandas_udf " + function.name + " at this place",
                          "It is possible as a whole column of groupBy().agg().");
    default:
      return NotSupported("the Python function " + function.name + " of evaluation type " +
                          std::to_string(static_cast<int>(function.evaluation)));
  }
}

// The columns of a struct, as the output of an operator.
Result<std::vector<Attribute>> OutputColumns(const PythonFunction& function) {
  if (!function.result || function.result->id() != arrow::Type::STRUCT) {
    return AnalysisError("DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE",
                         "The Python function " + function.name +
                             " makes rows, so its return type must be a struct of columns.",
                         {{"functionName", function.name}});
  }
  return AttributesOf(*arrow::schema(function.result->fields()));
}

// What an argument list of grouped evaluations looks like: [count, keys, key columns…, value
// columns…].
PythonCall GroupedCall(const PythonFunction& function, const std::vector<int>& keys,
                       const std::vector<int>& values) {
  PythonCall call;
  call.commands = {function.command};
  call.arguments.push_back({static_cast<int>(1 + keys.size() + values.size()), ""});
  call.arguments.push_back({static_cast<int>(keys.size()), ""});
  for (int column : keys) call.arguments.push_back({column, ""});
  for (int column : values) call.arguments.push_back({column, ""});
  return call;
}

// The call of an aggregating function that a column of agg() is, perhaps under an alias; null:
// none.
const UnresolvedExpression* AggregateCall(const UnresolvedExpression& column) {
  if (column.kind == UnresolvedKind::kAlias) return AggregateCall(*column.children[0]);
  const bool is_call =
      column.kind == UnresolvedKind::kPython && IsGroupedAggregate(column.python->evaluation);
  return is_call ? &column : nullptr;
}

// Where an expression stands among the inputs, which get it if it is new.
int PositionAmong(ExpressionPtr expression, const std::string& name,
                  std::vector<NamedExpression>* inputs) {
  for (size_t i = 0; i < inputs->size(); ++i) {
    if (SameExpression(*(*inputs)[i].expression, *expression)) return static_cast<int>(i);
  }
  inputs->push_back(Computed(std::move(expression), name));
  return static_cast<int>(inputs->size()) - 1;
}

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

}  // namespace

Result<TypedExpression> ExpressionResolver::ResolvePython(const UnresolvedExpression& call) {
  const PythonFunction& function = *call.python;
  ARROW_RETURN_NOT_OK(CheckScalar(function));
  if (call.distinct || call.filter) {
    return NotSupported("DISTINCT and FILTER with the Python function " + function.name);
  }
  if (!context_->python) return NotSupported("the Python function " + function.name + " here");
  ARROW_ASSIGN_OR_RAISE(auto python, context_->python("the Python function " + function.name));
  std::vector<ExpressionPtr> arguments;
  std::vector<std::string> keywords, texts;
  for (const UnresolvedPtr& child : call.children) {
    const bool named = child->kind == UnresolvedKind::kNamedArgument;
    ARROW_ASSIGN_OR_RAISE(auto values, ResolveArguments({named ? child->children[0] : child}));
    for (TypedExpression& value : values) {
      keywords.push_back(named ? child->name : "");
      texts.push_back((named ? child->name + " => " : "") + value.text);
      arguments.push_back(std::move(value.expression));
    }
  }
  TypedExpression result;
  result.text = function.name + "(" + JoinTexts(texts, [](const auto& text) { return text; }) + ")";
  result.expression = std::make_shared<PythonFunctionCall>(
      call.python, std::move(python), std::move(arguments), std::move(keywords));
  return result;
}

Result<Relation> RelationResolver::ResolveMapPython(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  const PythonFunction& function = *plan.python;
  if (!context_->python) return NotSupported(function.name + " here");
  PythonOperation operation;
  operation.shape = PythonOperation::Shape::kRows;
  operation.name = function.name;
  ARROW_ASSIGN_OR_RAISE(operation.context, context_->python("mapInPandas and mapInArrow"));
  operation.task = TaskOf(function, *operation.context);
  // The whole row comes as one struct.
  operation.task.calls = {{{{0, ""}}, {function.command}}};
  ARROW_ASSIGN_OR_RAISE(auto output, OutputColumns(function));
  return Closed(
      MakePython(child.plan, std::move(operation), PassThrough(child.output()), std::move(output)));
}

Result<Relation> RelationResolver::ResolveGroupMapPython(const LogicalPlan& plan) {
  const PythonFunction& function = *plan.python;
  if (plan.children.size() > 1) return NotSupported("cogroup().applyInPandas and applyInArrow");
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  if (!context_->python) return NotSupported(function.name + " here");
  PythonOperation operation;
  operation.shape = PythonOperation::Shape::kGroups;
  operation.name = function.name;
  ARROW_ASSIGN_OR_RAISE(operation.context, context_->python("applyInPandas and applyInArrow"));
  operation.task = TaskOf(function, *operation.context);
  std::vector<NamedExpression> inputs = PassThrough(child.output());
  std::vector<int> values;
  for (size_t i = 0; i < inputs.size(); ++i) values.push_back(static_cast<int>(i));
  ExpressionResolver resolver(context_, {&child});
  for (const UnresolvedPtr& grouping : plan.groupings) {
    ARROW_ASSIGN_OR_RAISE(TypedExpression key, resolver.Resolve(grouping));
    if (ContainsPython(key.expression)) {
      return NotSupported("grouping by a Python function",
                          "Compute it as a column with withColumn() first.");
    }
    operation.key_inputs.push_back(
        PositionAmong(key.expression, OutputName(*grouping, key.text), &inputs));
  }
  operation.task.calls = {GroupedCall(function, operation.key_inputs, values)};
  ARROW_ASSIGN_OR_RAISE(auto output, OutputColumns(function));
  return Closed(MakePython(child.plan, std::move(operation), std::move(inputs), std::move(output)));
}

bool HasPythonAggregate(const LogicalPlan& plan) {
  for (const UnresolvedPtr& column : plan.expressions) {
    if (AggregateCall(*column)) return true;
  }
  return false;
}

Result<Relation> RelationResolver::ResolvePythonAggregate(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  if (IsStreaming(*child.plan)) {
    return AnalysisError("_LEGACY_ERROR_TEMP_3102",
                         "Streaming aggregation doesn't support group aggregate pandas UDF",
                         {{"msg", "group aggregate pandas UDF"}});
  }
  if (plan.group_type != GroupType::kGroupBy || plan.select_list || plan.having) {
    return NotSupported("a grouped aggregate pandas_udf in SQL, rollup, cube or pivot",
                        "It is possible in groupBy().agg().");
  }
  if (!context_->python) return NotSupported("grouped aggregate pandas_udf here");
  PythonOperation operation;
  operation.shape = PythonOperation::Shape::kAggregate;
  ARROW_ASSIGN_OR_RAISE(operation.context, context_->python("grouped aggregate pandas_udf"));
  ExpressionResolver resolver(context_, {&child});
  std::vector<NamedExpression> inputs;
  std::vector<Attribute> output;
  auto position = [&](const TypedExpression& value) -> Result<int> {
    if (ContainsPython(value.expression)) {
      return NotSupported("a Python function below a grouped aggregate pandas_udf",
                          "Compute it as a column with withColumn() first.");
    }
    return PositionAmong(value.expression, value.text, &inputs);
  };
  for (const UnresolvedPtr& grouping : plan.groupings) {
    ARROW_ASSIGN_OR_RAISE(const TypedExpression key, resolver.Resolve(grouping));
    ARROW_ASSIGN_OR_RAISE(const int column, position(key));
    operation.key_inputs.push_back(column);
    NamedExpression named = NameColumn(*grouping, key, {&resolver.input()});
    output.push_back(named.attribute);
  }
  for (const UnresolvedPtr& column : plan.expressions) {
    const UnresolvedExpression* call = AggregateCall(*column);
    if (!call ||
        (!operation.results.empty() && call->python->evaluation != operation.task.evaluation)) {
      return AnalysisError("INVALID_PANDAS_UDF_PLACEMENT",
                           "A grouped aggregate pandas_udf cannot stand beside other aggregate "
                           "functions in one agg(). Use two, and join them.",
                           {{"functionList", ""}});
    }
    const PythonFunction& function = *call->python;
    if (operation.results.empty()) operation.task = TaskOf(function, *operation.context);
    PythonCall flat;
    flat.commands = {function.command};
    TypedExpression value;
    for (const UnresolvedPtr& child_argument : call->children) {
      const bool named = child_argument->kind == UnresolvedKind::kNamedArgument;
      ARROW_ASSIGN_OR_RAISE(
          auto arguments,
          resolver.ResolveArguments({named ? child_argument->children[0] : child_argument}));
      for (const TypedExpression& argument : arguments) {
        ARROW_ASSIGN_OR_RAISE(const int input, position(argument));
        flat.arguments.push_back({input, named ? child_argument->name : ""});
        value.text += (value.text.empty() ? "" : ", ") + argument.text;
      }
    }
    value.text = function.name + "(" + value.text + ")";
    operation.name += (operation.name.empty() ? "" : ", ") + value.text;
    operation.task.calls.push_back(std::move(flat));
    operation.results.push_back(function.result);
    Attribute attribute;
    attribute.id = NextAttributeId();
    attribute.name = OutputName(*column, value.text);
    attribute.type = function.result;
    output.push_back(std::move(attribute));
  }
  return Closed(MakePython(child.plan, std::move(operation), std::move(inputs), std::move(output)));
}

}  // namespace headrace

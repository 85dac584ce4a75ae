// Calls of Python functions, and relations that are made by them.
#include <numeric>
#include <utility>

#include "expression/cast.h"
#include "plan/analysis/python_aggregates.h"
#include "plan/analysis/relation_resolver.h"
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

}  // namespace

Result<TypedExpression> ExpressionResolver::ResolvePython(const UnresolvedExpression& call) {
  const PythonFunction& function = *call.python;
  const bool aggregating = IsGroupedAggregate(function.evaluation);
  const bool inside_aggregate = inside_aggregate_;
  inside_aggregate_ |= aggregating;
  auto bound_or = BindPython(call);
  inside_aggregate_ = inside_aggregate;
  ARROW_ASSIGN_OR_RAISE(BoundPython bound, std::move(bound_or));
  TypedExpression result;
  result.text = std::move(bound.text);
  if (!aggregating) {
    result.expression = std::move(bound.call);
    return result;
  }
  ARROW_RETURN_NOT_OK(CheckAggregating(function, result.text));
  result.expression = aggregates->AddPython(std::move(bound.call), result.text);
  return result;
}

Result<ExpressionResolver::BoundPython> ExpressionResolver::BindPython(
    const UnresolvedExpression& call) {
  const PythonFunction& function = *call.python;
  if (!IsGroupedAggregate(function.evaluation)) ARROW_RETURN_NOT_OK(CheckScalar(function));
  if (call.distinct || call.filter) {
    return AnalysisError(
        "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        "DISTINCT and FILTER (WHERE …) are not possible with the Python function " + function.name +
            "; deduplicate or filter the rows first.",
        {{"prettyName", "`" + function.name + "`"},
         {"syntax", call.distinct ? "DISTINCT" : "FILTER CLAUSE"}});
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
  BoundPython bound;
  bound.text = function.name + "(" + JoinTexts(texts, [](const auto& text) { return text; }) + ")";
  bound.call = std::make_shared<const PythonFunctionCall>(
      call.python, std::move(python), std::move(arguments), std::move(keywords));
  return bound;
}

Status ExpressionResolver::CheckAggregating(const PythonFunction& function,
                                            const std::string& text) const {
  if (inside_aggregate_) {
    return AnalysisError("NESTED_AGGREGATE_FUNCTION",
                         "The aggregate function " + function.name +
                             "() stands inside another one. Aggregate in an inner query first.");
  }
  if (!aggregates) {
    if (aggregate_refused) return aggregate_refused(text);
    return AnalysisError(
        "UNSUPPORTED_EXPR_FOR_OPERATOR",
        "The aggregate function " + text + " is not possible here; use it in select() or agg().",
        {{"invalidExprSqls", "\"" + text + "\""}});
  }
  if (streaming_) {
    return AnalysisError("_LEGACY_ERROR_TEMP_3102",
                         "Streaming aggregation doesn't support group aggregate pandas UDF",
                         {{"msg", "group aggregate pandas UDF"}});
  }
  if (aggregate_filter) {
    return NotSupported("the grouped aggregate pandas_udf " + function.name + " with pivot()");
  }
  return aggregates->Accepts(function) ? Status::OK() : PythonAggregateBesideOthers();
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
  operation.task.is_barrier = plan.number == 1;
  // The whole row comes as one struct.
  operation.task.calls = {{{{0, ""}}, {function.command}}};
  ARROW_ASSIGN_OR_RAISE(auto output, OutputColumns(function));
  return Closed(
      MakePython(child.plan, std::move(operation), PassThrough(child.output()), std::move(output)));
}

// The rows of both relations as those of one, whose last column tells them apart.
Result<Relation> RelationResolver::ResolveCogroups(const LogicalPlan& plan) {
  const PythonFunction& function = *plan.python;
  if (!context_->python) return NotSupported(function.name + " here");
  PythonOperation operation;
  operation.shape = PythonOperation::Shape::kCogroups;
  operation.name = function.name;
  ARROW_ASSIGN_OR_RAISE(operation.context, context_->python("cogroup().applyInPandas"));
  operation.task = TaskOf(function, *operation.context);

  struct Side {
    ResolvedPlanPtr plan;
    std::vector<NamedExpression> inputs;
    std::vector<int> keys;
  };
  std::vector<Side> sides;
  PythonCall call;
  for (size_t i = 0; i < 2; ++i) {
    ARROW_ASSIGN_OR_RAISE(const Relation relation, Resolve(plan.children[i]));
    Side side{relation.plan, PassThrough(relation.output()), {}};
    std::vector<int> values(side.inputs.size());
    std::iota(values.begin(), values.end(), 0);
    ExpressionResolver resolver(context_, {&relation});
    for (const UnresolvedPtr& grouping : i == 0 ? plan.groupings : plan.other_groupings) {
      ARROW_ASSIGN_OR_RAISE(TypedExpression key, resolver.Resolve(grouping));
      if (ContainsPython(key.expression)) {
        return NotSupported("grouping by a Python function",
                            "Compute it as a column with withColumn() first.");
      }
      side.keys.push_back(
          PositionAmong(key.expression, OutputName(*grouping, key.text), &side.inputs));
    }
    const PythonCall own = GroupedCall(function, side.keys, values);
    call.commands = own.commands;
    call.arguments.insert(call.arguments.end(), own.arguments.begin(), own.arguments.end());
    sides.push_back(std::move(side));
  }
  operation.task.calls = {std::move(call)};
  operation.first_inputs = static_cast<int>(sides[0].inputs.size());
  operation.second_inputs = static_cast<int>(sides[1].inputs.size());
  bool same_keys = sides[0].keys.size() == sides[1].keys.size();
  for (size_t i = 0; same_keys && i < sides[0].keys.size(); ++i) {
    same_keys = SameType(*sides[0].inputs[static_cast<size_t>(sides[0].keys[i])].attribute.type,
                         *sides[1].inputs[static_cast<size_t>(sides[1].keys[i])].attribute.type);
  }
  if (!same_keys) {
    return IllegalArgument("",
                           "The two sides of cogroup() must be grouped by columns of the same "
                           "types.");
  }

  std::vector<ResolvedPlanPtr> children;
  for (size_t i = 0; i < 2; ++i) {
    std::vector<NamedExpression> columns;
    for (size_t j = 0; j < 2; ++j) {
      for (const NamedExpression& input : sides[j].inputs) {
        if (i == j) {
          columns.push_back(input);
          continue;
        }
        const auto none = MakeLiteral(std::make_shared<arrow::NullScalar>());
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr null,
                              MakeCast(none, input.attribute.type, context_->bind.cast_options()));
        columns.push_back(Computed(std::move(null), input.attribute.name));
      }
    }
    for (const int key : sides[i].keys) {
      columns.push_back(Computed(sides[i].inputs[static_cast<size_t>(key)].expression, "key"));
    }
    columns.push_back(
        Computed(MakeLiteral(std::make_shared<arrow::BooleanScalar>(i == 1)), "side"));
    children.push_back(MakeProject(sides[i].plan, std::move(columns)));
  }
  const ResolvedPlanPtr both =
      MakeSetOperation(ResolvedKind::kUnion, std::move(children), /*all=*/true);
  for (size_t i = 0; i < sides[0].keys.size(); ++i) {
    operation.key_inputs.push_back(operation.first_inputs + operation.second_inputs +
                                   static_cast<int>(i));
  }
  ARROW_ASSIGN_OR_RAISE(auto output, OutputColumns(function));
  return Closed(
      MakePython(both, std::move(operation), PassThrough(both->output), std::move(output)));
}

Result<Relation> RelationResolver::ResolveGroupMapPython(const LogicalPlan& plan) {
  const PythonFunction& function = *plan.python;
  if (plan.children.size() > 1) return ResolveCogroups(plan);
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
    operation.key_inputs.push_back(
        PositionAmong(key.expression, OutputName(*grouping, key.text), &inputs));
  }
  operation.task.calls = {GroupedCall(function, operation.key_inputs, values)};
  ARROW_ASSIGN_OR_RAISE(auto output, OutputColumns(function));
  return Closed(MakePython(child.plan, std::move(operation), std::move(inputs), std::move(output)));
}

}  // namespace headrace

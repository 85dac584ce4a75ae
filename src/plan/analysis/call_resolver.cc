// The calls among the expressions: which function a name means, its arguments, its name.
#include <algorithm>
#include <utility>

#include "connector/metadata_column.h"
#include "functions/aggregate/ordering_argument.h"
#include "functions/higher_order/lambda_parameters.h"
#include "plan/analysis/auto_name.h"
#include "plan/analysis/expression_resolver.h"
#include "plan/analysis/field_access.h"
#include "plan/analysis/python_aggregates.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/analysis/within_group.h"
#include "plan/python_operation.h"
#include "plan/session_values.h"
#include "plan/tree_text.h"
#include "plan/window_specification.h"

namespace headrace {
namespace {

std::vector<std::string> Texts(const std::vector<TypedExpression>& arguments) {
  std::vector<std::string> texts;
  for (const TypedExpression& argument : arguments) texts.push_back(argument.text);
  return texts;
}

std::vector<ExpressionPtr> Expressions(const std::vector<TypedExpression>& arguments) {
  std::vector<ExpressionPtr> expressions;
  for (const TypedExpression& argument : arguments) expressions.push_back(argument.expression);
  return expressions;
}

UnresolvedPtr One() { return UnresolvedLiteral(std::make_shared<arrow::Int32Scalar>(1)); }

// count(*) counts rows: count(1).
Result<std::vector<UnresolvedPtr>> AggregateArguments(const std::string& name,
                                                      const UnresolvedExpression& call) {
  if (name != "count" || call.children.size() != 1 || call.distinct ||
      call.children[0]->kind != UnresolvedKind::kStar) {
    return call.children;
  }
  const std::vector<std::string>& target = call.children[0]->name_parts;
  if (target.empty()) return std::vector<UnresolvedPtr>{One()};
  const std::string text = JoinTexts(
      target, [](const std::string& part) { return part; }, ".");
  return AnalysisError("_LEGACY_ERROR_TEMP_1021",
                       "count(" + text +
                           ".*) is not allowed: it would count rows without nulls in "
                           "any column. Use count(*), or name the columns as in count(a, b).",
                       {{"targetString", text}});
}

std::string FieldName(const UnresolvedExpression& argument, size_t position) {
  switch (argument.kind) {
    case UnresolvedKind::kAttribute:
    case UnresolvedKind::kAlias:
      return OutputName(argument, "");
    case UnresolvedKind::kLambdaVariable:
      return argument.name;
    case UnresolvedKind::kExtractValue: {
      const UnresolvedExpression& key = *argument.children[1];
      if (key.literal && key.literal->type->id() == arrow::Type::STRING) {
        return key.literal->ToString();
      }
      break;
    }
    default:
      break;
  }
  return "col" + std::to_string(position + 1);
}

}  // namespace

std::string OutputName(const UnresolvedExpression& expression, const std::string& text) {
  switch (expression.kind) {
    case UnresolvedKind::kAlias:
      return expression.aliases[0];
    case UnresolvedKind::kAttribute:
      return expression.name_parts.back();
    case UnresolvedKind::kCast: {
      // A cast column keeps its name; a cast field of a struct does not.
      const UnresolvedExpression& child = *expression.children[0];
      if (child.kind == UnresolvedKind::kAlias) return child.aliases[0];
      if (child.kind != UnresolvedKind::kAttribute) return text;
      const std::string& column = child.name_parts.back();
      const bool whole = text == CastName(column, *expression.type, expression.try_cast);
      return whole ? column : text;
    }
    default:
      return text;
  }
}

bool ContainsAggregate(const UnresolvedExpression& expression, const FunctionRegistry& functions) {
  if (expression.kind == UnresolvedKind::kSubquery) return false;
  const auto contains = [&](const UnresolvedPtr& child) {
    return ContainsAggregate(*child, functions);
  };
  if (expression.kind == UnresolvedKind::kWindow) {
    const UnresolvedWindow& window = *expression.window;
    return std::ranges::any_of(expression.children[0]->children, contains) ||
           std::ranges::any_of(window.partitions, contains) ||
           std::ranges::any_of(window.orders, contains);
  }
  if (expression.kind == UnresolvedKind::kFunction && functions.FindAggregate(expression.name)) {
    return true;
  }
  if (expression.kind == UnresolvedKind::kPython &&
      IsGroupedAggregate(expression.python->evaluation)) {
    return true;
  }
  return std::ranges::any_of(expression.children, contains);
}

Result<TypedExpression> ExpressionResolver::ResolveCall(const UnresolvedExpression& call) {
  const FunctionRegistry& functions = *context_->functions;
  const std::string name = ToLower(call.name);
  if (name == "window" || name == "session_window" || name == "window_time") {
    return ResolveTimeFunction(name, call);
  }
  if ((name == "current_database" || name == "current_schema") && call.children.empty()) {
    if (auto database = context_->connector.configuration(kCurrentDatabaseKey)) {
      return TypedExpression{
          MakeLiteral(std::make_shared<arrow::StringScalar>(*std::move(database))),
          "current_schema()"};
    }
  }
  if (functions.FindGenerator(name)) {
    if (generator_refused) return generator_refused(name);
    return AnalysisError("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT",
                         "The generator " + name +
                             "() makes several rows of one; it is possible only in a select list.",
                         {{"plan", name}});
  }
  if (const AggregateFunction* aggregate = functions.FindAggregate(name)) {
    return ResolveAggregate(*aggregate, call);
  }
  ARROW_RETURN_NOT_OK(CheckWithinGroup(call));
  if (IsWindowFunction(name)) {
    return AnalysisError(
        "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE",
        "The window function " + name + "() needs a window: " + name + "(…) OVER (… ORDER BY …).",
        {{"funcName", "\"" + name + "()\""}});
  }
  if (call.distinct) {
    return AnalysisError(
        "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        "DISTINCT is possible only in aggregate functions; " + name + "() is none.",
        {{"prettyName", "`" + name + "`"}, {"syntax", "DISTINCT"}});
  }
  if (call.filter) {
    return AnalysisError(
        "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        "FILTER (WHERE …) is possible only after aggregate functions; " + name + "() is none.",
        {{"prettyName", "`" + name + "`"}, {"syntax", "FILTER CLAUSE"}});
  }
  if (name == "grouping" || name == "grouping_id") {
    if (!grouping_function) {
      return AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION",
                           name +
                               "() tells grouping sets apart; it is possible only with GROUPING "
                               "SETS, ROLLUP or CUBE.");
    }
    ARROW_ASSIGN_OR_RAISE(const auto arguments, ResolveArguments(call.children));
    TypedExpression result;
    result.text =
        name + "(" + JoinTexts(arguments, [](const TypedExpression& a) { return a.text; }) + ")";
    ARROW_ASSIGN_OR_RAISE(result.expression, grouping_function(name, Expressions(arguments)));
    return result;
  }
  if (name == "struct") return ResolveStruct(call);
  if (name.starts_with("input_file_") && call.children.empty() && functions.FindScalar(name)) {
    return ResolveInputFile(name);
  }
  return ResolveScalar(call);
}

// What the file that a row comes from tells; the function itself knows no file.
Result<TypedExpression> ExpressionResolver::ResolveInputFile(const std::string& function) {
  TypedExpression result;
  result.text = function + "()";
  const std::string part = function.substr(std::string_view("input_file_").size());
  for (const Attribute& attribute : hidden_) {
    if (attribute.name != kInputFileColumn) continue;
    ARROW_ASSIGN_OR_RAISE(result.expression,
                          ExtractPath(ToReference(attribute), {part}, *context_));
    return result;
  }
  ARROW_ASSIGN_OR_RAISE(result.expression, context_->functions->Call(function, {}, context_->bind));
  return result;
}

Result<TypedExpression> ExpressionResolver::ResolveScalar(const UnresolvedExpression& call) {
  const FunctionRegistry& functions = *context_->functions;
  const ScalarFunction* function = functions.FindScalar(call.name);
  if (!function) return UnresolvedRoutine(call.name, functions.Names());
  const auto first_lambda = FirstLambda(function->names[0], call.children.size());
  if (!first_lambda.ok()) return ForUser(first_lambda.status(), call.name);
  ARROW_ASSIGN_OR_RAISE(const auto arguments, *first_lambda
                                                  ? ResolveLambdaArguments(call, **first_lambda)
                                                  : ResolveArguments(call.children));
  std::vector<DataTypePtr> types;
  for (const TypedExpression& argument : arguments) types.push_back(argument.expression->type());
  Result<ExpressionPtr> bound = function->bind(Expressions(arguments), context_->bind);
  // What names a call relies on the number of arguments that the function asks for.
  const ErrorDetail* refusal = ErrorDetail::Get(bound.status());
  if (refusal != nullptr && refusal->condition().starts_with("WRONG_NUM_ARGS")) {
    return ForUser(bound.status(), call.name);
  }
  TypedExpression result;
  result.text = ScalarCallName(*function, call.name, Texts(arguments), types);
  if (!bound.ok()) return ForUser(bound.status(), result.text);
  result.expression = std::move(*bound);
  return result;
}

// The fields are named after the arguments, which only the unresolved call knows.
Result<TypedExpression> ExpressionResolver::ResolveStruct(const UnresolvedExpression& call) {
  std::vector<ExpressionPtr> named;
  std::vector<std::string> texts;
  auto add = [&](const std::string& name, ExpressionPtr value, std::string text) {
    named.push_back(MakeLiteral(std::make_shared<arrow::StringScalar>(name)));
    named.push_back(std::move(value));
    texts.push_back(std::move(text));
  };
  for (const UnresolvedPtr& child : call.children) {
    if (child->kind == UnresolvedKind::kStar || child->kind == UnresolvedKind::kRegex) {
      ARROW_ASSIGN_OR_RAISE(std::vector<NamedExpression> columns, Expand(*child));
      for (NamedExpression& column : columns) {
        add(column.attribute.name, std::move(column.expression), column.attribute.name);
      }
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(TypedExpression value, Resolve(child));
    std::string text = value.text;
    if (child->kind == UnresolvedKind::kAlias) text += " AS " + child->aliases[0];
    add(FieldName(*child, texts.size()), std::move(value.expression), std::move(text));
  }
  TypedExpression result;
  result.text = "struct(" + JoinTexts(texts, [](const auto& text) { return text; }) + ")";
  ARROW_ASSIGN_OR_RAISE(result.expression, context_->functions->Call(
                                               "named_struct", std::move(named), context_->bind));
  return result;
}

Result<TypedExpression> ExpressionResolver::ResolveAggregate(const AggregateFunction& function,
                                                             const UnresolvedExpression& call) {
  const std::string name = ToLower(call.name);
  if (inside_aggregate_) {
    return AnalysisError("NESTED_AGGREGATE_FUNCTION",
                         "The aggregate function " + name +
                             "() stands inside another one. Aggregate in an inner query first.");
  }
  inside_aggregate_ = true;
  scopes_around_aggregate_ = lambda_scopes_.size();
  auto bound_or = BindAggregate(function, call);
  inside_aggregate_ = false;
  scopes_around_aggregate_ = 0;
  ARROW_ASSIGN_OR_RAISE(BoundCall bound, std::move(bound_or));
  if (!aggregates) {
    if (aggregate_refused) return aggregate_refused(bound.text);
    return AnalysisError("UNSUPPORTED_EXPR_FOR_OPERATOR",
                         "The aggregate function " + bound.text +
                             " is not possible here; use it in select() or agg().",
                         {{"invalidExprSqls", "\"" + bound.text + "\""}});
  }
  if (!aggregates->python_aggregates().empty()) return PythonAggregateBesideOthers();
  if (aggregate_filter) {
    bound.filter = bound.filter ? MakeAnd(bound.filter, aggregate_filter) : aggregate_filter;
  }
  TypedExpression result;
  result.expression = aggregates->Add(std::move(bound.aggregate), std::move(bound.filter),
                                      call.distinct, bound.text);
  result.text = std::move(bound.text);
  return result;
}

Result<ExpressionResolver::BoundCall> ExpressionResolver::BindAggregate(
    const AggregateFunction& function, const UnresolvedExpression& call) {
  ARROW_RETURN_NOT_OK(CheckWithinGroup(call));
  ARROW_ASSIGN_OR_RAISE(const auto children, AggregateArguments(ToLower(call.name), call));
  ARROW_ASSIGN_OR_RAISE(auto arguments, ResolveArguments(children));
  const size_t ordering_count = OrderingCount(call);
  const std::vector<TypedExpression> orderings(arguments.end() - ordering_count, arguments.end());
  arguments.resize(arguments.size() - ordering_count);
  TypedExpression filter;
  if (call.filter) {
    ARROW_ASSIGN_OR_RAISE(filter, Resolve(call.filter));
  }
  BoundCall result;
  result.text = AggregateCallName(function, call.name, Texts(arguments), call.distinct,
                                  WithinGroupText(call, Texts(orderings)), filter.text);
  result.filter = std::move(filter.expression);
  for (const TypedExpression& argument : arguments) {
    if (!inside_aggregate_ || argument.expression->deterministic()) continue;
    return AnalysisError("AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION",
                         "The aggregate " + result.text + " would compute " + argument.text +
                             " anew for each row and each retry. Compute it as a column first.",
                         {{"sqlExpr", result.text}});
  }
  std::vector<ExpressionPtr> expressions = Expressions(arguments);
  if (call.ignore_nulls) {
    expressions.push_back(MakeLiteral(std::make_shared<arrow::BooleanScalar>(true)));
  }
  for (size_t i = 0; i < ordering_count; ++i) {
    const UnresolvedExpression& order = *call.children[call.children.size() - ordering_count + i];
    expressions.push_back(std::make_shared<OrderingArgument>(orderings[i].expression,
                                                             order.ascending, order.nulls_first));
  }
  Result<BoundAggregate> bound = function.bind(std::move(expressions), context_->bind);
  if (!bound.ok()) return ForUser(bound.status(), result.text);
  if (call.distinct) ARROW_RETURN_NOT_OK(CheckDistinctOrdering(*bound, ordering_count));
  result.aggregate = std::move(*bound);
  return result;
}

Result<TypedExpression> ExpressionResolver::ResolveTimeFunction(const std::string& name,
                                                                const UnresolvedExpression& call) {
  if (!time_columns) {
    return NotSupported(name + "() outside of select and groupBy",
                        "Add it as a column with withColumn() first.");
  }
  ARROW_ASSIGN_OR_RAISE(const auto arguments, ResolveArguments(call.children));
  TypedExpression result;
  if (name == "window") {
    result.text = "window";
    ARROW_ASSIGN_OR_RAISE(result.expression,
                          time_columns->AddWindow(Expressions(arguments), input_));
  } else if (name == "session_window") {
    result.text = "session_window";
    ARROW_ASSIGN_OR_RAISE(result.expression,
                          time_columns->AddSessionWindow(Expressions(arguments), input_));
  } else {
    result.text = "window_time(" +
                  JoinTexts(arguments, [](const TypedExpression& a) { return a.text; }) + ")";
    ARROW_ASSIGN_OR_RAISE(result.expression,
                          time_columns->AddWindowTime(Expressions(arguments), input_));
  }
  return result;
}

}  // namespace headrace

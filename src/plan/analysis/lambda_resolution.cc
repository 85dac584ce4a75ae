// Lambdas among the arguments of higher-order functions: what their variables are, and their
// bodies.
#include <algorithm>
#include <set>
#include <utility>

#include "functions/higher_order/lambda_parameters.h"
#include "plan/analysis/expression_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/tree_text.h"

namespace headrace {
namespace {

// Ids of variables: four for each lambda around (no lambda has more variables).
constexpr size_t kMostVariables = 4;

// What an auto-generated name shows of any variable.
constexpr char kVariableText[] = "namedlambdavariable()";

Status CheckNames(const UnresolvedExpression& lambda, size_t parameters, bool case_sensitive) {
  const std::vector<std::string>& names = lambda.lambda_arguments;
  if (names.size() != parameters) {
    return AnalysisError("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                         "The lambda function has " + std::to_string(names.size()) +
                             " parameters, but the higher-order function gives it " +
                             std::to_string(parameters) + ".",
                         {{"expectedNumArgs", std::to_string(names.size())},
                          {"actualNumArgs", std::to_string(parameters)}});
  }
  std::set<std::string> distinct;
  for (const std::string& name : names) distinct.insert(case_sensitive ? name : ToLower(name));
  if (distinct.size() == names.size()) return Status::OK();
  const std::string list = JoinTexts(names, [](const auto& name) { return "`" + name + "`"; });
  return AnalysisError(
      "INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES",
      "The parameters " + list + " of a lambda function must have different names.",
      {{"args", list}, {"caseSensitiveConfig", "\"spark.sql.caseSensitive\""}});
}

}  // namespace

Result<std::vector<TypedExpression>> ExpressionResolver::ResolveLambdaArguments(
    const UnresolvedExpression& call, size_t first_lambda) {
  const std::string function = ToLower(call.name);
  std::vector<TypedExpression> arguments;
  Arguments expressions;
  for (size_t i = 0; i < call.children.size(); ++i) {
    const UnresolvedPtr& child = call.children[i];
    TypedExpression argument;
    if (i < first_lambda) {
      ARROW_ASSIGN_OR_RAISE(argument, Resolve(child));
    } else {
      const bool is_lambda = child->kind == UnresolvedKind::kLambda;
      auto parameters =
          LambdaParameters(function, i, is_lambda ? child->lambda_arguments.size() : 1,
                           &expressions, context_->bind);
      if (!parameters.ok()) {
        const std::string text =
            JoinTexts(arguments, [](const TypedExpression& known) { return known.text; });
        return ForUser(parameters.status(), function + "(" + text + ", …)");
      }
      if (is_lambda) {
        ARROW_RETURN_NOT_OK(CheckNames(*child, parameters->size(), context_->case_sensitive));
      }
      std::vector<LambdaVariablePtr> variables;
      for (LambdaParameter& parameter : *parameters) {
        const size_t id = lambda_scopes_.size() * kMostVariables + variables.size();
        variables.push_back(std::make_shared<LambdaVariable>(
            static_cast<int>(id), std::move(parameter.type), parameter.nullable));
      }
      ARROW_ASSIGN_OR_RAISE(argument, ResolveLambda(*child, std::move(variables)));
    }
    expressions.push_back(argument.expression);
    arguments.push_back(std::move(argument));
  }
  // Collections may have been cast to what the function takes.
  for (size_t i = 0; i < arguments.size(); ++i) arguments[i].expression = expressions[i];
  return arguments;
}

// A value in a lambda's place is a function that looks at none of its variables.
Result<TypedExpression> ExpressionResolver::ResolveLambda(
    const UnresolvedExpression& argument, std::vector<LambdaVariablePtr> variables) {
  const bool is_lambda = argument.kind == UnresolvedKind::kLambda;
  lambda_scopes_.push_back(
      {is_lambda ? argument.lambda_arguments : std::vector<std::string>(), variables});
  auto resolved =
      Resolve(is_lambda ? argument.children[0] : std::make_shared<UnresolvedExpression>(argument));
  lambda_scopes_.pop_back();
  ARROW_ASSIGN_OR_RAISE(TypedExpression body, std::move(resolved));
  TypedExpression lambda;
  lambda.text = "lambdafunction(" + body.text;
  for (size_t i = 0; i < variables.size(); ++i) lambda.text += std::string(", ") + kVariableText;
  lambda.text += ")";
  lambda.expression =
      std::make_shared<LambdaFunction>(std::move(body.expression), std::move(variables));
  return lambda;
}

Result<TypedExpression> ExpressionResolver::ResolveLambdaVariable(const std::string& name) const {
  for (size_t level = lambda_scopes_.size(); level-- > 0;) {
    const LambdaScope& scope = lambda_scopes_[level];
    const auto found = std::ranges::find(scope.names, name);
    if (found == scope.names.end()) continue;
    if (level < scopes_around_aggregate_) {
      return NotSupported("an aggregate function of the lambda variable " + name,
                          "Use aggregate(array, start, merge) over the array's elements.");
    }
    return TypedExpression{scope.variables[found - scope.names.begin()], kVariableText};
  }
  return UnresolvedColumn({name}, input_);
}

// What becomes an operator of its own has a value a row, not one for each element.
Status ExpressionResolver::CheckOutsideOfLambda(const UnresolvedExpression& expression) const {
  const std::string outside = "Compute it as a column outside of the lambda function first.";
  switch (expression.kind) {
    case UnresolvedKind::kSubquery:
      return AnalysisError("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.HIGHER_ORDER_FUNCTION",
                           "A subquery stands in a lambda function. " + outside,
                           {{"treeNode", "lambdafunction"}});
    case UnresolvedKind::kPython:
      return AnalysisError("UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITH_PYTHON_UDF",
                           "The Python function " + expression.python->name +
                               " stands in a lambda function. " + outside,
                           {{"funcName", "\"" + expression.python->name + "\""}});
    case UnresolvedKind::kWindow:
      return NotSupported("window functions in a lambda function", outside);
    case UnresolvedKind::kFunction: {
      const std::string name = ToLower(expression.name);
      if (name != "window" && name != "session_window" && name != "window_time") {
        return Status::OK();
      }
      return NotSupported(name + "() in a lambda function", outside);
    }
    default:
      return Status::OK();
  }
}

}  // namespace headrace

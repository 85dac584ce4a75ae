#include <google/protobuf/descriptor.h>

#include "connect/field_check.h"
#include "connect/literal_messages.h"
#include "connect/plan_translator.h"
#include "connect/type_messages.h"

namespace headrace {
namespace {

using Kind = messages::Expression::ExprTypeCase;

// Names of lambda variables are unique in a plan; several parts are one dotted name.
std::string LambdaName(const messages::Expression::UnresolvedNamedLambdaVariable& message) {
  std::string name;
  for (const auto& part : message.name_parts()) name += (name.empty() ? "" : ".") + part;
  return name;
}

std::shared_ptr<UnresolvedExpression> NewExpression(UnresolvedKind kind,
                                                    std::vector<UnresolvedPtr> children = {}) {
  auto expression = std::make_shared<UnresolvedExpression>();
  expression->kind = kind;
  expression->children = std::move(children);
  return expression;
}

template <typename Message>
std::optional<int64_t> PlanIdOf(const Message& message) {
  return message.has_plan_id() ? std::optional<int64_t>(message.plan_id()) : std::nullopt;
}

// df.scalar(), df.exists(), column.isin(df); the DataFrame itself stands among the plan's
// references.
Result<UnresolvedPtr> SubqueryFrom(const messages::SubqueryExpression& message,
                                   const std::map<int64_t, LogicalPlanPtr>* references,
                                   std::vector<UnresolvedPtr> values) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"plan_id", "subquery_type", "in_subquery_values"}));
  if (references == nullptr || !references->contains(message.plan_id())) {
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.RELATION_NOT_SET",
                     "The plan holds no relation " + std::to_string(message.plan_id()) +
                         ", which an expression has as a subquery.");
  }
  auto subquery = NewExpression(UnresolvedKind::kSubquery, std::move(values));
  subquery->subquery = references->at(message.plan_id());
  switch (message.subquery_type()) {
    case messages::SubqueryExpression::SUBQUERY_TYPE_SCALAR:
      subquery->name = "scalar";
      break;
    case messages::SubqueryExpression::SUBQUERY_TYPE_EXISTS:
      subquery->name = "exists";
      break;
    case messages::SubqueryExpression::SUBQUERY_TYPE_IN:
      subquery->name = "in";
      break;
    default:
      return NotSupported("the subquery type " + std::to_string(message.subquery_type()));
  }
  return subquery;
}

}  // namespace

Result<std::vector<UnresolvedPtr>> PlanTranslator::Expressions(const Messages& all) const {
  std::vector<UnresolvedPtr> expressions;
  for (const auto& each : all) {
    ARROW_ASSIGN_OR_RAISE(auto expression, Expression(each));
    expressions.push_back(std::move(expression));
  }
  return expressions;
}

Result<UnresolvedPtr> PlanTranslator::Expression(const messages::Expression& message) const {
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr expression, BareExpression(message));
  const auto& origin = message.common().origin().python_origin();
  if (origin.fragment().empty()) return expression;
  return WithContext(std::move(expression), MakeCallContext(origin.fragment(), origin.call_site()));
}

Result<UnresolvedPtr> PlanTranslator::BareExpression(const messages::Expression& message) const {
  const auto* one = message.GetDescriptor()->FindOneofByName("expr_type");
  const auto* set = message.GetReflection()->GetOneofFieldDescriptor(message, one);
  if (set == nullptr) {
    ARROW_RETURN_NOT_OK(CheckFields(message, {"common"}));
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.EXPRESSION_TYPE_UNSUPPORTED",
                     "An expression without content.");
  }
  ARROW_RETURN_NOT_OK(CheckFields(message, {"common", set->name()}));
  if (message.has_common()) ARROW_RETURN_NOT_OK(CheckFields(message.common(), {"origin"}));
  switch (message.expr_type_case()) {
    case Kind::kLiteral: {
      ARROW_ASSIGN_OR_RAISE(auto value, LiteralFromMessage(message.literal()));
      return UnresolvedLiteral(std::move(value));
    }
    case Kind::kUnresolvedAttribute:
      return Attribute(message.unresolved_attribute());
    case Kind::kUnresolvedFunction:
      return Function(message.unresolved_function());
    case Kind::kExpressionString:
      ARROW_RETURN_NOT_OK(CheckFields(message.expression_string(), {"expression"}));
      return ParseExpression(message.expression_string().expression(), context_.parser);
    case Kind::kUnresolvedStar:
      return Star(message.unresolved_star());
    case Kind::kAlias:
      return Alias(message.alias());
    case Kind::kCast:
      return Cast(message.cast());
    case Kind::kUnresolvedRegex: {
      const auto& regex = message.unresolved_regex();
      ARROW_RETURN_NOT_OK(CheckFields(regex, {"col_name", "plan_id"}));
      auto expression = NewExpression(UnresolvedKind::kRegex);
      expression->name = regex.col_name();
      expression->plan_id = PlanIdOf(regex);
      return expression;
    }
    case Kind::kSortOrder:
      return SortOrder(message.sort_order());
    case Kind::kLambdaFunction:
      return Lambda(message.lambda_function());
    case Kind::kUnresolvedNamedLambdaVariable: {
      const auto& variable = message.unresolved_named_lambda_variable();
      ARROW_RETURN_NOT_OK(CheckFields(variable, {"name_parts"}));
      auto expression = NewExpression(UnresolvedKind::kLambdaVariable);
      expression->name = LambdaName(variable);
      return expression;
    }
    case Kind::kUnresolvedExtractValue: {
      const auto& extract = message.unresolved_extract_value();
      ARROW_RETURN_NOT_OK(CheckFields(extract, {"child", "extraction"}));
      ARROW_ASSIGN_OR_RAISE(auto child, Expression(extract.child()));
      ARROW_ASSIGN_OR_RAISE(auto extraction, Expression(extract.extraction()));
      return NewExpression(UnresolvedKind::kExtractValue, {child, extraction});
    }
    case Kind::kUpdateFields:
      return UpdateFields(message.update_fields());
    case Kind::kCallFunction:
      return CallFunction(message.call_function());
    case Kind::kWindow:
      return Window(message.window());
    case Kind::kCommonInlineUserDefinedFunction:
      return PythonCall(message.common_inline_user_defined_function());
    case Kind::kNamedArgumentExpression: {
      const auto& named = message.named_argument_expression();
      ARROW_RETURN_NOT_OK(CheckFields(named, {"key", "value"}));
      ARROW_ASSIGN_OR_RAISE(auto value, Expression(named.value()));
      auto expression = NewExpression(UnresolvedKind::kNamedArgument, {std::move(value)});
      expression->name = named.key();
      return expression;
    }
    case Kind::kMergeAction:
      return NotSupported("mergeInto");
    case Kind::kTypedAggregateExpression:
      return NotSupported("a typed aggregate of Scala");
    case Kind::kSubqueryExpression: {
      if (message.subquery_expression().subquery_type() ==
          messages::SubqueryExpression::SUBQUERY_TYPE_TABLE_ARG) {
        return TableArgument(message.subquery_expression());
      }
      const auto& subquery = message.subquery_expression();
      ARROW_ASSIGN_OR_RAISE(auto values, Expressions(subquery.in_subquery_values()));
      return SubqueryFrom(subquery, references_, std::move(values));
    }
    case Kind::kDirectShufflePartitionId:
      return NotSupported("repartitionById");
    case Kind::kExtension:
      return NotSupported("the expression extension " + message.extension().type_url());
    case Kind::EXPR_TYPE_NOT_SET:
      break;
  }
  return NotSupported("the expression " + set->name());
}

Result<UnresolvedPtr> PlanTranslator::Attribute(
    const messages::Expression::UnresolvedAttribute& message) const {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"unparsed_identifier", "plan_id", "is_metadata_column"}));
  if (message.is_metadata_column()) return NotSupported("DataFrame.metadataColumn");
  ARROW_ASSIGN_OR_RAISE(auto parts, ParseNameParts(message.unparsed_identifier()));
  return UnresolvedAttribute(std::move(parts), PlanIdOf(message));
}

Result<UnresolvedPtr> PlanTranslator::Function(
    const messages::Expression::UnresolvedFunction& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(
      message, {"function_name", "arguments", "is_distinct", "is_user_defined_function"}));
  if (message.function_name() == "distributed_sequence_id") return RowIndex();
  ARROW_ASSIGN_OR_RAISE(auto arguments, Expressions(message.arguments()));
  return WithRegistered(
      UnresolvedCall(message.function_name(), std::move(arguments), message.is_distinct()),
      context_.parser);
}

Result<UnresolvedPtr> PlanTranslator::CallFunction(const messages::CallFunction& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"function_name", "arguments"}));
  ARROW_ASSIGN_OR_RAISE(auto parts, ParseNameParts(message.function_name()));
  ARROW_ASSIGN_OR_RAISE(auto arguments, Expressions(message.arguments()));
  // A single part may have been quoted; several stay as they are and are found nowhere.
  return WithRegistered(UnresolvedCall(parts.size() == 1 ? parts.front() : message.function_name(),
                                       std::move(arguments)),
                        context_.parser);
}

Result<UnresolvedPtr> PlanTranslator::Star(
    const messages::Expression::UnresolvedStar& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"unparsed_target", "plan_id"}));
  std::vector<std::string> target;
  if (message.has_unparsed_target()) {
    constexpr std::string_view kEnd = ".*";
    const std::string& text = message.unparsed_target();
    if (!text.ends_with(kEnd)) {
      return MakeError(
          ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.UNRESOLVED_STAR_TARGET_INVALID",
          "The target of a star must end with `.*`; got `" + text + "`.", {{"target", text}});
    }
    ARROW_ASSIGN_OR_RAISE(target, ParseNameParts(text.substr(0, text.size() - kEnd.size())));
  }
  return UnresolvedStar(std::move(target), PlanIdOf(message));
}

Result<UnresolvedPtr> PlanTranslator::Alias(const messages::Expression::Alias& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"expr", "name", "metadata"}));
  ARROW_ASSIGN_OR_RAISE(auto child, Expression(message.expr()));
  if (message.name().empty()) {
    return AnalysisError("MULTI_ALIAS_WITHOUT_GENERATOR",
                         "An alias in the plan has no name; it takes one, or one for each column "
                         "that a generator makes.",
                         {{"expr", ""}, {"names", ""}});
  }
  return UnresolvedAlias(std::move(child), {message.name().begin(), message.name().end()},
                         message.metadata());
}

Result<UnresolvedPtr> PlanTranslator::Cast(const messages::Expression::Cast& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"expr", "type", "type_str", "eval_mode"}));
  ARROW_ASSIGN_OR_RAISE(auto child, Expression(message.expr()));
  DataTypePtr type;
  if (message.has_type()) {
    ARROW_ASSIGN_OR_RAISE(type, TypeFromMessage(message.type()));
  } else {
    ARROW_ASSIGN_OR_RAISE(type, ParseDdlType(message.type_str()));
  }
  using Mode = messages::Expression::Cast;
  switch (message.eval_mode()) {
    case Mode::EVAL_MODE_UNSPECIFIED:
      return UnresolvedCast(std::move(child), std::move(type), /*try_cast=*/false);
    case Mode::EVAL_MODE_TRY:
      return UnresolvedCast(std::move(child), std::move(type), /*try_cast=*/true);
    default:
      return NotSupported("a cast with a mode of its own (eval_mode)",
                          "spark.sql.ansi.enabled sets the mode of the session.");
  }
}

Result<UnresolvedPtr> PlanTranslator::SortOrder(
    const messages::Expression::SortOrder& message) const {
  using Order = messages::Expression::SortOrder;
  ARROW_RETURN_NOT_OK(CheckFields(message, {"child", "direction", "null_ordering"}));
  ARROW_ASSIGN_OR_RAISE(auto child, Expression(message.child()));
  bool ascending = message.direction() != Order::SORT_DIRECTION_DESCENDING;
  bool nulls_first = message.null_ordering() == Order::SORT_NULLS_UNSPECIFIED
                         ? ascending
                         : message.null_ordering() == Order::SORT_NULLS_FIRST;
  return UnresolvedSortOrder(std::move(child), ascending, nulls_first);
}

Result<UnresolvedPtr> PlanTranslator::Lambda(
    const messages::Expression::LambdaFunction& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"function", "arguments"}));
  ARROW_ASSIGN_OR_RAISE(auto body, Expression(message.function()));
  auto expression = NewExpression(UnresolvedKind::kLambda, {std::move(body)});
  for (const auto& argument : message.arguments()) {
    ARROW_RETURN_NOT_OK(CheckFields(argument, {"name_parts"}));
    expression->lambda_arguments.push_back(LambdaName(argument));
  }
  return expression;
}

Result<UnresolvedPtr> PlanTranslator::UpdateFields(
    const messages::Expression::UpdateFields& message) const {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"struct_expression", "field_name", "value_expression"}));
  ARROW_ASSIGN_OR_RAISE(auto structure, Expression(message.struct_expression()));
  auto expression = NewExpression(UnresolvedKind::kUpdateFields, {std::move(structure)});
  expression->name = message.field_name();
  if (message.has_value_expression()) {
    ARROW_ASSIGN_OR_RAISE(auto value, Expression(message.value_expression()));
    expression->children.push_back(std::move(value));
  }
  return expression;
}

}  // namespace headrace

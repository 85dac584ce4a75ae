// Functions that make tables: spark.tvf, alone or beside the rows of a lateral join.
#include <algorithm>

#include "connect/field_check.h"
#include "connect/plan_translator.h"

namespace headrace {
namespace {

// No value: it is no literal of a whole number.
std::optional<int64_t> WholeNumber(const UnresolvedExpression& expression) {
  if (expression.kind != UnresolvedKind::kLiteral || !expression.literal->is_valid ||
      !arrow::is_integer(expression.literal->type->id())) {
    return std::nullopt;
  }
  const auto number = expression.literal->CastTo(arrow::int64());
  if (!number.ok()) return std::nullopt;
  return static_cast<const arrow::Int64Scalar&>(**number).value;
}

// range([start,] end[, step[, partitions]])
Result<std::shared_ptr<LogicalPlan>> RangeOf(const std::vector<UnresolvedPtr>& arguments) {
  if (arguments.empty() || arguments.size() > 4) {
    return AnalysisError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                         "range() takes 1 to 4 arguments: [start,] end[, step[, partitions]].",
                         {{"functionName", "`range`"},
                          {"expectedNum", "[1, 2, 3, 4]"},
                          {"actualNum", std::to_string(arguments.size())}});
  }
  std::vector<int64_t> numbers;
  for (const UnresolvedPtr& argument : arguments) {
    const auto number = WholeNumber(*argument);
    if (!number) {
      return NotSupported("spark.tvf.range with other arguments than whole numbers",
                          "Give the numbers themselves.");
    }
    numbers.push_back(*number);
  }
  auto range = NewLogicalPlan(LogicalKind::kRange);
  range->start = numbers.size() > 1 ? numbers[0] : 0;
  range->end = numbers.size() > 1 ? numbers[1] : numbers[0];
  if (numbers.size() > 2) range->step = numbers[2];
  return range;
}

}  // namespace

Result<PlanTranslator::Node> PlanTranslator::TableValues(
    const messages::UnresolvedTableValuedFunction& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"function_name", "arguments"}));
  ARROW_ASSIGN_OR_RAISE(auto arguments, Expressions(message.arguments()));
  const std::string& name = message.function_name();
  if (EqualsIgnoreCase(name, "range")) return RangeOf(arguments);
  auto table = NewLogicalPlan(LogicalKind::kLateralView);
  if (auto function = context_.parser.registered_table(name)) {
    auto call = std::make_shared<UnresolvedExpression>();
    call->kind = UnresolvedKind::kPython;
    call->python = std::move(function);
    call->children = std::move(arguments);
    table->expressions = {std::move(call)};
  } else {
    table->expressions = {UnresolvedCall(name, std::move(arguments))};
  }
  return table;
}

// df.lateralJoin(f(…)): a table function beside each row; or a DataFrame that looks at the left
// row.
Result<PlanTranslator::Node> PlanTranslator::LateralJoin(
    const messages::LateralJoin& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"left", "right", "join_condition", "join_type"}));
  using messages::Join;
  const auto type = message.join_type();
  if (type != Join::JOIN_TYPE_INNER && type != Join::JOIN_TYPE_CROSS &&
      type != Join::JOIN_TYPE_LEFT_OUTER) {
    return NotSupported("lateralJoin of the type " + Join::JoinType_Name(type),
                        "It may be inner, cross or left.");
  }
  ARROW_ASSIGN_OR_RAISE(auto right, Relation(message.right()));
  LogicalPlanPtr call = right;
  if (right->kind == LogicalKind::kSubqueryAlias) call = right->children[0];
  if (call->kind != LogicalKind::kLateralView || !call->children.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto left, Relation(message.left()));
    auto join = NewLogicalPlan(LogicalKind::kJoin, {std::move(left), std::move(right)});
    join->name = "LATERAL";
    join->join_type = type == Join::JOIN_TYPE_LEFT_OUTER ? JoinType::kLeftOuter : JoinType::kInner;
    if (message.has_join_condition()) {
      ARROW_ASSIGN_OR_RAISE(join->expressions.emplace_back(), Expression(message.join_condition()));
    }
    return join;
  }
  if (message.has_join_condition()) {
    return NotSupported("lateralJoin with a condition", "Filter the result with where().");
  }
  auto node = std::make_shared<LogicalPlan>(*call);
  if (call != right) node->name = right->name;
  ARROW_ASSIGN_OR_RAISE(auto left, Relation(message.left()));
  node->children = {std::move(left)};
  node->outer = type == Join::JOIN_TYPE_LEFT_OUTER;
  return node;
}

}  // namespace headrace

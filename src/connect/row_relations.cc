// Relations that choose, group, order and combine rows.
#include "base/random.h"
#include "connect/field_check.h"
#include "connect/literal_messages.h"
#include "connect/plan_translator.h"

namespace headrace {

Result<PlanTranslator::Node> PlanTranslator::Filter(const messages::Filter& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "condition"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kFilter, message.input()));
  ARROW_ASSIGN_OR_RAISE(auto condition, Expression(message.condition()));
  node->expressions = {std::move(condition)};
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Aggregate(const messages::Aggregate& message) const {
  using Group = messages::Aggregate;
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "group_type", "grouping_expressions",
                                            "aggregate_expressions", "pivot", "grouping_sets"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kAggregate, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->groupings, Expressions(message.grouping_expressions()));
  ARROW_ASSIGN_OR_RAISE(node->expressions, Expressions(message.aggregate_expressions()));
  switch (message.group_type()) {
    case Group::GROUP_TYPE_GROUPBY:
      node->group_type = GroupType::kGroupBy;
      break;
    case Group::GROUP_TYPE_ROLLUP:
      node->group_type = GroupType::kRollup;
      break;
    case Group::GROUP_TYPE_CUBE:
      node->group_type = GroupType::kCube;
      break;
    case Group::GROUP_TYPE_PIVOT: {
      node->group_type = GroupType::kPivot;
      ARROW_RETURN_NOT_OK(CheckFields(message.pivot(), {"col", "values"}));
      ARROW_ASSIGN_OR_RAISE(node->pivot_column, Expression(message.pivot().col()));
      for (const auto& each : message.pivot().values()) {
        ARROW_ASSIGN_OR_RAISE(auto value, LiteralFromMessage(each));
        node->pivot_values.push_back(UnresolvedLiteral(std::move(value)));
      }
      break;
    }
    case Group::GROUP_TYPE_GROUPING_SETS:
      node->group_type = GroupType::kGroupingSets;
      for (const auto& set : message.grouping_sets()) {
        ARROW_RETURN_NOT_OK(CheckFields(set, {"grouping_set"}));
        ARROW_ASSIGN_OR_RAISE(auto expressions, Expressions(set.grouping_set()));
        node->grouping_sets.push_back(std::move(expressions));
      }
      break;
    default:
      return NotSupported("the group type " + std::to_string(message.group_type()));
  }
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Sort(const messages::Sort& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "order", "is_global"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kSort, message.input()));
  for (const auto& each : message.order()) {
    ARROW_ASSIGN_OR_RAISE(auto order, SortOrder(each));
    node->expressions.push_back(std::move(order));
  }
  node->global = message.is_global();
  return node;
}

template <typename Message>
Result<PlanTranslator::Node> PlanTranslator::Limit(LogicalKind kind, const Message& message,
                                                   const char* field, int64_t number) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", field}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(kind, message.input()));
  node->number = number;
  return node;
}
template Result<PlanTranslator::Node> PlanTranslator::Limit(LogicalKind, const messages::Limit&,
                                                            const char*, int64_t) const;
template Result<PlanTranslator::Node> PlanTranslator::Limit(LogicalKind, const messages::Offset&,
                                                            const char*, int64_t) const;
template Result<PlanTranslator::Node> PlanTranslator::Limit(LogicalKind, const messages::Tail&,
                                                            const char*, int64_t) const;

Result<PlanTranslator::Node> PlanTranslator::Join(const messages::Join& message) const {
  using Type = messages::Join;
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"left", "right", "join_condition", "join_type", "using_columns"}));
  ARROW_ASSIGN_OR_RAISE(auto left, Relation(message.left()));
  ARROW_ASSIGN_OR_RAISE(auto right, Relation(message.right()));
  auto node = NewLogicalPlan(LogicalKind::kJoin, {std::move(left), std::move(right)});
  switch (message.join_type()) {
    case Type::JOIN_TYPE_INNER:
      node->join_type = JoinType::kInner;
      break;
    case Type::JOIN_TYPE_FULL_OUTER:
      node->join_type = JoinType::kFullOuter;
      break;
    case Type::JOIN_TYPE_LEFT_OUTER:
      node->join_type = JoinType::kLeftOuter;
      break;
    case Type::JOIN_TYPE_RIGHT_OUTER:
      node->join_type = JoinType::kRightOuter;
      break;
    case Type::JOIN_TYPE_LEFT_ANTI:
      node->join_type = JoinType::kLeftAnti;
      break;
    case Type::JOIN_TYPE_LEFT_SEMI:
      node->join_type = JoinType::kLeftSemi;
      break;
    case Type::JOIN_TYPE_CROSS:
      node->join_type = JoinType::kCross;
      break;
    default:
      return NotSupported("the join type " + std::to_string(message.join_type()));
  }
  if (message.has_join_condition()) {
    if (message.using_columns_size() > 0) {
      return MakeError(ErrorKind::kInvalidPlan,
                       "CONNECT_INVALID_PLAN.USING_COLUMNS_OR_JOIN_CONDITION_SET_IN_JOIN",
                       "A join takes a condition or the names of common columns, not both.");
    }
    ARROW_ASSIGN_OR_RAISE(auto condition, Expression(message.join_condition()));
    node->expressions = {std::move(condition)};
  }
  node->names.assign(message.using_columns().begin(), message.using_columns().end());
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::SetOperation(
    const messages::SetOperation& message) const {
  using Type = messages::SetOperation;
  ARROW_RETURN_NOT_OK(CheckFields(message, {"left_input", "right_input", "set_op_type", "is_all",
                                            "by_name", "allow_missing_columns"}));
  LogicalKind kind;
  switch (message.set_op_type()) {
    case Type::SET_OP_TYPE_UNION:
      kind = LogicalKind::kUnion;
      break;
    case Type::SET_OP_TYPE_INTERSECT:
      kind = LogicalKind::kIntersect;
      break;
    case Type::SET_OP_TYPE_EXCEPT:
      kind = LogicalKind::kExcept;
      break;
    default:
      return NotSupported("the set operation " + std::to_string(message.set_op_type()));
  }
  if (kind != LogicalKind::kUnion && (message.by_name() || message.allow_missing_columns())) {
    return NotSupported("intersect or except by name");
  }
  ARROW_ASSIGN_OR_RAISE(auto left, Relation(message.left_input()));
  ARROW_ASSIGN_OR_RAISE(auto right, Relation(message.right_input()));
  auto node = NewLogicalPlan(kind, {std::move(left), std::move(right)});
  node->all = message.is_all();
  node->by_name = message.by_name();
  node->allow_missing_columns = message.allow_missing_columns();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Deduplicate(
    const messages::Deduplicate& message) const {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"input", "column_names", "all_columns_as_keys", "within_watermark"}));
  if (message.all_columns_as_keys() == (message.column_names_size() > 0)) {
    return MakeError(ErrorKind::kInvalidPlan,
                     message.all_columns_as_keys()
                         ? "CONNECT_INVALID_PLAN.DEDUPLICATE_ALL_COLUMNS_AND_SUBSET"
                         : "CONNECT_INVALID_PLAN.DEDUPLICATE_REQUIRES_INPUT",
                     "Deduplication needs either column names or all columns as keys.");
  }
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kDeduplicate, message.input()));
  node->names.assign(message.column_names().begin(), message.column_names().end());
  node->within_watermark = message.within_watermark();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Sample(const messages::Sample& message) const {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"input", "lower_bound", "upper_bound", "with_replacement", "seed"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kSample, message.input()));
  node->lower = message.lower_bound();
  node->upper = message.upper_bound();
  node->with_replacement = message.with_replacement();
  node->seed = message.has_seed() ? message.seed() : static_cast<int64_t>(Random::System()->Next());
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Repartition(
    const messages::Repartition& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "num_partitions", "shuffle"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kRepartition, message.input()));
  node->all = message.shuffle();
  node->number = message.num_partitions();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::RepartitionByExpression(
    const messages::RepartitionByExpression& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "partition_exprs", "num_partitions"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kRepartition, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->expressions, Expressions(message.partition_exprs()));
  node->number = message.num_partitions();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Hint(const messages::Hint& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "name"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kHint, message.input()));
  node->name = message.name();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::ShowString(const messages::ShowString& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "num_rows", "truncate", "vertical"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kShowString, message.input()));
  node->number = message.num_rows();
  node->truncate = message.truncate();
  node->vertical = message.vertical();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::HtmlString(const messages::HtmlString& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "num_rows", "truncate"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kHtmlString, message.input()));
  node->number = message.num_rows();
  node->truncate = message.truncate();
  return node;
}

}  // namespace headrace

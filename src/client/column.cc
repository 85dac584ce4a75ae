#include "headrace/column.h"

#include "headrace/functions.h"

#include "client/exception_factory.h"
#include "client/expression_node.h"
#include "client/literal_message.h"
#include "client/messages.h"
#include "client/type_message.h"

namespace headrace {
namespace client {

Column MakeColumn(std::function<void(messages::Expression*)> write) {
  return Column(std::make_shared<const ExpressionNode>(ExpressionNode{.write = std::move(write)}));
}

Column Call(std::string name, std::vector<Column> arguments, bool is_distinct) {
  return MakeColumn([name = std::move(name), arguments = std::move(arguments),
                     is_distinct](messages::Expression* message) {
    auto* function = message->mutable_unresolved_function();
    function->set_function_name(name);
    for (const Column& argument : arguments) WriteExpression(argument, function->add_arguments());
    function->set_is_distinct(is_distinct);
  });
}

Column Literal(const Value& value) {
  return MakeColumn([value](messages::Expression* message) { WriteValue(value, message); });
}

void WriteExpression(const Column& column, messages::Expression* message) {
  column.node()->write(message);
}

void WriteSortOrder(const Column& column, messages::Expression::SortOrder* message) {
  messages::Expression expression;
  WriteExpression(column, &expression);
  if (expression.has_sort_order()) {
    message->Swap(expression.mutable_sort_order());
    return;
  }
  message->mutable_child()->Swap(&expression);
  message->set_direction(messages::Expression::SortOrder::SORT_DIRECTION_ASCENDING);
  message->set_null_ordering(messages::Expression::SortOrder::SORT_NULLS_FIRST);
}

namespace {

using Sort = messages::Expression::SortOrder;

Column Ordered(const Column& child, Sort::SortDirection direction, Sort::NullOrdering nulls) {
  return MakeColumn([child, direction, nulls](messages::Expression* message) {
    Sort* order = message->mutable_sort_order();
    WriteExpression(child, order->mutable_child());
    order->set_direction(direction);
    order->set_null_ordering(nulls);
  });
}

template <typename SetTarget>
Column CastTo(const Column& column, SetTarget set_target,
              messages::Expression::Cast::EvalMode mode) {
  return MakeColumn([column, set_target, mode](messages::Expression* message) {
    auto* cast = message->mutable_cast();
    WriteExpression(column, cast->mutable_expr());
    set_target(cast);
    cast->set_eval_mode(mode);
  });
}

Column CastToType(const Column& column, const DataType& type,
                  messages::Expression::Cast::EvalMode mode) {
  return CastTo(
      column, [type](auto* cast) { WriteType(type, cast->mutable_type()); }, mode);
}

Column CastToText(const Column& column, const std::string& type,
                  messages::Expression::Cast::EvalMode mode) {
  return CastTo(
      column, [type](auto* cast) { cast->set_type_str(type); }, mode);
}

Column CaseOf(std::vector<Column> branches) {
  Column call = Call("when", branches);
  return Column(std::make_shared<const ExpressionNode>(
      ExpressionNode{.write = call.node()->write, .branches = std::move(branches)}));
}

void CheckFollowsWhen(const ExpressionNode& node, const char* method) {
  if (!node.branches.empty()) return;
  ThrowIllegalArgument("INVALID_WHEN_USAGE",
                       std::string(method) +
                           "() goes on after when(), and only once there is no otherwise() yet: "
                           "start with functions::when(condition, value).");
}

}  // namespace
}  // namespace client

inline namespace v1 {

using client::Call;
using client::WriteExpression;
using client::messages::Expression;

ColumnOrName::ColumnOrName(const std::string& name)
    : Column(client::MakeColumn([name](Expression* message) {
        if (name == "*") {
          message->mutable_unresolved_star();
        } else if (name.ends_with(".*")) {
          message->mutable_unresolved_star()->set_unparsed_target(name);
        } else {
          message->mutable_unresolved_attribute()->set_unparsed_identifier(name);
        }
      })) {}

Column ColumnOrValue::OfValue(const Value& value) { return client::Literal(value); }

namespace detail {

Column CallBinary(std::string_view function, const ColumnOrValue& left,
                  const ColumnOrValue& right) {
  return Call(std::string(function), {left, right});
}

Column CallUnary(std::string_view function, const Column& operand) {
  return Call(std::string(function), {operand});
}

}  // namespace detail

Column Column::alias(const std::string& name) const {
  return alias(std::vector<std::string>{name});
}

Column Column::alias(const std::vector<std::string>& names) const {
  return client::MakeColumn([column = *this, names](Expression* message) {
    auto* alias = message->mutable_alias();
    WriteExpression(column, alias->mutable_expr());
    for (const std::string& name : names) alias->add_name(name);
  });
}

Column Column::cast(const DataType& type) const {
  return client::CastToType(*this, type, Expression::Cast::EVAL_MODE_UNSPECIFIED);
}
Column Column::cast(const std::string& type) const {
  return client::CastToText(*this, type, Expression::Cast::EVAL_MODE_UNSPECIFIED);
}
Column Column::try_cast(const DataType& type) const {
  return client::CastToType(*this, type, Expression::Cast::EVAL_MODE_TRY);
}
Column Column::try_cast(const std::string& type) const {
  return client::CastToText(*this, type, Expression::Cast::EVAL_MODE_TRY);
}

Column Column::isNull() const { return Call("isNull", {*this}); }
Column Column::isNotNull() const { return Call("isNotNull", {*this}); }
Column Column::isNaN() const { return Call("isNaN", {*this}); }
Column Column::eqNullSafe(const ColumnOrValue& other) const { return Call("<=>", {*this, other}); }
Column Column::like(const std::string& pattern) const {
  return Call("like", {*this, client::Literal(pattern)});
}
Column Column::ilike(const std::string& pattern) const {
  return Call("ilike", {*this, client::Literal(pattern)});
}
Column Column::rlike(const std::string& pattern) const {
  return Call("rlike", {*this, client::Literal(pattern)});
}
Column Column::contains(const ColumnOrValue& other) const {
  return Call("contains", {*this, other});
}
Column Column::startswith(const ColumnOrValue& other) const {
  return Call("startsWith", {*this, other});
}
Column Column::endswith(const ColumnOrValue& other) const {
  return Call("endsWith", {*this, other});
}
Column Column::startsWith(const ColumnOrValue& other) const { return startswith(other); }
Column Column::endsWith(const ColumnOrValue& other) const { return endswith(other); }
Column Column::substr(const ColumnOrValue& start, const ColumnOrValue& length) const {
  return Call("substr", {*this, start, length});
}
Column Column::between(const ColumnOrValue& lower, const ColumnOrValue& upper) const {
  return Call("and", {Call(">=", {*this, lower}), Call("<=", {*this, upper})});
}
Column Column::isin(const std::vector<ColumnOrValue>& values) const {
  std::vector<Column> arguments = {*this};
  arguments.insert(arguments.end(), values.begin(), values.end());
  return Call("in", std::move(arguments));
}

Column Column::bitwiseAND(const ColumnOrValue& other) const { return Call("&", {*this, other}); }
Column Column::bitwiseOR(const ColumnOrValue& other) const { return Call("|", {*this, other}); }
Column Column::bitwiseXOR(const ColumnOrValue& other) const { return Call("^", {*this, other}); }

Column Column::asc() const { return asc_nulls_first(); }
Column Column::asc_nulls_first() const {
  return client::Ordered(*this, client::Sort::SORT_DIRECTION_ASCENDING,
                         client::Sort::SORT_NULLS_FIRST);
}
Column Column::asc_nulls_last() const {
  return client::Ordered(*this, client::Sort::SORT_DIRECTION_ASCENDING,
                         client::Sort::SORT_NULLS_LAST);
}
Column Column::desc() const { return desc_nulls_last(); }
Column Column::desc_nulls_first() const {
  return client::Ordered(*this, client::Sort::SORT_DIRECTION_DESCENDING,
                         client::Sort::SORT_NULLS_FIRST);
}
Column Column::desc_nulls_last() const {
  return client::Ordered(*this, client::Sort::SORT_DIRECTION_DESCENDING,
                         client::Sort::SORT_NULLS_LAST);
}

Column Column::getItem(const ColumnOrValue& key) const {
  return client::MakeColumn([child = *this, key = Column(key)](Expression* message) {
    auto* extract = message->mutable_unresolved_extract_value();
    WriteExpression(child, extract->mutable_child());
    WriteExpression(key, extract->mutable_extraction());
  });
}
Column Column::getField(const std::string& name) const { return getItem(name); }
Column Column::operator[](const ColumnOrValue& key) const { return getItem(key); }

Column Column::withField(const std::string& name, const Column& value) const {
  return client::MakeColumn([column = *this, name, value](Expression* message) {
    auto* update = message->mutable_update_fields();
    WriteExpression(column, update->mutable_struct_expression());
    update->set_field_name(name);
    WriteExpression(value, update->mutable_value_expression());
  });
}
Column Column::dropFields(const std::vector<std::string>& names) const {
  Column result = *this;
  for (const std::string& name : names) {
    result = client::MakeColumn([column = result, name](Expression* message) {
      auto* update = message->mutable_update_fields();
      WriteExpression(column, update->mutable_struct_expression());
      update->set_field_name(name);
    });
  }
  return result;
}

Column Column::when(const Column& condition, const ColumnOrValue& value) const {
  client::CheckFollowsWhen(*node_, "when");
  std::vector<Column> branches = node_->branches;
  branches.push_back(condition);
  branches.push_back(value);
  return client::CaseOf(std::move(branches));
}
Column Column::otherwise(const ColumnOrValue& value) const {
  client::CheckFollowsWhen(*node_, "otherwise");
  std::vector<Column> arguments = node_->branches;
  arguments.push_back(value);
  return Call("when", std::move(arguments));
}

namespace functions {

Column when(const Column& condition, const ColumnOrValue& value) {
  return client::CaseOf({condition, value});
}

}  // namespace functions
}  // namespace v1
}  // namespace headrace

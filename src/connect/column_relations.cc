// Relations that make, name and type columns.
#include "connect/field_check.h"
#include "connect/literal_messages.h"
#include "connect/plan_translator.h"
#include "connect/type_messages.h"

namespace headrace {

Result<PlanTranslator::Node> PlanTranslator::Project(const messages::Project& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "expressions"}));
  // Without input: one row without columns (spark.range(1) without its id).
  auto node = NewLogicalPlan(LogicalKind::kProject);
  if (message.has_input()) {
    ARROW_ASSIGN_OR_RAISE(node, Unary(LogicalKind::kProject, message.input()));
  }
  ARROW_ASSIGN_OR_RAISE(node->expressions, Expressions(message.expressions()));
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::WithColumns(
    const messages::WithColumns& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "aliases"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kWithColumns, message.input()));
  for (const auto& alias : message.aliases()) {
    if (alias.name_size() != 1) {
      return MakeError(ErrorKind::kInvalidPlan,
                       "CONNECT_INVALID_PLAN.WITH_COLUMNS_REQUIRE_SINGLE_NAME_PART",
                       "withColumns takes one name a column.");
    }
    ARROW_ASSIGN_OR_RAISE(auto expression, Alias(alias));
    node->expressions.push_back(std::move(expression));
  }
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::WithColumnsRenamed(
    const messages::WithColumnsRenamed& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "rename_columns_map", "renames"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kRenameColumns, message.input()));
  for (const auto& [from, to] : message.rename_columns_map()) node->renames.emplace_back(from, to);
  for (const auto& rename : message.renames()) {
    ARROW_RETURN_NOT_OK(CheckFields(rename, {"col_name", "new_col_name"}));
    node->renames.emplace_back(rename.col_name(), rename.new_col_name());
  }
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Drop(const messages::Drop& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "columns", "column_names"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kDrop, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->expressions, Expressions(message.columns()));
  node->names.assign(message.column_names().begin(), message.column_names().end());
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::ToDf(const messages::ToDF& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "column_names"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kToDf, message.input()));
  node->names.assign(message.column_names().begin(), message.column_names().end());
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::ToSchema(const messages::ToSchema& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "schema"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kToSchema, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->schema, SchemaFromMessage(message.schema()));
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::SubqueryAlias(
    const messages::SubqueryAlias& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "alias"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kSubqueryAlias, message.input()));
  node->name = message.alias();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::WithWatermark(
    const messages::WithWatermark& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "event_time", "delay_threshold"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kWatermark, message.input()));
  node->name = message.event_time();
  node->delay = message.delay_threshold();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Unpivot(const messages::Unpivot& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(
      message, {"input", "ids", "values", "variable_column_name", "value_column_name"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kUnpivot, message.input()));
  ARROW_ASSIGN_OR_RAISE(node->groupings, Expressions(message.ids()));
  node->all = !message.has_values();
  if (message.has_values()) {
    ARROW_RETURN_NOT_OK(CheckFields(message.values(), {"values"}));
    ARROW_ASSIGN_OR_RAISE(node->expressions, Expressions(message.values().values()));
  }
  node->names = {message.variable_column_name(), message.value_column_name()};
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::FillNa(const messages::NAFill& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "cols", "values"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kFillNa, message.input()));
  node->names.assign(message.cols().begin(), message.cols().end());
  for (const auto& each : message.values()) {
    ARROW_ASSIGN_OR_RAISE(auto value, LiteralFromMessage(each));
    node->expressions.push_back(UnresolvedLiteral(std::move(value)));
  }
  bool one_for_all = node->expressions.size() == 1;
  if (!one_for_all && node->expressions.size() != node->names.size()) {
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.NA_FILL_VALUES",
                     "fillna takes one value, or one for each column.");
  }
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::DropNa(const messages::NADrop& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "cols", "min_non_nulls"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kDropNa, message.input()));
  node->names.assign(message.cols().begin(), message.cols().end());
  node->number = message.has_min_non_nulls() ? message.min_non_nulls() : -1;
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::ReplaceNa(const messages::NAReplace& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "cols", "replacements"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kReplaceNa, message.input()));
  node->names.assign(message.cols().begin(), message.cols().end());
  for (const auto& replacement : message.replacements()) {
    ARROW_RETURN_NOT_OK(CheckFields(replacement, {"old_value", "new_value"}));
    for (const auto* each : {&replacement.old_value(), &replacement.new_value()}) {
      ARROW_ASSIGN_OR_RAISE(auto value, LiteralFromMessage(*each));
      node->expressions.push_back(UnresolvedLiteral(std::move(value)));
    }
  }
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::CollectMetrics(
    const messages::CollectMetrics& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "name", "metrics"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kCollectMetrics, message.input()));
  node->name = message.name();
  ARROW_ASSIGN_OR_RAISE(node->expressions, Expressions(message.metrics()));
  return node;
}

}  // namespace headrace

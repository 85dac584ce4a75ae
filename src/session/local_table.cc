#include "session/local_table.h"

#include <arrow/array.h>
#include <arrow/builder.h>

namespace headrace {
namespace {

bool IsFlag(const std::string& column) {
  return column == "nullable" ||
         (column.size() > 2 && column.starts_with("is") && std::isupper(column[2]) != 0);
}

Result<LogicalPlanPtr> PlanOf(SchemaPtr schema, int64_t rows,
                              std::vector<std::shared_ptr<arrow::Array>> columns) {
  auto plan = NewLogicalPlan(LogicalKind::kLocalData);
  plan->schema = schema;
  plan->batches = {arrow::RecordBatch::Make(std::move(schema), rows, std::move(columns))};
  return LogicalPlanPtr(plan);
}

}  // namespace

LocalTable& LocalTable::Row(std::vector<std::optional<std::string>> values) {
  rows_.push_back(std::move(values));
  return *this;
}

Result<LogicalPlanPtr> LocalTable::Plan() const {
  std::vector<FieldPtr> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t c = 0; c < columns_.size(); ++c) {
    std::shared_ptr<arrow::Array> array;
    if (IsFlag(columns_[c])) {
      arrow::BooleanBuilder builder;
      for (const auto& row : rows_) ARROW_RETURN_NOT_OK(builder.Append(row[c] == "true"));
      ARROW_RETURN_NOT_OK(builder.Finish(&array));
    } else if (columns_[c] == "namespace" && columns_.size() > 3) {
      const auto values = std::make_shared<arrow::StringBuilder>();
      arrow::ListBuilder builder(arrow::default_memory_pool(), values, ArrayOf(arrow::utf8()));
      for (const auto& row : rows_) {
        ARROW_RETURN_NOT_OK(row[c] ? builder.Append() : builder.AppendNull());
        if (row[c]) ARROW_RETURN_NOT_OK(values->Append(*row[c]));
      }
      ARROW_RETURN_NOT_OK(builder.Finish(&array));
    } else {
      arrow::StringBuilder builder;
      for (const auto& row : rows_)
        ARROW_RETURN_NOT_OK(row[c] ? builder.Append(*row[c]) : builder.AppendNull());
      ARROW_RETURN_NOT_OK(builder.Finish(&array));
    }
    fields.push_back(arrow::field(columns_[c], array->type()));
    arrays.push_back(std::move(array));
  }
  return PlanOf(arrow::schema(std::move(fields)), static_cast<int64_t>(rows_.size()),
                std::move(arrays));
}

Result<LogicalPlanPtr> LocalTable::RowsOfViews(const std::vector<std::string>& names) {
  for (const auto& name : names) Row({"", name, "true"});
  return Plan();
}

Result<LogicalPlanPtr> LocalTable::Nothing() {
  return PlanOf(arrow::schema(std::vector<FieldPtr>{}), 0, {});
}

Result<LogicalPlanPtr> LocalTable::Boolean(const std::string& column, bool value) {
  ARROW_ASSIGN_OR_RAISE(auto array, arrow::MakeArrayFromScalar(arrow::BooleanScalar(value), 1));
  return PlanOf(arrow::schema({arrow::field(column, arrow::boolean(), false)}), 1, {array});
}

Result<LogicalPlanPtr> LocalTable::Views(const std::vector<std::string>& global_names,
                                         const std::vector<std::string>& names) {
  LocalTable table({"name", "catalog", "namespace", "description", "tableType", "isTemporary"});
  for (const auto& name : global_names)
    table.Row({name, std::nullopt, "global_temp", std::nullopt, "TEMPORARY", "true"});
  for (const auto& name : names)
    table.Row({name, std::nullopt, std::nullopt, std::nullopt, "TEMPORARY", "true"});
  return table.Plan();
}

Result<LogicalPlanPtr> LocalTable::Columns(const arrow::Schema& schema) {
  LocalTable table(
      {"name", "description", "dataType", "nullable", "isPartition", "isBucket", "isCluster"});
  for (const auto& field : schema.fields()) {
    table.Row({field->name(), std::nullopt, SimpleString(*field->type()),
               field->nullable() ? "true" : "false", "false", "false", "false"});
  }
  return table.Plan();
}

}  // namespace headrace

#include "session/local_table.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/util/key_value_metadata.h>
#include <nlohmann/json.hpp>

#include "session/table_commands.h"

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
        if (row[c] && !row[c]->empty()) ARROW_RETURN_NOT_OK(values->Append(*row[c]));
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

Result<LogicalPlanPtr> LocalTable::Nothing() {
  return PlanOf(arrow::schema(std::vector<FieldPtr>{}), 0, {});
}

Result<LogicalPlanPtr> LocalTable::Boolean(const std::string& column, bool value) {
  ARROW_ASSIGN_OR_RAISE(auto array, arrow::MakeArrayFromScalar(arrow::BooleanScalar(value), 1));
  return PlanOf(arrow::schema({arrow::field(column, arrow::boolean(), false)}), 1, {array});
}

std::optional<std::string> ColumnComment(const arrow::Field& field) {
  if (field.metadata() == nullptr) return std::nullopt;
  const int position = field.metadata()->FindKey("spark_metadata");
  if (position < 0) return std::nullopt;
  const auto json = nlohmann::json::parse(field.metadata()->value(position), nullptr, false);
  if (!json.is_object() || !json.contains("comment") || !json["comment"].is_string()) {
    return std::nullopt;
  }
  return json["comment"].get<std::string>();
}

Result<LogicalPlanPtr> LocalTable::Columns(const arrow::Schema& schema,
                                           const std::vector<std::string>& partition_columns) {
  LocalTable table(
      {"name", "description", "dataType", "nullable", "isPartition", "isBucket", "isCluster"});
  for (const auto& field : schema.fields()) {
    const bool partition = std::find(partition_columns.begin(), partition_columns.end(),
                                     field->name()) != partition_columns.end();
    table.Row({field->name(), ColumnComment(*field), SimpleString(*field->type()),
               field->nullable() ? "true" : "false", partition ? "true" : "false", "false",
               "false"});
  }
  return table.Plan();
}

}  // namespace headrace

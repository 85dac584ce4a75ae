#include "operators/python_state/group_arguments.h"

#include <utility>

#include <arrow/array/util.h>

namespace headrace {

GroupArguments::GroupArguments(const arrow::Schema& rows, const arrow::Schema& keys_of_groups,
                               const std::vector<int>& positions) {
  for (const FieldPtr& field : rows.fields()) {
    names.push_back(field->name());
    row_types_.push_back(field->type());
  }
  const int values = rows.num_fields();
  for (size_t i = 0; i < positions.size(); ++i) {
    int column = positions[i];
    if (column < 0) {
      column = static_cast<int>(names.size());
      names.push_back(keys_of_groups.field(static_cast<int>(i))->name());
    }
    key_columns_.push_back(column);
  }
  const int keys = static_cast<int>(key_columns_.size());
  arguments = {{1 + keys + values, ""}, {keys, ""}};
  for (const int column : key_columns_) arguments.push_back({column, ""});
  for (int column = 0; column < values; ++column) arguments.push_back({column, ""});
}

Result<Arrays> GroupArguments::Columns(const GroupBatch& groups) const {
  std::vector<uint32_t> group_of;
  for (size_t i = 0; i + 1 < groups.begins.size(); ++i) {
    group_of.resize(static_cast<size_t>(groups.begins[i + 1]), static_cast<uint32_t>(i));
  }
  Arrays columns = groups.rows->columns();
  columns.resize(names.size());
  for (size_t i = 0; i < key_columns_.size(); ++i) {
    ArrayPtr& column = columns[static_cast<size_t>(key_columns_[i])];
    if (column != nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(const Arrays taken,
                          TakeRows(Arrays{groups.keys->column(static_cast<int>(i))}, group_of));
    column = taken[0];
  }
  return columns;
}

Result<Arrays> GroupArguments::KeyRows(const arrow::RecordBatch& keys) const {
  Arrays columns(names.size());
  for (size_t i = 0; i < key_columns_.size(); ++i) {
    columns[static_cast<size_t>(key_columns_[i])] = keys.column(static_cast<int>(i));
  }
  for (size_t i = 0; i < row_types_.size(); ++i) {
    if (columns[i] != nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(columns[i], arrow::MakeArrayOfNull(row_types_[i], keys.num_rows()));
  }
  return columns;
}

}  // namespace headrace

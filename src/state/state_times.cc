#include "state/state_times.h"

#include <limits>

#include <arrow/array/array_nested.h>

namespace headrace {

int64_t MicrosecondsOf(int64_t units, int64_t unit_us) {
  int64_t product = 0;
  if (!__builtin_mul_overflow(units, unit_us, &product)) return product;
  return units < 0 ? std::numeric_limits<int64_t>::min() : StateStore::kNever;
}

std::vector<int64_t> StateTimesOf(const arrow::Array& column, int64_t unit_us,
                                  std::optional<int64_t> none) {
  const arrow::Array* times = &column;
  std::shared_ptr<arrow::Array> ends;
  if (column.type_id() == arrow::Type::STRUCT) {
    ends = static_cast<const arrow::StructArray&>(column).GetFieldByName("end");
    times = ends.get();
  }
  const auto* raw = times->data()->GetValues<int64_t>(1);
  std::vector<int64_t> values(raw, raw + column.length());
  if (unit_us != 1 || none) {
    for (int64_t& value : values) {
      value = none == value ? StateStore::kNever : MicrosecondsOf(value, unit_us);
    }
  }
  if (times->null_count() == 0 && column.null_count() == 0) return values;
  for (int64_t i = 0; i < column.length(); ++i) {
    if (times->IsNull(i) || column.IsNull(i)) values[i] = StateStore::kNever;
  }
  return values;
}

StateTimes::StateTimes(const StateStoreDeclaration& declaration)
    : column_(*declaration.indexed_by) {
  for (const FieldPtr& field : declaration.key_schema->fields()) {
    key_types_.push_back(field->type());
  }
}

Result<std::vector<int64_t>> StateTimes::OfKeys(const EncodedRows& keys) const {
  std::vector<std::string_view> rows(static_cast<size_t>(keys.size()));
  for (int64_t i = 0; i < keys.size(); ++i) rows[i] = keys.row(i);
  ARROW_ASSIGN_OR_RAISE(const arrow::ArrayVector columns, DecodeRows(rows, key_types_));
  return StateTimesOf(*columns[column_.column], column_.unit_us, column_.none);
}

std::vector<int64_t> StateTimes::OfValues(const arrow::RecordBatch& values) const {
  return StateTimesOf(*values.column(column_.column), column_.unit_us, column_.none);
}

}  // namespace headrace

// Rows for tests: written as JSON, read as text.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <arrow/array/array_nested.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include "operators/operator.h"
#include "types/spark_type.h"

namespace headrace::testing {

// "a BIGINT, b STRING"
inline SchemaPtr SchemaOf(const std::string& ddl) { return ParseSchema(ddl).ValueOrDie(); }

// [[1, "x"], [2, null]]; a timestamp is a number of microseconds, a struct a list.
inline BatchPtr RowsOf(const SchemaPtr& schema, const std::string& json) {
  auto rows = arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json).ValueOrDie();
  auto batch = arrow::RecordBatch::FromStructArray(rows).ValueOrDie();
  return arrow::RecordBatch::Make(schema, batch->num_rows(), batch->columns());
}

inline std::string TextOf(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return "null";
  if (array.type_id() == arrow::Type::TIMESTAMP) {
    return std::to_string(static_cast<const arrow::TimestampArray&>(array).Value(row));
  }
  if (array.type_id() == arrow::Type::STRUCT) {
    std::string text = "{";
    const auto& structure = static_cast<const arrow::StructArray&>(array);
    for (int i = 0; i < structure.num_fields(); ++i) {
      text += (i == 0 ? "" : ",") + TextOf(*structure.field(i), row);
    }
    return text + "}";
  }
  if (array.type_id() == arrow::Type::LIST) {
    std::string text = "[";
    const auto& list = static_cast<const arrow::ListArray&>(array);
    for (int64_t i = 0; i < list.value_length(row); ++i) {
      text += (i == 0 ? "" : ",") + TextOf(*list.values(), list.value_offset(row) + i);
    }
    return text + "]";
  }
  return array.GetScalar(row).ValueOrDie()->ToString();
}

// "1 x", one string a row.
inline std::vector<std::string> TextsOf(const std::vector<BatchPtr>& batches) {
  std::vector<std::string> rows;
  for (const BatchPtr& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::string text;
      for (int i = 0; i < batch->num_columns(); ++i) {
        text += (i == 0 ? "" : " ") + TextOf(*batch->column(i), row);
      }
      rows.push_back(std::move(text));
    }
  }
  return rows;
}

inline std::vector<std::string> Sorted(std::vector<std::string> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace headrace::testing

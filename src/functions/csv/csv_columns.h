// From the text of CSV values to Arrow columns.
#pragma once

#include <memory>
#include <vector>

#include <arrow/array.h>

#include "functions/csv/csv_options.h"
#include "functions/csv/csv_tokenizer.h"
#include "types/spark_type.h"

namespace headrace {

// A value of one record; a view without data is null.
struct CsvCell {
  const char* data = nullptr;
  uint32_t size = 0;
  bool is_null() const { return data == nullptr; }
  std::string_view text() const { return {data, size}; }
};

// What a value of a record stands for: nothing quoted is `emptyValue`, nothing at all `nullValue`.
CsvCell CsvCellOf(const CsvValue& value, const CsvOptions& options);

// Can CSV hold values of this type?
bool IsCsvType(const DataType& type);

// Converts a column: cell i is cells[i * stride]. A value that is no `type` is null and sets
// malformed[i].
Result<std::shared_ptr<arrow::Array>> ConvertCsvColumn(const CsvCell* cells, size_t stride,
                                                       int64_t rows, const DataTypePtr& type,
                                                       const CsvOptions& options,
                                                       uint8_t* malformed);

// A timestamp without a zone; text with one is refused.
std::optional<int64_t> ParseCsvTimestampNtz(std::string_view text, const CsvOptions& options);
std::optional<int64_t> ParseCsvTimestamp(std::string_view text, const CsvOptions& options);
bool ParseCsvDouble(std::string_view text, const CsvOptions& options, double* value);

}  // namespace headrace

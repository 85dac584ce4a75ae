// Writes rows as CSV text: to_csv and the CSV file sink.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <arrow/array.h>

#include "functions/csv/csv_options.h"
#include "types/spark_type.h"

namespace headrace {

class CsvRowWriter {
 public:
  explicit CsvRowWriter(CsvWriteOptions options);

  // The columns' values as they are to be read in the text, before quoting.
  Result<std::vector<std::shared_ptr<arrow::StringArray>>> TextOf(
      const arrow::ArrayVector& columns) const;
  // Appends a row of those texts, without a line end.
  void AppendRow(const std::vector<std::shared_ptr<arrow::StringArray>>& columns, int64_t row,
                 std::string* out) const;
  void AppendHeader(const arrow::Schema& schema, std::string* out) const;
  const CsvWriteOptions& options() const { return options_; }

 private:
  Result<std::shared_ptr<arrow::StringArray>> TextOf(
      const std::shared_ptr<arrow::Array>& column) const;
  void AppendNull(std::string* out) const;
  void AppendText(std::string_view text, bool first, std::string* out) const;
  bool NeedsQuotes(std::string_view text, bool first) const;
  void AppendQuoted(std::string_view text, std::string* out) const;

  const CsvWriteOptions options_;
  std::array<bool, 256> special_{};
};

}  // namespace headrace

// Reads CSV texts of one record each into rows: from_csv.
#pragma once

#include <memory>

#include <arrow/array.h>

#include "functions/csv/csv_columns.h"
#include "functions/csv/csv_tokenizer.h"

namespace headrace {

// Keeps its buffers; not thread-safe.
class CsvRecordDecoder {
 public:
  // `type`: a struct, perhaps with the corrupt-record column. Error: a type that CSV cannot hold.
  static Result<std::unique_ptr<CsvRecordDecoder>> Make(DataTypePtr type,
                                                        const CsvOptions& options);
  // Null for null. FAILFAST: MALFORMED_RECORD_IN_PARSING.
  Result<std::shared_ptr<arrow::Array>> Decode(const arrow::StringArray& records);

 private:
  CsvRecordDecoder(DataTypePtr type, const CsvOptions& options);

  const DataTypePtr type_;
  const CsvOptions options_;
  CsvTokenizer tokenizer_;
  int corrupt_ = -1;
  std::vector<CsvCell> cells_;  // row after row
  std::vector<uint8_t> malformed_;
  std::vector<CsvValue> values_;
};

}  // namespace headrace

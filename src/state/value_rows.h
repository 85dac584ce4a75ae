// Rows of values as byte strings and back, exactly: unlike keys (types/row_encoding.h) they keep
// -0.0, every NaN, and maps.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <arrow/record_batch.h>

#include "types/row_encoding.h"

namespace headrace {

class ValueRows {
 public:
  explicit ValueRows(SchemaPtr schema);

  // One encoding a row, in `out`, whose buffers are used again.
  Status Encode(const arrow::RecordBatch& values, EncodedRows* out) const;
  Result<std::shared_ptr<arrow::RecordBatch>> Decode(
      const std::vector<std::string_view>& rows) const;

 private:
  const SchemaPtr schema_;
  std::vector<DataTypePtr> plain_types_;  // of the same layout, without floats and maps
};

}  // namespace headrace

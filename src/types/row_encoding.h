// Keys of several columns as byte strings, one a row, and their hashes.
//
// Two rows have equal encodings iff Spark groups them together: nulls equal each other, NaN equals
// NaN, -0.0 equals 0.0, decimals of one column share a scale. Self-delimiting, not ordered.
// Used by grouping, joining, deduplication and as the key bytes of the state store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <arrow/array.h>

#include "types/spark_type.h"

namespace headrace {

// The encodings of all rows of a batch: row i is bytes[offsets[i] .. offsets[i+1]).
struct EncodedRows {
  std::string bytes;
  std::vector<uint32_t> offsets;
  std::vector<uint64_t> hashes;
  int64_t size() const { return static_cast<int64_t>(hashes.size()); }
  std::string_view row(int64_t i) const {
    return std::string_view(bytes).substr(offsets[i], offsets[i + 1] - offsets[i]);
  }
};

// Reuses the buffers in `out`. All columns have `length` rows. Map columns are refused.
Status EncodeRows(const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t length,
                  EncodedRows* out);
// The inverse: one array per type.
Result<std::vector<std::shared_ptr<arrow::Array>>> DecodeRows(
    const std::vector<std::string_view>& rows, const std::vector<DataTypePtr>& types);

uint64_t HashBytes(std::string_view bytes);
uint64_t HashInt64(int64_t value);

}  // namespace headrace

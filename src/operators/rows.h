// Gathering, filtering and joining rows of batches.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "operators/operator.h"

namespace headrace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using Arrays = std::vector<ArrayPtr>;

// About how many rows operators put into a batch that they make.
inline constexpr int64_t kBatchRows = 8 * 1024;

// The rows `rows[0], rows[1], …` of all columns.
Result<BatchPtr> TakeRows(const arrow::RecordBatch& batch, const std::vector<uint32_t>& rows);
Result<Arrays> TakeRows(const Arrays& columns, const std::vector<uint32_t>& rows);
// As above, where a negative number stands for a row of nulls.
inline constexpr int64_t kNullRow = -1;
Result<Arrays> TakeRowsOrNull(const Arrays& columns, const std::vector<int64_t>& rows);

// One byte a row: 1 where a boolean array is true, 0 where it is false or null.
void TrueRows(const arrow::Array& condition, std::vector<uint8_t>* mask);
// The rows whose byte is not 0.
Result<BatchPtr> KeepRows(const BatchPtr& batch, const std::vector<uint8_t>& mask);

// All rows in one batch of `schema`; the batch itself when there is one.
Result<BatchPtr> ConcatenateBatches(const SchemaPtr& schema, const std::vector<BatchPtr>& batches);
int64_t CountRows(const std::vector<BatchPtr>& batches);

// Pushes `batch` in slices of kBatchRows.
Status PushInSlices(const BatchPtr& batch, BatchOutput* output);

// The same columns under the names and nullability of `schema`.
BatchPtr WithSchema(const SchemaPtr& schema, const BatchPtr& batch);
BatchPtr MakeBatch(const SchemaPtr& schema, int64_t rows, Arrays columns);

}  // namespace headrace

// Rows to Arrow, for DataFrames made of values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "headrace/row.h"
#include "headrace/types.h"

namespace headrace::client {

// An Arrow IPC stream with one batch. IllegalArgumentException naming row and column of a value
// that is not of the column's type, or that is null where there may be no nulls. Integers widen.
std::string EncodeRows(const std::vector<Row>& rows, const StructType& schema);
// The same batch as it is.
std::shared_ptr<arrow::RecordBatch> BatchOf(const std::vector<Row>& rows, const StructType& schema);

// The schema that the values have; a column of nulls is of type void.
StructType InferSchema(const std::vector<Row>& rows, const std::vector<std::string>& names);

}  // namespace headrace::client

// Rows of the C++ API from and to the engine's batches.
#pragma once

#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "types/spark_type.h"

// After the engine's types: some names are in both.
#include "headrace/exceptions.h"
#include "headrace/row.h"
#include "headrace/types.h"

namespace headrace {

// IllegalArgumentException for types that the C++ API has no values of.
StructType StructTypeOf(const arrow::FieldVector& fields);
// A batch of exactly this schema; `types` is StructTypeOf its fields.
std::shared_ptr<arrow::RecordBatch> BatchOf(const std::vector<Row>& rows, const StructType& types,
                                            const SchemaPtr& schema);
// What the engine has for an exception of the C++ API.
Status StatusOf(const SparkThrowable& error);

}  // namespace headrace

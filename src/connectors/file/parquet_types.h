// From the columns of Parquet files to Spark's types.
#pragma once

#include <memory>

#include <arrow/array.h>
#include <parquet/arrow/schema.h>

#include "types/spark_type.h"

namespace headrace {

// The type that a column has for Spark when the file has no schema of Spark's. NotSupported naming
// column and type for what Spark has not (time, float16, …).
Result<DataTypePtr> SparkTypeOfParquet(const parquet::SchemaDescriptor& descriptor,
                                       const parquet::arrow::SchemaField& field);

// What a file gave, as the type that the query wants: renamed nested fields in another order,
// missing ones as null, wider numbers, other units of time. TypeError: no such way.
Result<std::shared_ptr<arrow::Array>> ConvertParquetColumn(
    const std::shared_ptr<arrow::Array>& column, const DataTypePtr& wanted);

// The columns as Parquet holds them, and back: intervals as integers.
DataTypePtr ParquetStorageType(const DataTypePtr& type);

}  // namespace headrace

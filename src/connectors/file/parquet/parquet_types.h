// From the columns of Parquet files to Spark's types.
#pragma once

#include <memory>

#include <parquet/arrow/schema.h>

#include "types/spark_type.h"

namespace headrace {

// Where Spark keeps the schema, as JSON, in a file's key-value metadata. Its readers take types
// that Parquet has not, such as intervals, from here.
inline constexpr char kSparkSchemaKey[] = "org.apache.spark.sql.parquet.row.metadata";

// The type that a column has for Spark when the file has no schema of Spark's. NotSupported naming
// column and type for what Spark has not (time, float16, …).
Result<DataTypePtr> SparkTypeOfParquet(const parquet::SchemaDescriptor& descriptor,
                                       const parquet::arrow::SchemaField& field);

}  // namespace headrace

// From the columns that Parquet and ORC files hold to those that a query wants.
#pragma once

#include <memory>

#include <arrow/array.h>

#include "types/spark_type.h"

namespace headrace {

// What a file gave, as the type that the query wants: renamed nested fields in another order,
// missing ones as null, wider numbers, other units of time. TypeError: no such way.
Result<std::shared_ptr<arrow::Array>> ConvertStoredColumn(
    const std::shared_ptr<arrow::Array>& column, const DataTypePtr& wanted);

// The type as files hold it: intervals as integers.
DataTypePtr StorageType(const DataTypePtr& type);

// The same values under another type of the same shape.
std::shared_ptr<arrow::Array> Relabel(const arrow::Array& array, const DataTypePtr& type);

}  // namespace headrace

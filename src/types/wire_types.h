// Between the engine's Arrow types and what clients and Python workers send and take.
#pragma once

#include <memory>
#include <string>

#include <arrow/array/data.h>

#include "types/spark_type.h"

namespace headrace {

// The engine's type for what others send: large and view variants, other zones and units.
// UNSUPPORTED_DATATYPE for types that it has not.
Result<DataTypePtr> EngineType(const DataTypePtr& type);

// `type` as others expect it: the zone of timestamps is `zone`, and fields of a struct that share a
// name are numbered (`sum_0`, `sum_1`), as in Spark. The layout is the same.
DataTypePtr WireType(const DataTypePtr& type, const std::string& zone);

// `data` under another type of the same layout, or converted where layouts differ.
Result<std::shared_ptr<arrow::ArrayData>> ConvertLayout(
    const std::shared_ptr<arrow::ArrayData>& data, const DataTypePtr& type);

}  // namespace headrace

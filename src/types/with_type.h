// Types that differ in nullability have one layout: arrays go from one to the other as they are.
#pragma once

#include <memory>

#include <arrow/array.h>

#include "types/spark_type.h"

namespace headrace {

// The same values under a type that differs in the nullability of nested fields alone (SameType).
std::shared_ptr<arrow::Array> WithType(const std::shared_ptr<arrow::Array>& array,
                                       const DataTypePtr& type);

}  // namespace headrace

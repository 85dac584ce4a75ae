// Spark's decimals: their greatest precision, and their type as Arrow has it.
#pragma once

#include <arrow/type.h>

#include "types/spark_type.h"

namespace headrace {

inline constexpr int kMaximumPrecision = 38;  // digits

inline bool IsDecimal(const DataType& type) { return type.id() == arrow::Type::DECIMAL128; }
// `type` must be a decimal.
inline const arrow::Decimal128Type& AsDecimal(const DataType& type) {
  return static_cast<const arrow::Decimal128Type&>(type);
}

}  // namespace headrace

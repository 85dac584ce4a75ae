// Spark's ordering and equality of single values of one type, nested ones included.
//
// NaN equals NaN and is the largest, -0.0 equals 0.0, strings compare by bytes, false < true; in
// arrays and structs nulls come first and equal each other.
#pragma once

#include <arrow/array.h>

#include "types/spark_type.h"

namespace headrace {

template <typename T>
int CompareNumbers(T left, T right) {
  if constexpr (std::is_floating_point_v<T>) {
    const bool left_nan = left != left, right_nan = right != right;
    if (left_nan || right_nan) return static_cast<int>(left_nan) - static_cast<int>(right_nan);
  }
  return left < right ? -1 : (right < left ? 1 : 0);
}

// Neither value is null; the arrays have the same type. < 0, 0 or > 0.
int CompareValues(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j);
// With nulls first.
int CompareNullable(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j);

// Whether values of the type can be ordered (no maps within) or compared for equality.
bool IsOrderable(const DataType& type);

}  // namespace headrace

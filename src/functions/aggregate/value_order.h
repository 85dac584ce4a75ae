// Spark's order of values: NaN is the largest number, -0.0 equals 0.0, strings and binaries by
// unsigned bytes, arrays and structs element by element with nulls first.
#pragma once

#include <cstdint>

#include <arrow/array.h>

#include "types/spark_type.h"

namespace headrace {

// Compares left[i] with right[j], both of the type the comparison was made for and not null:
// negative, 0 or positive.
using CompareValues = int (*)(const arrow::Array& left, int64_t i, const arrow::Array& right,
                              int64_t j);

// Null for types without an order (maps, intervals of mixed units).
CompareValues ComparisonFor(const DataType& type);

// The order of floating point numbers above.
template <typename T>
inline int CompareFloats(T left, T right) {
  if (left < right) return -1;
  if (left > right) return 1;
  if (left == right) return 0;
  return static_cast<int>(left != left) - static_cast<int>(right != right);
}

}  // namespace headrace

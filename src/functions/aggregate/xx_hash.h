// Spark's xxhash64 of values.
#pragma once

#include <cstdint>
#include <vector>

#include <arrow/array.h>

namespace headrace::aggregate {

// The hash of row i of `array`; a null gives `seed`. Maps have no hash.
uint64_t XxHash64(const arrow::Array& array, int64_t i, uint64_t seed);
bool HasXxHash64(const arrow::DataType& type);

}  // namespace headrace::aggregate

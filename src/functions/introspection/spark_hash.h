// Spark's hash() (Murmur3, seed 42) and xxhash64() (seed 42), column by column.
#pragma once

#include <cstdint>
#include <string_view>

#include <arrow/array.h>

#include "types/spark_type.h"

namespace headrace {

int32_t Murmur3OfInt(int32_t value, int32_t seed);
int32_t Murmur3OfLong(int64_t value, int32_t seed);
int32_t Murmur3OfBytes(std::string_view bytes, int32_t seed);
int64_t XxHash64OfInt(int32_t value, int64_t seed);
int64_t XxHash64OfLong(int64_t value, int64_t seed);
int64_t XxHash64OfBytes(std::string_view bytes, int64_t seed);

// The hash of a value of any type but maps; nulls leave the seed as it is.
int32_t Murmur3OfValue(const arrow::Array& values, int64_t row, int32_t seed);
int64_t XxHash64OfValue(const arrow::Array& values, int64_t row, int64_t seed);

}  // namespace headrace

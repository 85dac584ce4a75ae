// The first columns of an encoded row (types/row_encoding.h).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "types/spark_type.h"

namespace headrace {

// How many bytes the columns of `types` take at the beginning of `row`; of a row that is too short,
// all of it.
size_t PrefixBytes(std::string_view row, const std::vector<DataTypePtr>& types);

}  // namespace headrace

// Picks values of an array by position: the results of element access.
#pragma once

#include <vector>

#include "functions/column.h"

namespace headrace {

// One value for each position; a negative position gives null.
Result<ArrayPtr> GatherValues(const ArrayPtr& values, const std::vector<int64_t>& positions,
                              arrow::MemoryPool* pool);

}  // namespace headrace

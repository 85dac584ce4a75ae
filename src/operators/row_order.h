// The order of rows by several keys, as ORDER BY has it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "operators/rows.h"

namespace headrace {

struct SortKey {
  ArrayPtr values;
  bool ascending = true;
  bool nulls_first = true;
};

// Row numbers in order; rows with equal keys stay as they are. `limit`: only the first so many.
// Error: a key of a type that has no order.
Result<std::vector<uint32_t>> SortedRows(const std::vector<SortKey>& keys, int64_t rows,
                                         std::optional<int64_t> limit = std::nullopt);

// < 0: row i comes first, 0: the key is equal.
int CompareByKey(const SortKey& key, uint32_t i, uint32_t j);

}  // namespace headrace

// The bias of HyperLogLog's raw estimate, as a table.
#pragma once

#include <cstdint>
#include <span>

namespace headrace::aggregate {

// The mean raw estimate at each measured cardinality, ascending; empty where nothing was measured
// (precisions other than 4 to 18).
std::span<const double> RawEstimates(int precision);

// The cardinality at which entry `i` of RawEstimates was measured: 200 steps to five times the
// number of registers, or every number where there are fewer.
inline int64_t MeasuredCardinality(int precision, int64_t i) {
  if (precision <= 5) return i + 1;
  return 1 + i * (5 * (int64_t{1} << precision) - 1) / 200;
}

}  // namespace headrace::aggregate

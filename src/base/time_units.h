// Lengths of time in microseconds, the unit of Spark's timestamps, times and day-time intervals.
#pragma once

#include <cstdint>

namespace headrace {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

}  // namespace headrace

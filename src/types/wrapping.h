// Arithmetic on microseconds that wraps around at the ends of the range, 290 000 years away.
#pragma once

#include <cstdint>

namespace headrace {

inline int64_t AddSeconds(int64_t micros, int64_t seconds) {
  return static_cast<int64_t>(static_cast<uint64_t>(micros) +
                              static_cast<uint64_t>(seconds) * 1000000);
}

}  // namespace headrace

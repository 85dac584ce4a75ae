// The random numbers of Spark's shuffle: MT19937 as Apache Commons Math seeds and reads it.
#pragma once

#include <array>
#include <cstdint>

namespace headrace {

class MersenneTwister {
 public:
  explicit MersenneTwister(int64_t seed);
  // From 0 to `bound` - 1, all alike; `bound` > 0.
  int32_t Below(int32_t bound);

 private:
  static constexpr int kSize = 624;
  uint32_t Next();

  std::array<uint32_t, kSize> state_;
  int at_ = kSize;
};

}  // namespace headrace

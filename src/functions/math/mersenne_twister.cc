#include "functions/math/mersenne_twister.h"

#include <algorithm>

namespace headrace {

MersenneTwister::MersenneTwister(int64_t seed) {
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(static_cast<uint64_t>(seed) >> 32),
                                       static_cast<uint32_t>(seed)};
  state_[0] = 19650218;
  const auto mixed = [&](int i, uint32_t factor) {
    return (state_[i - 1] ^ state_[i - 1] >> 30) * factor;
  };
  for (int i = 1; i < kSize; ++i) state_[i] = mixed(i, 1812433253) + static_cast<uint32_t>(i);
  int i = 1;
  const auto advance = [&] {
    if (++i < kSize) return;
    state_[0] = state_[kSize - 1];
    i = 1;
  };
  for (int k = 0; k < kSize; ++k) {
    const auto part = static_cast<uint32_t>(k % 2);
    state_[i] = (state_[i] ^ mixed(i, 1664525)) + key[part] + part;
    advance();
  }
  for (int k = 1; k < kSize; ++k) {
    state_[i] = (state_[i] ^ mixed(i, 1566083941)) - static_cast<uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000;
}

uint32_t MersenneTwister::Next() {
  if (at_ == kSize) {
    for (int i = 0; i < kSize; ++i) {
      const uint32_t word = (state_[i] & 0x80000000) | (state_[(i + 1) % kSize] & 0x7fffffff);
      state_[i] = state_[(i + 397) % kSize] ^ word >> 1 ^ (word & 1) * 0x9908b0df;
    }
    at_ = 0;
  }
  uint32_t word = state_[at_++];
  word ^= word >> 11;
  word ^= word << 7 & 0x9d2c5680;
  word ^= word << 15 & 0xefc60000;
  return word ^ word >> 18;
}

int32_t MersenneTwister::Below(int32_t bound) {
  if ((bound & -bound) == bound) {
    return static_cast<int32_t>(static_cast<int64_t>(bound) * (Next() >> 1) >> 31);
  }
  // The numbers above the last whole multiple of the bound would favour the small ones.
  while (true) {
    const uint32_t bits = Next() >> 1;
    const uint32_t value = bits % static_cast<uint32_t>(bound);
    if (bits - value + static_cast<uint32_t>(bound) - 1 < 0x80000000) {
      return static_cast<int32_t>(value);
    }
  }
}

}  // namespace headrace

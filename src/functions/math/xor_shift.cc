#include "functions/math/xor_shift.h"

#include <bit>
#include <cmath>

namespace headrace {
namespace {

// MurmurHash3 (x86, 32 bits) of the eight bytes of a big-endian number.
uint32_t HashBigEndian(uint64_t value, uint32_t seed) {
  const uint64_t bytes = __builtin_bswap64(value);
  uint32_t hash = seed;
  for (const uint32_t word : {static_cast<uint32_t>(bytes), static_cast<uint32_t>(bytes >> 32)}) {
    hash ^= std::rotl(word * 0xcc9e2d51U, 15) * 0x1b873593U;
    hash = std::rotl(hash, 13) * 5 + 0xe6546b64U;
  }
  hash ^= 8;
  hash = (hash ^ hash >> 16) * 0x85ebca6bU;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
  return hash ^ hash >> 16;
}

}  // namespace

XorShift::XorShift(int64_t seed) {
  const uint32_t low = HashBigEndian(static_cast<uint64_t>(seed), 0x3c074a61U);
  const uint32_t high = HashBigEndian(static_cast<uint64_t>(seed), low);
  state_ = static_cast<uint64_t>(high) << 32 | low;
}

int32_t XorShift::Next(int bits) {
  state_ ^= state_ << 21;
  state_ ^= state_ >> 35;
  state_ ^= state_ << 4;
  return static_cast<int32_t>(state_ & ((uint64_t{1} << bits) - 1));
}

double XorShift::NextDouble() {
  const int64_t high = Next(26);
  const int64_t low = Next(27);
  return static_cast<double>((high << 27) + low) * 0x1.0p-53;
}

double XorShift::NextGaussian() {
  if (has_kept_) {
    has_kept_ = false;
    return kept_;
  }
  while (true) {
    const double x = 2 * NextDouble() - 1, y = 2 * NextDouble() - 1;
    const double square = x * x + y * y;
    if (square >= 1 || square == 0) continue;
    const double factor = std::sqrt(-2 * std::log(square) / square);
    kept_ = y * factor;
    has_kept_ = true;
    return x * factor;
  }
}

}  // namespace headrace

// Hashes of keys: multiply-and-fold over 64-bit words, in the manner of wyhash. The values decide
// in which partition of the state a key lives, so they must never change.
#include <cstring>

#include "types/row_encoding.h"

namespace headrace {

namespace {

// Odd numbers with balanced bits.
constexpr uint64_t kSecret0 = 0x9e3779b97f4a7c15ULL;
constexpr uint64_t kSecret1 = 0xd1b54a32d192ed03ULL;
constexpr uint64_t kSecret2 = 0x8cb92ba72f3d8dd7ULL;

// Both halves of the 128-bit product, folded.
uint64_t Fold(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t Read64(const char* p) {
  uint64_t value;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

uint64_t Read32(const char* p) {
  uint32_t value;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

}  // namespace

uint64_t HashBytes(std::string_view bytes) {
  const char* p = bytes.data();
  const size_t length = bytes.size();
  uint64_t state = kSecret0;
  uint64_t a = 0;
  uint64_t b = 0;
  if (length > 16) {
    size_t left = length;
    while (left > 16) {
      state = Fold(Read64(p) ^ kSecret1, Read64(p + 8) ^ state);
      p += 16;
      left -= 16;
    }
    // The last 16 bytes; they overlap what went before.
    a = Read64(p + left - 16);
    b = Read64(p + left - 8);
  } else if (length >= 8) {
    a = Read64(p);
    b = Read64(p + length - 8);
  } else if (length >= 4) {
    a = Read32(p);
    b = Read32(p + length - 4);
  } else if (length > 0) {
    a = static_cast<uint64_t>(static_cast<unsigned char>(p[0])) << 16 |
        static_cast<uint64_t>(static_cast<unsigned char>(p[length / 2])) << 8 |
        static_cast<unsigned char>(p[length - 1]);
  }
  return Fold(kSecret2 ^ length, Fold(a ^ kSecret1, b ^ state));
}

uint64_t HashInt64(int64_t value) {
  // Two rounds: tables take the low bits, partitions the high ones.
  auto bits = static_cast<uint64_t>(value);
  bits = (bits ^ bits >> 32) * kSecret1;
  bits = (bits ^ bits >> 29) * kSecret2;
  return bits ^ bits >> 32;
}

}  // namespace headrace

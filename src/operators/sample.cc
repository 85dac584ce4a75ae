// sample() without replacement: a row stays when a random number falls between two bounds.
#include <cstring>
#include <utility>

#include "operators/instances.h"

namespace headrace {
namespace {

uint32_t RotateLeft(uint32_t value, int bits) { return (value << bits) | (value >> (32 - bits)); }

// MurmurHash3 (x86, 32 bits) of eight bytes.
uint32_t Murmur3(uint64_t big_endian_bytes, uint32_t seed) {
  uint32_t hash = seed;
  for (int word = 0; word < 2; ++word) {
    const auto half = static_cast<uint32_t>(word == 0 ? big_endian_bytes >> 32 : big_endian_bytes);
    uint32_t block = __builtin_bswap32(half);
    block *= 0xcc9e2d51;
    block = RotateLeft(block, 15) * 0x1b873593;
    hash = RotateLeft(hash ^ block, 13) * 5 + 0xe6546b64;
  }
  hash ^= 8;
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

// Spark's XORShiftRandom: the same seed chooses the same rows.
class XorShiftRandom {
 public:
  explicit XorShiftRandom(int64_t seed) {
    const auto bytes = static_cast<uint64_t>(seed);
    const uint32_t low = Murmur3(bytes, 0x3c074a61);
    const uint32_t high = Murmur3(bytes, low);
    state_ = (static_cast<uint64_t>(high) << 32) | low;
  }
  double NextDouble() {
    const uint64_t high = Next(26);
    return static_cast<double>((high << 27) + Next(27)) * 0x1.0p-53;
  }

 private:
  uint64_t Next(int bits) {
    state_ ^= state_ << 21;
    state_ ^= state_ >> 35;
    state_ ^= state_ << 4;
    return state_ & ((uint64_t{1} << bits) - 1);
  }
  uint64_t state_;
};

class Sample final : public Operator {
 public:
  explicit Sample(const PhysicalNode& node)
      : lower_(node.lower), upper_(node.upper), seed_(node.seed), random_(node.seed) {}

  void BeginSource(int partition) override { random_ = XorShiftRandom(seed_ + partition); }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    mask_.resize(static_cast<size_t>(batch->num_rows()));
    for (uint8_t& kept : mask_) {
      const double value = random_.NextDouble();
      kept = value >= lower_ && value < upper_;
    }
    ARROW_ASSIGN_OR_RAISE(BatchPtr sampled, KeepRows(batch, mask_));
    return sampled->num_rows() == 0 ? Status::OK() : output->Push(std::move(sampled));
  }

 private:
  const double lower_, upper_;
  const int64_t seed_;
  XorShiftRandom random_;
  std::vector<uint8_t> mask_;
};

}  // namespace

OperatorPtr MakeSample(const PhysicalNode& node, const OperatorSite&) {
  return std::make_unique<Sample>(node);
}

}  // namespace headrace

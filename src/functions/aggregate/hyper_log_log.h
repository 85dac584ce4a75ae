// A HyperLogLog++ sketch: how many distinct hashes were added, about.
//
// It begins as a sorted list of the registers that are not zero and becomes an array of all
// registers once that takes less memory. Estimates equal Spark's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::aggregate {

class HyperLogLog {
 public:
  // Bits of the hash that choose a register, for a relative standard deviation.
  static int PrecisionFor(double relative_deviation);
  static constexpr int kMinimumPrecision = 4;

  // `precision` is the same for all sketches of a column, so they do not keep it.
  void AddHash(uint64_t hash, int precision);
  void Merge(const HyperLogLog& other, int precision);
  int64_t Estimate(int precision) const;

  void AppendTo(std::string* bytes, int precision) const;
  // False when the bytes are no sketch of that precision.
  static bool Parse(std::string_view bytes, int precision, HyperLogLog* sketch);

  int64_t size_bytes(int precision) const;

 private:
  void Raise(uint32_t index, uint8_t rank, int precision);
  void MakeDense(int precision);

  std::vector<uint32_t> sparse_;      // index << 8 | rank, ascending
  std::unique_ptr<uint8_t[]> dense_;  // rank by index
};

}  // namespace headrace::aggregate

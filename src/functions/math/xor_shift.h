// The random numbers of Spark's rand and randn: XORShift, seeded through MurmurHash3, read as
// java.util.Random reads its own. The same seed gives the same numbers as Spark.
#pragma once

#include <cstdint>

namespace headrace {

class XorShift {
 public:
  explicit XorShift(int64_t seed);
  int32_t NextInt() { return Next(32); }
  double NextDouble();
  double NextGaussian();

 private:
  int32_t Next(int bits);

  uint64_t state_;
  double kept_ = 0;
  bool has_kept_ = false;
};

}  // namespace headrace

#include "base/crc32c.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"

namespace headrace {
namespace {

// Vectors of RFC 3720, B.4, and the usual check value.
TEST(Crc32cTest, KnownValues) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32cTest, TableAndInstructionAgreeAtEveryLengthAndSplit) {
  const auto random = Random::Seeded(1);
  std::string bytes;
  for (int length = 0; length < 100; ++length) {
    EXPECT_EQ(Crc32c(bytes), internal::Crc32cByTable(bytes, 0)) << length;
    const size_t split = bytes.size() / 3;
    EXPECT_EQ(Crc32c(std::string_view(bytes).substr(split),
                     Crc32c(std::string_view(bytes).substr(0, split))),
              Crc32c(bytes));
    bytes += static_cast<char>(random->Next());
  }
}

}  // namespace
}  // namespace headrace

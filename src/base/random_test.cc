#include "base/random.h"

#include <set>

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(RandomTest, UuidsAreVersion4AndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = Random::System()->Uuid();
    ASSERT_TRUE(IsUuid(uuid)) << uuid;
    EXPECT_EQ(uuid[14], '4');
    EXPECT_TRUE(uuid[19] == '8' || uuid[19] == '9' || uuid[19] == 'a' || uuid[19] == 'b') << uuid;
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(RandomTest, SeedDecides) {
  EXPECT_EQ(Random::Seeded(7)->Uuid(), Random::Seeded(7)->Uuid());
  EXPECT_NE(Random::Seeded(7)->Uuid(), Random::Seeded(8)->Uuid());
  // First output of SplitMix64 for seed 0, from its published reference.
  EXPECT_EQ(Random::Seeded(0)->Next(), 0xe220a8397b1dcdafu);
}

TEST(RandomTest, IsUuid) {
  EXPECT_TRUE(IsUuid("29c69d8e-d0c3-492b-87b1-2a475058d9ed"));
  EXPECT_FALSE(IsUuid("29c69d8e-d0c3-492b-87b1-2a475058d9e"));
  EXPECT_FALSE(IsUuid("29c69d8e-d0c3-492b-87b1-2a475058d9eg"));
  EXPECT_FALSE(IsUuid("29c69d8e0d0c3-492b-87b1-2a475058d9ed"));
}

}  // namespace
}  // namespace headrace

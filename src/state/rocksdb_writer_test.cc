#include "state/rocksdb_writer.h"

#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

std::shared_ptr<RocksDbDatabase> NewDatabase(int64_t megabytes) {
  return RocksDbDatabase::Create(::testing::TempDir(), megabytes << 20).ValueOrDie();
}

using Entries = std::map<std::string, std::string>;

Entries Contents(RocksDbDatabase* database, const RocksDbDatabase::Family& family) {
  Entries entries;
  const std::unique_ptr<rocksdb::Iterator> rows(
      (*database)->NewIterator(rocksdb::ReadOptions(), family.get()));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    entries[rows->key().ToString()] = rows->value().ToString();
  }
  return entries;
}

// Keys that share the bytes they are sorted by first, in no order, many of them more than once.
std::string KeyAt(int number) { return fmt::format("key of {}", number * 7919 % 4001); }

class RocksDbWriterTest : public ::testing::TestWithParam<int> {};

TEST_P(RocksDbWriterTest, TheLastCallForAKeyCounts) {
  const auto database = NewDatabase(8);
  const auto family = database->AddFamily().ValueOrDie();
  Entries expected;
  int number = 0;
  // Later rounds meet what earlier ones left in tables and in the write buffer.
  for (int round = 0; round < 3; ++round) {
    RocksDbWriter writer(database.get(), family);
    for (int i = 0; i < GetParam(); ++i, ++number) {
      const std::string key = KeyAt(number);
      if (number % 5 == 4) {
        ASSERT_TRUE(writer.Remove(key).ok());
        expected.erase(key);
      } else {
        expected[key] = std::to_string(number);
        ASSERT_TRUE(writer.Put(key, expected[key]).ok());
      }
    }
    ASSERT_TRUE(writer.Finish().ok());
    EXPECT_EQ(Contents(database.get(), family), expected) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(FewAndMany, RocksDbWriterTest, ::testing::Values(0, 1, 500, 5000));

TEST(RocksDbWriter, WritesBeforeItTakesTooMuchMemory) {
  const auto database = NewDatabase(4);
  const auto family = database->AddFamily().ValueOrDie();
  RocksDbWriter writer(database.get(), family);
  const std::string value(1000, 'v');
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(writer.Put(fmt::format("{:08}", i), value).ok());
  EXPECT_GT(Contents(database.get(), family).size(), 4000u);
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_EQ(Contents(database.get(), family).size(), 5000u);
}

// What is frozen for a snapshot does not see tables that come later.
TEST(RocksDbWriter, SnapshotsStayAsTheyWere) {
  const auto database = NewDatabase(8);
  const auto family = database->AddFamily().ValueOrDie();
  RocksDbWriter writer(database.get(), family);
  for (int i = 0; i < 4000; ++i) ASSERT_TRUE(writer.Put(std::to_string(i), "before").ok());
  ASSERT_TRUE(writer.Finish().ok());
  rocksdb::ReadOptions frozen;
  frozen.snapshot = (*database)->GetSnapshot();
  for (int i = 0; i < 4000; ++i) ASSERT_TRUE(writer.Put(std::to_string(i), "after").ok());
  ASSERT_TRUE(writer.Finish().ok());
  std::string value;
  ASSERT_TRUE((*database)->Get(frozen, family.get(), "17", &value).ok());
  EXPECT_EQ(value, "before");
  ASSERT_TRUE((*database)->Get(rocksdb::ReadOptions(), family.get(), "17", &value).ok());
  EXPECT_EQ(value, "after");
  (*database)->ReleaseSnapshot(frozen.snapshot);
}

}  // namespace
}  // namespace headrace

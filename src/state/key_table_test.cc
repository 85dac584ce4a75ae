#include "state/key_table.h"

#include <string>
#include <unordered_map>

#include <gtest/gtest.h>

#include "base/random.h"

namespace headrace {
namespace {

EncodedRows Encode(const std::vector<std::string>& keys) {
  EncodedRows rows;
  rows.offsets.push_back(0);
  for (const std::string& key : keys) {
    rows.bytes += key;
    rows.offsets.push_back(static_cast<uint32_t>(rows.bytes.size()));
    rows.hashes.push_back(HashBytes(key));
  }
  return rows;
}

TEST(KeyTableTest, NumbersFollowFirstAppearance) {
  KeyTable table;
  std::vector<uint32_t> numbers;
  table.FindOrInsert(Encode({"a", "b", "a", "", "c"}), &numbers);
  EXPECT_EQ(numbers, (std::vector<uint32_t>{0, 1, 0, 2, 3}));
  table.Find(Encode({"c", "x", ""}), &numbers);
  EXPECT_EQ(numbers, (std::vector<uint32_t>{3, KeyTable::kAbsent, 2}));
  EXPECT_EQ(table.size(), 4);
  EXPECT_EQ(table.key(1), "b");
}

TEST(KeyTableTest, NumbersOfErasedKeysAreUsedAgain) {
  KeyTable table;
  std::vector<uint32_t> numbers;
  table.FindOrInsert(Encode({"a", "b", "c"}), &numbers);
  table.Erase(1);
  EXPECT_FALSE(table.alive(1));
  table.Find(Encode({"b"}), &numbers);
  EXPECT_EQ(numbers[0], KeyTable::kAbsent);
  table.FindOrInsert(Encode({"d", "e"}), &numbers);
  EXPECT_EQ(numbers, (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(table.bound(), 4u);
  table.Clear();
  EXPECT_EQ(table.size(), 0);
  EXPECT_EQ(table.bound(), 0u);
}

TEST(KeyTableTest, IntegerKeys) {
  KeyTable table;
  std::vector<uint32_t> numbers;
  std::vector<int64_t> keys;
  for (int64_t i = 0; i < 10'000; ++i) keys.push_back(i * i - 50);
  table.FindOrInsert(keys.data(), static_cast<int64_t>(keys.size()), &numbers);
  for (uint32_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i);
  table.Erase(17);
  const int64_t again[] = {keys[16], keys[17], -1000};
  table.FindOrInsert(again, 3, &numbers);
  EXPECT_EQ(numbers, (std::vector<uint32_t>{16, 17, 10'000}));
}

// Random insertions, look-ups and erasures of short and long keys against the standard map, also
// for keys whose hashes agree in their low or high bits, as those of one partition do.
TEST(KeyTableTest, AgreesWithTheStandardMap) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const auto random = Random::Seeded(seed);
    KeyTable table;
    std::unordered_map<std::string, uint32_t> expected;
    const uint64_t distinct = seed % 2 == 0 ? 300 : 5000;
    for (int round = 0; round < 400; ++round) {
      std::vector<std::string> keys;
      for (uint64_t i = random->Next() % 60; i > 0; --i) {
        const uint64_t k = random->Next() % distinct;
        keys.push_back(std::string(k % 40, 'k') + std::to_string(k));
      }
      EncodedRows rows = Encode(keys);
      for (uint64_t& hash : rows.hashes) {
        if (seed % 3 == 1) hash = hash << 8 | 5;
        if (seed % 3 == 2) hash = hash >> 8;
      }
      std::vector<uint32_t> numbers;
      table.Find(rows, &numbers);
      for (size_t i = 0; i < keys.size(); ++i) {
        const auto found = expected.find(keys[i]);
        ASSERT_EQ(numbers[i], found == expected.end() ? KeyTable::kAbsent : found->second);
      }
      if (round % 3 == 2) {
        for (size_t i = 0; i < keys.size(); ++i) {
          if (expected.erase(keys[i]) > 0) table.Erase(numbers[i]);
        }
      } else {
        table.FindOrInsert(rows, &numbers);
        for (size_t i = 0; i < keys.size(); ++i) {
          const auto [place, inserted] = expected.emplace(keys[i], numbers[i]);
          ASSERT_EQ(place->second, numbers[i]);
          ASSERT_EQ(table.key(numbers[i]), keys[i]);
        }
      }
      ASSERT_EQ(table.size(), static_cast<int64_t>(expected.size()));
    }
    std::vector<bool> taken(table.bound());
    for (const auto& [key, number] : expected) {
      ASSERT_EQ(table.key(number), key);
      ASSERT_TRUE(table.alive(number));
      ASSERT_FALSE(taken[number]);
      taken[number] = true;
    }
    EXPECT_GT(table.size_bytes(), 0);
  }
}

}  // namespace
}  // namespace headrace

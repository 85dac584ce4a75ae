#include "operators/stateful/session_index.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <arrow/builder.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

EncodedRows Keys(const std::vector<int64_t>& keys) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(keys).ok());
  EncodedRows encoded;
  EXPECT_TRUE(
      EncodeRows({builder.Finish().ValueOrDie()}, static_cast<int64_t>(keys.size()), &encoded)
          .ok());
  return encoded;
}

std::set<int64_t> StartsOf(const SessionIndex& index, int64_t key) {
  std::vector<uint32_t> numbers;
  index.Find(Keys({key}), &numbers);
  std::set<int64_t> starts;
  if (numbers[0] == KeyTable::kAbsent) return starts;
  index.ForEachStart(numbers[0], [&](int64_t start) { starts.insert(start); });
  return starts;
}

TEST(SessionIndex, HoldsWhatAMapHolds) {
  std::mt19937 random(7);
  SessionIndex index;
  std::map<int64_t, std::set<int64_t>> expected;
  for (int round = 0; round < 3000; ++round) {
    const int64_t key = static_cast<int64_t>(random() % 7);
    std::set<int64_t>& starts = expected[key];
    if (starts.empty() || random() % 2 == 0) {
      // Two sessions of one key at once, and one of another.
      const int64_t start = round * 10;
      const int64_t other = (key + 1) % 7;
      index.Add(Keys({key, other, key}), {start, start + 1, start + 2});
      starts.insert({start, start + 2});
      expected[other].insert(start + 1);
    } else {
      auto chosen = starts.begin();
      std::advance(chosen, random() % starts.size());
      index.Remove(Keys({key}), {*chosen});
      starts.erase(chosen);
    }
    ASSERT_EQ(StartsOf(index, key), expected[key]) << "round " << round;
  }
  for (const auto& [key, starts] : expected) EXPECT_EQ(StartsOf(index, key), starts);
  index.Clear();
  for (const auto& [key, starts] : expected) EXPECT_TRUE(StartsOf(index, key).empty());
}

}  // namespace
}  // namespace headrace

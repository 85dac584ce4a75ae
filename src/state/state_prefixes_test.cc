// Entries by the first columns of their keys.
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "base/random.h"
#include "state/state_store.h"
#include "state/state_test_data.h"

namespace headrace {
namespace {

using namespace state_test;

enum class Where { kMemory, kRocksDb, kMoving };

// What a group has: a count by number.
using Groups = std::map<std::string, std::map<int64_t, int64_t>>;
using Places = std::vector<std::pair<std::string, int64_t>>;

StateStoreDeclaration Declare() {
  StateStoreDeclaration declaration = Declaration();
  declaration.key_schema =
      arrow::schema({arrow::field("word", arrow::utf8()), arrow::field("n", arrow::int64())});
  declaration.prefix_columns = 1;
  return declaration;
}

EncodedRows KeysOf(const Places& places) {
  arrow::StringBuilder words;
  arrow::Int64Builder numbers;
  for (const auto& [word, number] : places) {
    EXPECT_TRUE(words.Append(word).ok());
    EXPECT_TRUE(numbers.Append(number).ok());
  }
  EncodedRows keys;
  EXPECT_TRUE(EncodeRows({words.Finish().ValueOrDie(), numbers.Finish().ValueOrDie()},
                         static_cast<int64_t>(places.size()), &keys)
                  .ok());
  return keys;
}

class StatePrefixesTest : public ::testing::TestWithParam<Where> {
 protected:
  void Restart() {
    StateStoreOptions options;
    options.files = files_;
    options.min_deltas_for_snapshot = 3;
    options.local_directory = ::testing::TempDir();
    if (GetParam() == Where::kRocksDb) options.kind = StateStoreKind::kRocksDb;
    if (GetParam() == Where::kMoving) options.memory_limit_bytes = 1 << 10;
    provider_.reset();
    provider_ = MakeStateStoreProvider("/state", options);
  }
  void SetUp() override { Restart(); }
  std::shared_ptr<StateStore> Open(int64_t version) {
    return provider_->Open(0, 0, Declare(), version).ValueOrDie();
  }

  // What GetPrefixed gives of the words.
  static Groups Of(StateStore* store, const std::vector<std::string>& words) {
    const auto entries = store->GetPrefixed(Keys(words)).ValueOrDie();
    EXPECT_EQ(entries.begins.size(), words.size() + 1);
    EXPECT_EQ(entries.begins.back(), entries.keys.size());
    std::vector<std::string_view> rows;
    for (int64_t i = 0; i < entries.keys.size(); ++i) {
      rows.push_back(entries.keys.row(i));
      EXPECT_EQ(entries.keys.hashes[i], HashBytes(rows.back()));
    }
    const auto columns = DecodeRows(rows, {arrow::utf8(), arrow::int64()}).ValueOrDie();
    Groups groups;
    for (size_t word = 0; word < words.size(); ++word) {
      for (int64_t i = entries.begins[word]; i < entries.begins[word + 1]; ++i) {
        EXPECT_EQ(static_cast<const arrow::StringArray&>(*columns[0]).GetString(i), words[word]);
        const int64_t number = static_cast<const arrow::Int64Array&>(*columns[1]).Value(i);
        const bool fresh =
            groups[words[word]].emplace(number, ValueAt(*entries.values, i).count).second;
        EXPECT_TRUE(fresh) << words[word] << number << " is there twice";
      }
    }
    return groups;
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
  std::unique_ptr<StateStoreProvider> provider_;
};

// Random batches against maps. A word begins as another one does.
TEST_P(StatePrefixesTest, AgreeWithMaps) {
  const std::vector<std::string> words = {"", "a", "ab", "abc", "\xff", "\xff\xff", "b"};
  const uint64_t seeds = GetParam() == Where::kMemory ? 20 : 5;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    const auto random = Random::Seeded(seed);
    files_ = std::make_shared<MemoryFileSystem>();
    Restart();
    Groups committed;
    int64_t version = 0;
    const auto random_places = [&] {
      Places places;
      for (uint64_t i = random->Next() % 12; i > 0; --i) {
        places.emplace_back(words[random->Next() % words.size()],
                            static_cast<int64_t>(random->Next() % 12));
      }
      return places;
    };
    for (int step = 0; step < 50; ++step) {
      if (random->Next() % 8 == 0) Restart();
      const auto store = Open(version);
      Groups expected = committed;
      const auto count = store->CountPrefixes();
      ASSERT_TRUE(count.ok()) << count.status();
      ASSERT_EQ(*count, static_cast<int64_t>(expected.size())) << "seed " << seed;
      for (uint64_t change = random->Next() % 4; change > 0; --change) {
        const Places places = random_places();
        if (random->Next() % 2 == 0) {
          ASSERT_TRUE(store->Remove(KeysOf(places)).ok());
          for (const auto& [word, number] : places) {
            expected[word].erase(number);
            if (expected[word].empty()) expected.erase(word);
          }
        } else {
          std::vector<Value> values;
          for (const auto& [word, number] : places) {
            values.push_back({static_cast<int64_t>(random->Next() % 1000), std::nullopt});
            expected[word][number] = values.back().count;
          }
          ASSERT_TRUE(store->Put(KeysOf(places), *Values(values)).ok());
        }
        std::vector<std::string> asked;
        for (const std::string& word : words) {
          if (random->Next() % 3 > 0) asked.push_back(word);
        }
        Groups of_asked;
        std::vector<uint8_t> has, expected_has;
        for (const std::string& word : asked) {
          expected_has.push_back(expected.contains(word) ? 1 : 0);
          if (expected.contains(word)) of_asked[word] = expected[word];
        }
        if (random->Next() % 2 == 0) {
          ASSERT_EQ(Of(store.get(), asked), of_asked) << "seed " << seed << " step " << step;
        }
        ASSERT_TRUE(store->HasPrefixes(Keys(asked), &has).ok());
        ASSERT_EQ(has, expected_has) << "seed " << seed << " step " << step;
      }
      if (random->Next() % 5 == 0) {
        ASSERT_TRUE(store->Rollback().ok());
        continue;
      }
      ASSERT_TRUE(store->Commit().ok());
      ASSERT_TRUE(provider_->FinishCommit(++version).ok());
      provider_->Maintain(version);
      committed = expected;
    }
  }
}

// What one entry costs does not grow with the entries that have its prefix.
TEST_P(StatePrefixesTest, ADeltaHoldsTheEntriesThatChanged) {
  Places many;
  std::vector<Value> values;
  for (int64_t i = 0; i < 5000; ++i) {
    many.emplace_back("word", i);
    values.push_back({i, std::nullopt});
  }
  auto store = Open(0);
  ASSERT_TRUE(store->Put(KeysOf(many), *Values(values)).ok());
  ASSERT_TRUE(store->Commit().ok());
  ASSERT_TRUE(provider_->FinishCommit(1).ok());
  store = Open(1);
  EXPECT_EQ(Of(store.get(), {"word"})["word"].size(), 5000u);
  ASSERT_TRUE(store->Put(KeysOf({{"word", 7000}}), *Values({{1, std::nullopt}})).ok());
  ASSERT_TRUE(store->Commit().ok());
  EXPECT_LT(files_->ReadFile("/state/0/0/2.delta").ValueOrDie().size(), 2000u);
  EXPECT_EQ(Of(store.get(), {"word"})["word"].size(), 5001u);
}

// A group may have no key at all.
TEST_P(StatePrefixesTest, NoColumnsAreAPrefixOfAll) {
  StateStoreDeclaration declaration = Declare();
  declaration.prefix_columns = 0;
  const auto store = provider_->Open(0, 0, declaration, 0).ValueOrDie();
  EncodedRows none;
  ASSERT_TRUE(EncodeRows({}, 1, &none).ok());
  std::vector<uint8_t> has;
  ASSERT_TRUE(store->HasPrefixes(none, &has).ok());
  EXPECT_EQ(has, (std::vector<uint8_t>{0}));
  ASSERT_TRUE(store->Put(KeysOf({{"a", 1}, {"b", 2}}), *Values({{1, {}}, {2, {}}})).ok());
  EXPECT_EQ(store->GetPrefixed(none).ValueOrDie().keys.size(), 2);
  ASSERT_TRUE(store->Commit().ok());
  EXPECT_EQ(store->CountPrefixes().ValueOrDie(), 1);
}

INSTANTIATE_TEST_SUITE_P(, StatePrefixesTest,
                         ::testing::Values(Where::kMemory, Where::kRocksDb, Where::kMoving),
                         [](const auto& info) -> std::string {
                           return info.param == Where::kMemory    ? "Memory"
                                  : info.param == Where::kRocksDb ? "RocksDb"
                                                                  : "Moving";
                         });

}  // namespace
}  // namespace headrace

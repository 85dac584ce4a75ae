// Entries by the time at which they expire.
#include "state/state_times.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "base/random.h"
#include "state/state_store.h"
#include "state/state_test_data.h"
#include "state/time_index.h"

namespace headrace {
namespace {

using namespace state_test;

constexpr int64_t kNever = StateStore::kNever;
using Times = std::map<std::string, int64_t>;

enum class Where { kMemory, kRocksDb, kMoving };
struct Case {
  Where where;
  bool in_key;
};

DataTypePtr Timestamp() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

// A word; its time beside it in the key, or alone in the value. Beside keys there are flags.
StateStoreDeclaration Declare(bool in_key) {
  StateStoreDeclaration declaration;
  declaration.key_schema = arrow::schema({arrow::field("word", arrow::utf8())});
  const FieldPtr time = arrow::field("time", Timestamp());
  if (in_key) {
    declaration.key_schema =
        arrow::schema({arrow::field("word", arrow::utf8()), arrow::field("time", Timestamp())});
  }
  declaration.value_schema = arrow::schema({in_key ? arrow::field("flag", arrow::int64()) : time});
  declaration.indexed_by = {in_key, in_key ? 1 : 0};
  return declaration;
}

std::shared_ptr<arrow::Array> TimeArray(const std::vector<int64_t>& times) {
  arrow::TimestampBuilder builder(Timestamp(), arrow::default_memory_pool());
  for (const int64_t time : times) {
    EXPECT_TRUE((time == kNever ? builder.AppendNull() : builder.Append(time)).ok());
  }
  return builder.Finish().ValueOrDie();
}

class StateTimesTest : public ::testing::TestWithParam<Case> {
 protected:
  void Restart() {
    StateStoreOptions options;
    options.files = files_;
    options.min_deltas_for_snapshot = 3;
    options.local_directory = ::testing::TempDir();
    if (GetParam().where == Where::kRocksDb) options.kind = StateStoreKind::kRocksDb;
    if (GetParam().where == Where::kMoving) options.memory_limit_bytes = 1 << 10;
    provider_.reset();
    provider_ = MakeStateStoreProvider("/state", options);
  }
  std::shared_ptr<StateStore> Open(int64_t version) {
    return provider_->Open(0, 0, Declare(GetParam().in_key), version).ValueOrDie();
  }

  EncodedRows KeysOf(const std::vector<std::string>& words, const std::vector<int64_t>& times) {
    arrow::StringBuilder builder;
    EXPECT_TRUE(builder.AppendValues(words).ok());
    arrow::ArrayVector columns = {builder.Finish().ValueOrDie()};
    if (GetParam().in_key) columns.push_back(TimeArray(times));
    EncodedRows keys;
    EXPECT_TRUE(EncodeRows(columns, static_cast<int64_t>(words.size()), &keys).ok());
    return keys;
  }
  Status Put(StateStore* store, const std::vector<std::string>& words,
             const std::vector<int64_t>& times) {
    const auto values =
        GetParam().in_key ? TimeArray(times)->View(arrow::int64()).ValueOrDie() : TimeArray(times);
    return store->Put(KeysOf(words, times),
                      *arrow::RecordBatch::Make(Declare(GetParam().in_key).value_schema,
                                                static_cast<int64_t>(words.size()), {values}),
                      times);
  }
  // Takes all that is due: words by their keys.
  Result<std::multiset<std::string>> Take(StateStore* store, int64_t limit,
                                          StateStore::Taking taking) {
    std::multiset<std::string> words;
    std::vector<DataTypePtr> types = {arrow::utf8()};
    if (GetParam().in_key) types.push_back(Timestamp());
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const StateStore::Entries due, store->TakeExpired(limit, taking));
      if (due.keys.size() == 0) return words;
      std::vector<std::string_view> rows;
      for (int64_t i = 0; i < due.keys.size(); ++i) rows.push_back(due.keys.row(i));
      ARROW_ASSIGN_OR_RAISE(const auto columns, DecodeRows(rows, types));
      for (int64_t i = 0; i < due.keys.size(); ++i) {
        words.insert(static_cast<const arrow::StringArray&>(*columns[0]).GetString(i));
      }
      if (taking == StateStore::Taking::kRead) {
        if (due.values->num_rows() != due.keys.size()) return Status::Invalid("values are amiss");
        ARROW_RETURN_NOT_OK(store->Remove(due.keys));
      }
    }
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
  std::unique_ptr<StateStoreProvider> provider_;
};

// Random batches against a map. In keys the time of a word never changes.
TEST_P(StateTimesTest, AgreesWithAMapOfTimes) {
  const bool in_key = GetParam().in_key;
  const uint64_t seeds = GetParam().where == Where::kMemory ? 20 : 4;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    const auto random = Random::Seeded(seed);
    files_ = std::make_shared<MemoryFileSystem>();
    Restart();
    Times committed;
    int64_t version = 0, taken = 0;
    const auto time_of = [&](const std::string& word) {
      const uint64_t number = in_key ? std::hash<std::string>()(word) : random->Next();
      return number % 9 == 0 ? kNever : static_cast<int64_t>(number % 12'000'000) - 3'000'000;
    };
    for (int step = 0; step < 50; ++step) {
      if (random->Next() % 8 == 0) Restart();
      const auto store = Open(version);
      Times times = committed;
      for (uint64_t change = 1 + random->Next() % 3; change > 0; --change) {
        Times put;
        for (uint64_t i = random->Next() % 60; i > 0; --i) {
          const std::string word = "w" + std::to_string(random->Next() % 90);
          put[word] = time_of(word);
        }
        std::vector<std::string> words;
        std::vector<int64_t> their_times;
        for (const auto& [word, time] : put) {
          words.push_back(word);
          their_times.push_back(time);
          times[word] = time;
        }
        ASSERT_TRUE(Put(store.get(), words, their_times).ok());
        if (random->Next() % 3 == 0 && !times.empty()) {
          const auto [word, time] =
              *std::next(times.begin(), static_cast<std::ptrdiff_t>(random->Next() % times.size()));
          ASSERT_TRUE(store->Remove(KeysOf({word}, {time})).ok());
          times.erase(word);
        }
        if (random->Next() % 2 == 0) continue;
        const int64_t limit = static_cast<int64_t>(random->Next() % 12'000'000) - 3'000'000;
        std::multiset<std::string> due;
        std::erase_if(times, [&](const auto& entry) {
          if (entry.second > limit || entry.second == kNever) return false;
          due.insert(entry.first);
          return true;
        });
        taken += static_cast<int64_t>(due.size());
        const auto taking = static_cast<StateStore::Taking>(random->Next() % 3);
        ASSERT_EQ(Take(store.get(), limit, taking).ValueOrDie(), due)
            << "seed " << seed << " step " << step;
        ASSERT_GT(store->FirstTime().ValueOrDie(), limit) << "seed " << seed << " step " << step;
      }
      if (random->Next() % 5 == 0) {
        ASSERT_TRUE(store->Rollback().ok());
        continue;
      }
      ASSERT_TRUE(store->Commit().ok());
      ASSERT_TRUE(provider_->FinishCommit(version + 1).ok());
      committed = times;
      provider_->Maintain(++version);
      ASSERT_EQ(store->Metrics().keys, static_cast<int64_t>(committed.size()));
      int64_t first = kNever;
      for (const auto& [word, time] : committed) first = std::min(first, time);
      const int64_t told = store->FirstTime().ValueOrDie();
      ASSERT_LE(told, first) << "seed " << seed << " step " << step;
      if (GetParam().where == Where::kMemory) {
        ASSERT_EQ(told, first) << "seed " << seed << " step " << step;
      }
    }
    EXPECT_GT(taken, 200);
  }
}

// What is put without a time keeps the one that it had.
TEST_P(StateTimesTest, PutsWithoutTimesKeepThem) {
  Restart();
  const auto store = Open(0);
  ASSERT_TRUE(Put(store.get(), {"a", "b"}, {10, 20}).ok());
  const auto values = arrow::RecordBatch::Make(
      Declare(GetParam().in_key).value_schema, 1,
      {GetParam().in_key ? TimeArray({7})->View(arrow::int64()).ValueOrDie() : TimeArray({10})});
  ASSERT_TRUE(store->Put(KeysOf({"a"}, {10}), *values).ok());
  using Words = std::multiset<std::string>;
  const auto taking = StateStore::Taking::kReadAndRemove;
  EXPECT_EQ(Take(store.get(), 9, taking).ValueOrDie(), Words{});
  EXPECT_EQ(Take(store.get(), 10, taking).ValueOrDie(), Words{"a"});
  EXPECT_EQ(Take(store.get(), 20, taking).ValueOrDie(), Words{"b"});
}

// A batch that took entries and then failed has taken nothing.
TEST_P(StateTimesTest, RollbackGivesBackWhatWasTaken) {
  Restart();
  const auto store = Open(0);
  ASSERT_TRUE(Put(store.get(), {"a", "b"}, {10, 20}).ok());
  ASSERT_TRUE(store->Commit().ok());
  EXPECT_EQ(store->TakeExpired(15, StateStore::Taking::kRead).ValueOrDie().keys.size(), 1);
  ASSERT_TRUE(store->Rollback().ok());
  EXPECT_EQ(store->TakeExpired(15, StateStore::Taking::kRead).ValueOrDie().keys.size(), 1);
}

// What was read and put again, with the time that it had, is due again.
TEST_P(StateTimesTest, WhatIsPutAgainComesAgain) {
  Restart();
  const auto store = Open(0);
  ASSERT_TRUE(Put(store.get(), {"a", "b"}, {10, 20}).ok());
  ASSERT_TRUE(store->Commit().ok());
  ASSERT_TRUE(provider_->FinishCommit(1).ok());
  for (int64_t version = 1; version < 4; ++version) {
    const auto again = Open(version);
    EXPECT_EQ(again->TakeExpired(15, StateStore::Taking::kRead).ValueOrDie().keys.size(), 1);
    EXPECT_EQ(again->TakeExpired(15, StateStore::Taking::kRead).ValueOrDie().keys.size(), 0);
    ASSERT_TRUE(Put(again.get(), {"a"}, {10}).ok());
    ASSERT_TRUE(Put(again.get(), {"a"}, {10}).ok());
    EXPECT_EQ(again->FirstTime().ValueOrDie(), 10);
    if (version == 2) {
      EXPECT_EQ(again->TakeExpired(15, StateStore::Taking::kRead).ValueOrDie().keys.size(), 1);
      ASSERT_TRUE(Put(again.get(), {"a"}, {10}).ok());
    }
    ASSERT_TRUE(again->Commit().ok());
    ASSERT_TRUE(provider_->FinishCommit(version + 1).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(, StateTimesTest,
                         ::testing::Values(Case{Where::kMemory, false}, Case{Where::kMemory, true},
                                           Case{Where::kRocksDb, false},
                                           Case{Where::kRocksDb, true}, Case{Where::kMoving, false},
                                           Case{Where::kMoving, true}),
                         [](const auto& info) {
                           const std::string where = info.param.where == Where::kMemory ? "Memory"
                                                     : info.param.where == Where::kRocksDb
                                                         ? "RocksDb"
                                                         : "Moving";
                           return where + (info.param.in_key ? "Keys" : "Values");
                         });

// Taking some entries looks at no others.
TEST(TimeIndexTest, TakesInPortionsBySeconds) {
  TimeIndex index;
  index.Set({0, 1, 2, 3, 4},
            std::vector<int64_t>{5'000'000, 1'500'000, 1'200'000, 900'000, -1}.data());
  std::vector<uint32_t> taken;
  index.Take(1'300'000, 2, &taken);
  EXPECT_EQ(taken, (std::vector<uint32_t>{4, 3}));
  index.Take(1'300'000, 2, &taken);
  EXPECT_EQ(taken, (std::vector<uint32_t>{2}));
  index.Take(1'300'000, 2, &taken);
  EXPECT_TRUE(taken.empty());
  // A number that is given again, with the same second.
  index.Forget(1);
  index.Set({1}, std::vector<int64_t>{1'600'000}.data());
  EXPECT_EQ(index.First(), 1'600'000);
  index.Take(4'000'000, 9, &taken);
  EXPECT_EQ(taken, (std::vector<uint32_t>{1}));
  EXPECT_EQ(index.First(), 5'000'000);
  index.Take(9'000'000, 9, &taken);
  EXPECT_EQ(taken, (std::vector<uint32_t>{0}));
  EXPECT_EQ(index.First(), kNever);
}

// Bigints of a unit; one of them may stand for no time, and more than there is are the ends.
TEST(StateTimesOfTest, CountsInUnits) {
  arrow::Int64Builder builder;
  const auto largest = std::numeric_limits<int64_t>::max();
  EXPECT_TRUE(builder.AppendValues({5, -1, -7, largest, -largest}).ok());
  EXPECT_TRUE(builder.AppendNull().ok());
  const auto column = builder.Finish().ValueOrDie();
  const auto least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(StateTimesOf(*column, 1000),
            (std::vector<int64_t>{5000, -1000, -7000, kNever, least, kNever}));
  EXPECT_EQ(StateTimesOf(*column, 1000, -1),
            (std::vector<int64_t>{5000, kNever, -7000, kNever, least, kNever}));
}

}  // namespace
}  // namespace headrace

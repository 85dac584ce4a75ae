#include "state/state_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "base/random.h"
#include "state/state_test_data.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using namespace state_test;

enum class Where { kMemory, kRocksDb, kMoving };

std::string NameOf(const ::testing::TestParamInfo<Where>& info) {
  return info.param == Where::kMemory    ? "Memory"
         : info.param == Where::kRocksDb ? "RocksDb"
                                         : "Moving";
}

// The same in each place; kMoving is in memory until the first Maintain.
class StateStoreTest : public ::testing::TestWithParam<Where> {
 protected:
  // As at the start of a query: nothing is in memory.
  void Restart(int min_deltas_for_snapshot = 10, int min_versions_to_retain = 100) {
    StateStoreOptions options;
    options.files = files_;
    options.min_deltas_for_snapshot = min_deltas_for_snapshot;
    options.min_versions_to_retain = min_versions_to_retain;
    options.local_directory = ::testing::TempDir();
    if (GetParam() == Where::kRocksDb) options.kind = StateStoreKind::kRocksDb;
    if (GetParam() == Where::kMoving) options.memory_limit_bytes = 1 << 10;
    provider_.reset();  // waits for its snapshots
    provider_ = MakeStateStoreProvider("/state", options);
  }
  void SetUp() override { Restart(); }

  std::shared_ptr<StateStore> Open(int64_t version) {
    auto store = provider_->Open(0, 0, Declaration(), version);
    EXPECT_TRUE(store.ok()) << store.status();
    return *store;
  }

  Status Commit(StateStore* store) {
    ARROW_RETURN_NOT_OK(store->Commit());
    return provider_->FinishCommit(store->version());
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
  std::unique_ptr<StateStoreProvider> provider_;
};

TEST_P(StateStoreTest, GetPutRemove) {
  const auto store = Open(0);
  ASSERT_TRUE(
      store->Put(Keys({"a", "b", "a", ""}), *Values({{1, "x"}, {2, {}}, {3, "z"}, {4, ""}})).ok());
  std::vector<uint8_t> found;
  const auto values = store->Get(Keys({"b", "absent", "a", ""}), &found).ValueOrDie();
  EXPECT_EQ(found, (std::vector<uint8_t>{1, 0, 1, 1}));
  EXPECT_EQ(ValueAt(*values, 0), (Value{2, {}}));
  EXPECT_TRUE(values->column(0)->IsNull(1));
  EXPECT_TRUE(values->column(1)->IsNull(1));
  EXPECT_EQ(ValueAt(*values, 2), (Value{3, "z"}));  // of duplicates the last wins
  EXPECT_EQ(ValueAt(*values, 3), (Value{4, ""}));
  EXPECT_TRUE(values->ValidateFull().ok());

  ASSERT_TRUE(store->Remove(Keys({"a", "absent", "a"})).ok());
  EXPECT_EQ(ScanAll(store.get()).ValueOrDie(), (Contents{{"", {4, ""}}, {"b", {2, {}}}}));
  EXPECT_EQ(store->Metrics().keys, 2);
  EXPECT_GT(store->Metrics().memory_bytes, 0);
}

TEST_P(StateStoreTest, WrongColumnsAreRefused) {
  const auto store = Open(0);
  EXPECT_FALSE(store->Put(Keys({"a", "b"}), *Values({{1, {}}})).ok());
  EXPECT_FALSE(store->Put(Keys({"a"}), *Values({{1, {}}})->RemoveColumn(0).ValueOrDie()).ok());
}

TEST_P(StateStoreTest, RollbackForgets) {
  const auto store = Open(0);
  ASSERT_TRUE(Put(store.get(), {{"a", {1, "x"}}}).ok());
  ASSERT_TRUE(store->Rollback().ok());
  EXPECT_EQ(ScanAll(store.get()).ValueOrDie(), Contents{});
  ASSERT_TRUE(Put(store.get(), {{"b", {2, {}}}}).ok());
  ASSERT_TRUE(Commit(store.get()).ok());
  EXPECT_EQ(store->version(), 1);
  ASSERT_TRUE(store->Remove(Keys({"b"})).ok());
  ASSERT_TRUE(store->Rollback().ok());
  EXPECT_EQ(store->version(), 1);
  EXPECT_EQ(ScanAll(store.get()).ValueOrDie(), (Contents{{"b", {2, {}}}}));
}

TEST_P(StateStoreTest, VersionInMemoryIsNotReadAgain) {
  ASSERT_TRUE(Put(Open(0).get(), {{"a", {1, {}}}}).ok());
  Open(0);  // it was changed: this is read anew
  const auto store = Open(0);
  EXPECT_EQ(ScanAll(store.get()).ValueOrDie(), Contents{});
  ASSERT_TRUE(Commit(store.get()).ok());
  ASSERT_TRUE(files_->RemoveFile("/state/0/0/1.delta").ok());
  EXPECT_EQ(Open(1), store);
}

TEST_P(StateStoreTest, RunningABatchAgainReplacesItsVersion) {
  {
    const auto store = Open(0);
    ASSERT_TRUE(Put(store.get(), {{"first", {1, {}}}}).ok());
    ASSERT_TRUE(Commit(store.get()).ok());
  }
  const auto store = Open(0);
  EXPECT_EQ(ScanAll(store.get()).ValueOrDie(), Contents{});
  ASSERT_TRUE(Put(store.get(), {{"second", {2, {}}}}).ok());
  ASSERT_TRUE(Commit(store.get()).ok());
  Restart();
  EXPECT_EQ(ScanAll(Open(1).get()).ValueOrDie(), (Contents{{"second", {2, {}}}}));
}

TEST_P(StateStoreTest, StoresAreApart) {
  for (int op = 0; op < 2; ++op) {
    for (int partition = 0; partition < 2; ++partition) {
      for (const char* name : {"default", "left"}) {
        const auto store = provider_->Open(op, partition, Declaration(name), 0).ValueOrDie();
        const std::string id = std::to_string(op) + std::to_string(partition) + name;
        ASSERT_TRUE(Put(store.get(), {{id, {1, {}}}}).ok());
        ASSERT_TRUE(Commit(store.get()).ok());
      }
    }
  }
  Restart();
  const auto store = provider_->Open(1, 0, Declaration("left"), 1).ValueOrDie();
  EXPECT_EQ(ScanAll(store.get()).ValueOrDie(), (Contents{{"10left", {1, {}}}}));
  EXPECT_TRUE(files_->Exists("/state/1/0/left/1.delta").ValueOrDie());
  EXPECT_TRUE(files_->Exists("/state/1/0/1.delta").ValueOrDie());
}

TEST_P(StateStoreTest, DeltasHoldOnlyWhatChanged) {
  Contents many;
  for (int i = 0; i < 5000; ++i) many["key" + std::to_string(i)] = {i, "value"};
  auto store = Open(0);
  ASSERT_TRUE(Put(store.get(), many).ok());
  ASSERT_TRUE(Commit(store.get()).ok());
  ASSERT_TRUE(Put(store.get(), {{"key17", {0, {}}}}).ok());
  // A key that came and went within a batch leaves no trace.
  ASSERT_TRUE(Put(store.get(), {{"passing", {0, {}}}}).ok());
  ASSERT_TRUE(store->Remove(Keys({"passing"})).ok());
  ASSERT_TRUE(Commit(store.get()).ok());
  const std::string delta = files_->ReadFile("/state/0/0/2.delta").ValueOrDie();
  EXPECT_LT(delta.size(), 2000u);
  EXPECT_EQ(delta.find("passing"), std::string::npos);
  EXPECT_GT(files_->ReadFile("/state/0/0/1.delta").ValueOrDie().size(), 50'000u);
}

// Random batches against the standard map; every retained version can be opened again.
TEST_P(StateStoreTest, AgreesWithTheStandardMap) {
  const uint64_t seeds = GetParam() == Where::kMemory ? 8 : 3;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    const auto random = Random::Seeded(seed);
    files_ = std::make_shared<MemoryFileSystem>();
    const int min_deltas = static_cast<int>(seed % 4);
    Restart(min_deltas);
    std::map<int64_t, Contents> versions = {{0, {}}};
    const auto random_keys = [&] {
      std::vector<std::string> keys;
      for (uint64_t i = random->Next() % 40; i > 0; --i) {
        keys.push_back("k" + std::to_string(random->Next() % 100) +
                       std::string(random->Next() % 2 * 30, '.'));
      }
      return keys;
    };
    int64_t version = 0;
    for (int step = 0; step < 60; ++step) {
      if (random->Next() % 8 == 0) Restart(min_deltas);
      if (random->Next() % 8 == 0) version = static_cast<int64_t>(random->Next() % versions.size());
      const auto store = Open(version);
      Contents expected = versions[version];
      ASSERT_EQ(ScanAll(store.get()).ValueOrDie(), expected) << "seed " << seed;
      for (uint64_t change = random->Next() % 4; change > 0; --change) {
        const std::vector<std::string> keys = random_keys();
        if (random->Next() % 3 == 0) {
          ASSERT_TRUE(store->Remove(Keys(keys)).ok());
          for (const std::string& key : keys) expected.erase(key);
        } else {
          std::vector<Value> values;
          for (const std::string& key : keys) {
            Value value{static_cast<int64_t>(random->Next()), std::nullopt};
            if (random->Next() % 4 > 0) value.last = std::string(random->Next() % 30, 'v');
            expected[key] = value;
            values.push_back(value);
          }
          ASSERT_TRUE(store->Put(Keys(keys), *Values(values)).ok());
        }
        ASSERT_EQ(ScanAll(store.get()).ValueOrDie(), expected);
      }
      if (random->Next() % 6 == 0) {
        ASSERT_TRUE(store->Rollback().ok());
        ASSERT_EQ(ScanAll(store.get()).ValueOrDie(), versions[version]);
        continue;
      }
      ASSERT_TRUE(Commit(store.get()).ok());
      versions[++version] = expected;
      // Versions after a batch that ran again belong to a history that is over.
      versions.erase(versions.upper_bound(version), versions.end());
      provider_->Maintain(version);
      ASSERT_EQ(store->Metrics().keys, static_cast<int64_t>(expected.size()));
    }
    Restart();
    for (const auto& [v, contents] : versions) {
      ASSERT_EQ(ScanAll(Open(v).get()).ValueOrDie(), contents)
          << "seed " << seed << " version " << v;
    }
  }
}

TEST_P(StateStoreTest, SnapshotsReplaceOldFiles) {
  Restart(/*min_deltas_for_snapshot=*/3, /*min_versions_to_retain=*/5);
  for (int64_t version = 0; version < 40; ++version) {
    const auto store = Open(version);
    ASSERT_TRUE(Put(store.get(), {{"k" + std::to_string(version % 7), {version, {}}}}).ok());
    ASSERT_TRUE(store->Remove(Keys({"k" + std::to_string((version + 3) % 7)})).ok());
    ASSERT_TRUE(Commit(store.get()).ok());
    provider_->Maintain(version + 1);
  }
  const Contents contents = ScanAll(Open(40).get()).ValueOrDie();
  Restart();
  EXPECT_EQ(ScanAll(Open(40).get()).ValueOrDie(), contents);
  // Snapshots at 4, 8, … 40; the last one purged below the one that version 35 needs.
  EXPECT_TRUE(files_->Exists("/state/0/0/40.snapshot").ValueOrDie());
  EXPECT_TRUE(files_->Exists("/state/0/0/32.snapshot").ValueOrDie());
  EXPECT_FALSE(files_->Exists("/state/0/0/28.snapshot").ValueOrDie());
  EXPECT_FALSE(files_->Exists("/state/0/0/31.delta").ValueOrDie());
  EXPECT_TRUE(provider_->Open(0, 0, Declaration(), 35).ok());
  EXPECT_EQ(ConditionOf(provider_->Open(0, 0, Declaration(), 20).status()),
            "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS");
}

TEST_P(StateStoreTest, OtherSchemaIsRefused) {
  ASSERT_TRUE(Put(Open(0).get(), {{"a", {1, {}}}}).ok());
  {
    const auto store = Open(0);
    ASSERT_TRUE(store->Put(Keys({"word"}), *Values({{1, std::nullopt}})).ok());
    ASSERT_TRUE(Commit(store.get()).ok());
  }
  StateStoreDeclaration renamed = Declaration();
  renamed.value_schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("l", arrow::utf8())});
  EXPECT_TRUE(provider_->Open(0, 0, renamed, 1).ok());
  StateStoreDeclaration other = Declaration();
  other.value_schema =
      arrow::schema({arrow::field("count", arrow::int32()), arrow::field("last", arrow::utf8())});
  EXPECT_THAT(provider_->Open(0, 0, other, 1).status().message(), HasSubstr("valueLayout"));
}

INSTANTIATE_TEST_SUITE_P(, StateStoreTest,
                         ::testing::Values(Where::kMemory, Where::kRocksDb, Where::kMoving),
                         NameOf);

// Keys and bytes that the batch leaves are the same wherever they are, and so are the files.
TEST(StateStoreMoveTest, MovesPastTheLimitAndBackAtARestart) {
  const auto files = std::make_shared<MemoryFileSystem>();
  StateStoreOptions options;
  options.files = files;
  options.local_directory = ::testing::TempDir();
  options.memory_limit_bytes = 64 << 10;
  Contents expected;
  {
    const auto provider = MakeStateStoreProvider("/state", options);
    int64_t in_memory = 0;
    for (int64_t version = 0; version < 8; ++version) {
      const auto store = provider->Open(0, 0, Declaration(), version).ValueOrDie();
      ASSERT_EQ(ScanAll(store.get()).ValueOrDie(), expected) << version;
      in_memory += store->Metrics().custom.contains("loadedMapCacheHitCount");
      Contents added;
      for (int i = 0; i < 300; ++i) {
        added[std::to_string(version) + "/" + std::to_string(i)] = {i, std::string(30, 'v')};
      }
      ASSERT_TRUE(Put(store.get(), added).ok());
      expected.insert(added.begin(), added.end());
      ASSERT_TRUE(store->Commit().ok());
      provider->Maintain(version + 1);
      EXPECT_EQ(store->Metrics().keys, static_cast<int64_t>(expected.size()));
    }
    EXPECT_GT(in_memory, 0);
    EXPECT_LT(in_memory, 8);
    EXPECT_LT(provider->memory_bytes(), 2 << 20);
  }
  // What is too large is not loaded into memory first.
  auto provider = MakeStateStoreProvider("/state", options);
  auto store = provider->Open(0, 0, Declaration(), 8).ValueOrDie();
  EXPECT_TRUE(store->Metrics().custom.contains("rocksdbGetCount"));
  EXPECT_EQ(ScanAll(store.get()).ValueOrDie(), expected);
  options.memory_limit_bytes = 0;
  store.reset();
  provider = MakeStateStoreProvider("/state", options);
  store = provider->Open(0, 0, Declaration(), 8).ValueOrDie();
  EXPECT_TRUE(store->Metrics().custom.contains("loadedMapCacheHitCount"));
  EXPECT_EQ(ScanAll(store.get()).ValueOrDie(), expected);
}

}  // namespace
}  // namespace headrace

// Versions that leave a store as it was.
#include "state/unchanged_stores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "base/random.h"
#include "state/state_reader.h"
#include "state/state_store.h"
#include "state/state_test_data.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using namespace state_test;

constexpr int kPartitions = 3;
// Contents of all partitions.
using All = std::vector<Contents>;

class UnchangedStoresTest : public ::testing::TestWithParam<StateStoreKind> {
 protected:
  void SetUp() override { Restart(); }
  void Restart(int min_deltas = 1000) {
    StateStoreOptions options;
    options.kind = GetParam();
    options.files = files_;
    options.local_directory = ::testing::TempDir();
    options.min_deltas_for_snapshot = min_deltas;
    options.min_versions_to_retain = 1000;
    provider_.reset();
    provider_ = MakeStateStoreProvider("/state", options);
  }

  // Makes `version` + 1: partition p gets puts[p], if it is not empty.
  Status Run(int64_t version, const All& puts) {
    for (int partition = 0; partition < kPartitions; ++partition) {
      ARROW_ASSIGN_OR_RAISE(const auto store,
                            provider_->Open(0, partition, Declaration(), version));
      if (!puts[partition].empty()) ARROW_RETURN_NOT_OK(Put(store.get(), puts[partition]));
      ARROW_RETURN_NOT_OK(store->Commit());
    }
    ARROW_RETURN_NOT_OK(provider_->FinishCommit(version + 1));
    provider_->Maintain(version + 1);
    return Status::OK();
  }
  Result<All> Read(int64_t version) {
    All all;
    for (int partition = 0; partition < kPartitions; ++partition) {
      ARROW_ASSIGN_OR_RAISE(const auto store,
                            provider_->Open(0, partition, Declaration(), version));
      ARROW_ASSIGN_OR_RAISE(Contents contents, ScanAll(store.get()));
      all.push_back(std::move(contents));
    }
    return all;
  }
  bool Exists(const std::string& path) { return files_->Exists(path).ValueOrDie(); }

  // Five versions; partition 1 changes in the first and in the last, partition 2 never.
  void RunFive() {
    for (int64_t version = 0; version < 5; ++version) {
      const bool both = version == 0 || version == 4;
      ASSERT_TRUE(
          Run(version,
              {{{"a", {version, {}}}}, both ? Contents{{"b", {version, {}}}} : Contents(), {}})
              .ok());
    }
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
  std::unique_ptr<StateStoreProvider> provider_;
};

TEST_P(UnchangedStoresTest, WriteNothingOfTheirOwn) {
  RunFive();
  EXPECT_TRUE(Exists("/state/0/1/1.delta"));
  EXPECT_TRUE(Exists("/state/0/1/5.delta"));
  for (int64_t version = 2; version <= 4; ++version) {
    EXPECT_FALSE(Exists("/state/0/1/" + std::to_string(version) + ".delta"));
    EXPECT_TRUE(Exists("/state/0/_unchanged/" + std::to_string(version)));
  }
  EXPECT_FALSE(Exists("/state/0/2/1.delta"));
  for (int64_t version = 1; version <= 5; ++version) {
    Restart();
    const Contents b = {{"b", {version == 5 ? 4 : 0, {}}}};
    EXPECT_EQ(Read(version).ValueOrDie(), (All{{{"a", {version - 1, {}}}}, b, {}})) << version;
  }
  // Seen from outside.
  const StateReader reader("/state", 0, 1, Declaration(), files_);
  std::vector<int64_t> changed;
  ASSERT_TRUE(reader
                  .ScanChanges(1, 5,
                               [&](int64_t version, const auto&, const auto*) {
                                 changed.push_back(version);
                                 return Status::OK();
                               })
                  .ok());
  EXPECT_EQ(changed, (std::vector<int64_t>{1, 5}));
}

// A lost delta, or a lost note, is no version without changes.
TEST_P(UnchangedStoresTest, LossIsFound) {
  RunFive();
  for (const auto& [path, version] : std::map<std::string, int64_t>{{"/state/0/1/1.delta", 1},
                                                                    {"/state/0/1/1.delta ", 4},
                                                                    {"/state/0/1/1.delta  ", 5},
                                                                    {"/state/0/1/5.delta", 5}}) {
    const std::string name = path.substr(0, path.find(' '));
    const std::string content = files_->ReadFile(name).ValueOrDie();
    ASSERT_TRUE(files_->RemoveFile(name).ok());
    Restart();
    const Status status = Read(version).status();
    EXPECT_EQ(ConditionOf(status), "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS");
    EXPECT_THAT(status.message(), HasSubstr(name));
    files_->Overwrite(name, content);
  }
  ASSERT_TRUE(files_->RemoveFile("/state/0/_unchanged/4").ok());
  Restart();
  EXPECT_THAT(Read(4).status().message(), HasSubstr("/state/0/1/4.delta"));
  EXPECT_TRUE(Read(3).ok());
}

TEST_P(UnchangedStoresTest, DamageIsFound) {
  RunFive();
  const std::string path = "/state/0/_unchanged/4";
  const std::string good = files_->ReadFile(path).ValueOrDie();
  const auto expect_found = [&](const std::string& damaged) {
    files_->Overwrite(path, damaged);
    const StateReader reader("/state", 0, 1, Declaration(), files_);
    const Status status =
        reader.Scan(4, std::nullopt, [](const auto&, const auto&) { return Status::OK(); });
    ASSERT_THAT(status.message(), HasSubstr(path));
    ASSERT_NE(ConditionOf(status), "");
    ASSERT_EQ(StateReader::VerifyNotes("/state", 0, files_.get()).size(), 1u);
  };
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string damaged = good;
    damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    expect_found(damaged);
  }
  for (size_t length = 0; length < good.size(); ++length) expect_found(good.substr(0, length));
  expect_found(good + '\0');
  expect_found(files_->ReadFile("/state/0/_unchanged/3").ValueOrDie());
}

// A batch that runs again may change what it did not before, and the other way round.
TEST_P(UnchangedStoresTest, TheLastRunOfABatchCounts) {
  const Contents first = {{"k", {1, {}}}}, second = {{"k", {2, {}}}}, third = {{"k", {3, {}}}};
  ASSERT_TRUE(Run(0, {first, first, first}).ok());
  ASSERT_TRUE(Run(1, {second, {}, second}).ok());
  const std::string stale = files_->ReadFile("/state/0/0/2.delta").ValueOrDie();
  Restart();
  ASSERT_TRUE(Run(1, {{}, second, second}).ok());
  EXPECT_FALSE(Exists("/state/0/0/2.delta"));
  Restart();
  EXPECT_EQ(Read(2).ValueOrDie(), (All{first, second, second}));
  // A power failure may undo the removal.
  files_->Overwrite("/state/0/0/2.delta", stale);
  Restart();
  EXPECT_EQ(Read(2).ValueOrDie(), (All{first, second, second}));
  ASSERT_TRUE(Run(2, {third, third, {}}).ok());
  files_->Overwrite("/state/0/0/2.delta", stale);
  Restart();
  EXPECT_EQ(Read(3).ValueOrDie(), (All{third, third, second}));
  // All changed: the note of the run before is gone.
  ASSERT_TRUE(Run(1, {third, third, third}).ok());
  EXPECT_FALSE(Exists("/state/0/_unchanged/2"));
  Restart();
  EXPECT_EQ(Read(2).ValueOrDie(), (All{third, third, third}));
}

TEST_P(UnchangedStoresTest, RandomBatchesWithSnapshots) {
  for (uint64_t seed = 0; seed < (GetParam() == StateStoreKind::kMemory ? 20 : 4); ++seed) {
    files_ = std::make_shared<MemoryFileSystem>();
    Restart(2);
    const auto random = Random::Seeded(seed);
    std::map<int64_t, All> versions = {{0, All(kPartitions)}};
    int64_t version = 0;
    for (int step = 0; step < 40; ++step) {
      if (random->Next() % 6 == 0) Restart(2);
      if (random->Next() % 8 == 0) version = static_cast<int64_t>(random->Next() % versions.size());
      All puts(kPartitions), now = versions[version];
      for (int partition = 0; partition < kPartitions; ++partition) {
        if (random->Next() % 3 != 0) continue;
        const std::string key = "k" + std::to_string(random->Next() % 5);
        puts[partition][key] = now[partition][key] = {static_cast<int64_t>(random->Next()), {}};
      }
      ASSERT_TRUE(Run(version, puts).ok());
      versions[++version] = now;
      versions.erase(versions.upper_bound(version), versions.end());
    }
    Restart(2);
    for (const auto& [v, contents] : versions) {
      const auto read = Read(v);
      ASSERT_TRUE(read.ok()) << "seed " << seed << ": " << read.status();
      ASSERT_EQ(*read, contents) << "seed " << seed << " version " << v;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, UnchangedStoresTest,
                         ::testing::Values(StateStoreKind::kMemory, StateStoreKind::kRocksDb),
                         [](const auto& info) {
                           return info.param == StateStoreKind::kMemory ? "Memory" : "RocksDb";
                         });

}  // namespace
}  // namespace headrace

// Damaged, lost and misplaced files of the state, failing calls, power loss. At the end each kind
// of test is shown a bug that it has to find.
#include <cerrno>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/fault_file_system.h"
#include "base/injection.h"
#include "base/memory_file_system.h"
#include "base/random.h"
#include "state/state_file_format.h"
#include "state/state_history.h"
#include "state/state_store.h"
#include "state/state_test_data.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using namespace state_test;

constexpr int64_t kVersions = 6;

Contents ContentsAt(int64_t version) {
  Contents contents;
  for (int64_t v = 1; v <= version; ++v) {
    contents["k" + std::to_string(v % 4)] = {v, "value " + std::to_string(v)};
    if (v % 3 == 0) contents.erase("k" + std::to_string((v + 1) % 4));
  }
  return contents;
}

// Commits version `version` + 1 of ContentsAt.
Status RunBatch(StateStoreProvider* provider, int64_t version, int partition = 0) {
  ARROW_ASSIGN_OR_RAISE(const auto store, provider->Open(0, partition, Declaration(), version));
  ARROW_ASSIGN_OR_RAISE(const Contents before, ScanAll(store.get()));
  if (before != ContentsAt(version)) return Status::Invalid("wrong contents of ", version);
  const int64_t v = version + 1;
  ARROW_RETURN_NOT_OK(
      Put(store.get(), {{"k" + std::to_string(v % 4), {v, "value " + std::to_string(v)}}}));
  if (v % 3 == 0) ARROW_RETURN_NOT_OK(store->Remove(Keys({"k" + std::to_string((v + 1) % 4)})));
  return store->Commit();
}

StateStoreKind kind = StateStoreKind::kMemory;  // of the tests at hand

std::unique_ptr<StateStoreProvider> Provider(std::shared_ptr<FileSystem> files) {
  StateStoreOptions options;
  options.kind = kind;
  options.local_directory = ::testing::TempDir();
  options.files = std::move(files);
  options.min_deltas_for_snapshot = 1000;  // no thread: the tests make snapshots themselves
  return MakeStateStoreProvider("/state", options);
}

Result<Contents> ReadVersion(const std::shared_ptr<FileSystem>& files, int64_t version,
                             int partition = 0) {
  ARROW_ASSIGN_OR_RAISE(const auto store,
                        Provider(files)->Open(0, partition, Declaration(), version));
  return ScanAll(store.get());
}

Status MakeSnapshot(const std::shared_ptr<FileSystem>& files, int64_t version) {
  return StateHistory("/state", 0, 0, Declaration(), files).WriteSnapshot(version);
}

class StateDamageTest : public ::testing::TestWithParam<StateStoreKind> {
 protected:
  void SetUp() override {
    kind = GetParam();
    const auto provider = Provider(files_);
    for (int partition = 0; partition < 2; ++partition) {
      for (int64_t version = 0; version < kVersions; ++version) {
        ASSERT_TRUE(RunBatch(provider.get(), version, partition).ok());
      }
    }
  }
  void TearDown() override { DisarmInjections(); }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
};

// Every flipped bit and every truncation of one file gives an error that names it, or, as for a
// snapshot whose deltas are all there, the right answer.
void ExpectDamageFound(const std::shared_ptr<MemoryFileSystem>& files, const std::string& path,
                       bool replaceable) {
  const std::string good = files->ReadFile(path).ValueOrDie();
  const auto expect_found = [&](const std::string& damaged, const std::string& what) {
    files->Overwrite(path, damaged);
    const Result<Contents> read = ReadVersion(files, kVersions);
    if (replaceable) {
      ASSERT_TRUE(read.ok()) << what << read.status();
      ASSERT_EQ(*read, ContentsAt(kVersions)) << what;
    } else {
      ASSERT_FALSE(read.ok()) << what;
      ASSERT_THAT(read.status().message(), HasSubstr(path));
      ASSERT_NE(ConditionOf(read.status()), "");
    }
  };
  // Opening a database takes long; the files and their reader are the same.
  const size_t stride = kind == StateStoreKind::kMemory ? 1 : 257;
  for (size_t bit = 0; bit < good.size() * 8; bit += stride) {
    std::string damaged = good;
    damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    expect_found(damaged, "bit " + std::to_string(bit));
  }
  for (size_t length = 0; length < good.size(); length += stride) {
    expect_found(good.substr(0, length), "length " + std::to_string(length));
  }
  expect_found(good + '\0', "a byte more");
  expect_found(good + good, "twice");
  files->Overwrite(path, good);
  EXPECT_EQ(ReadVersion(files, kVersions).ValueOrDie(), ContentsAt(kVersions));
}

TEST_P(StateDamageTest, DamagedDeltaIsFound) {
  ::testing::internal::CaptureStderr();
  ExpectDamageFound(files_, "/state/0/0/3.delta", /*replaceable=*/false);
  ::testing::internal::GetCapturedStderr();
}

TEST_P(StateDamageTest, DamagedSnapshotIsPassedOverWhileThereAreDeltas) {
  ASSERT_TRUE(MakeSnapshot(files_, 4).ok());
  ::testing::internal::CaptureStderr();
  ExpectDamageFound(files_, "/state/0/0/4.snapshot", /*replaceable=*/true);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("/state/0/0/4.snapshot"));
}

TEST_P(StateDamageTest, DamagedSnapshotIsFound) {
  ASSERT_TRUE(MakeSnapshot(files_, 4).ok());
  ASSERT_TRUE(StateHistory("/state", 0, 0, Declaration(), files_).Purge(4).ok());
  ASSERT_FALSE(files_->Exists("/state/0/0/3.delta").ValueOrDie());
  ExpectDamageFound(files_, "/state/0/0/4.snapshot", /*replaceable=*/false);
}

// A file that does not stay in memory is verified as a whole, and each block again when it is used.
TEST_P(StateDamageTest, LargeFilesAreVerifiedTwice) {
  const std::string path = "/state/0/0/6.delta";
  const StateFileIdentity identity = {StateFileIdentity::Kind::kDelta, 0, 0, Declaration(), 6};
  const auto read = [&] { return StateFile::Read(path, identity, files_.get(), 0); };
  const auto keys_of = [](const StateFile& file) -> Result<int64_t> {
    int64_t keys = 0;
    const auto count = [&](const arrow::Array& array, const auto&...) {
      keys += array.length();
      return Status::OK();
    };
    ARROW_RETURN_NOT_OK(file.ForEachRemoval(count));
    ARROW_RETURN_NOT_OK(file.ForEachPut(count));
    return keys;
  };
  const std::string good = files_->ReadFile(path).ValueOrDie();
  const StateFile file = read().ValueOrDie();
  EXPECT_EQ(keys_of(file).ValueOrDie(), 2);  // one removed, one put
  EXPECT_EQ(file.checksum(), StateFile::Read(path, identity, files_.get())->checksum());
  int64_t used = 0;
  for (size_t byte = 0; byte < good.size(); ++byte) {
    std::string damaged = good;
    damaged[byte] ^= static_cast<char>(1 << (byte % 8));
    files_->Overwrite(path, damaged);
    ASSERT_THAT(read().status().message(), HasSubstr(path)) << byte;
    const Status later = keys_of(file).status();
    if (!later.ok()) {
      ASSERT_THAT(later.message(), HasSubstr(path));
      ++used;
    }
  }
  EXPECT_GT(used, 400);
  for (size_t length = 0; length < good.size(); ++length) {
    files_->Overwrite(path, good.substr(0, length));
    ASSERT_FALSE(read().ok()) << length;
  }
}

TEST_P(StateDamageTest, LostDeltaIsNamed) {
  for (int64_t lost = 1; lost <= kVersions; ++lost) {
    const std::string path = "/state/0/0/" + std::to_string(lost) + ".delta";
    const std::string content = files_->ReadFile(path).ValueOrDie();
    ASSERT_TRUE(files_->RemoveFile(path).ok());
    const Status status = ReadVersion(files_, kVersions).status();
    EXPECT_EQ(ConditionOf(status), "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS");
    EXPECT_THAT(status.message(), HasSubstr(path));
    files_->Overwrite(path, content);
  }
}

TEST_P(StateDamageTest, MisplacedFilesAreFound) {
  const auto content = [&](const std::string& name) {
    return files_->ReadFile("/state/0/" + name).ValueOrDie();
  };
  // Of another version, of another partition.
  for (const char* other : {"0/2.delta", "0/4.delta", "1/3.delta"}) {
    const std::string good = content("0/3.delta");
    files_->Overwrite("/state/0/0/3.delta", content(other));
    EXPECT_THAT(ReadVersion(files_, kVersions).status().message(),
                HasSubstr("/state/0/0/3.delta does not belong here"));
    files_->Overwrite("/state/0/0/3.delta", good);
  }
  // Of Spark, whose files have the same names.
  files_->Overwrite("/state/0/0/3.delta", "LZ4Block");
  EXPECT_THAT(ReadVersion(files_, kVersions).status().message(), HasSubstr("Spark"));
}

TEST_P(StateDamageTest, FilesOfTwoHistoriesAreNotMixed) {
  const std::string old = files_->ReadFile("/state/0/0/5.delta").ValueOrDie();
  // Batch 3 runs again, with another outcome.
  const auto provider = Provider(files_);
  const auto store = provider->Open(0, 0, Declaration(), 3).ValueOrDie();
  ASSERT_TRUE(Put(store.get(), {{"k0", {-1, {}}}}).ok());
  ASSERT_TRUE(store->Commit().ok());
  const Status status = ReadVersion(files_, 5).status();
  EXPECT_EQ(ConditionOf(status), "CANNOT_LOAD_STATE_STORE.INVALID_CHECKPOINT_LINEAGE");
  EXPECT_THAT(status.message(), HasSubstr("/state/0/0/5.delta"));
}

template <typename Files = FaultFileSystem>
void FailEveryCall() {
  int64_t runs = 0;
  for (const int error : {EIO, ENOSPC}) {
    for (const bool forever : {false, true}) {
      const int64_t stride = kind == StateStoreKind::kMemory ? 1 : 3;
      for (int64_t call = 1;; call += stride, ++runs) {
        const auto memory = std::make_shared<MemoryFileSystem>();
        const auto files = std::make_shared<Files>(memory);
        auto provider = Provider(files);
        files->FailAt(call, error, forever);
        int64_t confirmed = 0;
        for (int64_t version = 0; version < 3; ++version) {
          const Status status = RunBatch(provider.get(), version);
          if (!status.ok()) {
            EXPECT_TRUE(files->failed()) << status;
            EXPECT_THAT(status.message(), HasSubstr("/state/0/"));
            break;
          }
          confirmed = version + 1;
        }
        if (confirmed == 3) (void)MakeSnapshot(files, 2);
        const bool failed = files->failed();
        files->Heal();
        // The same process goes on, and another one starts anew.
        for (auto* next : {&files, static_cast<decltype(&files)>(nullptr)}) {
          if (next == nullptr) provider = Provider(memory);
          for (int64_t version = confirmed; version < 4; ++version) {
            const Status status = RunBatch(provider.get(), version);
            ASSERT_TRUE(status.ok()) << "call " << call << ": " << status;
          }
        }
        const Result<Contents> read = ReadVersion(memory, 4);
        ASSERT_TRUE(read.ok()) << "call " << call << ": " << read.status();
        EXPECT_EQ(*read, ContentsAt(4));
        for (const auto& [path, content] : memory->Files()) {
          EXPECT_FALSE(path.ends_with(".tmp")) << path;
        }
        if (!failed) break;
      }
    }
  }
  EXPECT_GT(runs, kind == StateStoreKind::kMemory ? 60 : 20);
}

TEST_P(StateDamageTest, EveryCallMayFail) { FailEveryCall(); }

template <typename Files = MemoryFileSystem>
void LosePower() {
  for (const char* point : {"state.delta-temp-written", "state.committed", "state.snapshot"}) {
    for (int passage = 1; passage <= 4; ++passage) {
      const uint64_t seeds = kind == StateStoreKind::kMemory ? 30 : 3;
      for (uint64_t seed = 0; seed < seeds; ++seed) {
        const auto random = Random::Seeded(seed);
        const auto files = std::make_shared<Files>();
        int64_t confirmed = 0;
        {
          const auto provider = Provider(files);
          ASSERT_TRUE(ArmInjection(point, passage, InjectionAction::kError).ok());
          for (int64_t version = 0; version < 4; ++version) {
            if (!RunBatch(provider.get(), version).ok()) break;
            confirmed = version + 1;
            if (confirmed % 2 == 0) (void)MakeSnapshot(files, confirmed);
          }
          DisarmInjections();
        }
        files->LosePower(
            seed == 0 ? MemoryFileSystem::Loss::kEverything : MemoryFileSystem::Loss::kRandom,
            random.get());
        const Result<Contents> read = ReadVersion(files, confirmed);
        ASSERT_TRUE(read.ok()) << point << ": " << read.status();
        ASSERT_EQ(*read, ContentsAt(confirmed)) << point;
        const auto provider = Provider(files);
        for (int64_t version = confirmed; version < 5; ++version) {
          ASSERT_TRUE(RunBatch(provider.get(), version).ok()) << point;
        }
      }
    }
  }
}

TEST_P(StateDamageTest, CommittedVersionsSurvivePowerLoss) { LosePower(); }

// Planted bugs.

// Whether a test fails.
bool Fails(const std::function<void()>& test) {
  ::testing::TestPartResultArray results;
  {
    ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
    test();
  }
  for (int i = 0; i < results.size(); ++i) {
    if (results.GetTestPartResult(i).failed()) return true;
  }
  return false;
}

// As if checksums were not compared: they are made to fit the damage.
std::string Sealed(std::string content) {
  using namespace state_format;
  size_t at = kMagic.size();
  while (at + sizeof(BlockHead) <= content.size()) {
    BlockHead head;
    std::memcpy(&head, content.data() + at, sizeof head);
    const size_t payload = at + sizeof head, end = payload + Padded(head.payload_bytes);
    if (end > content.size() || end < payload) break;
    if (head.kind == kTrailer && head.payload_bytes == sizeof(Trailer)) {
      Trailer trailer;
      std::memcpy(&trailer, content.data() + payload, sizeof trailer);
      trailer.file_checksum = Crc32c(std::string_view(content).substr(0, at));
      std::memcpy(content.data() + payload, &trailer, sizeof trailer);
    }
    const std::string_view kind(reinterpret_cast<const char*>(&head.kind), sizeof head.kind);
    const std::string_view size(reinterpret_cast<const char*>(&head.payload_bytes),
                                sizeof head.payload_bytes);
    head.checksum = Crc32c(std::string_view(content).substr(payload, end - payload),
                           Crc32c(size, Crc32c(kind)));
    std::memcpy(content.data() + at, &head, sizeof head);
    at = end;
  }
  return content;
}

TEST_P(StateDamageTest, FindsAReaderWithoutChecksums) {
  const std::string path = "/state/0/0/6.delta";
  std::string content = files_->ReadFile(path).ValueOrDie();
  content.at(content.find("value 6")) ^= 1;
  const auto is_found = [&] { EXPECT_FALSE(ReadVersion(files_, kVersions).ok()); };
  files_->Overwrite(path, content);
  EXPECT_FALSE(Fails(is_found));
  files_->Overwrite(path, Sealed(content));
  EXPECT_TRUE(Fails(is_found));
}

// As if a lost delta were taken for one without changes: what there is begins later.
TEST_P(StateDamageTest, FindsALossThatIsPassedOver) {
  ASSERT_TRUE(MakeSnapshot(files_, 4).ok());
  EXPECT_TRUE(Fails([&] {
    ASSERT_TRUE(files_->RemoveFile("/state/0/0/2.delta").ok());
    EXPECT_FALSE(ReadVersion(files_, kVersions).ok());
  }));
}

// Errors of writes are passed over.
class SilentFiles final : public FaultFileSystem {
 public:
  using FaultFileSystem::FaultFileSystem;
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(auto file, FaultFileSystem::Create(path));
    return std::make_unique<SilentFile>(std::move(file));
  }

 private:
  class SilentFile final : public WritableFile {
   public:
    explicit SilentFile(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}
    Status Append(std::string_view bytes) override {
      (void)file_->Append(bytes);
      return Status::OK();
    }
    Status Sync() override { return file_->Sync(); }
    Status Close() override { return file_->Close(); }

   private:
    const std::unique_ptr<WritableFile> file_;
  };
};

TEST_P(StateDamageTest, FindsErrorsThatArePassedOver) {
  EXPECT_TRUE(Fails(FailEveryCall<SilentFiles>));
}

// Nothing is synced.
class UnsyncedFiles final : public MemoryFileSystem {
 public:
  Status Sync(const std::string&) override { return Status::OK(); }
  Status SyncDirectory(const std::string&) override { return Status::OK(); }
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(auto file, MemoryFileSystem::Create(path));
    return std::make_unique<UnsyncedFile>(std::move(file));
  }

 private:
  class UnsyncedFile final : public WritableFile {
   public:
    explicit UnsyncedFile(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}
    Status Append(std::string_view bytes) override { return file_->Append(bytes); }
    Status Sync() override { return Status::OK(); }
    Status Close() override { return file_->Close(); }

   private:
    const std::unique_ptr<WritableFile> file_;
  };
};

TEST_P(StateDamageTest, FindsAMissingSync) { EXPECT_TRUE(Fails(LosePower<UnsyncedFiles>)); }

INSTANTIATE_TEST_SUITE_P(, StateDamageTest,
                         ::testing::Values(StateStoreKind::kMemory, StateStoreKind::kRocksDb),
                         [](const auto& info) {
                           return info.param == StateStoreKind::kMemory ? "Memory" : "RocksDb";
                         });

}  // namespace
}  // namespace headrace

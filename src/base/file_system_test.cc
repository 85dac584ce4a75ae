#include "base/file_system.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_write.h"
#include "base/fault_file_system.h"
#include "base/injection.h"
#include "base/journaled_files.h"
#include "base/memory_file_system.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Names(FileSystem& files, const std::string& directory) {
  std::vector<std::string> names;
  for (const FileInformation& file : files.List(directory).ValueOrDie()) {
    names.push_back(BaseName(file.path));
  }
  return names;
}

// What every file system promises.
class FileSystemTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      std::string pattern = ::testing::TempDir() + "headrace.XXXXXX";
      ASSERT_NE(mkdtemp(pattern.data()), nullptr);
      root_ = pattern;
      files_ = FileSystem::Local();
    } else {
      files_ = std::make_shared<MemoryFileSystem>();
      ASSERT_TRUE(files_->CreateDirectories(root_).ok());
    }
  }
  void TearDown() override { EXPECT_TRUE(files_->RemoveDirectory(root_).ok()); }

  std::string Path(const std::string& name) const { return JoinPath(root_, name); }

  std::string root_ = "/test";
  std::shared_ptr<FileSystem> files_;
};

INSTANTIATE_TEST_SUITE_P(All, FileSystemTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Local" : "Memory"; });

TEST_P(FileSystemTest, WritesAndReads) {
  const std::string binary("a\0b\n", 4);
  ASSERT_TRUE(files_->WriteFile(Path("f"), binary).ok());
  EXPECT_EQ(files_->ReadFile(Path("f")).ValueOrDie(), binary);
  ASSERT_TRUE(files_->WriteFile(Path("f"), "x").ok());
  EXPECT_EQ(files_->ReadFile(Path("f")).ValueOrDie(), "x");
  const FileInformation information = files_->Information(Path("f")).ValueOrDie();
  EXPECT_EQ(information.size_bytes, 1);
  EXPECT_FALSE(information.is_directory);
}

TEST_P(FileSystemTest, AtomicWriteLeavesNoTemporaryFile) {
  ASSERT_TRUE(files_->WriteFileAtomically(Path("0"), "one", false).ok());
  EXPECT_EQ(files_->ReadFile(Path("0")).ValueOrDie(), "one");
  EXPECT_THAT(Names(*files_, root_), UnorderedElementsAre("0"));
}

TEST_P(FileSystemTest, AtomicWriteWithoutOverwriteKeepsWhatIsThere) {
  ASSERT_TRUE(files_->WriteFileAtomically(Path("0"), "one", false).ok());
  EXPECT_TRUE(files_->WriteFileAtomically(Path("0"), "two", false).IsAlreadyExists());
  EXPECT_EQ(files_->ReadFile(Path("0")).ValueOrDie(), "one");
  ASSERT_TRUE(files_->WriteFileAtomically(Path("0"), "three", true).ok());
  EXPECT_EQ(files_->ReadFile(Path("0")).ValueOrDie(), "three");
  EXPECT_THAT(Names(*files_, root_), UnorderedElementsAre("0"));
}

TEST_P(FileSystemTest, ErrorsNamePathAndOperation) {
  const Status status = files_->ReadFile(Path("absent")).status();
  EXPECT_TRUE(status.IsIOError());
  EXPECT_EQ(status.message(),
            "cannot open " + Path("absent") + ": No such file or directory (ENOENT)");
}

TEST_P(FileSystemTest, DirectoriesAndRemoval) {
  ASSERT_TRUE(files_->CreateDirectories(Path("a/b")).ok());
  ASSERT_TRUE(files_->CreateDirectories(Path("a/b")).ok());
  ASSERT_TRUE(files_->WriteFile(Path("a/b/f"), "x").ok());
  ASSERT_TRUE(files_->WriteFile(Path("a/g"), "x").ok());
  EXPECT_THAT(Names(*files_, Path("a")), UnorderedElementsAre("b", "g"));
  EXPECT_TRUE(files_->Information(Path("a/b")).ValueOrDie().is_directory);
  ASSERT_TRUE(files_->Rename(Path("a/g"), Path("a/b/h")).ok());
  EXPECT_FALSE(files_->Exists(Path("a/g")).ValueOrDie());
  ASSERT_TRUE(files_->RemoveFile(Path("a/b/h")).ok());
  EXPECT_TRUE(files_->RemoveFile(Path("a/b/h")).ok());
  ASSERT_TRUE(files_->RemoveDirectory(Path("a")).ok());
  EXPECT_TRUE(files_->RemoveDirectory(Path("a")).ok());
  EXPECT_FALSE(files_->Exists(Path("a/b/f")).ValueOrDie());
  EXPECT_TRUE(files_->List(Path("a")).ValueOrDie().empty());
}

TEST_P(FileSystemTest, SecondHolderOfALockIsTurnedAway) {
  auto held = files_->Lock(Path("lock"));
  ASSERT_TRUE(held.ok());
  const Status second = files_->Lock(Path("lock")).status();
  EXPECT_TRUE(second.IsAlreadyExists());
  EXPECT_THAT(second.message(), HasSubstr("this process"));
  held->reset();
  EXPECT_TRUE(files_->Lock(Path("lock")).ok());
}

TEST(MemoryFileSystemTest, PowerLossTakesWhatWasNotSynced) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.WriteFileAtomically("/durable", "old", true).ok());
  ASSERT_TRUE(files.WriteFile("/scratch", "x").ok());
  // Content that is synced under a name that is not.
  ASSERT_TRUE(files.WriteFile("/nameless", "x").ok());
  ASSERT_TRUE(files.Sync("/nameless").ok());
  // A rename that is not.
  ASSERT_TRUE(files.WriteFile("/next", "new").ok());
  ASSERT_TRUE(files.Rename("/next", "/durable").ok());
  files.LosePower(MemoryFileSystem::Loss::kEverything, nullptr);
  EXPECT_EQ(files.Files(), (std::map<std::string, std::string>{{"/durable", "old"}}));
}

TEST(MemoryFileSystemTest, RandomPowerLossKeepsWhatWasSynced) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    MemoryFileSystem files;
    const auto random = Random::Seeded(seed);
    const std::string content(3000, 'n');
    ASSERT_TRUE(files.WriteFileAtomically("/durable", content, true).ok());
    ASSERT_TRUE(files.WriteFile("/scratch", content).ok());
    files.LosePower(MemoryFileSystem::Loss::kRandom, random.get());
    EXPECT_EQ(files.ReadFile("/durable").ValueOrDie(), content);
  }
}

// One journal: a sync of a file makes its name durable as well.
class JournaledMemory : public MemoryFileSystem, public JournaledFiles {
 public:
  int syncs = 0;
  int directory_syncs = 0;

  bool IsJournaled(const std::string&) override { return true; }
  Status WriteOut(const std::string& path) override { return Sync(path); }
  Status SyncDirectory(const std::string& path) override {
    ++directory_syncs;
    return MemoryFileSystem::SyncDirectory(path);
  }
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(auto file, MemoryFileSystem::Create(path));
    return std::make_unique<File>(this, DirectoryName(path), std::move(file));
  }

 private:
  class File : public WritableFile {
   public:
    File(JournaledMemory* files, std::string directory, std::unique_ptr<WritableFile> file)
        : files_(files), directory_(std::move(directory)), file_(std::move(file)) {}
    Status Append(std::string_view bytes) override { return file_->Append(bytes); }
    Status Sync() override {
      ++files_->syncs;
      ARROW_RETURN_NOT_OK(file_->Sync());
      return files_->MemoryFileSystem::SyncDirectory(directory_);
    }
    Status Close() override { return file_->Close(); }

   private:
    JournaledMemory* const files_;
    const std::string directory_;
    const std::unique_ptr<WritableFile> file_;
  };
};

TEST(JournaledFilesTest, TakeOneSync) {
  for (const SyncOrder order : {SyncOrder::kFileThenName, SyncOrder::kNameThenFile}) {
    JournaledMemory files;
    const auto write = [](WritableFile* file) { return file->Append("content"); };
    ASSERT_TRUE(WriteFileAtomically(&files, "/f", write, /*overwrite=*/false, order).ok());
    EXPECT_EQ(files.syncs, 1);
    EXPECT_EQ(files.directory_syncs, 0);
    files.LosePower(MemoryFileSystem::Loss::kEverything, nullptr);
    EXPECT_EQ(files.ReadFile("/f").ValueOrDie(), "content");
  }
}

TEST(JournaledFilesTest, KeepWhatIsReplacedUntilThereIsSomethingElse) {
  JournaledMemory files;
  ASSERT_TRUE(files.WriteFileAtomically("/f", "old", /*overwrite=*/true).ok());
  files.syncs = files.directory_syncs = 0;
  ASSERT_TRUE(files.WriteFileAtomically("/f", "new", /*overwrite=*/true).ok());
  EXPECT_EQ(files.syncs, 1);
  EXPECT_EQ(files.directory_syncs, 1);
}

TEST(JournaledFilesTest, NoNameWithoutItsContent) {
  constexpr AtomicWritePoints kPoints = {.temp_written = "offset-log.temp-written",
                                         .synced = "offset-log.synced",
                                         .renamed = "offset-log.renamed"};
  const std::string content(3000, 'n');
  for (const char* point : {kPoints.temp_written, kPoints.synced, kPoints.renamed}) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      JournaledMemory files;
      const auto random = Random::Seeded(seed);
      ASSERT_TRUE(ArmInjection(point, 1, InjectionAction::kError).ok());
      EXPECT_FALSE(files.WriteFileAtomically("/f", content, /*overwrite=*/false, kPoints).ok());
      DisarmInjections();
      files.LosePower(MemoryFileSystem::Loss::kRandom, random.get());
      for (const auto& [path, found] : files.Files()) {
        if (path == "/f") EXPECT_EQ(found, content) << point;
      }
    }
  }
}

TEST(FaultFileSystemTest, AtomicWriteFailsAtAnyCallAndCanBeRepeated) {
  bool any_passed = false;
  for (int64_t call = 1; !any_passed; ++call) {
    auto memory = std::make_shared<MemoryFileSystem>();
    FaultFileSystem files(memory);
    ASSERT_TRUE(files.WriteFileAtomically("/f", "old", true).ok());
    files.FailAt(call, ENOSPC);
    const Status written = files.WriteFileAtomically("/f", "new content", true);
    any_passed = !files.failed();
    files.Heal();
    EXPECT_EQ(written.ok(), any_passed);
    if (!any_passed) {
      EXPECT_THAT(written.message(), HasSubstr("No space left on device (ENOSPC)"));
    }
    const std::string content = files.ReadFile("/f").ValueOrDie();
    EXPECT_TRUE(content == "old" || content == "new content") << content;
    EXPECT_THAT(Names(files, "/"), UnorderedElementsAre("f"));
    ASSERT_TRUE(files.WriteFileAtomically("/f", "new content", true).ok());
    memory->LosePower(MemoryFileSystem::Loss::kEverything, nullptr);
    EXPECT_EQ(files.ReadFile("/f").ValueOrDie(), "new content");
  }
}

}  // namespace
}  // namespace headrace

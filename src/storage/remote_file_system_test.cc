#include "storage/remote_file_system.h"

#include <arrow/filesystem/mockfs.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_write.h"
#include "base/java_error.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class RemoteFileSystemTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = std::make_shared<arrow::fs::internal::MockFileSystem>(
        arrow::fs::TimePoint(std::chrono::milliseconds(1600000001234)));
    ASSERT_TRUE(store_->CreateDir("bucket", true).ok());
    files_ = std::make_shared<RemoteFileSystem>(Store{store_, "bucket", false});
  }

  std::vector<std::string> Names(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& child : files_->List(directory).ValueOrDie()) {
      names.push_back(child.path + (child.is_directory ? "/" : ""));
    }
    return names;
  }

  std::shared_ptr<arrow::fs::internal::MockFileSystem> store_;
  std::shared_ptr<RemoteFileSystem> files_;
};

TEST_F(RemoteFileSystemTest, FilesAreWrittenReadListedAndRemoved) {
  ASSERT_TRUE(files_->CreateDirectories("s3a://bucket/a/b").ok());
  ASSERT_TRUE(files_->WriteFile("s3a://bucket/a/one", "12345").ok());
  EXPECT_EQ(files_->ReadFile("s3a://bucket/a/one").ValueOrDie(), "12345");
  EXPECT_EQ(files_->ReadRange("s3a://bucket/a/one", 1, 2).ValueOrDie(), "23");
  EXPECT_EQ(files_->ReadRange("s3a://bucket/a/one", 3, 9).ValueOrDie(), "45");
  EXPECT_THAT(Names("s3a://bucket/a"),
              UnorderedElementsAre("s3a://bucket/a/b/", "s3a://bucket/a/one"));
  const auto one = files_->Information("s3a://bucket/a/one").ValueOrDie();
  EXPECT_EQ(one.size_bytes, 5);
  EXPECT_EQ(one.modification_time_ms, 1600000001234);
  const auto directory = files_->Information("s3a://bucket/a").ValueOrDie();
  EXPECT_TRUE(directory.is_directory);
  EXPECT_EQ(directory.modification_time_ms, -1);
  EXPECT_TRUE(files_->RemoveFile("s3a://bucket/a/one").ok());
  EXPECT_TRUE(files_->RemoveFile("s3a://bucket/a/one").ok());
  EXPECT_FALSE(files_->Exists("s3a://bucket/a/one").ValueOrDie());
  EXPECT_TRUE(files_->RemoveDirectory("s3a://bucket/a").ok());
  EXPECT_TRUE(files_->RemoveDirectory("s3a://bucket/a").ok());
  EXPECT_THAT(Names("s3a://bucket/a"), ElementsAre());
}

TEST_F(RemoteFileSystemTest, DirectoriesThatAStoreHidesAreFound) {
  RemoteFileSystem hiding(Store{store_, "bucket", false, true});
  ASSERT_TRUE(hiding.CreateDirectories("s3a://bucket/a/b/c").ok());
  ASSERT_TRUE(hiding.WriteFile("s3a://bucket/a/b/c/deep", "x").ok());
  ASSERT_TRUE(hiding.WriteFile("s3a://bucket/a/top", "x").ok());
  std::vector<std::string> found;
  const auto children = hiding.List("s3a://bucket/a").ValueOrDie();
  for (const auto& child : children) found.push_back(child.path + (child.is_directory ? "/" : ""));
  EXPECT_THAT(found, ElementsAre("s3a://bucket/a/top", "s3a://bucket/a/b/"));
}

TEST_F(RemoteFileSystemTest, WhatIsDroppedBeforeItsEndLeavesNothing) {
  {
    auto file = files_->Create("s3a://bucket/part").ValueOrDie();
    ASSERT_TRUE(file->Append("half").ok());
  }
  EXPECT_FALSE(files_->Exists("s3a://bucket/part").ValueOrDie());
  {
    auto stream = files_->OpenOutput("s3a://bucket/part").ValueOrDie();
    ASSERT_TRUE(stream->Write("half").ok());
  }
  EXPECT_FALSE(files_->Exists("s3a://bucket/part").ValueOrDie());
}

TEST_F(RemoteFileSystemTest, WhereUnfinishedObjectsShowTheyAreHiddenUntilTheyAreWhole) {
  RemoteFileSystem showing(Store{.files = store_, .root = "bucket", .shows_unfinished = true});
  const std::string path = "abfs://bucket@h/log/0";
  ASSERT_TRUE(showing.CreateDirectories("abfs://bucket@h/log").ok());
  {
    auto file = showing.Create(path).ValueOrDie();
    ASSERT_TRUE(file->Append("half").ok());
    EXPECT_FALSE(showing.Exists(path).ValueOrDie());
    const auto children = showing.List("abfs://bucket@h/log").ValueOrDie();
    ASSERT_EQ(children.size(), 1);
    EXPECT_THAT(BaseName(children[0].path), ::testing::MatchesRegex("\\.0\\..*\\.tmp"));
  }
  EXPECT_TRUE(showing.List("abfs://bucket@h/log").ValueOrDie().empty());
  ASSERT_TRUE(showing.WriteFileAtomically(path, "whole", /*overwrite=*/false).ok());
  EXPECT_EQ(showing.ReadFile(path).ValueOrDie(), "whole");
  EXPECT_EQ(showing.List("abfs://bucket@h/log").ValueOrDie().size(), 1);
}

TEST_F(RemoteFileSystemTest, WhatCannotBeMovedIsCopied) {
  class Flat final : public arrow::fs::internal::MockFileSystem {
   public:
    using MockFileSystem::MockFileSystem;
    Status Move(const std::string&, const std::string&) override {
      return Status::NotImplemented("flat");
    }
  };
  const auto store = std::make_shared<Flat>(arrow::fs::kNoTime);
  ASSERT_TRUE(store->CreateDir("bucket", true).ok());
  RemoteFileSystem flat(Store{.files = store, .root = "bucket", .shows_unfinished = true});
  ASSERT_TRUE(flat.WriteFile("abfs://bucket@h/a", "a").ok());
  ASSERT_TRUE(flat.Rename("abfs://bucket@h/a", "abfs://bucket@h/b").ok());
  EXPECT_EQ(flat.ReadFile("abfs://bucket@h/b").ValueOrDie(), "a");
  EXPECT_FALSE(flat.Exists("abfs://bucket@h/a").ValueOrDie());
}

TEST_F(RemoteFileSystemTest, DirectoriesThatAMoveNeedsAreMade) {
  RemoteFileSystem needing(Store{.files = store_, .root = "bucket", .moves_need_directory = true});
  ASSERT_TRUE(needing.WriteFile("abfs://bucket@h/a", "a").ok());
  EXPECT_FALSE(files_->Rename("s3a://bucket/a", "s3a://bucket/d/e/a").ok());
  ASSERT_TRUE(needing.Rename("abfs://bucket@h/a", "abfs://bucket@h/d/e/a").ok());
  EXPECT_EQ(needing.ReadFile("abfs://bucket@h/d/e/a").ValueOrDie(), "a");
}

TEST_F(RemoteFileSystemTest, AtomicWritesPutTheFileUnderItsName) {
  const std::string path = "s3a://bucket/offsets/0";
  ASSERT_TRUE(files_->CreateDirectories("s3a://bucket/offsets").ok());
  ASSERT_TRUE(files_->WriteFileAtomically(path, "first", /*overwrite=*/false).ok());
  EXPECT_THAT(Names("s3a://bucket/offsets"), ElementsAre(path));
  EXPECT_TRUE(files_->WriteFileAtomically(path, "second", /*overwrite=*/false).IsAlreadyExists());
  EXPECT_EQ(files_->ReadFile(path).ValueOrDie(), "first");
  ASSERT_TRUE(files_->WriteFileAtomically(path, "third", /*overwrite=*/true).ok());
  EXPECT_EQ(files_->ReadFile(path).ValueOrDie(), "third");
  const auto failing = [](WritableFile*) { return Status::IOError("no"); };
  EXPECT_FALSE(
      WriteFileAtomically(files_.get(), "s3a://bucket/offsets/1", failing, false, SyncOrder::kLater)
          .ok());
  EXPECT_THAT(Names("s3a://bucket/offsets"), ElementsAre(path));
}

TEST_F(RemoteFileSystemTest, LocksExcludeOtherHoldersInThisProcess) {
  auto lock = files_->Lock("s3a://bucket/lock").ValueOrDie();
  RemoteFileSystem other(Store{store_, "bucket", false});
  EXPECT_TRUE(other.Lock("s3a://bucket/lock").status().IsAlreadyExists());
  lock = nullptr;
  EXPECT_TRUE(other.Lock("s3a://bucket/lock").ok());
}

TEST_F(RemoteFileSystemTest, AbsentFilesAreErrorsThatNameThem) {
  const auto content = files_->ReadFile("s3a://bucket/absent");
  EXPECT_THAT(content.status().message(), HasSubstr("s3a://bucket/absent"));
  ASSERT_NE(JavaClassOf(files_->Information("s3a://bucket/absent").status()), nullptr);
  EXPECT_EQ(*JavaClassOf(files_->Information("s3a://bucket/absent").status()),
            "java.io.FileNotFoundException");
}

TEST_F(RemoteFileSystemTest, AnAbsentBucketIsAnErrorOfItsOwn) {
  RemoteFileSystem absent(Store{store_, "absent", false});
  const Status error = absent.Exists("s3a://absent/a").status();
  ASSERT_NE(JavaClassOf(error), nullptr) << error.ToString();
  EXPECT_EQ(*JavaClassOf(error), "org.apache.hadoop.fs.s3a.UnknownStoreException");
  EXPECT_THAT(error.message(), HasSubstr("s3a://absent/a"));
  EXPECT_FALSE(
      RemoteFileSystem(Store{store_, "absent", false}).CreateDirectories("s3a://absent/a").ok());
  EXPECT_EQ(store_->GetFileInfo("absent").ValueOrDie().type(), arrow::fs::FileType::NotFound);
}

TEST_F(RemoteFileSystemTest, MovingFilesKeepsThoseThatAreThere) {
  ASSERT_TRUE(files_->WriteFile("s3a://bucket/a", "a").ok());
  ASSERT_TRUE(files_->WriteFile("s3a://bucket/b", "b").ok());
  EXPECT_TRUE(files_->RenameIfAbsent("s3a://bucket/a", "s3a://bucket/b").IsAlreadyExists());
  EXPECT_EQ(files_->ReadFile("s3a://bucket/b").ValueOrDie(), "b");
  ASSERT_TRUE(files_->Rename("s3a://bucket/a", "s3a://bucket/b").ok());
  EXPECT_EQ(files_->ReadFile("s3a://bucket/b").ValueOrDie(), "a");
  EXPECT_FALSE(files_->Exists("s3a://bucket/a").ValueOrDie());
}

}  // namespace
}  // namespace headrace

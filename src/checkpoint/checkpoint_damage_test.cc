// Every damage to a file of the logs is refused by name, or changes nothing.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/log_file.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;

class CheckpointDamageTest : public ::testing::Test {
 protected:
  // Batches 0 to 3; the last one is committed or not.
  void Write(bool last_committed) {
    const auto checkpoint = Checkpoint::Open("/c", files_, random_.get()).ValueOrDie();
    for (int64_t id = 0; id < 4; ++id) {
      OffsetLogEntry entry;
      entry.batch_watermark_ms = id * 1000;
      entry.batch_timestamp_ms = 1795259751519 + id;
      entry.configuration = {{"spark.sql.shuffle.partitions", "2"}};
      entry.offsets = {"{\"logOffset\":" + std::to_string(id) + "}"};
      ASSERT_TRUE(checkpoint->LogOffsets(id, entry).ok());
      if (id < 3 || last_committed) {
        ASSERT_TRUE(checkpoint->LogCommit(id, {(id + 1) * 1000}).ok());
      }
    }
  }

  // What a query would go on with.
  Result<std::string> Read() {
    ARROW_ASSIGN_OR_RAISE(const auto checkpoint, Checkpoint::Open("/c", files_, random_.get()));
    ARROW_ASSIGN_OR_RAISE(const RecoveryState state, checkpoint->Recover());
    std::string text = checkpoint->query_id() + " " + std::to_string(state.next_batch_id) + " " +
                       std::to_string(state.watermark_ms) + " " +
                       SerializeOffsetLogEntry(*state.last);
    if (state.uncommitted) {
      text += " again " + SerializeOffsetLogEntry(state.uncommitted->entry) + " from " +
              state.uncommitted->start.at(0).value_or("-");
    }
    return text;
  }

  // The outcome after `path` was given `content`: an error that names the file, or what it was
  // without the damage.
  void ExpectRefusedOrHarmless(const std::string& path, const std::string& content,
                               const std::string& what) {
    const std::map<std::string, std::string> before = files_->Files();
    files_->Overwrite(path, content);
    const Result<std::string> read = Read();
    if (path == "/c/commits/3" && content.empty()) {
      // A power failure leaves this of a commit that was not synced: the batch runs again.
      EXPECT_THAT(*read, HasSubstr(" again "));
    } else if (read.ok()) {
      EXPECT_EQ(*read, expected_) << path << " " << what;
    } else {
      // Of a damaged side file its log file is suspected too.
      const bool side = BaseName(path).starts_with('.');
      EXPECT_THAT(read.status().message(), HasSubstr(side ? BaseName(path) : path)) << what;
      EXPECT_NE(ErrorDetail::Get(read.status()), nullptr) << what;
    }
    refused_ += !read.ok();
    for (const auto& [file, good] : before) files_->Overwrite(file, good);
  }

  std::vector<std::string> Logs() {
    std::vector<std::string> paths;
    for (const auto& [path, content] : files_->Files()) {
      if (!BaseName(path).starts_with('.')) paths.push_back(path);
    }
    return paths;
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
  std::shared_ptr<Random> random_ = Random::Seeded(1);
  std::string expected_;
  int64_t refused_ = 0;
};

TEST_F(CheckpointDamageTest, BitsAndLengths) {
  for (const bool last_committed : {false, true}) {
    files_ = std::make_shared<MemoryFileSystem>();
    Write(last_committed);
    expected_ = Read().ValueOrDie();
    for (const auto& [path, good] : files_->Files()) {
      for (size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string damaged = good;
        damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
        ExpectRefusedOrHarmless(path, damaged, "bit " + std::to_string(bit));
      }
      for (size_t length = 0; length < good.size(); ++length) {
        ExpectRefusedOrHarmless(path, good.substr(0, length), "length " + std::to_string(length));
      }
      ExpectRefusedOrHarmless(path, good + "\n", "a line more");
    }
  }
  EXPECT_GT(refused_, 5000);
}

TEST_F(CheckpointDamageTest, SwappedFiles) {
  Write(/*last_committed=*/true);
  expected_ = Read().ValueOrDie();
  const std::vector<std::string> paths = Logs();
  for (const std::string& path : paths) {
    for (const std::string& other : paths) {
      ExpectRefusedOrHarmless(path, files_->ReadFile(other).ValueOrDie(), "swapped with " + other);
    }
  }
  EXPECT_GT(refused_, 20);
}

TEST_F(CheckpointDamageTest, MissingFiles) {
  Write(/*last_committed=*/true);
  expected_ = Read().ValueOrDie();
  const std::map<std::string, std::string> all = files_->Files();
  for (const std::string& path : Logs()) {
    ASSERT_TRUE(files_->RemoveFile(path).ok());
    const Result<std::string> read = Read();
    if (path == "/c/commits/3") {
      // The batch runs again with the same offsets; its sink knows it.
      EXPECT_THAT(*read, HasSubstr(" again "));
      EXPECT_THAT(*read, HasSubstr("from {\"logOffset\":2}"));
    } else if (read.ok()) {
      EXPECT_EQ(*read, expected_) << path;
    } else {
      EXPECT_THAT(read.status().message(), HasSubstr(path));
    }
    files_->Overwrite(path, all.at(path));
  }
}

}  // namespace
}  // namespace headrace

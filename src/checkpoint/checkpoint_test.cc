#include "checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "checkpoint/log_file.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using Offsets = std::vector<std::optional<std::string>>;

constexpr const char* kDirectory = "/checkpoint";

std::string ConditionOf(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  return detail == nullptr ? "" : detail->condition();
}

OffsetLogEntry Entry(int64_t watermark_ms, Offsets offsets) {
  OffsetLogEntry entry;
  entry.batch_watermark_ms = watermark_ms;
  entry.batch_timestamp_ms = 1000 + watermark_ms;
  entry.offsets = std::move(offsets);
  return entry;
}

class CheckpointTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Checkpoint>> Open() {
    return Checkpoint::Open(kDirectory, files_, random_.get());
  }

  // Batch i ends at offset i and has watermark 10 * i; its commit raises the watermark to that + 5.
  void LogOffsets(Checkpoint& checkpoint, int64_t id) {
    ASSERT_TRUE(checkpoint.LogOffsets(id, Entry(10 * id, {std::to_string(id)})).ok());
  }
  void LogCommit(Checkpoint& checkpoint, int64_t id) {
    ASSERT_TRUE(checkpoint.LogCommit(id, {10 * id + 5}).ok());
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
  std::shared_ptr<Random> random_ = Random::Seeded(1);
};

TEST_F(CheckpointTest, IdStaysTheSame) {
  std::string id;
  {
    const auto checkpoint = Open().ValueOrDie();
    id = checkpoint->query_id();
    EXPECT_TRUE(IsUuid(id));
    EXPECT_EQ(files_->ReadFile("/checkpoint/metadata").ValueOrDie(), "{\"id\":\"" + id + "\"}");
    EXPECT_EQ(checkpoint->SourcePath(2), "/checkpoint/sources/2");
    EXPECT_EQ(checkpoint->StatePath(), "/checkpoint/state");
  }
  EXPECT_EQ(Open().ValueOrDie()->query_id(), id);
}

TEST_F(CheckpointTest, OneQueryAtATime) {
  auto first = Open().ValueOrDie();
  const Status second = Open().status();
  EXPECT_EQ(ConditionOf(second), "CONCURRENT_STREAM_LOG_UPDATE");
  EXPECT_THAT(second.message(), HasSubstr("/checkpoint is in use by another streaming query"));
  first.reset();
  EXPECT_TRUE(Open().ok());
}

TEST_F(CheckpointTest, WritesWhatSparkWrites) {
  const auto checkpoint = Open().ValueOrDie();
  OffsetLogEntry entry = Entry(1704066720000, {"{\"logOffset\":0}", std::nullopt});
  entry.batch_timestamp_ms = 1795247741828;
  entry.configuration = {{"spark.sql.shuffle.partitions", "200"},
                         {"spark.sql.streaming.multipleWatermarkPolicy", "min"}};
  ASSERT_TRUE(checkpoint->LogOffsets(0, entry).ok());
  ASSERT_TRUE(checkpoint->LogCommit(0, {1704066720000}).ok());
  EXPECT_EQ(files_->ReadFile("/checkpoint/offsets/0").ValueOrDie(),
            "v1\n"
            "{\"batchWatermarkMs\":1704066720000,\"batchTimestampMs\":1795247741828,\"conf\":{"
            "\"spark.sql.shuffle.partitions\":\"200\","
            "\"spark.sql.streaming.multipleWatermarkPolicy\":\"min\"}}\n"
            "{\"logOffset\":0}\n"
            "-");
  EXPECT_EQ(files_->ReadFile("/checkpoint/commits/0").ValueOrDie(),
            "v1\n{\"nextBatchWatermarkMs\":1704066720000}");
}

TEST_F(CheckpointTest, SecondWriterOfABatchIsTurnedAway) {
  const auto checkpoint = Open().ValueOrDie();
  LogOffsets(*checkpoint, 0);
  EXPECT_EQ(ConditionOf(checkpoint->LogOffsets(0, Entry(0, {"7"}))),
            "CONCURRENT_STREAM_LOG_UPDATE");
  EXPECT_EQ(checkpoint->Recover().ValueOrDie().last->offsets, Offsets{"0"});
}

TEST_F(CheckpointTest, OffsetsOfSeveralLinesAreRefused) {
  const auto checkpoint = Open().ValueOrDie();
  for (const char* offset : {"{\n}", "", "-"}) {
    EXPECT_FALSE(checkpoint->LogOffsets(0, Entry(0, {offset})).ok()) << offset;
  }
}

// The rules of recovery, by what the logs hold.

TEST_F(CheckpointTest, RecoverNothing) {
  const RecoveryState state = Open().ValueOrDie()->Recover().ValueOrDie();
  EXPECT_EQ(state.next_batch_id, 0);
  EXPECT_EQ(state.watermark_ms, 0);
  EXPECT_FALSE(state.last);
  EXPECT_FALSE(state.uncommitted);
}

TEST_F(CheckpointTest, RecoverCommittedBatch) {
  const auto checkpoint = Open().ValueOrDie();
  for (int64_t id = 0; id <= 2; ++id) {
    LogOffsets(*checkpoint, id);
    LogCommit(*checkpoint, id);
  }
  const RecoveryState state = checkpoint->Recover().ValueOrDie();
  EXPECT_EQ(state.next_batch_id, 3);
  EXPECT_EQ(state.watermark_ms, 25);  // commits/2, above offsets/2's 20
  EXPECT_EQ(state.committed, Offsets{"2"});
  EXPECT_FALSE(state.uncommitted);
  EXPECT_EQ(state.last->batch_timestamp_ms, 1020);
}

TEST_F(CheckpointTest, RecoverTakesTheHigherWatermark) {
  const auto checkpoint = Open().ValueOrDie();
  ASSERT_TRUE(checkpoint->LogOffsets(0, Entry(100, {"0"})).ok());
  ASSERT_TRUE(checkpoint->LogCommit(0, {40}).ok());
  EXPECT_EQ(checkpoint->Recover().ValueOrDie().watermark_ms, 100);
}

TEST_F(CheckpointTest, RecoverFirstBatchUncommitted) {
  const auto checkpoint = Open().ValueOrDie();
  LogOffsets(*checkpoint, 0);
  const RecoveryState state = checkpoint->Recover().ValueOrDie();
  ASSERT_TRUE(state.uncommitted);
  EXPECT_EQ(state.uncommitted->batch_id, 0);
  EXPECT_EQ(state.uncommitted->entry.offsets, Offsets{"0"});
  EXPECT_TRUE(state.uncommitted->start.empty());
  EXPECT_EQ(state.next_batch_id, 1);
}

TEST_F(CheckpointTest, RecoverUncommittedBatch) {
  const auto checkpoint = Open().ValueOrDie();
  LogOffsets(*checkpoint, 0);
  LogCommit(*checkpoint, 0);
  LogOffsets(*checkpoint, 1);
  const RecoveryState state = checkpoint->Recover().ValueOrDie();
  ASSERT_TRUE(state.uncommitted);
  EXPECT_EQ(state.uncommitted->batch_id, 1);
  EXPECT_EQ(state.uncommitted->start, Offsets{"0"});
  EXPECT_EQ(state.uncommitted->entry.offsets, Offsets{"1"});
  EXPECT_EQ(state.uncommitted->entry.batch_timestamp_ms, 1010);
  EXPECT_EQ(state.watermark_ms, 10);  // as logged for batch 1
  EXPECT_EQ(state.next_batch_id, 2);
  EXPECT_EQ(state.committed, Offsets{"1"});
}

TEST_F(CheckpointTest, RecoverRunsTheLastBatchAgainWhenSeveralCommitsAreMissing) {
  const auto checkpoint = Open().ValueOrDie();
  for (int64_t id = 0; id <= 3; ++id) LogOffsets(*checkpoint, id);
  LogCommit(*checkpoint, 0);
  const RecoveryState state = checkpoint->Recover().ValueOrDie();
  ASSERT_TRUE(state.uncommitted);
  EXPECT_EQ(state.uncommitted->batch_id, 3);
  EXPECT_EQ(state.uncommitted->start, Offsets{"2"});
}

TEST_F(CheckpointTest, MissingPredecessorIsNamed) {
  const auto checkpoint = Open().ValueOrDie();
  for (int64_t id = 0; id <= 2; ++id) LogOffsets(*checkpoint, id);
  ASSERT_TRUE(files_->RemoveFile("/checkpoint/offsets/1").ok());
  const Status status = checkpoint->Recover().status();
  EXPECT_EQ(ConditionOf(status), "BATCH_METADATA_NOT_FOUND");
  EXPECT_THAT(status.message(), HasSubstr("/checkpoint/offsets/1 is missing"));
}

TEST_F(CheckpointTest, CommitWithoutOffsetsIsNamed) {
  const auto checkpoint = Open().ValueOrDie();
  for (int64_t id = 0; id <= 1; ++id) {
    LogOffsets(*checkpoint, id);
    LogCommit(*checkpoint, id);
  }
  ASSERT_TRUE(files_->RemoveFile("/checkpoint/offsets/1").ok());
  const Status status = checkpoint->Recover().status();
  EXPECT_EQ(ConditionOf(status), "BATCH_METADATA_NOT_FOUND");
  EXPECT_THAT(status.message(), HasSubstr("/checkpoint/offsets/1"));
}

TEST_F(CheckpointTest, CommitsOrStateWithoutOffsetsAreRefused) {
  for (const char* file : {"/checkpoint/commits/0", "/checkpoint/state/0/0/1.delta"}) {
    files_ = std::make_shared<MemoryFileSystem>();
    ASSERT_TRUE(files_->CreateDirectories(DirectoryName(file)).ok());
    ASSERT_TRUE(files_->WriteFile(file, "x").ok());
    const Status status = Open().status();
    EXPECT_EQ(ConditionOf(status), "STATE_STORE_CHECKPOINT_LOCATION_NOT_EMPTY");
    EXPECT_THAT(status.message(), HasSubstr(file));
  }
}

TEST_F(CheckpointTest, WhatACrashBeforeTheFirstBatchLeavesIsNoObstacle) {
  for (const char* file : {"/checkpoint/state/0/_metadata/metadata", "/checkpoint/offsets/.0.x.tmp",
                           "/checkpoint/sources/0/0"}) {
    ASSERT_TRUE(files_->CreateDirectories(DirectoryName(file)).ok());
    ASSERT_TRUE(files_->WriteFile(file, "x").ok());
  }
  EXPECT_TRUE(Open().ok());
  EXPECT_FALSE(files_->Exists("/checkpoint/offsets/.0.x.tmp").ValueOrDie());
}

TEST_F(CheckpointTest, LostMetadataIsNamed) {
  LogOffsets(*Open().ValueOrDie(), 0);
  ASSERT_TRUE(files_->RemoveFile("/checkpoint/metadata").ok());
  EXPECT_THAT(Open().status().message(), HasSubstr("/checkpoint/metadata is missing"));
}

TEST_F(CheckpointTest, PurgeKeepsTheLastBatches) {
  const auto checkpoint = Open().ValueOrDie();
  for (int64_t id = 0; id <= 12; ++id) {
    LogOffsets(*checkpoint, id);
    LogCommit(*checkpoint, id);
  }
  ASSERT_TRUE(checkpoint->Purge(12, 10).ok());
  EXPECT_EQ(checkpoint->offsets().Ids().ValueOrDie().front(), 2);
  EXPECT_EQ(checkpoint->commits().Ids().ValueOrDie().front(), 2);
  for (const auto& [path, content] : files_->Files()) {
    EXPECT_FALSE(path.ends_with("/.1.crc")) << path;
  }
  EXPECT_EQ(checkpoint->Recover().ValueOrDie().next_batch_id, 13);
}

TEST_F(CheckpointTest, PurgeAfterEveryBatchListsOnce) {
  const auto checkpoint = Open().ValueOrDie();
  for (int64_t id = 0; id <= 12; ++id) {
    LogOffsets(*checkpoint, id);
    LogCommit(*checkpoint, id);
    ASSERT_TRUE(checkpoint->Purge(id, 3).ok());
  }
  // A listing would find it.
  ASSERT_TRUE(files_->WriteFile("/checkpoint/offsets/0", "").ok());
  ASSERT_TRUE(checkpoint->Purge(12, 3).ok());
  EXPECT_TRUE(files_->Exists("/checkpoint/offsets/0").ValueOrDie());
  ASSERT_TRUE(files_->RemoveFile("/checkpoint/offsets/0").ok());
  EXPECT_EQ(checkpoint->offsets().Ids().ValueOrDie(), (std::vector<int64_t>{9, 10, 11, 12}));
  EXPECT_EQ(checkpoint->commits().Ids().ValueOrDie(), (std::vector<int64_t>{9, 10, 11, 12}));
}

TEST_F(CheckpointTest, NamesThatAreNoIdsArePassedOver) {
  const auto checkpoint = Open().ValueOrDie();
  LogOffsets(*checkpoint, 0);
  for (const char* name : {".0.crc", ".5.3f.tmp", "7.compact", "-1", "007", "x9"}) {
    ASSERT_TRUE(files_->WriteFile(JoinPath("/checkpoint/offsets", name), "").ok());
  }
  EXPECT_EQ(checkpoint->offsets().Ids().ValueOrDie(), std::vector<int64_t>{0});
}

}  // namespace
}  // namespace headrace

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/log_file.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using Offsets = std::vector<std::optional<std::string>>;

// Written by Spark 4.1.4.
constexpr const char* kSparkOffsets =
    "v1\n"
    "{\"batchWatermarkMs\":0,\"batchTimestampMs\":1795259751519,\"conf\":{"
    "\"spark.sql.streaming.stateStore.providerClass\":"
    "\"org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider\","
    "\"spark.sql.streaming.stateStore.rocksdb.formatVersion\":\"5\","
    "\"spark.sql.streaming.stateStore.encodingFormat\":\"unsaferow\","
    "\"spark.sql.streaming.statefulOperator.useStrictDistribution\":\"true\","
    "\"spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion\":\"2\","
    "\"spark.sql.streaming.multipleWatermarkPolicy\":\"min\","
    "\"spark.sql.streaming.aggregation.stateFormatVersion\":\"2\","
    "\"spark.sql.shuffle.partitions\":\"2\","
    "\"spark.sql.streaming.join.stateFormatVersion\":\"2\","
    "\"spark.sql.streaming.stateStore.compression.codec\":\"lz4\","
    "\"spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan\":\"false\"}}\n"
    "{\"logOffset\":0}";
const std::string kSparkOffsetsSideFile("crc\0\0\0\2\0\xfa\x36\x88\x91\xf6\x44\xc5\x17", 16);
constexpr const char* kSparkMetadata = "{\"id\":\"50000078-7a0e-465f-927b-735a4d390b7b\"}";
const std::string kSparkMetadataSideFile("crc\0\0\0\2\0\x5a\xda\x6d\0", 12);

std::string ConditionOf(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  return detail == nullptr ? "" : detail->condition();
}

TEST(LogEntryTest, ReadsSparksOffsets) {
  const OffsetLogEntry entry = ParseOffsetLogEntry(kSparkOffsets, "offsets/0").ValueOrDie();
  EXPECT_EQ(entry.batch_watermark_ms, 0);
  EXPECT_EQ(entry.batch_timestamp_ms, 1795259751519);
  EXPECT_EQ(entry.configuration.size(), 11u);
  EXPECT_EQ(entry.configuration.at("spark.sql.shuffle.partitions"), "2");
  EXPECT_EQ(entry.offsets, Offsets{"{\"logOffset\":0}"});
}

TEST(LogEntryTest, ReadsWhatItWrites) {
  OffsetLogEntry entry;
  entry.batch_watermark_ms = -5;
  entry.batch_timestamp_ms = 7;
  entry.configuration = {{"a\"b", "ü\n\\"}};
  entry.offsets = {"5", std::nullopt, "{\"x\":1}"};
  const OffsetLogEntry again =
      ParseOffsetLogEntry(SerializeOffsetLogEntry(entry), "offsets/0").ValueOrDie();
  EXPECT_EQ(again.batch_watermark_ms, -5);
  EXPECT_EQ(again.batch_timestamp_ms, 7);
  EXPECT_EQ(again.configuration, entry.configuration);
  EXPECT_EQ(again.offsets, entry.offsets);
}

TEST(LogEntryTest, ReadsOldForms) {
  EXPECT_EQ(ParseOffsetLogEntry("v1\n\n5", "o").ValueOrDie().offsets, Offsets{"5"});
  EXPECT_EQ(ParseOffsetLogEntry("v1\n{}\n5\n", "o").ValueOrDie().offsets, Offsets{"5"});
  for (const char* text : {"v1", "v1\n", "v1\n{}"}) {
    EXPECT_EQ(ParseCommitLogEntry(text, "c").ValueOrDie().next_batch_watermark_ms, 0) << text;
  }
  EXPECT_EQ(ParseCommitLogEntry("v1\n{\"nextBatchWatermarkMs\":1704066720000}", "c")
                .ValueOrDie()
                .next_batch_watermark_ms,
            1704066720000);
}

TEST(LogEntryTest, OtherVersionsAreRefusedByName) {
  const Status status =
      ParseCommitLogEntry("v2\n{\"nextBatchWatermarkMs\":0,\"stateUniqueIds\":{}}", "commits/3")
          .status();
  EXPECT_EQ(ConditionOf(status), "INVALID_LOG_VERSION.EXACT_MATCH_VERSION");
  EXPECT_THAT(status.message(), HasSubstr("commits/3 has format version v2"));
}

TEST(LogEntryTest, ForeignContentIsRefusedByName) {
  for (const char* text : {"", "v", "vx\n{}", "{}", "v1\nx\n5", "v1\n[]\n5", "v1\n{}\n\n5",
                           "v1\n{\"batchWatermarkMs\":\"0\"}\n5", "v1\n{\"conf\":1}\n5", "v1x\n{}",
                           "v99999999999\n{}", "v0\n{}"}) {
    const Status status = ParseOffsetLogEntry(text, "/c/offsets/3").status();
    EXPECT_EQ(ConditionOf(status), "MALFORMED_LOG_FILE") << text;
    EXPECT_THAT(status.message(), HasSubstr("/c/offsets/3")) << text;
  }
  EXPECT_EQ(ConditionOf(ParseCommitLogEntry("v1\n{}\n{}", "c").status()), "MALFORMED_LOG_FILE");
}

TEST(LogFileTest, SideFilesAreThoseOfHadoop) {
  MemoryFileSystem files;
  ASSERT_TRUE(WriteLogFile(&files, "/0", kSparkOffsets, false).ok());
  ASSERT_TRUE(WriteLogFile(&files, "/metadata", kSparkMetadata, false).ok());
  EXPECT_EQ(files.ReadFile("/.0.crc").ValueOrDie(), kSparkOffsetsSideFile);
  EXPECT_EQ(files.ReadFile("/.metadata.crc").ValueOrDie(), kSparkMetadataSideFile);
}

TEST(LogFileTest, EveryFlippedBitAndEveryTruncationIsFound) {
  const std::string good = kSparkMetadata;
  MemoryFileSystem files;
  ASSERT_TRUE(WriteLogFile(&files, "/metadata", good, false).ok());
  const auto expect_refused = [&](std::string damaged) {
    files.Overwrite("/metadata", std::move(damaged));
    const Status status = ReadLogFile(&files, "/metadata").status();
    EXPECT_EQ(ConditionOf(status), "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED");
    EXPECT_THAT(status.message(), HasSubstr("/metadata is damaged"));
  };
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string damaged = good;
    damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    expect_refused(damaged);
  }
  for (size_t length = 0; length < good.size(); ++length) expect_refused(good.substr(0, length));
}

// A side file never makes a good file unreadable because of damage that its form shows, nor lets
// damaged content pass.
TEST(LogFileTest, DamagedSideFilesAreIgnoredOrFound) {
  MemoryFileSystem files;
  ASSERT_TRUE(WriteLogFile(&files, "/metadata", kSparkMetadata, false).ok());
  for (size_t bit = 0; bit < kSparkMetadataSideFile.size() * 8; ++bit) {
    std::string damaged = kSparkMetadataSideFile;
    damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    files.Overwrite("/.metadata.crc", damaged);
    const Result<std::string> read = ReadLogFile(&files, "/metadata");
    if (bit < 64) {
      EXPECT_EQ(read.ValueOrDie(), kSparkMetadata) << bit;
    } else {
      EXPECT_FALSE(read.ok()) << bit;
    }
  }
  ASSERT_TRUE(files.RemoveFile("/.metadata.crc").ok());
  EXPECT_EQ(ReadLogFile(&files, "/metadata").ValueOrDie(), kSparkMetadata);
  // What a power failure leaves: nothing, or zeros.
  for (const std::string& left : {std::string(), std::string(12, '\0')}) {
    files.Overwrite("/.metadata.crc", left);
    EXPECT_EQ(ReadLogFile(&files, "/metadata").ValueOrDie(), kSparkMetadata);
  }
}

}  // namespace
}  // namespace headrace

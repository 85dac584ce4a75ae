// What a checkpoint directory holds: logs in Spark's formats, state files, offsets of sources.
#include <cstring>

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/memory_file_system.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/compactible_log.h"
#include "connectors/file/log_entries.h"
#include "connectors/kafka/partition_offsets.h"
#include "fuzzer.h"
#include "state/state_file.h"
#include "state/state_file_format.h"
#include "state/state_test_data.h"

namespace headrace::fuzz {
namespace {

using Texts = std::vector<std::string>;
const Texts kJsonWords = {"{",    "}",    "[", "]",  ":",  ",",  "\"",
                          "null", "true", "-", "v1", "v2", "\n", "1e9"};

TEST(LogTest, Offsets) {
  OffsetLogEntry entry;
  entry.batch_watermark_ms = 1000;
  entry.batch_timestamp_ms = 1795259751519;
  entry.configuration = {{"spark.sql.shuffle.partitions", "2"}};
  entry.offsets = {"{\"logOffset\":3}", std::nullopt, "{\"t\":{\"0\":5}}"};
  Target target{.name = "offsets", .corpus = {SerializeOffsetLogEntry(entry)}, .words = kJsonWords};
  target.run = [](const std::string& input) -> Outcome {
    const auto parsed = ParseOffsetLogEntry(input, "/c/offsets/1");
    if (!parsed.ok()) return OfStatus(parsed.status());
    const std::string text = SerializeOffsetLogEntry(*parsed);
    const auto again = ParseOffsetLogEntry(text, "/c/offsets/1");
    if (!again.ok())
      return {"", "what was read is refused when written: " + again.status().ToString()};
    if (SerializeOffsetLogEntry(*again) != text) return {"", "what was read changes when written"};
    return {"ok", ""};
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST(LogTest, Commits) {
  Target target{
      .name = "commits", .corpus = {SerializeCommitLogEntry({1000})}, .words = kJsonWords};
  target.run = [](const std::string& input) {
    return OfStatus(ParseCommitLogEntry(input, "/c/commits/1").status());
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

// A whole checkpoint of which one file was changed; the checksums beside the files are gone.
TEST(LogTest, Recovery) {
  const auto random = Random::Seeded(1);
  const auto whole = std::make_shared<MemoryFileSystem>();
  {
    const auto checkpoint = *Checkpoint::Open("/c", whole, random.get());
    for (int64_t id = 0; id < 3; ++id) {
      OffsetLogEntry entry;
      entry.configuration = {{"spark.sql.shuffle.partitions", "2"}};
      entry.offsets = {"{\"logOffset\":" + std::to_string(id) + "}"};
      ASSERT_TRUE(checkpoint->LogOffsets(id, entry).ok());
      if (id < 2) {
        ASSERT_TRUE(checkpoint->LogCommit(id, {id * 1000}).ok());
      }
    }
  }
  std::map<std::string, std::string> files = whole->Files();
  std::erase_if(files, [](const auto& file) { return file.first.ends_with(".crc"); });
  for (const auto& [path, content] : files) {
    Target target{.name = path, .corpus = {content}, .words = kJsonWords, .run = {}, .runs = 1'000};
    for (const auto& [other, text] : files) target.corpus.push_back(text);
    target.run = [&, path = path](const std::string& input) -> Outcome {
      const auto changed = std::make_shared<MemoryFileSystem>();
      for (const char* directory : {"/c/offsets", "/c/commits"}) {
        if (!changed->CreateDirectories(directory).ok()) return {"", "no directories"};
      }
      for (const auto& [name, text] : files) changed->Overwrite(name, name == path ? input : text);
      const auto checkpoint = Checkpoint::Open("/c", changed, random.get());
      if (!checkpoint.ok()) return OfStatus(checkpoint.status());
      return OfStatus((*checkpoint)->Recover().status());
    };
    EXPECT_EQ(Fuzz(target), std::nullopt);
  }
}

const char kSourceEntry[] =
    R"({"path":"file:///in/a%20b.json","timestamp":1600000001000,"batchId":0})";
const char kSinkEntry[] =
    R"({"path":"file:///out/p=1/part-0.json","size":7,"isDir":false,"modificationTime":1795247740761,"blockReplication":1,"blockSize":33554432,"action":"add"})";

TEST(LogTest, FilesOfSourcesAndSinks) {
  Target target{.name = "file log", .words = kJsonWords};
  target.corpus = {kSourceEntry, kSinkEntry};
  target.run = [](const std::string& input) {
    const Outcome source = OfStatus(SourceLogEntry::Parse(input).status());
    return source.broken.empty() ? OfStatus(SinkLogEntry::Parse(input).status()) : source;
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);

  Target compact{.name = "compact file", .words = kJsonWords, .run = {}, .runs = 3'000};
  compact.corpus = {std::string("v1\n") + kSourceEntry + "\n" + kSourceEntry, "v1", ""};
  compact.run = [](const std::string& input) -> Outcome {
    const auto files = std::make_shared<MemoryFileSystem>();
    files->Overwrite("/log/1.compact", input);
    CompactibleLog::Options options;
    options.compact_interval = 2;
    const auto log = CompactibleLog::Open("/log", files, options);
    if (!log.ok()) return OfStatus(log.status());
    const Outcome all = OfStatus((*log)->All().status());
    if (!all.broken.empty()) return all;
    return OfStatus((*log)->Get(1).status());
  };
  EXPECT_EQ(Fuzz(compact), std::nullopt);

  Target offset{
      .name = "log offset", .corpus = {"{\"logOffset\":3}", "3", "-1"}, .words = kJsonWords};
  offset.run = [](const std::string& input) { return OfStatus(ParseLogOffset(input).status()); };
  EXPECT_EQ(Fuzz(offset), std::nullopt);
}

TEST(OffsetTest, Kafka) {
  Target target{.name = "Kafka offsets", .words = kJsonWords};
  target.corpus = {R"({"topicA":{"0":23,"1":-1},"topicB":{"0":-2}})",
                   R"({"topicA":[0,1],"topicB":[2]})", R"({"t":{"0":9223372036854775807}})"};
  target.run = [](const std::string& input) -> Outcome {
    const auto offsets = ParsePartitionOffsets(input);
    const Outcome outcome = OfStatus(offsets.status());
    if (!outcome.broken.empty()) return outcome;
    if (offsets.ok() && *ParsePartitionOffsets(ToJson(*offsets)) != *offsets) {
      return {"", "other offsets when written: " + ToJson(*offsets)};
    }
    const Outcome partitions = OfStatus(ParseTopicPartitions(input).status());
    return partitions.broken.empty() ? outcome : partitions;
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

// State files, with and without checksums that fit: damage is found by them, so what lies behind
// the check is reached only by who can compute them.
class StateFileTest : public ::testing::Test {
 protected:
  StateFileTest() {
    identity_.declaration = state_test::Declaration();
    identity_.version = 1;
    const auto file = *files_.Create("/1.delta");
    StateFileWriter writer(file.get());
    EXPECT_TRUE(writer.Begin(identity_, StateOrigin{}, 3).ok());
    const auto keys = Keys({"a", "b", "a much longer key"});
    EXPECT_TRUE(writer.AddRemovals(keys).ok());
    EXPECT_TRUE(
        writer.AddPuts(keys, *state_test::Values({{1, "x"}, {2, std::nullopt}, {3, "y"}})).ok());
    EXPECT_TRUE(writer.Finish().ok());
    EXPECT_TRUE(file->Close().ok());
    content_ = files_.Files().at("/1.delta");
  }

  static std::shared_ptr<arrow::Array> Keys(const Texts& texts) {
    arrow::BinaryBuilder builder;
    EXPECT_TRUE(builder.AppendValues(texts).ok());
    return *builder.Finish();
  }

  Outcome Read(const std::string& content) {
    files_.Overwrite("/1.delta", content);
    return OfStatus([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(const StateFile file, StateFile::Read("/1.delta", identity_, &files_));
      ARROW_RETURN_NOT_OK(file.ForEachRemoval([](const arrow::Array&) { return Status::OK(); }));
      return file.ForEachPut(
          [](const arrow::Array&, const arrow::RecordBatch&) { return Status::OK(); });
    }());
  }

  // The blocks' and the file's checksums as they should be for the content.
  static std::string Sealed(std::string content) {
    using namespace state_format;
    size_t at = kMagic.size();
    while (at + sizeof(BlockHead) <= content.size()) {
      BlockHead head;
      std::memcpy(&head, &content[at], sizeof head);
      const size_t payload = at + sizeof head;
      if (head.payload_bytes > content.size() ||
          payload + Padded(head.payload_bytes) > content.size())
        break;
      const size_t size = Padded(head.payload_bytes);
      if (head.kind == kTrailer && size >= sizeof(Trailer)) {
        const uint32_t file = Crc32c(std::string_view(content).substr(0, at));
        std::memcpy(&content[payload + offsetof(Trailer, file_checksum)], &file, sizeof file);
      }
      const std::string_view kind(&content[at], sizeof head.kind);
      const std::string_view bytes(&content[at + offsetof(BlockHead, payload_bytes)],
                                   sizeof head.payload_bytes);
      head.checksum =
          Crc32c(std::string_view(content).substr(payload, size), Crc32c(bytes, Crc32c(kind)));
      std::memcpy(&content[at], &head, sizeof head);
      at = payload + size;
    }
    return content;
  }

  MemoryFileSystem files_;
  StateFileIdentity identity_;
  std::string content_;
};

TEST_F(StateFileTest, DamageIsFound) {
  Target target{.name = "state file", .corpus = {content_}, .words = {}, .run = {}, .runs = 3'000};
  target.run = [&](const std::string& input) -> Outcome {
    Outcome outcome = Read(input);
    if (outcome.kind == "ok" && input != content_) outcome.broken = "a changed file was accepted";
    return outcome;
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST_F(StateFileTest, LiesAreSurvived) {
  ASSERT_EQ(Sealed(content_), content_);
  Target target{.name = "sealed state file", .corpus = {content_}, .words = {}};
  target.run = [&](const std::string& input) { return Read(Sealed(input)); };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

}  // namespace
}  // namespace headrace::fuzz

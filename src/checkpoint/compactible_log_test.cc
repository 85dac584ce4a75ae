#include "checkpoint/compactible_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/injection.h"
#include "base/memory_file_system.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using Entries = std::vector<std::string>;

constexpr const char* kDirectory = "/log";

class CompactibleLogTest : public ::testing::Test {
 protected:
  void TearDown() override { DisarmInjections(); }

  std::unique_ptr<CompactibleLog> Open(CompactibleLog::Options options = {}) {
    return CompactibleLog::Open(kDirectory, files_, std::move(options)).ValueOrDie();
  }
  static std::string Entry(int64_t id) {
    return "{\"path\":\"/f" + std::to_string(id) + "\",\"batchId\":" + std::to_string(id) + "}";
  }
  static Entries EntriesUpTo(int64_t id) {
    Entries entries;
    for (int64_t i = 0; i <= id; ++i) entries.push_back(Entry(i));
    return entries;
  }
  void AddUpTo(CompactibleLog& log, int64_t id) {
    for (int64_t i = log.LatestId().ValueOrDie().value_or(-1) + 1; i <= id; ++i) {
      ASSERT_TRUE(log.Add(i, {Entry(i)}).ok()) << i;
    }
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
};

TEST_F(CompactibleLogTest, FilesAreThoseOfSpark) {
  const auto log = Open();
  AddUpTo(*log, 19);
  EXPECT_EQ(files_->ReadFile("/log/3").ValueOrDie(), "v1\n{\"path\":\"/f3\",\"batchId\":3}");
  EXPECT_FALSE(files_->Exists("/log/9").ValueOrDie());
  const auto lines = [&](const std::string& path) {
    const std::string text = files_->ReadFile(path).ValueOrDie();
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines("/log/9.compact"), 10);
  EXPECT_EQ(lines("/log/19.compact"), 20);
}

TEST_F(CompactibleLogTest, AllIsWhatWasAdded) {
  const auto log = Open();
  EXPECT_EQ(log->All().ValueOrDie(), Entries{});
  EXPECT_EQ(log->LatestId().ValueOrDie(), std::nullopt);
  for (int64_t id = 0; id < 35; ++id) {
    AddUpTo(*log, id);
    ASSERT_EQ(log->All().ValueOrDie(), EntriesUpTo(id)) << id;
    ASSERT_EQ(Open()->All().ValueOrDie(), EntriesUpTo(id)) << id;
    ASSERT_EQ(log->LatestId().ValueOrDie(), id);
    ASSERT_EQ(log->Get(id).ValueOrDie(), Entries{Entry(id)}) << id;
  }
  EXPECT_EQ(log->Get(35).ValueOrDie(), std::nullopt);
}

TEST_F(CompactibleLogTest, IdsAreWrittenOnceAndWithoutGaps) {
  const auto log = Open();
  AddUpTo(*log, 9);
  EXPECT_TRUE(log->Add(3, {}).IsAlreadyExists());
  EXPECT_TRUE(log->Add(9, {}).IsAlreadyExists());
  EXPECT_FALSE(log->Add(11, {}).ok());
  EXPECT_FALSE(log->Add(10, {"two\nlines"}).ok());
}

TEST_F(CompactibleLogTest, LogThatBeginsLateIsFilledUp) {
  for (const int64_t first : {1, 5, 9, 10, 17, 19, 40}) {
    files_ = std::make_shared<MemoryFileSystem>();
    // Also when a crash interrupted the filling.
    ASSERT_TRUE(ArmInjection("log.compaction", 1, InjectionAction::kError).ok());
    (void)Open()->Add(first, {Entry(first)});
    DisarmInjections();
    const auto log = Open();
    if (log->LatestId().ValueOrDie() != first) {
      ASSERT_TRUE(log->Add(first, {Entry(first)}).ok()) << first;
    }
    for (int64_t id = first + 1; id < first + 25; ++id) {
      ASSERT_TRUE(log->Add(id, {Entry(id)}).ok()) << first << " " << id;
    }
    EXPECT_EQ(Open()->All().ValueOrDie().size(), 25u) << first;
  }
}

TEST_F(CompactibleLogTest, MissingFileIsNamed) {
  const auto log = Open();
  AddUpTo(*log, 13);
  ASSERT_TRUE(files_->RemoveFile("/log/11").ok());
  EXPECT_THAT(log->All().status().message(), HasSubstr("/log/11 is missing"));
  ASSERT_TRUE(files_->RemoveFile("/log/9.compact").ok());
  EXPECT_THAT(log->All().status().message(), HasSubstr("/log/9.compact is missing"));
}

// As semantics.md 1.4 gives Spark's rule.
TEST_F(CompactibleLogTest, IntervalIsDerivedFromTheFiles) {
  struct Case {
    std::vector<int64_t> compacted;
    int configured;
    int expected;
  };
  for (const Case& c : std::vector<Case>{{{}, 10, 10},
                                         {{4}, 10, 5},
                                         {{9}, 10, 10},
                                         {{4, 9}, 10, 5},
                                         {{9, 19, 29}, 3, 10},
                                         {{29}, 4, 5},
                                         {{29}, 10, 10},
                                         {{16}, 4, 17},
                                         {{19}, 12, 20}}) {
    files_ = std::make_shared<MemoryFileSystem>();
    ASSERT_TRUE(files_->CreateDirectories(kDirectory).ok());
    for (const int64_t id : c.compacted) {
      files_->Overwrite("/log/" + std::to_string(id) + ".compact", "v1");
    }
    CompactibleLog::Options options;
    options.compact_interval = c.configured;
    EXPECT_EQ(Open(options)->compact_interval(), c.expected)
        << c.configured << " " << ::testing::PrintToString(c.compacted);
  }
}

TEST_F(CompactibleLogTest, ChangedIntervalReadsOldFiles) {
  AddUpTo(*Open(), 23);
  CompactibleLog::Options options;
  options.compact_interval = 4;
  const auto log = Open(options);
  AddUpTo(*log, 31);
  EXPECT_EQ(Open(options)->All().ValueOrDie(), EntriesUpTo(31));
}

TEST_F(CompactibleLogTest, ExpiredFilesAreDeleted) {
  CompactibleLog::Options options;
  options.cleanup_delay_ms = 0;
  options.min_batches_to_retain = 5;
  const auto log = Open(options);
  AddUpTo(*log, 29);
  // minBatchId = 29 + 1 - 5 = 25; 25 - 25 % 10 - 1 = 19.
  EXPECT_FALSE(files_->Exists("/log/18").ValueOrDie());
  EXPECT_FALSE(files_->Exists("/log/9.compact").ValueOrDie());
  EXPECT_FALSE(files_->Exists("/log/.9.compact.crc").ValueOrDie());
  EXPECT_TRUE(files_->Exists("/log/19.compact").ValueOrDie());
  EXPECT_TRUE(files_->Exists("/log/20").ValueOrDie());
  EXPECT_EQ(log->All().ValueOrDie(), EntriesUpTo(29));
}

TEST_F(CompactibleLogTest, RetentionDropsEntriesAtCompactionAndReading) {
  CompactibleLog::Options options;
  options.compact_interval = 3;
  options.keep = [](const std::string& entry) { return entry != Entry(0) && entry != Entry(3); };
  const auto log = Open(options);
  AddUpTo(*log, 3);
  EXPECT_EQ(log->All().ValueOrDie(), (Entries{Entry(1), Entry(2)}));
  EXPECT_EQ(files_->ReadFile("/log/2.compact").ValueOrDie(), "v1\n" + Entry(1) + "\n" + Entry(2));
}

TEST_F(CompactibleLogTest, ALargeLogIsCompactedWhileTheBatchesBeforeRun) {
  const auto big = [](int64_t id) {
    return "{\"path\":\"" + std::string(100000, 'x') + std::to_string(id) +
           "\",\"batchId\":" + std::to_string(id) + "}";
  };
  Entries expected;
  const auto drafts = [&] {
    int count = 0;
    for (const auto& [path, content] : files_->Files()) count += path.ends_with(".tmp") ? 1 : 0;
    return count;
  };
  auto log = Open();
  for (int64_t id = 0; id < 40; ++id) {
    if (id == 25) {
      log = nullptr;  // what was copied goes with it
      EXPECT_EQ(drafts(), 0);
      log = Open();
    }
    ASSERT_TRUE(log->Add(id, {big(id)}).ok()) << id;
    expected.push_back(big(id));
    if (id % 10 == 9) {
      EXPECT_EQ(drafts(), 0) << id;
      EXPECT_EQ(Open()->All().ValueOrDie(), expected) << id;
    } else if (id > 9 && id % 10 > 0 && id != 25) {
      // The share before has ended, the first one may be about to begin.
      EXPECT_EQ(drafts(), 1) << id;
    }
  }
  EXPECT_EQ(files_->ReadFile("/log/39.compact").ValueOrDie().substr(0, 3), "v1\n");
}

TEST_F(CompactibleLogTest, WhoReadOnGetsTheEntriesOfACompactedFileThatAreNew) {
  const auto entry = [](int64_t id) {
    return "{\"path\":\"" + std::string(200, 'x') + std::to_string(id) + "\"}";
  };
  const auto log = Open();
  const auto reader = Open();
  CompactibleLog::Position position;
  for (int64_t id = 0; id < 40; ++id) {
    ASSERT_TRUE(log->Add(id, {entry(id), entry(id + 100)}).ok()) << id;
    const Entries expected{entry(id), entry(id + 100)};
    ASSERT_EQ(reader->GetBehind(id, position).ValueOrDie(), expected) << id;
    for (const auto& one : expected) position.Pass(one);
  }
  // Other entries than the file has up to there.
  position.last[5] = '?';
  EXPECT_EQ(reader->GetBehind(39, position).ValueOrDie(), std::nullopt);
  position.bytes += 10;
  EXPECT_EQ(reader->GetBehind(39, position).ValueOrDie(), std::nullopt);
  EXPECT_EQ(reader->GetBehind(49, position).ValueOrDie(), std::nullopt);
  // Damage where it reads on.
  position = {};
  for (int64_t id = 0; id < 39; ++id) {
    position.Pass(entry(id));
    position.Pass(entry(id + 100));
  }
  std::string text = files_->ReadFile("/log/39.compact").ValueOrDie();
  text[text.size() - 20] = 'y';
  files_->Overwrite("/log/39.compact", text);
  EXPECT_THAT(reader->GetBehind(39, position).status().message(), HasSubstr("is damaged"));
}

TEST_F(CompactibleLogTest, CompactionRefusesADamagedFile) {
  auto log = Open();
  for (int64_t id = 0; id < 19; ++id) {
    ASSERT_TRUE(log->Add(id, {"{\"path\":\"" + std::string(100000, 'x') + "\"}"}).ok());
    if (id != 9) continue;
    std::string text = files_->ReadFile("/log/9.compact").ValueOrDie();
    text[700000] = 'y';
    files_->Overwrite("/log/9.compact", text);
  }
  const Status added = log->Add(19, {Entry(19)});
  EXPECT_THAT(added.message(), HasSubstr("/log/9.compact is damaged"));
  EXPECT_FALSE(files_->Exists("/log/19.compact").ValueOrDie());
}

TEST_F(CompactibleLogTest, EmptyEntriesAreEntriesToo) {
  const auto log = Open();
  ASSERT_TRUE(log->Add(0, {}).ok());
  EXPECT_EQ(files_->ReadFile("/log/0").ValueOrDie(), "v1");
  EXPECT_EQ(log->Get(0).ValueOrDie(), Entries{});
  EXPECT_EQ(log->All().ValueOrDie(), Entries{});
}

// Written by Spark 4.1.4's file sink.
TEST_F(CompactibleLogTest, ReadsSparksSinkLog) {
  const std::string entry =
      "{\"path\":\"file:///out/part-00000-5b7521d2-ffe3-4049-a044-cc4fafad6dd8-c000.json\","
      "\"size\":17,\"isDir\":false,\"modificationTime\":1795259759510,\"blockReplication\":1,"
      "\"blockSize\":33554432,\"action\":\"add\"}";
  ASSERT_TRUE(files_->CreateDirectories(kDirectory).ok());
  files_->Overwrite("/log/0", "v1\n" + entry);
  files_->Overwrite("/log/1", "v1\n" + entry + "\n" + entry);
  EXPECT_EQ(Open()->All().ValueOrDie(), (Entries{entry, entry, entry}));
  files_->Overwrite("/log/1", "v1\n" + entry.substr(1));
  EXPECT_THAT(Open()->All().status().message(), HasSubstr("/log/1 is damaged"));
}

}  // namespace
}  // namespace headrace

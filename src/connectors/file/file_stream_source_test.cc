#include <gmock/gmock.h>

#include "base/injection.h"
#include "connectors/file/file_source.h"
#include "connectors/file/file_test_support.h"
#include "connectors/file/log_entries.h"

namespace headrace {
namespace {

class FileStreamSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory_ / "in");
    specification_.format = "json";
    specification_.paths = {directory_ / "in"};
    specification_.user_schema = arrow::schema({arrow::field("a", arrow::int64())});
  }
  void TearDown() override { DisarmInjections(); }

  void Option(const std::string& key, const std::string& value) {
    specification_.options.Set(key, value);
  }
  void Put(const std::string& name, const std::string& content, int64_t modified_s) {
    PutFile(directory_ / "in/" + name, content, modified_s);
  }
  // What a (re)start of the query makes.
  Result<std::unique_ptr<Source>> Open() {
    const auto provider = MakeFileSourceProvider();
    ARROW_ASSIGN_OR_RAISE(const auto schema,
                          provider->ResolveSchema(specification_, true, context_));
    return provider->OpenStream(specification_, schema, directory_ / "sources/0", context_);
  }
  std::string Log(const std::string& name) { return ContentOf(directory_ / "sources/0/" + name); }
  static std::optional<OffsetJson> Offset(int64_t number) { return LogOffsetJson(number); }

  ScratchDirectory directory_;
  SourceSpecification specification_;
  ConnectorContext context_;
};

std::vector<std::string> Rows(Source* source, std::optional<OffsetJson> start,
                              const OffsetJson& end) {
  const auto rows = ShownRows(source->Read(start, end, AllColumns(*source->schema())));
  EXPECT_TRUE(rows.ok()) << rows.status().ToString();
  return rows.ValueOr({});
}

using Shown = std::vector<std::string>;

TEST_F(FileStreamSourceTest, LogsFilesAsSparkDoes) {
  Option("maxFilesPerTrigger", "1");
  Put("a.json", "{\"a\":1}\n{\"a\":2}\n", 1600000001);
  Put("b c%é.json", "{\"a\":3}\n", 1600000002);
  Put("x+y&z=1,;@!'()~[]#?.json", "{\"a\":4}\n", 1600000003);
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  EXPECT_EQ(source->Description(), "FileStreamSource[file:" + (directory_ / "in") + "]");
  ASSERT_OK_AND_ASSIGN(const auto initial, source->InitialOffset());
  EXPECT_EQ(initial, std::nullopt);
  std::optional<OffsetJson> start;
  const ReadLimit limited{false};
  for (int64_t i = 0; i < 4; ++i) {
    ASSERT_OK_AND_ASSIGN(start, source->LatestOffset(start, limited));
    EXPECT_EQ(start, Offset(std::min<int64_t>(i, 2)));
  }
  const std::string uri = "file://" + (directory_ / "in/");
  EXPECT_EQ(Log("0"),
            "v1\n{\"path\":\"" + uri + "a.json\",\"timestamp\":1600000001000,\"batchId\":0}");
  EXPECT_EQ(Log("1"), "v1\n{\"path\":\"" + uri +
                          "b%20c%25é.json\",\"timestamp\":1600000002000,\"batchId\":1}");
  EXPECT_EQ(Log("2"), "v1\n{\"path\":\"" + uri +
                          "x+y&z=1,;@!'()~%5B%5D%23%3F.json\",\"timestamp\":1600000003000,"
                          "\"batchId\":2}");
  EXPECT_EQ(Rows(source.get(), std::nullopt, *Offset(2)), (Shown{"1", "2", "3", "4"}));
}

TEST_F(FileStreamSourceTest, TheSameRangeGivesTheSameRowsAfterARestart) {
  Put("a.json", "{\"a\":1}\n", 1600000001);
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK_AND_ASSIGN(const auto first, source->LatestOffset(std::nullopt, {}));
  Put("b.json", "{\"a\":2}\n", 1600000002);
  ASSERT_OK_AND_ASSIGN(const auto second, source->LatestOffset(first, {}));
  EXPECT_EQ(Rows(source.get(), std::nullopt, *first), Shown{"1"});
  EXPECT_EQ(Rows(source.get(), first, *second), Shown{"2"});
  ASSERT_OK(source->Commit(*second));
  ASSERT_OK_AND_ASSIGN(source, Open());
  EXPECT_EQ(Rows(source.get(), std::nullopt, *first), Shown{"1"});
  EXPECT_EQ(Rows(source.get(), first, *second), Shown{"2"});
  ASSERT_OK_AND_ASSIGN(const auto third, source->LatestOffset(second, {}));
  EXPECT_EQ(third, second);
}

TEST_F(FileStreamSourceTest, AnEntryThatNoBatchNamedYetIsReadWithWhatCameAfter) {
  Put("a.json", "{\"a\":1}\n", 1600000001);
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK(source->LatestOffset(std::nullopt, {}).status());
  Put("b.json", "{\"a\":2}\n", 1600000002);
  // The process dies behind the source log and before the offset log.
  ASSERT_OK(ArmInjection("source-log.done", 1, InjectionAction::kError));
  EXPECT_FALSE(source->LatestOffset(Offset(0), {}).ok());
  Put("c.json", "{\"a\":3}\n", 1600000003);
  ASSERT_OK_AND_ASSIGN(source, Open());
  ASSERT_OK_AND_ASSIGN(const auto end, source->LatestOffset(Offset(0), {}));
  EXPECT_EQ(end, Offset(2));
  EXPECT_EQ(Rows(source.get(), Offset(0), *end), (Shown{"2", "3"}));
}

TEST_F(FileStreamSourceTest, AnEntryThatFailedBeforeItsWriteIsMadeAgain) {
  Put("a.json", "{\"a\":1}\n", 1600000001);
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK(ArmInjection("source-log.before", 1, InjectionAction::kError));
  EXPECT_FALSE(source->LatestOffset(std::nullopt, {}).ok());
  ASSERT_OK_AND_ASSIGN(source, Open());
  ASSERT_OK_AND_ASSIGN(const auto end, source->LatestOffset(std::nullopt, {}));
  EXPECT_EQ(Rows(source.get(), std::nullopt, *end), Shown{"1"});
}

TEST_F(FileStreamSourceTest, ReadsEntriesThatWereCompactedAway) {
  Option("maxFilesPerTrigger", "1");
  for (int i = 0; i < 12; ++i) {
    Put("f" + std::to_string(i) + ".json", "{\"a\":" + std::to_string(10 + i) + "}\n",
        1600000000 + i);
  }
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  std::optional<OffsetJson> end;
  for (int i = 0; i < 12; ++i) {
    ASSERT_OK_AND_ASSIGN(end, source->LatestOffset(end, ReadLimit{false}));
  }
  EXPECT_TRUE(std::filesystem::exists(directory_ / "sources/0/9.compact"));
  ASSERT_OK_AND_ASSIGN(source, Open());
  EXPECT_EQ(Rows(source.get(), Offset(8), *Offset(10)), (Shown{"19", "20"}));
}

TEST_F(FileStreamSourceTest, TakesOldFilesFirstUnlessToldOtherwise) {
  Put("z.json", "{\"a\":1}\n", 1600000001);
  Put("y.json", "{\"a\":2}\n", 1600000002);
  Put("x.json", "{\"a\":3}\n", 1600000003);
  Option("maxFilesPerTrigger", "2");
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK_AND_ASSIGN(const auto first, source->LatestOffset(std::nullopt, ReadLimit{false}));
  EXPECT_EQ(Rows(source.get(), std::nullopt, *first), (Shown{"1", "2"}));

  std::filesystem::remove_all(directory_ / "sources");
  Option("latestFirst", "true");
  ASSERT_OK_AND_ASSIGN(source, Open());
  ASSERT_OK_AND_ASSIGN(const auto newest, source->LatestOffset(std::nullopt, ReadLimit{false}));
  EXPECT_EQ(Rows(source.get(), std::nullopt, *newest), (Shown{"3", "2"}));
}

TEST_F(FileStreamSourceTest, ALimitOfBytesTakesAtLeastOneFile) {
  Put("a.json", "{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n", 1600000001);
  Put("b.json", "{\"a\":2}\n", 1600000002);
  Put("c.json", "{\"a\":3}\n", 1600000003);
  Option("maxBytesPerTrigger", "17");
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  std::optional<OffsetJson> end;
  ASSERT_OK_AND_ASSIGN(end, source->LatestOffset(end, ReadLimit{false}));
  EXPECT_EQ(Rows(source.get(), std::nullopt, *end), (Shown{"1", "1", "1"}));
  ASSERT_OK_AND_ASSIGN(end, source->LatestOffset(end, ReadLimit{false}));
  EXPECT_EQ(Rows(source.get(), Offset(0), *end), (Shown{"2", "3"}));
}

TEST_F(FileStreamSourceTest, OldFilesAreIgnoredRelativeToTheNewest) {
  Put("a.json", "{\"a\":1}\n", 1600000000);
  Put("b.json", "{\"a\":2}\n", 1600000100);
  Option("maxFileAge", "10s");
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK_AND_ASSIGN(const auto first, source->LatestOffset(std::nullopt, {}));
  EXPECT_EQ(Rows(source.get(), std::nullopt, *first), (Shown{"1", "2"}));
  Put("c.json", "{\"a\":3}\n", 1600000089);
  Put("d.json", "{\"a\":4}\n", 1600000090);
  ASSERT_OK_AND_ASSIGN(const auto second, source->LatestOffset(first, {}));
  EXPECT_EQ(Rows(source.get(), first, *second), Shown{"4"});
}

TEST_F(FileStreamSourceTest, AFileOfAKnownNameIsNotReadAgain) {
  Option("fileNameOnly", "true");
  Put("k=1/a.json", "{\"a\":1}\n", 1600000001);
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK_AND_ASSIGN(const auto first, source->LatestOffset(std::nullopt, {}));
  Put("k=2/a.json", "{\"a\":2}\n", 1600000002);
  Put("k=2/b.json", "{\"a\":3}\n", 1600000003);
  ASSERT_OK_AND_ASSIGN(const auto second, source->LatestOffset(first, {}));
  EXPECT_EQ(Rows(source.get(), first, *second), Shown{"3|2"});
}

TEST_F(FileStreamSourceTest, AvailableNowReadsWhatIsThereAndNoMore) {
  Option("maxFilesPerTrigger", "1");
  Put("a.json", "{\"a\":1}\n", 1600000001);
  Put("b.json", "{\"a\":2}\n", 1600000002);
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK_AND_ASSIGN(const bool native, source->PrepareForAvailableNow());
  EXPECT_TRUE(native);
  Put("c.json", "{\"a\":3}\n", 1600000003);
  std::optional<OffsetJson> end;
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK_AND_ASSIGN(end, source->LatestOffset(end, ReadLimit{false}));
  }
  EXPECT_EQ(Rows(source.get(), std::nullopt, *end), (Shown{"1", "2"}));
}

TEST_F(FileStreamSourceTest, AMissingFileFailsTheBatchUnlessIgnored) {
  Put("a.json", "{\"a\":1}\n", 1600000001);
  Put("b.json", "{\"a\":2}\n", 1600000002);
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK_AND_ASSIGN(const auto end, source->LatestOffset(std::nullopt, {}));
  std::filesystem::remove(directory_ / "in/a.json");
  const auto failed = source->Read(std::nullopt, *end, AllColumns(*source->schema()));
  EXPECT_EQ(ConditionOf(failed.status()), "FAILED_READ_FILE.FILE_NOT_EXIST");
  EXPECT_NE(failed.status().message().find("a.json"), std::string::npos);
  Option("ignoreMissingFiles", "true");
  ASSERT_OK_AND_ASSIGN(source, Open());
  EXPECT_EQ(Rows(source.get(), std::nullopt, *end), Shown{"2"});
}

TEST_F(FileStreamSourceTest, ReadsOnlyCommittedFilesOfASink) {
  Put("part-0.json", "{\"a\":1}\n", 1600000001);
  Put("part-1.json", "{\"a\":2}\n", 1600000002);
  const std::string uri = "file://" + (directory_ / "in/part-0.json");
  Put("_spark_metadata/0",
      "v1\n{\"path\":\"" + uri +
          "\",\"size\":8,\"isDir\":false,\"modificationTime\":1600000001000,"
          "\"blockReplication\":1,\"blockSize\":33554432,\"action\":\"add\"}",
      0);
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  ASSERT_OK_AND_ASSIGN(const auto end, source->LatestOffset(std::nullopt, {}));
  EXPECT_EQ(Rows(source.get(), std::nullopt, *end), Shown{"1"});
}

TEST_F(FileStreamSourceTest, OptionsThatAreWrongOrNotForStreamsAreErrors) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"maxFilesPerTrigger", "0"},
      {"maxFilesPerTrigger", "abc"},
      {"maxBytesPerTrigger", "0"},
      {"latestFirst", "x"},
      {"maxFileAge", "abc"},
      {"cleanSource", "x"},
      {"modifiedBefore", "2020-01-01T00:00:00"}};
  for (const auto& [key, value] : wrong) {
    specification_.options = Given({{key, value}});
    const auto source = Open();
    ASSERT_FALSE(source.ok()) << key;
    ASSERT_NE(ErrorDetail::Get(source.status()), nullptr);
    EXPECT_EQ(ErrorDetail::Get(source.status())->kind(), ErrorKind::kIllegalArgument) << key;
    EXPECT_NE(source.status().message().find(key), std::string::npos) << source.status().message();
    EXPECT_NE(source.status().message().find(value), std::string::npos);
  }
  specification_.options = Given({{"maxFilesPerTrigger", "1"}, {"maxBytesPerTrigger", "1"}});
  EXPECT_FALSE(Open().ok());
  specification_.options = Given({{"cleanSource", "nonsense"}});
  EXPECT_NE(Open().status().message().find("cleanSource"), std::string::npos);
}

TEST_F(FileStreamSourceTest, StreamsNeedPathAndSchema) {
  const auto provider = MakeFileSourceProvider();
  auto without = specification_;
  without.user_schema = nullptr;
  EXPECT_EQ(ConditionOf(provider->ResolveSchema(without, true, context_).status()),
            "_LEGACY_ERROR_TEMP_2048");
  without.format = "text";
  ASSERT_OK_AND_ASSIGN(const auto text, provider->ResolveSchema(without, true, context_));
  EXPECT_EQ(text->field_names(), std::vector<std::string>{"value"});
  without = specification_;
  without.paths.clear();
  EXPECT_EQ(ConditionOf(provider->ResolveSchema(without, true, context_).status()),
            "_LEGACY_ERROR_TEMP_2047");
  without.paths = {directory_ / "nowhere"};
  EXPECT_EQ(ConditionOf(provider->ResolveSchema(without, true, context_).status()),
            "PATH_NOT_FOUND");
  // What a glob stands for may come later.
  without.paths = {directory_ / "nowhere*"};
  ASSERT_OK(provider->ResolveSchema(without, true, context_).status());
}

TEST_F(FileStreamSourceTest, AFileIsLeftAloneUntilItsWriterHasClosedIt) {
  ASSERT_OK_AND_ASSIGN(auto source, Open());
  std::mutex mutex;
  std::condition_variable changed;
  int wakes = 0;
  source->SetWake([&] {
    std::lock_guard lock(mutex);
    ++wakes;
    changed.notify_all();
  });
  std::ofstream file(directory_ / "in/a.json");
  file << "{\"a\":1}\n" << std::flush;
  ASSERT_OK_AND_ASSIGN(const auto during, source->LatestOffset(std::nullopt, {}));
  EXPECT_EQ(during, std::nullopt);
  file << "{\"a\":2}\n";
  file.close();
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return wakes > 0; });
  lock.unlock();
  ASSERT_OK_AND_ASSIGN(const auto after, source->LatestOffset(std::nullopt, {}));
  ASSERT_EQ(after, Offset(0));
  EXPECT_EQ(Rows(source.get(), std::nullopt, *after), (Shown{"1", "2"}));
  source->SetWake(nullptr);
}

TEST_F(FileStreamSourceTest, CommittedFilesAreArchivedOrDeleted) {
  // At once, on the calling thread.
  context_.configuration = [](const std::string& key) {
    return key == "spark.sql.streaming.fileSource.cleaner.numThreads"
               ? std::optional<std::string>("0")
               : std::nullopt;
  };
  for (const bool archive : {true, false}) {
    std::filesystem::remove_all(directory_ / "sources");
    Option("cleanSource", archive ? "ARCHIVE" : "delete");
    Option("sourceArchiveDir", directory_ / "archive");
    Put("a.json", "{\"a\":1}\n", 1600000001);
    ASSERT_OK_AND_ASSIGN(auto source, Open());
    ASSERT_OK_AND_ASSIGN(const auto first, source->LatestOffset(std::nullopt, {}));
    Put("b.json", "{\"a\":2}\n", 1600000002);
    ASSERT_OK_AND_ASSIGN(const auto second, source->LatestOffset(first, {}));
    EXPECT_TRUE(std::filesystem::exists(directory_ / "in/a.json"));
    ASSERT_OK(source->Commit(*first));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "in/a.json"));
    EXPECT_TRUE(std::filesystem::exists(directory_ / "in/b.json"));
    // A restart may commit what is committed already.
    ASSERT_OK_AND_ASSIGN(source, Open());
    ASSERT_OK(source->Commit(*first));
    ASSERT_OK(source->Commit(*second));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "in/b.json"));
    const std::string archived = directory_ / ("archive" + (directory_ / "in/a.json"));
    EXPECT_EQ(std::filesystem::exists(archived), archive);
    std::filesystem::remove_all(directory_ / "archive");
  }
}

TEST_F(FileStreamSourceTest, AnArchiveThatTheSourceTakesInIsRefused) {
  Option("cleanSource", "archive");
  EXPECT_FALSE(Open().ok());
  for (const std::string archive : {directory_ / "in/archive", directory_.path()}) {
    Option("sourceArchiveDir", archive);
    const auto source = Open();
    ASSERT_FALSE(source.ok());
    EXPECT_THAT(source.status().message(), ::testing::HasSubstr("sourceArchiveDir"));
  }
}

}  // namespace
}  // namespace headrace

#include "connectors/file/file_sink.h"

#include <algorithm>

#include <arrow/builder.h>

#include "base/fault_file_system.h"
#include "base/injection.h"
#include "connectors/file/file_path.h"
#include "connectors/file/file_source.h"
#include "connectors/file/file_test_support.h"

namespace headrace {
namespace {

class FileSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    specification_.format = "json";
    specification_.path = directory_ / "out";
    specification_.schema =
        arrow::schema({arrow::field("a", arrow::int64()), arrow::field("k", arrow::utf8())});
  }
  void TearDown() override { DisarmInjections(); }

  Result<std::unique_ptr<Sink>> Open() {
    ARROW_RETURN_NOT_OK(MakeFileSinkProvider()->CheckStream(specification_, context_));
    return MakeFileSinkProvider()->OpenStream(specification_, context_);
  }
  std::shared_ptr<arrow::RecordBatch> Rows(std::vector<int64_t> a,
                                           std::vector<std::optional<std::string>> k) {
    arrow::Int64Builder numbers;
    arrow::StringBuilder texts;
    EXPECT_TRUE(numbers.AppendValues(a).ok());
    for (const auto& text : k) {
      EXPECT_TRUE((text ? texts.Append(*text) : texts.AppendNull()).ok());
    }
    return arrow::RecordBatch::Make(specification_.schema, static_cast<int64_t>(a.size()),
                                    {*numbers.Finish(), *texts.Finish()});
  }
  static Status Write(Sink* sink, int partition, const std::shared_ptr<arrow::RecordBatch>& rows) {
    ARROW_ASSIGN_OR_RAISE(auto writer, sink->OpenWriter(partition));
    if (rows) ARROW_RETURN_NOT_OK(writer->Write(rows));
    return writer->Finish();
  }
  // One whole batch with one partition.
  Status WriteBatch(Sink* sink, int64_t id, const std::shared_ptr<arrow::RecordBatch>& rows) {
    ARROW_ASSIGN_OR_RAISE(const bool fresh, sink->Begin(id));
    if (!fresh) return Status::OK();
    ARROW_RETURN_NOT_OK(Write(sink, 0, rows));
    ARROW_RETURN_NOT_OK(sink->Prepare(id));
    return sink->Commit(id);
  }
  // Data files below the directory, by relative path, sorted.
  std::vector<std::string> Files() {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ / "out")) {
      const auto name = std::filesystem::relative(entry.path(), directory_ / "out").string();
      if (entry.is_regular_file() && name.find("part-") != std::string::npos) found.push_back(name);
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  Result<std::vector<std::string>> ReadBack(const std::string& schema = "") {
    SourceSpecification source;
    source.format = specification_.format;
    source.paths = {directory_ / "out"};
    if (!schema.empty()) {
      ARROW_ASSIGN_OR_RAISE(source.user_schema, ParseSchema(schema));
    }
    const auto provider = MakeFileSourceProvider();
    ARROW_ASSIGN_OR_RAISE(const auto resolved, provider->ResolveSchema(source, false, context_));
    ARROW_ASSIGN_OR_RAISE(const auto scan, provider->OpenBatch(source, resolved, context_));
    ARROW_ASSIGN_OR_RAISE(auto rows, ShownRows(scan->Read(AllColumns(*resolved))));
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  ScratchDirectory directory_;
  SinkSpecification specification_;
  ConnectorContext context_;
};

using Shown = std::vector<std::string>;

TEST_F(FileSinkTest, LogsFilesAsSparkDoes) {
  ASSERT_OK_AND_ASSIGN(const auto sink, Open());
  EXPECT_EQ(sink->Description(), "FileSink[file:" + (directory_ / "out") + "]");
  ASSERT_OK(WriteBatch(sink.get(), 0, Rows({1, 2}, {"x", "y"})));
  const auto files = Files();
  ASSERT_EQ(files.size(), 1u);
  // part-00000-<uuid>-c000.json
  EXPECT_EQ(files[0].size(),
            std::string("part-00000-").size() + 36 + std::string("-c000.json").size());
  EXPECT_TRUE(files[0].starts_with("part-00000-") && files[0].ends_with("-c000.json")) << files[0];
  const std::string path = directory_ / "out/" + files[0];
  EXPECT_EQ(ContentOf(path), "{\"a\":1,\"k\":\"x\"}\n{\"a\":2,\"k\":\"y\"}\n");
  ASSERT_OK_AND_ASSIGN(const auto information, context_.files->Information(path));
  EXPECT_EQ(ContentOf(directory_ / "out/_spark_metadata/0"),
            "v1\n{\"path\":\"file://" + path +
                "\",\"size\":32,\"isDir\":false,\"modificationTime\":" +
                std::to_string(information.modification_time_ms) +
                ",\"blockReplication\":1,\"blockSize\":33554432,\"action\":\"add\"}");
}

TEST_F(FileSinkTest, ABatchThatIsInIsNotWrittenAgain) {
  ASSERT_OK_AND_ASSIGN(auto sink, Open());
  ASSERT_OK(WriteBatch(sink.get(), 0, Rows({1}, {"x"})));
  ASSERT_OK(sink->Commit(0));
  // The commit log of the engine was lost, so batch 0 runs again.
  ASSERT_OK_AND_ASSIGN(sink, Open());
  ASSERT_OK_AND_ASSIGN(const bool fresh, sink->Begin(0));
  EXPECT_FALSE(fresh);
  ASSERT_OK(WriteBatch(sink.get(), 1, Rows({2}, {"y"})));
  ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack("a LONG, k STRING"));
  EXPECT_EQ(rows, (Shown{"1|x", "2|y"}));
}

TEST_F(FileSinkTest, WhatFailedBeforeItsCommitIsNotSeen) {
  for (const char* point : {"sink.half-written", "sink.prepared"}) {
    ASSERT_OK_AND_ASSIGN(auto sink, Open());
    ASSERT_OK(ArmInjection(point, 1, InjectionAction::kError));
    EXPECT_FALSE(WriteBatch(sink.get(), 0, Rows({9}, {"lost"})).ok());
    DisarmInjections();
    // The process died here; its files stay behind.
  }
  ASSERT_OK_AND_ASSIGN(auto sink, Open());
  ASSERT_OK(WriteBatch(sink.get(), 0, Rows({1}, {"x"})));
  EXPECT_GT(Files().size(), 1u);
  ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack("a LONG, k STRING"));
  EXPECT_EQ(rows, Shown{"1|x"});
}

TEST_F(FileSinkTest, ACrashBehindTheCommitKeepsTheBatch) {
  ASSERT_OK_AND_ASSIGN(auto sink, Open());
  ASSERT_OK(ArmInjection("sink.committed", 1, InjectionAction::kError));
  EXPECT_FALSE(WriteBatch(sink.get(), 0, Rows({1}, {"x"})).ok());
  DisarmInjections();
  ASSERT_OK_AND_ASSIGN(sink, Open());
  ASSERT_OK_AND_ASSIGN(const bool fresh, sink->Begin(0));
  EXPECT_FALSE(fresh);
  ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack("a LONG, k STRING"));
  EXPECT_EQ(rows, Shown{"1|x"});
}

TEST_F(FileSinkTest, AbortRemovesTheFiles) {
  ASSERT_OK_AND_ASSIGN(auto sink, Open());
  ASSERT_OK(sink->Begin(0).status());
  ASSERT_OK(Write(sink.get(), 0, Rows({1}, {"x"})));
  ASSERT_OK(sink->Prepare(0));
  EXPECT_EQ(Files().size(), 1u);
  ASSERT_OK(sink->Abort(0));
  EXPECT_EQ(Files().size(), 0u);
}

TEST_F(FileSinkTest, TwoQueriesCannotWriteOneBatch) {
  ASSERT_OK_AND_ASSIGN(auto first, Open());
  ASSERT_OK_AND_ASSIGN(auto second, Open());
  ASSERT_OK(WriteBatch(first.get(), 0, Rows({1}, {"x"})));
  EXPECT_EQ(ConditionOf(WriteBatch(second.get(), 0, Rows({2}, {"y"}))),
            "CONCURRENT_STREAM_LOG_UPDATE");
}

TEST_F(FileSinkTest, PartitionsBecomeDirectories) {
  specification_.partition_columns = {"k"};
  ASSERT_OK_AND_ASSIGN(auto sink, Open());
  ASSERT_OK(WriteBatch(
      sink.get(), 0, Rows({1, 2, 3, 4, 5}, {"x/y:z=%\"é", std::nullopt, "", " s {}[]^#?*", "b"})));
  std::vector<std::string> directories;
  for (const auto& file : Files()) directories.push_back(file.substr(0, file.find('/')));
  EXPECT_EQ(directories, (Shown{"k= s %7B}%5B%5D%5E%23%3F%2A", "k=__HIVE_DEFAULT_PARTITION__",
                                "k=b", "k=x%2Fy%3Az%3D%25%22é"}));
  for (const auto& file : Files()) {
    EXPECT_TRUE(file.ends_with(".c000.json")) << file;
  }
  ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack("a LONG, k STRING"));
  EXPECT_EQ(rows, (Shown{"1|x/y:z=%\"é", "2|NULL", "3|NULL", "4| s {}[]^#?*", "5|b"}));
}

TEST_F(FileSinkTest, AnEmptyBatchLeavesOneFileThatTellsTheColumns) {
  for (const std::string format : {"parquet", "json", "csv", "text"}) {
    const ScratchDirectory directory;
    specification_.format = format;
    specification_.path = directory / "out";
    specification_.options.Set("header", "true");
    specification_.schema = format == "text" ? arrow::schema({arrow::field("k", arrow::utf8())})
                                             : arrow::schema({arrow::field("a", arrow::int64())});
    ASSERT_OK_AND_ASSIGN(auto sink, MakeFileSinkProvider()->OpenStream(specification_, context_));
    ASSERT_OK(sink->Begin(0).status());
    ASSERT_OK(sink->Prepare(0));
    ASSERT_OK(sink->Commit(0));
    ASSERT_OK(WriteBatch(sink.get(), 1, nullptr));
    int64_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory / "out")) {
      if (!entry.is_regular_file()) continue;
      ++files;
      const std::string content = ContentOf(entry.path());
      if (format == "csv") EXPECT_EQ(content, "a\n");
      if (format == "json" || format == "text") EXPECT_EQ(content, "");
      if (format == "parquet") EXPECT_TRUE(content.starts_with("PAR1"));
    }
    EXPECT_EQ(files, 2) << format;
  }
}

TEST_F(FileSinkTest, AnEmptyBatchOfAPartitionedSinkHasNoFile) {
  specification_.partition_columns = {"k"};
  ASSERT_OK_AND_ASSIGN(auto sink, Open());
  ASSERT_OK(WriteBatch(sink.get(), 0, nullptr));
  EXPECT_EQ(Files(), Shown{});
  EXPECT_EQ(ContentOf(directory_ / "out/_spark_metadata/0"), "v1");
}

TEST_F(FileSinkTest, NamesTellTheCompression) {
  const std::vector<std::tuple<std::string, std::string, std::string>> names = {
      {"json", "gzip", "-c000.json.gz"},
      {"json", "bzip2", "-c000.json.bz2"},
      {"json", "deflate", "-c000.json.deflate"},
      {"json", "none", "-c000.json"},
      {"parquet", "", "-c000.snappy.parquet"},
      {"parquet", "gzip", "-c000.gz.parquet"},
      {"parquet", "zstd", "-c000.zstd.parquet"},
      {"parquet", "lz4", "-c000.lz4hadoop.parquet"},
      {"parquet", "lz4_raw", "-c000.lz4raw.parquet"},
      {"parquet", "uncompressed", "-c000.parquet"}};
  for (const auto& [format, codec, ending] : names) {
    std::filesystem::remove_all(directory_ / "out");
    specification_.format = format;
    specification_.options = codec.empty() ? Options() : Given({{"compression", codec}});
    ASSERT_OK_AND_ASSIGN(auto sink, Open());
    ASSERT_OK(WriteBatch(sink.get(), 0, Rows({1}, {"x"})));
    ASSERT_EQ(Files().size(), 1u);
    EXPECT_TRUE(Files()[0].ends_with(ending)) << Files()[0];
    ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack());
    EXPECT_EQ(rows, Shown{"1|x"}) << ending;
  }
  specification_.options = Given({{"compression", "foo"}});
  EXPECT_EQ(ConditionOf(Open().status()), "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION");
}

TEST_F(FileSinkTest, ManyRecordsMakeManyFiles) {
  specification_.options.Set("maxRecordsPerFile", "2");
  ASSERT_OK_AND_ASSIGN(auto sink, Open());
  ASSERT_OK(WriteBatch(sink.get(), 0, Rows({1, 2, 3, 4, 5}, {"", "", "", "", ""})));
  const auto files = Files();
  ASSERT_EQ(files.size(), 3u);
  int64_t largest = 0;
  for (const auto& file : files) {
    const std::string content = ContentOf(directory_ / "out/" + file);
    largest = std::max<int64_t>(largest, std::count(content.begin(), content.end(), '\n'));
  }
  EXPECT_EQ(largest, 2);
}

TEST_F(FileSinkTest, StaticErrorsComeAtStart) {
  const auto check = [&] {
    return ConditionOf(MakeFileSinkProvider()->CheckStream(specification_, context_));
  };
  specification_.output_mode = OutputMode::kUpdate;
  EXPECT_EQ(check(), "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE");
  specification_.output_mode = OutputMode::kAppend;
  specification_.partition_columns = {"zz"};
  EXPECT_EQ(check(), "_LEGACY_ERROR_TEMP_1196");
  specification_.partition_columns = {"a", "k"};
  EXPECT_EQ(check(), "ALL_PARTITION_COLUMNS_NOT_ALLOWED");
  specification_.partition_columns.clear();
  specification_.format = "text";
  EXPECT_EQ(check(), "_LEGACY_ERROR_TEMP_1290");
  specification_.schema = arrow::schema({arrow::field("a", arrow::int64())});
  EXPECT_EQ(check(), "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
  specification_.format = "csv";
  specification_.schema = arrow::schema({arrow::field("a", ArrayOf(arrow::int64()))});
  EXPECT_EQ(check(), "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
  specification_.format = "xml";
  EXPECT_NE(MakeFileSinkProvider()->CheckStream(specification_, context_).message().find("xml"),
            std::string::npos);
  specification_.format = "json";
  specification_.path = std::nullopt;
  EXPECT_EQ(check(), "_LEGACY_ERROR_TEMP_2047");
}

class BatchFileSinkTest : public FileSinkTest {
 protected:
  Status Save(SaveMode mode, const std::shared_ptr<arrow::RecordBatch>& rows) {
    ARROW_ASSIGN_OR_RAISE(const auto sink,
                          MakeFileSinkProvider()->OpenBatch(specification_, mode, context_));
    return sink ? WriteBatch(sink.get(), 0, rows) : Status::OK();
  }
  bool HasStaging() const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_ / "out")) {
      if (entry.path().filename().string().starts_with("_temporary")) return true;
    }
    return false;
  }
};

TEST_F(BatchFileSinkTest, SaveModes) {
  ASSERT_OK(Save(SaveMode::kErrorIfExists, Rows({1}, {"x"})));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "out/_SUCCESS"));
  EXPECT_FALSE(HasStaging());
  EXPECT_EQ(ConditionOf(Save(SaveMode::kErrorIfExists, Rows({2}, {"y"}))), "PATH_ALREADY_EXISTS");
  ASSERT_OK(Save(SaveMode::kIgnore, Rows({3}, {"z"})));
  ASSERT_OK_AND_ASSIGN(auto rows, ReadBack());
  EXPECT_EQ(rows, Shown{"1|x"});
  ASSERT_OK(Save(SaveMode::kAppend, Rows({4}, {"w"})));
  ASSERT_OK_AND_ASSIGN(rows, ReadBack());
  EXPECT_EQ(rows, (Shown{"1|x", "4|w"}));
  ASSERT_OK(Save(SaveMode::kOverwrite, Rows({5}, {"v"})));
  ASSERT_OK_AND_ASSIGN(rows, ReadBack());
  EXPECT_EQ(rows, Shown{"5|v"});
}

TEST_F(BatchFileSinkTest, AFailedOverwriteKeepsTheOldData) {
  ASSERT_OK(Save(SaveMode::kErrorIfExists, Rows({1}, {"x"})));
  ASSERT_OK_AND_ASSIGN(const auto sink, MakeFileSinkProvider()->OpenBatch(
                                            specification_, SaveMode::kOverwrite, context_));
  ASSERT_OK(sink->Begin(0).status());
  ASSERT_OK(Write(sink.get(), 0, Rows({2}, {"y"})));
  ASSERT_OK(sink->Abort(0));
  ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack());
  EXPECT_EQ(rows, Shown{"1|x"});
  EXPECT_FALSE(HasStaging());
}

TEST_F(BatchFileSinkTest, OverwritesOnlyThePartitionsThatItWrites) {
  specification_.partition_columns = {"k"};
  specification_.options.Set("partitionOverwriteMode", "dynamic");
  ASSERT_OK(Save(SaveMode::kErrorIfExists, Rows({1, 2}, {"x", "y"})));
  ASSERT_OK(Save(SaveMode::kOverwrite, Rows({3}, {"x"})));
  ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack("a LONG, k STRING"));
  EXPECT_EQ(rows, (Shown{"2|y", "3|x"}));
}

TEST_F(BatchFileSinkTest, AnOverwriteThatEndsHalfWayLeavesTheOldOrTheNewData) {
  for (const bool partitioned : {false, true}) {
    if (partitioned) {
      specification_.partition_columns = {"k"};
      specification_.options.Set("partitionOverwriteMode", "dynamic");
    }
    std::filesystem::remove_all(directory_ / "out");
    ASSERT_OK(Save(SaveMode::kErrorIfExists, Rows({1, 2}, {"x", "x"})));
    const Shown old = {"1|x", "2|x"};
    const Shown fresh = {"3|x"};
    for (const char* point : {"sink.prepared", "sink.replacing", "sink.replaced"}) {
      ASSERT_OK(Save(SaveMode::kOverwrite, Rows({1, 2}, {"x", "x"})));
      ASSERT_OK(ArmInjection(point, 1, InjectionAction::kError));
      // Nothing is cleaned up, as after a crash.
      EXPECT_FALSE(Save(SaveMode::kOverwrite, Rows({3}, {"x"})).ok()) << point;
      DisarmInjections();
      ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack("a LONG, k STRING"));
      const bool after = std::string(point) == "sink.replaced" ||
                         (partitioned && std::string(point) == "sink.replacing");
      EXPECT_EQ(rows, after ? fresh : old) << point;
    }
    ASSERT_OK(Save(SaveMode::kOverwrite, Rows({4}, {"x"})));
    ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack("a LONG, k STRING"));
    EXPECT_EQ(rows, Shown{"4|x"});
  }
}

TEST_F(BatchFileSinkTest, WhereDirectoriesCannotBeExchangedNothingIsLost) {
  // Offers what every file system must, and no more.
  context_.files = std::make_shared<FaultFileSystem>(FileSystem::Local());
  specification_.partition_columns = {"k"};
  ASSERT_OK(Save(SaveMode::kErrorIfExists, Rows({1, 2}, {"x", "y"})));
  ASSERT_OK(ArmInjection("sink.replacing", 1, InjectionAction::kError));
  EXPECT_FALSE(Save(SaveMode::kOverwrite, Rows({3}, {"x"})).ok());
  DisarmInjections();
  ASSERT_OK_AND_ASSIGN(auto rows, ReadBack("a LONG, k STRING"));
  EXPECT_EQ(rows, (Shown{"1|x", "2|y", "3|x"}));
  ASSERT_OK(Save(SaveMode::kOverwrite, Rows({4}, {"x"})));
  ASSERT_OK_AND_ASSIGN(rows, ReadBack("a LONG, k STRING"));
  EXPECT_EQ(rows, Shown{"4|x"});
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out/k=y"));
  specification_.options.Set("partitionOverwriteMode", "dynamic");
  ASSERT_OK(Save(SaveMode::kAppend, Rows({5}, {"y"})));
  ASSERT_OK(Save(SaveMode::kOverwrite, Rows({6}, {"y"})));
  ASSERT_OK_AND_ASSIGN(rows, ReadBack("a LONG, k STRING"));
  EXPECT_EQ(rows, (Shown{"4|x", "6|y"}));
}

TEST_F(BatchFileSinkTest, AnOverwrittenDirectoryKeepsItsMode) {
  ASSERT_OK(Save(SaveMode::kErrorIfExists, Rows({1}, {"x"})));
  std::filesystem::permissions(directory_ / "out", std::filesystem::perms(0750));
  ASSERT_OK(Save(SaveMode::kOverwrite, Rows({2}, {"y"})));
  EXPECT_EQ(std::filesystem::status(directory_ / "out").permissions(),
            std::filesystem::perms(0750));
}

TEST_F(BatchFileSinkTest, ALinkToADirectoryStaysALink) {
  std::filesystem::create_directory(directory_ / "elsewhere");
  std::filesystem::create_directory_symlink(directory_ / "elsewhere", directory_ / "out");
  ASSERT_OK(Save(SaveMode::kOverwrite, Rows({1}, {"x"})));
  ASSERT_OK(Save(SaveMode::kOverwrite, Rows({2}, {"y"})));
  EXPECT_TRUE(std::filesystem::is_symlink(directory_ / "out"));
  ASSERT_OK_AND_ASSIGN(const auto rows, ReadBack());
  EXPECT_EQ(rows, Shown{"2|y"});
}

}  // namespace
}  // namespace headrace

#include "connectors/memory/memory.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

SchemaPtr Numbers() { return arrow::schema({arrow::field("a", arrow::int64())}); }

std::shared_ptr<arrow::RecordBatch> Rows(std::vector<int64_t> values) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return arrow::RecordBatch::Make(Numbers(), static_cast<int64_t>(values.size()),
                                  {*builder.Finish()});
}

std::vector<int64_t> ValuesOf(Result<PartitionReaders> readers) {
  EXPECT_TRUE(readers.ok()) << readers.status().ToString();
  std::vector<int64_t> values;
  for (auto& reader : *readers) {
    while (const auto batch = *reader->Next()) {
      const auto& column = static_cast<const arrow::Int64Array&>(*batch->column(0));
      for (int64_t i = 0; i < column.length(); ++i) values.push_back(column.Value(i));
    }
  }
  return values;
}

using Values = std::vector<int64_t>;

class MemoryTest : public ::testing::Test {
 protected:
  void SetUp() override { RegisterMemoryConnector(&ConnectorRegistry::Process()); }

  std::unique_ptr<Sink> OpenSink(OutputMode mode) {
    SinkSpecification specification;
    specification.schema = Numbers();
    specification.query_name = "t";
    specification.output_mode = mode;
    return *(*ConnectorRegistry::Process().FindSink("memory"))->OpenStream(specification, {});
  }
  static void Write(Sink* sink, int64_t id,
                    const std::vector<std::shared_ptr<arrow::RecordBatch>>& partitions) {
    if (!*sink->Begin(id)) return;
    for (size_t i = partitions.size(); i-- > 0;) {
      ASSERT_TRUE((*sink->OpenWriter(static_cast<int>(i)))->Write(partitions[i]).ok());
    }
    ASSERT_TRUE(sink->Prepare(id).ok());
    ASSERT_TRUE(sink->Commit(id).ok());
  }
  static Values TableOf(Sink* sink) { return ValuesOf(sink->AsTable()->Read({{"a"}, {}})); }
};

TEST_F(MemoryTest, AppendAndUpdateAddRows) {
  for (const OutputMode mode : {OutputMode::kAppend, OutputMode::kUpdate}) {
    const auto sink = OpenSink(mode);
    Write(sink.get(), 0, {Rows({1}), Rows({2, 3})});
    EXPECT_EQ(sink->last_output_rows(), 3);
    Write(sink.get(), 1, {Rows({4})});
    EXPECT_EQ(TableOf(sink.get()), (Values{1, 2, 3, 4}));
  }
}

TEST_F(MemoryTest, CompleteReplacesThem) {
  const auto sink = OpenSink(OutputMode::kComplete);
  Write(sink.get(), 0, {Rows({1, 2})});
  Write(sink.get(), 1, {Rows({3})});
  EXPECT_EQ(TableOf(sink.get()), Values{3});
  Write(sink.get(), 2, {});
  EXPECT_EQ(TableOf(sink.get()), Values{});
}

TEST_F(MemoryTest, ABatchCountsOnce) {
  const auto sink = OpenSink(OutputMode::kAppend);
  Write(sink.get(), 3, {Rows({1})});
  Write(sink.get(), 3, {Rows({1})});
  Write(sink.get(), 2, {Rows({1})});
  ASSERT_TRUE(sink->Commit(3).ok());
  EXPECT_EQ(TableOf(sink.get()), Values{1});
}

TEST_F(MemoryTest, RowsAreSeenWhenCommitted) {
  const auto sink = OpenSink(OutputMode::kAppend);
  const auto table = sink->AsTable();
  ASSERT_TRUE(*sink->Begin(0));
  ASSERT_TRUE((*sink->OpenWriter(0))->Write(Rows({1})).ok());
  ASSERT_TRUE(sink->Prepare(0).ok());
  EXPECT_EQ(ValuesOf(table->Read({{"a"}, {}})), Values{});
  ASSERT_TRUE(sink->Abort(0).ok());
  Write(sink.get(), 0, {Rows({2})});
  EXPECT_EQ(ValuesOf(table->Read({{"a"}, {}})), Values{2});
}

TEST_F(MemoryTest, TheSinkNeedsAQueryName) {
  SinkSpecification specification;
  specification.schema = Numbers();
  const auto sink = *ConnectorRegistry::Process().FindSink("memory");
  const auto status = sink->CheckStream(specification, {});
  ASSERT_NE(ErrorDetail::Get(status), nullptr);
  EXPECT_EQ(ErrorDetail::Get(status)->condition(), "_LEGACY_ERROR_TEMP_1194");
}

TEST_F(MemoryTest, AStreamGivesTheSameRangesAgain) {
  const auto stream = MemoryStream::Create("numbers", Numbers());
  SourceSpecification specification;
  specification.options = Options(std::map<std::string, std::string>{{"stream", "numbers"}});
  const auto provider = *ConnectorRegistry::Process().FindSource("headrace-memory-test");
  auto source = *provider->OpenStream(specification, Numbers(), "", {});
  EXPECT_EQ(*source->LatestOffset(std::nullopt, {}), std::nullopt);
  int wakes = 0;
  source->SetWake([&] { ++wakes; });
  EXPECT_EQ(*stream->AddData(Rows({1, 2})), 0);
  EXPECT_EQ(*stream->AddData(Rows({3})), 1);
  EXPECT_EQ(wakes, 2);
  EXPECT_EQ(*source->LatestOffset(std::nullopt, {}), "1");
  EXPECT_EQ(ValuesOf(source->Read(std::nullopt, "1", {{"a"}, {}})), (Values{1, 2, 3}));
  ASSERT_TRUE(source->Commit("1").ok());
  source->SetWake(nullptr);
  source = *provider->OpenStream(specification, Numbers(), "", {});
  EXPECT_EQ(ValuesOf(source->Read("0", "1", {{"a"}, {}})), Values{3});
  EXPECT_FALSE(source->Read("0", "5", {{"a"}, {}}).ok());
  MemoryStream::Remove("numbers");
  EXPECT_FALSE(provider->OpenStream(specification, Numbers(), "", {}).ok());
}

}  // namespace
}  // namespace headrace

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <arrow/array.h>
#include <gtest/gtest.h>

#include "connectors/rate/rate_source.h"

namespace headrace {
namespace {

// {timestamp in ms, value}
using Row = std::pair<int64_t, int64_t>;

class RateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "headrace-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    clock_ = std::make_shared<ManualClock>(10'000'250'000);
    context_.clock = clock_;
    specification_.format = "rate";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void Given(const std::map<std::string, std::string>& options) {
    specification_.options = Options(options);
  }
  Result<std::unique_ptr<Source>> Open(const std::shared_ptr<SourceProvider>& provider) {
    ARROW_ASSIGN_OR_RAISE(const auto schema,
                          provider->ResolveSchema(specification_, true, context_));
    return provider->OpenStream(specification_, schema, directory_ + "/sources/0", context_);
  }
  static std::vector<std::vector<Row>> RowsOf(Source* source, std::optional<OffsetJson> start,
                                              const OffsetJson& end) {
    std::vector<std::vector<Row>> partitions;
    auto readers = source->Read(start, end, {{"timestamp", "value"}, {}});
    EXPECT_TRUE(readers.ok()) << readers.status().ToString();
    for (auto& reader : *readers) {
      auto& rows = partitions.emplace_back();
      while (true) {
        const auto batch = *reader->Next();
        if (!batch) break;
        const auto& times = static_cast<const arrow::TimestampArray&>(*batch->column(0));
        const auto& values = static_cast<const arrow::Int64Array&>(*batch->column(1));
        for (int64_t i = 0; i < batch->num_rows(); ++i) {
          rows.emplace_back(times.Value(i) / 1000, values.Value(i));
        }
      }
    }
    return partitions;
  }

  std::string directory_;
  std::shared_ptr<ManualClock> clock_;
  ConnectorContext context_;
  SourceSpecification specification_;
};

TEST_F(RateTest, MakesRowsByTheClock) {
  Given({{"rowsPerSecond", "4"}});
  const auto source = *Open(MakeRateProvider());
  EXPECT_EQ(source->Description(),
            "RateStreamV2[rowsPerSecond=4, rampUpTimeSeconds=0, numPartitions=default");
  EXPECT_EQ(*source->InitialOffset(), "0");
  EXPECT_EQ(*source->LatestOffset("0", {}), "0");
  EXPECT_EQ(source->next_poll_us(), 1000000);
  clock_->Advance(2'400'000);
  EXPECT_EQ(*source->LatestOffset("0", {}), "2");
  EXPECT_EQ(source->next_poll_us(), 600000);
  const std::vector<Row> expected = {{10000250, 0}, {10000500, 1}, {10000750, 2}, {10001000, 3},
                                     {10001250, 4}, {10001500, 5}, {10001750, 6}, {10002000, 7}};
  const auto partitions = RowsOf(source.get(), "0", "2");
  ASSERT_EQ(partitions.size(), 1u);
  EXPECT_EQ(partitions[0], expected);
  EXPECT_EQ(RowsOf(source.get(), "1", "1").size(), 0u);
}

TEST_F(RateTest, PartitionsTakeTurns) {
  Given({{"rowsPerSecond", "5"}, {"numPartitions", "2"}});
  const auto source = *Open(MakeRateProvider());
  const auto partitions = RowsOf(source.get(), "0", "1");
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0], (std::vector<Row>{{10000250, 0}, {10000650, 2}, {10001050, 4}}));
  EXPECT_EQ(partitions[1], (std::vector<Row>{{10000450, 1}, {10000850, 3}}));
}

TEST_F(RateTest, GoesOnAfterARestart) {
  Given({{"rowsPerSecond", "1"}});
  auto source = *Open(MakeRateProvider());
  std::ifstream file(directory_ + "/sources/0/0");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "v1\n10000250");
  const auto before = RowsOf(source.get(), "0", "3");
  clock_->Advance(60'000'000);
  source = *Open(MakeRateProvider());
  EXPECT_EQ(*source->LatestOffset("3", {}), "60");
  EXPECT_EQ(RowsOf(source.get(), "0", "3"), before);
}

TEST_F(RateTest, NeverStepsBack) {
  Given({});
  const auto source = *Open(MakeRateProvider());
  clock_->Advance(5'000'000);
  EXPECT_EQ(*source->LatestOffset("0", {}), "5");
  clock_->Set(10'001'000'000);
  EXPECT_EQ(*source->LatestOffset("5", {}), "5");
}

TEST_F(RateTest, RampsUp) {
  const std::vector<int64_t> totals = {0, 2, 6, 12, 20, 30, 40};
  for (size_t second = 0; second < totals.size(); ++second) {
    EXPECT_EQ(RateValueAtSecond(static_cast<int64_t>(second), 10, 4), totals[second]) << second;
  }
  EXPECT_EQ(RateValueAtSecond(3, 7, 0), 21);
}

TEST_F(RateTest, BadOptionsAreNamed) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"rowsPerSecond", "0"}, {"rowsPerSecond", "x"}, {"rampUpTime", "abc"},
      {"rampUpTime", "-1s"},  {"numPartitions", "0"}, {"numPartitions", "z"}};
  for (const auto& [key, value] : wrong) {
    Given({{key, value}});
    const auto status = Open(MakeRateProvider()).status();
    ASSERT_FALSE(status.ok()) << key;
    EXPECT_NE(status.message().find(key), std::string::npos) << status.message();
    EXPECT_NE(status.message().find(value), std::string::npos) << status.message();
  }
  Given({});
  specification_.user_schema = arrow::schema({arrow::field("a", arrow::int64())});
  EXPECT_EQ(ErrorDetail::Get(Open(MakeRateProvider()).status())->condition(),
            "_LEGACY_ERROR_TEMP_2242");
}

TEST_F(RateTest, RowsPerMicroBatch) {
  Given({{"rowsPerBatch", "3"},
         {"startTimestamp", "1000"},
         {"advanceMillisPerBatch", "50"},
         {"numPartitions", "2"}});
  const auto source = *Open(MakeRateMicroBatchProvider());
  // As Spark 4.1 shows it.
  EXPECT_EQ(source->Description(),
            "RatePerMicroBatchStream[rowsPerBatch=3, numPartitions=2, startTimestamp=1000, "
            "advanceMsPerBatch=50]");
  EXPECT_EQ(*source->InitialOffset(), R"({"offset":0,"timestamp":1000})");
  const auto first = *source->LatestOffset(*source->InitialOffset(), {});
  EXPECT_EQ(first, R"({"offset":3,"timestamp":1050})");
  const auto second = *source->LatestOffset(first, {});
  EXPECT_EQ(second, R"({"offset":6,"timestamp":1100})");
  const auto partitions = RowsOf(source.get(), first, *second);
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0], (std::vector<Row>{{1050, 3}, {1050, 5}}));
  EXPECT_EQ(partitions[1], (std::vector<Row>{{1050, 4}}));
}

TEST_F(RateTest, AvailableNowIsOneMicroBatch) {
  Given({{"rowsPerBatch", "3"}});
  const auto source = *Open(MakeRateMicroBatchProvider());
  EXPECT_TRUE(*source->PrepareForAvailableNow());
  const auto first = *source->LatestOffset(*source->InitialOffset(), {});
  EXPECT_EQ(*source->LatestOffset(first, {}), first);
}

TEST_F(RateTest, BadOptionsOfMicroBatches) {
  const std::vector<std::map<std::string, std::string>> wrong = {
      {},
      {{"rowsPerBatch", "0"}},
      {{"rowsPerBatch", "k"}},
      {{"rowsPerBatch", "2"}, {"numPartitions", "0"}},
      {{"rowsPerBatch", "2"}, {"startTimestamp", "-5"}},
      {{"rowsPerBatch", "2"}, {"advanceMillisPerBatch", "-1"}}};
  for (const auto& options : wrong) {
    Given(options);
    const auto opened = Open(MakeRateMicroBatchProvider());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(ErrorDetail::Get(opened.status())->kind(), ErrorKind::kIllegalArgument);
  }
}

}  // namespace
}  // namespace headrace

#include "connectors/console/console.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

class ConsoleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RegisterConsoleConnector(&ConnectorRegistry::Process());
    provider_ = *ConnectorRegistry::Process().FindSink("console");
    specification_.schema =
        arrow::schema({arrow::field("ts", TimestampType()), arrow::field("k", arrow::utf8())});
    context_.print = [this](const std::string& text) { printed_ += text; };
  }
  std::shared_ptr<arrow::RecordBatch> Rows(std::vector<int64_t> seconds,
                                           std::vector<std::string> texts) {
    arrow::TimestampBuilder times(TimestampType(), arrow::default_memory_pool());
    arrow::StringBuilder keys;
    for (const int64_t second : seconds) EXPECT_TRUE(times.Append(second * 1000000).ok());
    EXPECT_TRUE(keys.AppendValues(texts).ok());
    return arrow::RecordBatch::Make(specification_.schema, static_cast<int64_t>(texts.size()),
                                    {*times.Finish(), *keys.Finish()});
  }
  static void Write(Sink* sink, int64_t id,
                    const std::vector<std::shared_ptr<arrow::RecordBatch>>& partitions) {
    ASSERT_TRUE(*sink->Begin(id));
    // Partitions may end in any order.
    for (size_t i = partitions.size(); i-- > 0;) {
      auto writer = *sink->OpenWriter(static_cast<int>(i));
      ASSERT_TRUE(writer->Write(partitions[i]).ok());
      ASSERT_TRUE(writer->Finish().ok());
    }
    ASSERT_TRUE(sink->Prepare(id).ok());
    ASSERT_TRUE(sink->Commit(id).ok());
  }

  std::shared_ptr<SinkProvider> provider_;
  SinkSpecification specification_;
  ConnectorContext context_;
  std::string printed_;
};

constexpr int64_t kMorning = 1704067260;  // 2024-01-01 00:01:00 UTC

TEST_F(ConsoleTest, PrintsAsSparkDoes) {
  specification_.options = Options(std::map<std::string, std::string>{{"numRows", "1"}});
  const auto sink = *provider_->OpenStream(specification_, context_);
  Write(sink.get(), 0, {Rows({kMorning}, {"a long string value, cut"}), Rows({0}, {"second"})});
  EXPECT_EQ(printed_,
            "-------------------------------------------\n"
            "Batch: 0\n"
            "-------------------------------------------\n"
            "+-------------------+--------------------+\n"
            "|                 ts|                   k|\n"
            "+-------------------+--------------------+\n"
            "|2024-01-01 00:01:00|a long string val...|\n"
            "+-------------------+--------------------+\n"
            "only showing top 1 row\n");
  EXPECT_EQ(sink->last_output_rows(), 2);
}

TEST_F(ConsoleTest, PrintsPartitionsInOrderAndEmptyBatches) {
  specification_.options = Options(std::map<std::string, std::string>{{"truncate", "false"}});
  const auto sink = *provider_->OpenStream(specification_, context_);
  Write(sink.get(), 7, {Rows({0}, {"first"}), Rows({1}, {"second"})});
  EXPECT_EQ(printed_,
            "-------------------------------------------\n"
            "Batch: 7\n"
            "-------------------------------------------\n"
            "+-------------------+------+\n"
            "|ts                 |k     |\n"
            "+-------------------+------+\n"
            "|1970-01-01 00:00:00|first |\n"
            "|1970-01-01 00:00:01|second|\n"
            "+-------------------+------+\n"
            "\n");
  printed_.clear();
  Write(sink.get(), 8, {});
  EXPECT_EQ(printed_,
            "-------------------------------------------\n"
            "Batch: 8\n"
            "-------------------------------------------\n"
            "+---+---+\n"
            "|ts |k  |\n"
            "+---+---+\n"
            "+---+---+\n"
            "\n");
}

TEST_F(ConsoleTest, AnAbortedBatchIsNotPrinted) {
  const auto sink = *provider_->OpenStream(specification_, context_);
  ASSERT_TRUE(*sink->Begin(0));
  ASSERT_TRUE((*sink->OpenWriter(0))->Write(Rows({0}, {"x"})).ok());
  ASSERT_TRUE(sink->Abort(0).ok());
  EXPECT_EQ(printed_, "");
  Write(sink.get(), 0, {Rows({0}, {"y"})});
  EXPECT_EQ(printed_.find('x'), std::string::npos);
  EXPECT_NE(printed_.find("|  y|"), std::string::npos);
}

TEST_F(ConsoleTest, BadOptionsAreNamed) {
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{"numRows", "x"}, {"truncate", "5"}}) {
    specification_.options = Options(std::map<std::string, std::string>{{key, value}});
    const auto opened = provider_->OpenStream(specification_, context_);
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.status().message().find(key), std::string::npos);
  }
}

}  // namespace
}  // namespace headrace

#include "client_fixture.h"

namespace headrace {
namespace {

using namespace functions;
using testing::ElementsAre;

class StreamingTest : public ClientFixture {
 protected:
  DataFrame WordCounts() {
    return spark_.readStream()
        .text(Path("lines"))
        .select(explode(split(col("value"), " ")).alias("word"))
        .groupBy("word")
        .count();
  }
};

TEST_F(StreamingTest, WordCountOverFiles) {
  WriteFile("lines/a.txt", "the water\nthe mill\n");
  EXPECT_TRUE(WordCounts().isStreaming());
  auto query = WordCounts()
                   .writeStream()
                   .format("memory")
                   .outputMode("complete")
                   .queryName("word_counts")
                   .option("checkpointLocation", Path("checkpoint"))
                   .trigger(Trigger::AvailableNow())
                   .start();
  query.awaitTermination();

  EXPECT_THAT(
      spark_.table("word_counts").orderBy("word").collect(),
      ElementsAre(Row("mill", int64_t{1}), Row("the", int64_t{2}), Row("water", int64_t{1})));
  EXPECT_FALSE(query.isActive());
  EXPECT_FALSE(query.exception().has_value());
  EXPECT_EQ(query.name(), "word_counts");
  EXPECT_EQ(query.status().message, "Stopped");
  const auto progress = query.recentProgress();
  ASSERT_FALSE(progress.empty());
  EXPECT_EQ(progress[0].id, query.id());
  EXPECT_EQ(progress[0].runId, query.runId());
  EXPECT_EQ(progress[0].batchId, 0);
  EXPECT_EQ(progress[0].numInputRows, 2);
  EXPECT_EQ(progress[0].sources.size(), 1u);
  EXPECT_EQ(progress[0].stateOperators.at(0).operatorName, "stateStoreSave");
  EXPECT_EQ(progress[0].stateOperators.at(0).numRowsTotal, 3);
}

TEST_F(StreamingTest, ARunGoesOnWhereTheLastOneStopped) {
  auto run = [this] {
    auto query = spark_.readStream()
                     .text(Path("lines"))
                     .writeStream()
                     .format("parquet")
                     .option("checkpointLocation", Path("checkpoint"))
                     .trigger(Trigger::AvailableNow())
                     .start(Path("out"));
    query.awaitTermination();
    return query.id();
  };
  WriteFile("lines/a.txt", "one\n");
  const std::string first = run();
  WriteFile("lines/b.txt", "two\n");
  EXPECT_EQ(run(), first);
  EXPECT_THAT(spark_.read().parquet(Path("out")).orderBy("value").collect(),
              ElementsAre(Row("one"), Row("two")));
}

TEST_F(StreamingTest, AQueryThatRunsIsAskedAndStopped) {
  WriteFile("lines/a.txt", "one\n");
  auto query = spark_.readStream()
                   .text(Path("lines"))
                   .writeStream()
                   .format("memory")
                   .queryName("running")
                   .start();
  query.processAllAvailable();
  EXPECT_TRUE(query.isActive());
  EXPECT_EQ(spark_.table("running").count(), 1);
  EXPECT_FALSE(query.awaitTermination(std::chrono::milliseconds(1)));
  EXPECT_EQ(query.lastProgress()->name, "running");
  EXPECT_THAT(query.explainString(), testing::HasSubstr("Physical Plan"));

  ASSERT_TRUE(spark_.streams().get(query.id()).has_value());
  EXPECT_EQ(spark_.streams().get(query.id())->name(), "running");
  bool listed = false;
  for (const auto& active : spark_.streams().active()) listed |= active.runId() == query.runId();
  EXPECT_TRUE(listed);

  WriteFile("lines/b.txt", "two\n");
  query.processAllAvailable();
  EXPECT_EQ(spark_.table("running").count(), 2);

  query.stop();
  EXPECT_FALSE(query.isActive());
  EXPECT_TRUE(query.awaitTermination(std::chrono::seconds(60)));
}

TEST_F(StreamingTest, AQueryThatFailsTellsWhy) {
  WriteFile("lines/a.txt", "no number\n");
  auto query = spark_.readStream()
                   .text(Path("lines"))
                   .select(col("value").cast("int"))
                   .writeStream()
                   .format("noop")
                   .option("checkpointLocation", Path("checkpoint"))
                   .start();
  EXPECT_CONDITION(query.awaitTermination(), StreamingQueryException, "STREAM_FAILED");
  ASSERT_TRUE(query.exception().has_value());
  EXPECT_EQ(query.exception()->getCondition(), "STREAM_FAILED");
  EXPECT_THAT(query.exception()->getMessage(), testing::HasSubstr("CAST_INVALID_INPUT"));
  EXPECT_FALSE(query.isActive());
  EXPECT_THROW(spark_.streams().awaitAnyTermination(), StreamingQueryException);
  spark_.streams().resetTerminated();
}

TEST_F(StreamingTest, TwoQueriesOfOneNameAreRefused) {
  auto start = [this] {
    return spark_.readStream()
        .format("rate")
        .load()
        .writeStream()
        .format("memory")
        .queryName("twice")
        .start();
  };
  auto query = start();
  EXPECT_THROW(start(), IllegalArgumentException);
  query.stop();
}

}  // namespace
}  // namespace headrace

#include "client_fixture.h"

namespace headrace {
namespace {

using namespace functions;
using testing::ElementsAre;

class StatefulTest : public ClientFixture {
 protected:
  static bool InThisProcess() { return std::getenv("SPARK_REMOTE") == nullptr; }

  DataFrame Lines() const { return spark_.readStream().text(Path("lines")); }

  // Runs a query over what is there and gives all its rows.
  std::vector<Row> Run(const DataFrame& query, const std::string& name, const std::string& mode) {
    auto running = query.writeStream()
                       .format("memory")
                       .queryName(name)
                       .outputMode(mode)
                       .trigger(Trigger::AvailableNow())
                       .start();
    running.awaitTermination();
    return spark_.table(name).collect();
  }
};

std::vector<Row> Count(const Row& key, const std::vector<Row>& rows, GroupState& state) {
  const int64_t count =
      (state.exists() ? state.get().getLong(0) : 0) + static_cast<int64_t>(rows.size());
  state.update(Row(count));
  return {Row(key.getString(0), count)};
}

class Longest : public StatefulProcessor {
 public:
  void init(const StatefulProcessorHandle& handle) override {
    longest_ = handle.getValueState("longest", "line STRING");
  }
  std::vector<Row> handleInputRows(const Row& key, const std::vector<Row>& rows,
                                   const TimerValues&) override {
    std::string longest = longest_.exists() ? longest_.get()->getString(0) : "";
    for (const Row& row : rows) {
      const auto line = row.get<std::string>("value");
      if (line.size() > longest.size()) longest = line;
    }
    longest_.update(Row(longest));
    return {Row(key.getString(0), longest)};
  }
  void handleInitialState(const Row&, const Row& state, const TimerValues&) override {
    longest_.update(Row(state.get<std::string>("line")));
  }

 private:
  ValueState longest_;
};

std::unique_ptr<StatefulProcessor> MakeLongest() { return std::make_unique<Longest>(); }

TEST_F(StatefulTest, FlatMapGroupsWithState) {
  if (!InThisProcess()) GTEST_SKIP() << "C++ functions cannot travel";
  WriteFile("lines/a.txt", "tea\ntwo\ncup\n");
  const auto counts = Lines()
                          .groupBy(substring(col("value"), 1, 1).alias("initial"))
                          .flatMapGroupsWithState(Count, "initial STRING, n BIGINT", "n BIGINT",
                                                  "append", GroupStateTimeout::NoTimeout);
  EXPECT_EQ(counts.schema().simpleString(), "struct<initial:string,n:bigint>");
  EXPECT_THAT(Run(counts.filter(col("n") > 0), "flat_map", "append"),
              testing::UnorderedElementsAre(Row("c", int64_t{1}), Row("t", int64_t{2})));
}

TEST_F(StatefulTest, InitialState) {
  if (!InThisProcess()) GTEST_SKIP() << "C++ functions cannot travel";
  WriteFile("lines/a.txt", "tea\ntwo\ncup\n");
  const auto before =
      spark_.createDataFrame({Row("t", int64_t{10}, "thousand"), Row("z", int64_t{5}, "zoo")},
                             "initial STRING, n BIGINT, line STRING");
  const auto initial = substring(col("value"), 1, 1);
  EXPECT_THAT(Run(Lines().groupBy(initial).flatMapGroupsWithState(
                      Count, "initial STRING, n BIGINT", "n BIGINT", "append",
                      GroupStateTimeout::NoTimeout, before.groupBy("initial")),
                  "flat_map_from", "append"),
              // As Spark does, groups that have an initial state only are called, too.
              testing::UnorderedElementsAre(Row("c", int64_t{1}), Row("t", int64_t{12}),
                                            Row("z", int64_t{5})));
  EXPECT_THAT(Run(Lines().groupBy(initial).transformWithState(
                      MakeLongest, "initial STRING, line STRING", "update", TimeMode::None,
                      before.groupBy("initial")),
                  "transform_from", "update"),
              testing::UnorderedElementsAre(Row("c", "cup"), Row("t", "thousand")));
}

TEST_F(StatefulTest, StateIsKeptBetweenRuns) {
  if (!InThisProcess()) GTEST_SKIP() << "C++ functions cannot travel";
  auto run = [this] {
    auto query = Lines()
                     .groupBy(substring(col("value"), 1, 1))
                     .transformWithState(MakeLongest, "initial STRING, line STRING", "append",
                                         TimeMode::None)
                     .writeStream()
                     .format("parquet")
                     .option("checkpointLocation", Path("checkpoint"))
                     .trigger(Trigger::AvailableNow())
                     .start(Path("out"));
    query.awaitTermination();
  };
  WriteFile("lines/a.txt", "teapot\n");
  run();
  WriteFile("lines/b.txt", "tea\n");
  run();
  EXPECT_THAT(spark_.read().parquet(Path("out")).collect(),
              ElementsAre(Row("t", "teapot"), Row("t", "teapot")));

  // Another type of state under the same name.
  class Changed : public StatefulProcessor {
   public:
    void init(const StatefulProcessorHandle& handle) override {
      handle.getValueState("longest", "line BIGINT");
    }
    std::vector<Row> handleInputRows(const Row&, const std::vector<Row>&,
                                     const TimerValues&) override {
      return {};
    }
  };
  auto changed = Lines()
                     .groupBy(substring(col("value"), 1, 1))
                     .transformWithState([] { return std::make_unique<Changed>(); },
                                         "initial STRING, line STRING", "append", TimeMode::None)
                     .writeStream()
                     .format("parquet")
                     .option("checkpointLocation", Path("checkpoint"))
                     .trigger(Trigger::AvailableNow())
                     .start(Path("out"));
  EXPECT_THROW(changed.awaitTermination(), StreamingQueryException);
  EXPECT_THAT(changed.exception()->getMessage(),
              testing::HasSubstr("STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"));
}

TEST_F(StatefulTest, WrongUse) {
  if (!InThisProcess()) GTEST_SKIP() << "C++ functions cannot travel";
  WriteFile("lines/a.txt", "tea\n");
  const auto groups = Lines().groupBy("value");
  auto start = [](const DataFrame& query, const std::string& mode) {
    query.writeStream().format("noop").outputMode(mode).start();
  };
  const auto flat_map = [&](const std::string& mode, GroupStateTimeout timeout) {
    return groups.flatMapGroupsWithState(Count, "k STRING, n BIGINT", "n BIGINT", mode, timeout);
  };
  // Modes that do not go together, and a timeout without a watermark.
  EXPECT_THROW(start(flat_map("update", GroupStateTimeout::NoTimeout), "append"),
               AnalysisException);
  EXPECT_THROW(start(flat_map("append", GroupStateTimeout::EventTimeTimeout), "append"),
               AnalysisException);
  EXPECT_THROW(flat_map("complete", GroupStateTimeout::NoTimeout).schema(),
               IllegalArgumentException);
  EXPECT_CONDITION(groups
                       .transformWithState(MakeLongest, "k STRING, time TIMESTAMP", "append",
                                           TimeMode::None, {}, "time")
                       .schema(),
                   AnalysisException, "CANNOT_ASSIGN_EVENT_TIME_COLUMN_WITHOUT_WATERMARK");

  class Immortal : public StatefulProcessor {
   public:
    void init(const StatefulProcessorHandle& handle) override {
      handle.getValueState("v", "v INT", TTLConfig{std::chrono::seconds(1)});
    }
    std::vector<Row> handleInputRows(const Row&, const std::vector<Row>&,
                                     const TimerValues&) override {
      return {};
    }
  };
  EXPECT_CONDITION(start(groups.transformWithState([] { return std::make_unique<Immortal>(); },
                                                   "k STRING", "append", TimeMode::EventTime),
                         "append"),
                   UnsupportedOperationException,
                   "STATEFUL_PROCESSOR_INCORRECT_TIME_MODE_TO_ASSIGN_TTL");
  // There are no groups to keep the state of.
  EXPECT_CONDITION(spark_.range(1)
                       .groupBy("id")
                       .flatMapGroupsWithState(Count, "k STRING, n BIGINT", "n BIGINT", "append",
                                               GroupStateTimeout::NoTimeout)
                       .collect(),
                   UnsupportedOperationException, "UNSUPPORTED_FEATURE");
}

TEST_F(StatefulTest, FunctionsDoNotTravel) {
  if (InThisProcess()) GTEST_SKIP() << "the engine is in this process";
  EXPECT_CONDITION(spark_.range(1).groupBy("id").transformWithState(MakeLongest, "k STRING",
                                                                    "append", TimeMode::None),
                   UnsupportedOperationException, "UNSUPPORTED_FEATURE");
}

}  // namespace
}  // namespace headrace

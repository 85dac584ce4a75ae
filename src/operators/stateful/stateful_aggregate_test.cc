#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/testing/plans.h"
#include "operators/testing/streaming.h"

namespace headrace {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kMinute = 60'000;  // milliseconds

const SchemaPtr kWindows = SchemaOf("w STRUCT<start: TIMESTAMP, end: TIMESTAMP>, v BIGINT");

// A row in each of the five-minute windows that these times (in ms) fall in.
std::vector<BatchPtr> Times(const std::vector<int64_t>& times_ms) {
  std::string json;
  for (const int64_t time : times_ms) {
    const int64_t start = time / (5 * kMinute) * 5 * kMinute * 1000;
    json += (json.empty() ? "[" : ", ") + ("[[" + std::to_string(start)) + ", " +
            std::to_string(start + 5 * kMinute * 1000) + "], 1]";
  }
  if (json.empty()) return {};
  return {RowsOf(kWindows, json + "]")};
}

// "[00:00,00:05) count 2" as this file's rows are written.
std::string Window(int64_t start_minute, int64_t count) {
  const int64_t start = start_minute * kMinute * 1000;
  return "{" + std::to_string(start) + "," + std::to_string(start + 5 * kMinute * 1000) + "} " +
         std::to_string(count);
}

std::shared_ptr<PhysicalPlan> WindowedCount(OutputMode mode) {
  const auto scan = Scan(kWindows);
  const auto node =
      GroupBy(scan, {"w"}, {Aggregate("count", {})}, PhysicalKind::kStatefulAggregate);
  if (mode != OutputMode::kComplete) {
    node->event_time_key = 0;
    node->event_time_is_window = true;
  }
  return PlanOf(node, 1, mode, 1);
}

// Times count from midnight; the epoch lies a day before.
constexpr int64_t kDay = 24 * 60;
int64_t At(int64_t minute) { return (kDay + minute) * kMinute; }

TEST(StatefulAggregate, WorkedExampleWithoutNoDataBatches) {  // semantics.md 2.4, example A
  StreamingRun run(WindowedCount(OutputMode::kAppend));
  EXPECT_THAT(run.Batch(Times({At(1)}), 0), IsEmpty());
  EXPECT_THAT(run.Batch(Times({At(20)}), At(-9)), IsEmpty());
  EXPECT_EQ(run.metrics().rows_total, 2);
  // 00:02 lies below the eviction watermark, but not below the late one.
  EXPECT_THAT(run.Batch(Times({At(2), At(21)}), At(10)), ElementsAre(Window(kDay, 2)));
  EXPECT_EQ(run.metrics().rows_total, 1);
  EXPECT_EQ(run.metrics().rows_updated, 2);
  EXPECT_EQ(run.metrics().rows_removed, 1);
  EXPECT_THAT(run.Batch(Times({At(3)}), At(11)), IsEmpty());
  EXPECT_EQ(run.metrics().rows_dropped_by_watermark, 1);
  EXPECT_THAT(run.Batch({}, At(25)), ElementsAre(Window(kDay + 20, 2)));
  EXPECT_EQ(run.metrics().rows_total, 0);
}

TEST(StatefulAggregate, WorkedExampleStepByStep) {  // semantics.md 2.7, example D
  StreamingRun run(WindowedCount(OutputMode::kAppend));
  EXPECT_THAT(run.Batch(Times({At(1)}), 0), IsEmpty());
  EXPECT_THAT(run.Batch({}, At(-9)), IsEmpty());
  EXPECT_THAT(run.Batch(Times({At(15)}), At(-9)), IsEmpty());
  EXPECT_THAT(run.Batch({}, At(5)), ElementsAre(Window(kDay, 1)));
  EXPECT_THAT(run.Batch(Times({At(5) - 1}), At(5)), IsEmpty());
  EXPECT_EQ(run.metrics().rows_dropped_by_watermark, 1);
  EXPECT_THAT(run.Batch(Times({At(5)}), At(5)), IsEmpty());
  EXPECT_EQ(run.metrics().rows_dropped_by_watermark, 0);
  EXPECT_THAT(run.Batch(Times({At(20)}), At(5)), IsEmpty());
  EXPECT_THAT(run.Batch({}, At(10)), ElementsAre(Window(kDay + 5, 1)));
  EXPECT_EQ(run.metrics().rows_total, 2);
}

TEST(StatefulAggregate, AFailedBatchLeavesNoTrace) {
  StreamingRun run(WindowedCount(OutputMode::kAppend));
  run.Batch(Times({At(1), At(6)}), 0);
  EXPECT_THAT(run.RunWithoutCommit(Times({At(2), At(30)}), At(5)), ElementsAre(Window(kDay, 2)));
  run.Rollback();
  // The same batch again, then the rest.
  EXPECT_THAT(run.Batch(Times({At(2), At(30)}), At(5)), ElementsAre(Window(kDay, 2)));
  EXPECT_THAT(run.Batch({}, At(40)), ElementsAre(Window(kDay + 5, 1), Window(kDay + 30, 1)));
}

TEST(StatefulAggregate, GlobalAggregateGivesARowEveryBatch) {
  const auto scan = Scan(kWindows);
  for (const OutputMode mode : {OutputMode::kUpdate, OutputMode::kComplete}) {
    StreamingRun run(
        PlanOf(GroupBy(scan, {}, {Aggregate("count", {}), Aggregate("sum", {Column(scan, "v")})},
                       PhysicalKind::kStatefulAggregate),
               1, mode, 1));
    EXPECT_THAT(run.Batch({}, 0), ElementsAre("0 null"));
    EXPECT_THAT(run.Batch(Times({At(1), At(2)}), 0), ElementsAre("2 2"));
    EXPECT_EQ(run.metrics().shuffle_partitions, 1);
    run.Restart();
    EXPECT_THAT(run.Batch({}, 0), ElementsAre("2 2"));
    EXPECT_EQ(run.metrics().rows_total, 1);
  }
}

TEST(StatefulAggregate, StoredStateComesBeforeNewRows) {
  const SchemaPtr schema = SchemaOf("k STRING, v BIGINT");
  const auto scan = Scan(schema);
  StreamingRun run(PlanOf(
      GroupBy(
          scan, {"k"},
          {Aggregate("first", {Column(scan, "v")}), Aggregate("last", {Column(scan, "v")}),
           Aggregate("collect_list", {Column(scan, "v")}), Aggregate("avg", {Column(scan, "v")}),
           Aggregate("approx_count_distinct", {Column(scan, "v")})},
          PhysicalKind::kStatefulAggregate),
      1, OutputMode::kUpdate, 1));
  EXPECT_THAT(run.Batch({RowsOf(schema, R"([["a", 1], ["a", 2]])")}, 0),
              ElementsAre("a 1 2 [1,2] 1.5 2"));
  run.Restart();
  EXPECT_THAT(run.Batch({RowsOf(schema, R"([["a", 6], [null, 7]])")}, 0),
              ElementsAre("a 1 6 [1,2,6] 3 3", "null 7 7 [7] 7 1"));
}

TEST(StatefulAggregate, DeclaresItsStore) {
  StreamingRun run(WindowedCount(OutputMode::kAppend), 3);
  const auto declared = run.instance()->StatefulOperators();
  ASSERT_EQ(declared.size(), 1u);
  EXPECT_EQ(declared[0].operator_id, 0);
  EXPECT_EQ(declared[0].name, "stateStoreSave");
  EXPECT_EQ(declared[0].partitions, 3);
  ASSERT_EQ(declared[0].stores.size(), 1u);
  EXPECT_EQ(declared[0].stores[0].key_schema->num_fields(), 1);
  EXPECT_TRUE(declared[0].stores[0].value_schema->field(0)->type()->Equals(arrow::int64()));
}

TEST(StatefulAggregate, WantsABatchWhenTheWatermarkMoves) {
  EXPECT_TRUE(StreamingRun(WindowedCount(OutputMode::kAppend)).instance()->WantsNoDataBatch(0, 1, 0));
  EXPECT_FALSE(StreamingRun(WindowedCount(OutputMode::kAppend)).instance()->WantsNoDataBatch(1, 1, 0));
  EXPECT_TRUE(StreamingRun(WindowedCount(OutputMode::kUpdate)).instance()->WantsNoDataBatch(0, 1, 0));
  EXPECT_FALSE(
      StreamingRun(WindowedCount(OutputMode::kComplete)).instance()->WantsNoDataBatch(0, 1, 0));
}

// One batch of the exhaustive test: rows (key, window) and how far the watermark goes.
struct Step {
  std::vector<std::pair<char, int>> rows;
  int advance;
};

// Spark's rules, one row at a time.
class Oracle {
 public:
  explicit Oracle(OutputMode mode) : mode_(mode) {}

  std::vector<std::string> Batch(const Step& step) {
    const int late = watermark_;
    watermark_ += step.advance;
    dropped_ = 0;
    const bool complete = mode_ == OutputMode::kComplete;
    std::set<Key> touched, late_keys;
    for (const auto& [key, window] : step.rows) {
      if (!complete && window + 1 <= late) {
        late_keys.insert({key, window});
        continue;
      }
      ++state_[{key, window}];
      touched.insert({key, window});
    }
    dropped_ = static_cast<int64_t>(late_keys.size());  // rows of partial aggregates
    std::vector<std::string> output;
    if (mode_ == OutputMode::kUpdate) {
      for (const Key& key : touched) output.push_back(Row(key));
    }
    for (auto entry = state_.begin(); entry != state_.end();) {
      if (complete || entry->first.second + 1 > watermark_) {
        ++entry;
        continue;
      }
      if (mode_ == OutputMode::kAppend) output.push_back(Row(entry->first));
      entry = state_.erase(entry);
    }
    if (complete) {
      for (const auto& [key, count] : state_) output.push_back(Row(key));
    }
    return Sorted(std::move(output));
  }

  int64_t dropped() const { return dropped_; }
  int64_t keys() const { return static_cast<int64_t>(state_.size()); }
  int watermark() const { return watermark_; }

 private:
  using Key = std::pair<char, int>;
  std::string Row(const Key& key) const {
    return std::string(1, key.first) + " " + std::to_string((key.second + 1) * 1'000'000) + " " +
           std::to_string(state_.at(key));
  }
  const OutputMode mode_;
  std::map<Key, int64_t> state_;
  int watermark_ = 0;
  int64_t dropped_ = 0;
};

const SchemaPtr kEvents = SchemaOf("k STRING, e TIMESTAMP");

std::vector<BatchPtr> Events(const Step& step) {
  std::string json;
  for (const auto& [key, window] : step.rows) {
    json += (json.empty() ? "[" : ", ") + (R"([")" + std::string(1, key)) + R"(", )" +
            std::to_string((window + 1) * 1'000'000) + "]";
  }
  if (json.empty()) return {};
  return {RowsOf(kEvents, json + "]")};
}

// All sequences of three batches, in every mode, with and without a restart after each.
TEST(StatefulAggregate, EqualsARowAtATimeOracle) {
  std::vector<Step> steps;
  for (const int advance : {0, 1}) {
    for (const auto& rows :
         std::vector<std::vector<std::pair<char, int>>>{{},
                                                        {{'a', 0}},
                                                        {{'a', 1}, {'b', 0}},
                                                        {{'b', 0}, {'b', 0}, {'a', 2}},
                                                        {{'a', 0}, {'a', 1}}}) {
      steps.push_back({rows, advance});
    }
  }
  for (const OutputMode mode : {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kComplete}) {
    const auto node = GroupBy(Scan(kEvents), {"k", "e"}, {Aggregate("count", {})},
                              PhysicalKind::kStatefulAggregate);
    if (mode != OutputMode::kComplete) node->event_time_key = 1;
    const auto plan = PlanOf(node, 1, mode, 1);
    for (size_t sequence = 0; sequence < steps.size() * steps.size() * steps.size(); ++sequence) {
      const bool restart = sequence % 2 == 1;
      Oracle oracle(mode);
      StreamingRun run(plan);
      size_t rest = sequence;
      for (int batch = 0; batch < 3; ++batch, rest /= steps.size()) {
        const Step& step = steps[rest % steps.size()];
        const auto expected = oracle.Batch(step);
        ASSERT_EQ(run.Batch(Events(step), oracle.watermark() * 1000), expected)
            << "sequence " << sequence << " batch " << batch << " mode " << OutputModeName(mode);
        ASSERT_EQ(run.metrics().rows_total, oracle.keys()) << "sequence " << sequence;
        ASSERT_EQ(run.metrics().rows_dropped_by_watermark, oracle.dropped())
            << "sequence " << sequence;
        if (restart) run.Restart();
      }
    }
  }
}

}  // namespace
}  // namespace headrace

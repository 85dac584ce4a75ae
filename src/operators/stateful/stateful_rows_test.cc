// Deduplication and limit on streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/testing/plans.h"
#include "operators/testing/streaming.h"

namespace headrace {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const SchemaPtr kSchema = SchemaOf("k STRING, ts TIMESTAMP");

// Seconds as the JSON of a row.
std::string Row(const std::string& key, double seconds) {
  return R"([")" + key + R"(", )" + std::to_string(static_cast<int64_t>(seconds * 1e6)) + "]";
}
std::vector<BatchPtr> Rows(const std::vector<std::string>& rows) {
  std::string json;
  for (const std::string& row : rows) json += (json.empty() ? "[" : ", ") + row;
  return {RowsOf(kSchema, json + "]")};
}

std::shared_ptr<PhysicalPlan> Deduplicate(std::vector<int> keys, bool within_watermark,
                                          bool has_watermark = true) {
  auto node = Node(PhysicalKind::kStatefulDeduplicate, {Exchange(Scan(kSchema), keys)});
  node->key_columns = std::move(keys);
  node->event_time_column = has_watermark ? 1 : -1;
  node->within_watermark = within_watermark;
  node->delay_us = 10'000'000;
  node->operator_id = 0;
  return PlanOf(node, 1, OutputMode::kAppend, 1);
}

TEST(StatefulDeduplicate, WithoutEventTimeKeepsKeysForEver) {
  StreamingRun run(Deduplicate({0}, false));
  EXPECT_THAT(run.Batch(Rows({Row("a", 20), Row("a", 21), Row("b", 20)}), 0),
              ElementsAre("a 20000000", "b 20000000"));
  EXPECT_EQ(run.metrics().operator_name, "dedupe");
  EXPECT_EQ(run.metrics().custom.at("numDroppedDuplicateRows"), 1);
  EXPECT_EQ(run.metrics().rows_updated, 2);
  EXPECT_THAT(run.Batch({}, 15'000), IsEmpty());
  run.Restart();
  // Late rows are dropped even though the time is no key.
  EXPECT_THAT(run.Batch(Rows({Row("a", 30), Row("c", 15), Row("d", 15.001)}), 15'000),
              ElementsAre("d 15001000"));
  EXPECT_EQ(run.metrics().rows_dropped_by_watermark, 1);
  EXPECT_EQ(run.metrics().rows_total, 3);
}

TEST(StatefulDeduplicate, WithEventTimeForgetsWhatTheWatermarkReached) {
  StreamingRun run(Deduplicate({0, 1}, false));
  EXPECT_THAT(run.Batch(Rows({Row("a", 20), Row("a", 20), Row("a", 21)}), 0),
              ElementsAre("a 20000000", "a 21000000"));
  EXPECT_THAT(run.Batch({}, 20'000), IsEmpty());
  EXPECT_EQ(run.metrics().rows_removed, 1);
  EXPECT_EQ(run.metrics().rows_total, 1);
}

TEST(StatefulDeduplicate, WithinWatermarkCountsFromTheFirstRow) {  // semantics.md 4.2
  StreamingRun run(Deduplicate({0}, true));
  EXPECT_THAT(run.Batch(Rows({Row("a", 20)}), 0), ElementsAre("a 20000000"));
  EXPECT_THAT(run.Batch(Rows({Row("a", 29.999)}), 0), IsEmpty());
  run.Restart();
  EXPECT_THAT(run.Batch({}, 29'999), IsEmpty());
  EXPECT_EQ(run.metrics().rows_total, 1);
  EXPECT_THAT(run.Batch({}, 30'000), IsEmpty());
  EXPECT_EQ(run.metrics().rows_total, 0);
  EXPECT_THAT(run.Batch(Rows({Row("a", 31)}), 30'000), ElementsAre("a 31000000"));
}

TEST(StatefulLimit, CountsOverTheLifeOfTheQuery) {
  auto node = Node(PhysicalKind::kStatefulLimit, {Exchange(Scan(kSchema))});
  node->number = 3;
  node->operator_id = 0;
  StreamingRun run(PlanOf(node, 1, OutputMode::kAppend, 1));
  EXPECT_THAT(run.Batch(Rows({Row("a", 1), Row("b", 1)}), 0),
              ElementsAre("a 1000000", "b 1000000"));
  run.Restart();
  EXPECT_THAT(run.Batch(Rows({Row("c", 1), Row("d", 1)}), 0), ElementsAre("c 1000000"));
  EXPECT_THAT(run.Batch(Rows({Row("e", 1)}), 0), IsEmpty());
  EXPECT_EQ(run.metrics().operator_name, "globalLimit");
  EXPECT_EQ(run.metrics().shuffle_partitions, 2);
  EXPECT_EQ(run.metrics().store_instances, 1);
}

}  // namespace
}  // namespace headrace

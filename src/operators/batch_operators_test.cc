// Operators that live within one batch, run through whole plans.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/testing/plans.h"
#include "operators/testing/running.h"

namespace headrace {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const SchemaPtr kSchema = SchemaOf("k STRING, v BIGINT");

std::vector<PartitionReaders> Input(const std::vector<std::vector<std::string>>& partitions,
                                    const SchemaPtr& schema = kSchema) {
  std::vector<std::vector<BatchPtr>> batches;
  for (const auto& partition : partitions) {
    batches.emplace_back();
    for (const std::string& json : partition) batches.back().push_back(RowsOf(schema, json));
  }
  std::vector<PartitionReaders> inputs;
  inputs.push_back(Partitions(batches));
  return inputs;
}

TEST(BatchOperators, ProjectAndFilterKeepThePartitionsInOrder) {
  const auto scan = Scan(kSchema);
  const auto filter = Filter(scan, Call(">", {Column(scan, "v"), Int(1)}));
  const auto project =
      Project(filter, {Call("+", {Column(filter, "v"), Int(10)}), Column(filter, "k")}, {"w", "k"});
  const auto rows =
      RunOnce(PlanOf(project),
              Input({{R"([["a", 1], ["b", 2]])", R"([["c", null]])"}, {R"([["d", 4]])"}, {}}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("12 b", "14 d"));
}

TEST(BatchOperators, GroupsByStringWithNullsAndEmptyGroups) {
  const auto scan = Scan(kSchema);
  const auto plan =
      GroupBy(scan, {"k"},
              {Aggregate("count", {}), Aggregate("count", {Column(scan, "v")}),
               Aggregate("sum", {Column(scan, "v")}), Aggregate("min", {Column(scan, "v")}),
               Aggregate("max", {Column(scan, "v")}), Aggregate("avg", {Column(scan, "v")})});
  const auto rows =
      RunOnce(PlanOf(plan),
              Input({{R"([["a", 1], [null, 5], ["b", null]])"}, {R"([["a", 4], [null, 7]])"}}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(Sorted(*rows),
              ElementsAre("a 2 2 5 1 4 2.5", "b 1 0 null null null null", "null 2 2 12 5 7 6"));
}

TEST(BatchOperators, GroupsByIntegerKeysWithNulls) {
  const SchemaPtr schema = SchemaOf("k BIGINT, v BIGINT");
  const auto scan = Scan(schema);
  const auto plan = GroupBy(scan, {"k"}, {Aggregate("count", {})});
  // A null after, before and between other new keys.
  const auto rows = RunOnce(
      PlanOf(plan),
      Input({{"[[7, 1], [null, 1], [8, 1], [7, 1]]", "[[9, 1], [null, 1], [8, 1]]", "[[10, 1]]"}},
            schema));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(Sorted(*rows), ElementsAre("10 1", "7 2", "8 2", "9 1", "null 2"));
}

TEST(BatchOperators, GlobalAggregateOfNothingIsOneRow) {
  const auto scan = Scan(kSchema);
  const auto plan =
      GroupBy(scan, {}, {Aggregate("count", {}), Aggregate("sum", {Column(scan, "v")})});
  auto rows = RunOnce(PlanOf(plan), Input({}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("0 null"));
  rows = RunOnce(PlanOf(plan), Input({{R"([["a", 1]])"}, {R"([["b", 41]])"}}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("2 42"));
}

TEST(BatchOperators, FilterClauseAndDistinct) {
  const auto scan = Scan(kSchema);
  const auto over_two = Call(">", {Column(scan, "v"), Int(2)});
  const auto plan = GroupBy(scan, {"k"},
                            {Aggregate("sum", {Column(scan, "v")}, true),
                             Aggregate("count", {Column(scan, "k"), Column(scan, "v")}, true),
                             Aggregate("count", {}, false, over_two)});
  const auto rows = RunOnce(PlanOf(plan), Input({{R"([["a", 1], ["a", 3], ["a", 3]])"},
                                                 {R"([["a", 3], ["a", null], ["b", 2]])"}}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(Sorted(*rows), ElementsAre("a 4 2 3", "b 2 1 0"));
}

TEST(BatchOperators, ManyRowsOnManyThreads) {
  const SchemaPtr schema = SchemaOf("k BIGINT, v BIGINT");
  const auto range = Node(PhysicalKind::kRange, {}, SchemaOf("id BIGINT"));
  range->end = 200000;
  const auto project = Project(
      range, {Call("%", {Column(range, "id"), Int(1000)}), Column(range, "id")}, {"k", "v"});
  const auto grouped = GroupBy(project, {"k"}, {Aggregate("sum", {Column(project, "v")})});
  const auto total =
      GroupBy(grouped, {}, {Aggregate("count", {}), Aggregate("sum", {Column(grouped, "sum")})});
  for (const int threads : {1, 4}) {
    const auto rows = RunOnce(PlanOf(total, 0), {}, threads);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_THAT(*rows, ElementsAre("1000 19999900000"));
  }
}

MutableNodePtr Sort(const PhysicalNodePtr& child, std::vector<PhysicalSortOrder> orders,
                    std::optional<int64_t> limit = std::nullopt) {
  auto node = Node(PhysicalKind::kSort, {Exchange(child)});
  node->orders = std::move(orders);
  node->limit = limit;
  return node;
}

TEST(BatchOperators, SortsNullsNanAndStringsAsSparkDoes) {
  const SchemaPtr schema = SchemaOf("s STRING, d DOUBLE");
  const auto scan = Scan(schema);
  const auto input = [&] {
    return Input({{R"([["b", 1.5], ["", -0.0], ["é", null], [null, NaN], ["abcdefghi", Inf]])"},
                  {R"([["abcdefgh", -1], ["b", 0.0]])"}},
                 schema);
  };
  auto rows = RunOnce(PlanOf(Sort(scan, {{Column(scan, "d"), true, true}})), input());
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("é null", "abcdefgh -1", " -0", "b 0", "b 1.5", "abcdefghi inf",
                                 "null nan"));
  rows = RunOnce(
      PlanOf(Sort(scan, {{Column(scan, "s"), false, false}, {Column(scan, "d"), true, true}})),
      input());
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("é null", "b 0", "b 1.5", "abcdefghi inf", "abcdefgh -1", " -0",
                                 "null nan"));
  rows = RunOnce(PlanOf(Sort(scan, {{Column(scan, "s"), true, false}}, 2)), input());
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre(" -0", "abcdefgh -1"));
}

TEST(BatchOperators, LimitOffsetTail) {
  const auto scan = Scan(kSchema);
  const auto input = [] {
    return Input({{R"([["a", 1], ["b", 2]])", R"([["c", 3]])"}, {R"([["d", 4], ["e", 5]])"}});
  };
  const auto counted = [&](PhysicalKind kind, int64_t number) {
    auto node = Node(kind, {Exchange(scan)});
    node->number = number;
    return RunOnce(PlanOf(node), input()).ValueOrDie();
  };
  EXPECT_THAT(counted(PhysicalKind::kLimit, 4), ElementsAre("a 1", "b 2", "c 3", "d 4"));
  EXPECT_THAT(counted(PhysicalKind::kLimit, 0), IsEmpty());
  EXPECT_THAT(counted(PhysicalKind::kOffset, 3), ElementsAre("d 4", "e 5"));
  EXPECT_THAT(counted(PhysicalKind::kTail, 3), ElementsAre("c 3", "d 4", "e 5"));
  EXPECT_THAT(counted(PhysicalKind::kTail, 9), ElementsAre("a 1", "b 2", "c 3", "d 4", "e 5"));
}

// Fails when it is read further than allowed.
class ShortReader final : public PartitionReader {
 public:
  explicit ShortReader(int batches) : left_(batches) {}
  Result<BatchPtr> Next() override {
    if (left_-- == 0) return Status::Invalid("read too far");
    return RowsOf(kSchema, R"([["a", 1], ["b", 2]])");
  }

 private:
  int left_;
};

TEST(BatchOperators, LocalLimitStopsReading) {
  auto local = Node(PhysicalKind::kLimit, {Scan(kSchema)});
  local->number = 3;
  auto global = Node(PhysicalKind::kLimit, {Exchange(local)});
  global->number = 3;
  std::vector<PartitionReaders> inputs(1);
  inputs[0].push_back(std::make_unique<ShortReader>(2));
  inputs[0].push_back(std::make_unique<ShortReader>(0));
  const auto rows = RunOnce(PlanOf(global), std::move(inputs), 1);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("a 1", "b 2", "a 1"));
}

TEST(BatchOperators, DeduplicatesOnKeyColumns) {
  auto node = Node(PhysicalKind::kDeduplicate, {Exchange(Scan(kSchema), {1})});
  node->key_columns = {1};
  const auto rows = RunOnce(
      PlanOf(node), Input({{R"([["a", 1], ["b", null], ["c", 1], ["d", null], ["e", 2]])"}}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(Sorted(*rows), ElementsAre("a 1", "b null", "e 2"));
}

TEST(BatchOperators, UnionKeepsAllBranches) {
  const auto a = Scan(kSchema, 0), b = Scan(SchemaOf("x STRING, y BIGINT"), 1);
  const auto both = Node(PhysicalKind::kUnion, {a, b});
  auto inputs = Input({{R"([["a", 1]])"}});
  inputs.push_back(Partitions({{RowsOf(b->schema, R"([["b", 2]])")}}));
  RunMetrics metrics;
  const auto rows =
      RunOnce(PlanOf(GroupBy(both, {"k"}, {Aggregate("sum", {Column(both, "v")})}), 2),
              std::move(inputs), 2, 2, &metrics);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(Sorted(*rows), ElementsAre("a 1", "b 2"));
  EXPECT_THAT(metrics.scan_rows, ElementsAre(1, 1));
}

TEST(BatchOperators, SetOperations) {
  const auto run = [](PhysicalKind kind, bool all) {
    const auto left = Scan(kSchema, 0), right = Scan(kSchema, 1);
    auto node = Node(kind, {Exchange(left, {0, 1}), Exchange(right, {0, 1})});
    node->all = all;
    auto inputs = Input({{R"([["a", 1], ["a", 1], ["a", 1], ["b", null], ["c", 3]])"}});
    inputs.push_back(Partitions(
        {{RowsOf(kSchema, R"([["a", 1], ["b", null]])"), RowsOf(kSchema, R"([["a", 1]])")}}));
    return Sorted(RunOnce(PlanOf(node, 2), std::move(inputs)).ValueOrDie());
  };
  EXPECT_THAT(run(PhysicalKind::kIntersect, false), ElementsAre("a 1", "b null"));
  EXPECT_THAT(run(PhysicalKind::kIntersect, true), ElementsAre("a 1", "a 1", "b null"));
  EXPECT_THAT(run(PhysicalKind::kExcept, false), ElementsAre("c 3"));
  EXPECT_THAT(run(PhysicalKind::kExcept, true), ElementsAre("a 1", "c 3"));
}

TEST(BatchOperators, WatermarkStatisticsCountNullsAsTheEpoch) {
  const SchemaPtr schema = SchemaOf("ts TIMESTAMP");
  auto node = Node(PhysicalKind::kWatermark, {Scan(schema)});
  node->event_time_column = 0;
  node->delay_us = 600000000;
  RunMetrics metrics;
  const auto rows =
      RunOnce(PlanOf(node), Input({{"[[5000999], [-1]]"}, {"[[null]]"}}, schema), 2, 2, &metrics);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(metrics.event_times.size(), 1u);
  const EventTimeStatistics& seen = metrics.event_times[0];
  EXPECT_EQ(seen.max_ms, 5000);
  EXPECT_EQ(seen.min_ms, -1);
  EXPECT_EQ(seen.sum_ms, 4999);
  EXPECT_EQ(seen.count, 3);
  EXPECT_EQ(seen.delay_ms, 600000);
}

TEST(BatchOperators, ObservedMetricsAreOneRowOverAllPartitions) {
  const auto scan = Scan(kSchema);
  auto node = Node(PhysicalKind::kCollectMetrics, {scan});
  node->metrics_name = "seen";
  node->aggregates = {Aggregate("count", {}), Aggregate("max", {Column(scan, "v")})};
  node->metrics_schema = SchemaOf("rows BIGINT, largest BIGINT");
  RunMetrics metrics;
  const auto rows =
      RunOnce(PlanOf(node), Input({{R"([["a", 1]])"}, {R"([["b", 3]])"}}), 2, 2, &metrics);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("a 1", "b 3"));
  EXPECT_THAT(TextsOf({metrics.observed.at("seen")}), ElementsAre("2 3"));
}

TEST(BatchOperators, CancellationStopsARun) {
  InstanceOptions options;
  options.pool = TaskPool::Create(1);
  auto instance = PlanInstance::Make(PlanOf(Scan(kSchema)), options).ValueOrDie();
  CancellationToken token;
  token.Cancel();
  BatchContext context;
  context.cancellation = &token;
  Collector collector;
  RunMetrics metrics;
  EXPECT_TRUE(
      instance->Run(context, Input({{R"([["a", 1]])"}}), &collector, &metrics).IsCancelled());
}

}  // namespace
}  // namespace headrace

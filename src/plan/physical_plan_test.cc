// Shapes of physical plans, and what operators read from their nodes.
#include "plan/physical_plan.h"

#include "plan/optimizer.h"
#include "plan/testing.h"

namespace headrace {
namespace {

class PhysicalPlanTest : public testing::PlanTest {
 protected:
  static LogicalPlanPtr Source() { return Read("a INT, b BIGINT, c STRING", false); }
  static LogicalPlanPtr Other() { return Read("x INT, y STRING", false); }

  std::shared_ptr<const PhysicalPlan> Planned(const LogicalPlanPtr& plan,
                                              PlannerOptions options = {}) {
    const auto resolved = Analyzed(plan);
    EXPECT_TRUE(resolved.ok()) << resolved.status();
    const auto optimized = Optimize(*resolved, &context_.bind);
    EXPECT_TRUE(optimized.ok()) << optimized.status();
    const auto planned = PlanPhysically(*optimized, options);
    EXPECT_TRUE(planned.ok()) << planned.status();
    return *planned;
  }
  std::string Tree(const LogicalPlanPtr& plan, PlannerOptions options = {}) {
    return ToTreeString(*Planned(plan, options));
  }
  static PlannerOptions Streaming(OutputMode mode) { return {mode, true}; }
  // The first node of the kind, pre-order.
  static const PhysicalNode* Find(const PhysicalNode& node, PhysicalKind kind) {
    if (node.kind == kind) return &node;
    for (const PhysicalNodePtr& child : node.children) {
      if (const PhysicalNode* found = Find(*child, kind)) return found;
    }
    return nullptr;
  }
};

TEST_F(PhysicalPlanTest, StreamingWordCount) {
  const auto lines = Read("value STRING", true);
  const auto words = Select(
      lines, {As(Call("explode", {Call("split", {Column("value"), Text(" "), Int(-1)})}), "word")});
  const auto counts = GroupBy(words, {Column("word")}, {As(CountAll(), "count")});
  EXPECT_EQ(Tree(counts, Streaming(OutputMode::kComplete)),
            "StateStoreSave keys=[word], functions=[count(1)], state info [operatorId = 0], "
            "Complete\n"
            "+- Exchange hashpartitioning(word)\n"
            "   +- HashAggregate(keys=[word], functions=[partial_count(1)])\n"
            "      +- Project [word]\n"
            "         +- Generate explode(split(value,  , -1)), [], false\n"
            "            +- MicroBatchScan[value] fake\n");
  const auto plan = Planned(counts, Streaming(OutputMode::kComplete));
  EXPECT_EQ(plan->stateful_operator_count, 1);
  EXPECT_EQ(plan->source_count, 1);
  EXPECT_FALSE(plan->has_watermark);
  EXPECT_EQ(plan->scans[0].request.columns, std::vector<std::string>{"value"});
  EXPECT_EQ(plan->schema()->ToString(), "word: string not null\ncount: int64 not null");
}

TEST_F(PhysicalPlanTest, WindowedCountEvictsByItsWindow) {
  const auto stream = Watermark(Stream(), "timestamp", "10 minutes");
  const auto counts = GroupBy(stream, {Column("value"), Window("timestamp", "5 minutes")},
                              {As(CountAll(), "count")});
  const auto plan = Planned(counts, Streaming(OutputMode::kAppend));
  EXPECT_TRUE(plan->has_watermark);
  const PhysicalNode* save = Find(*plan->root, PhysicalKind::kStatefulAggregate);
  ASSERT_NE(save, nullptr);
  EXPECT_EQ(save->key_count, 2);
  EXPECT_EQ(save->event_time_key, 1);
  EXPECT_TRUE(save->event_time_is_window);
  const PhysicalNode* watermark = Find(*plan->root, PhysicalKind::kWatermark);
  ASSERT_NE(watermark, nullptr);
  EXPECT_EQ(watermark->event_time_column, 0);
  EXPECT_EQ(watermark->delay_us, 600000000);
  // In complete mode nothing is evicted.
  const auto complete = Planned(counts, Streaming(OutputMode::kComplete));
  EXPECT_EQ(Find(*complete->root, PhysicalKind::kStatefulAggregate)->event_time_key, -1);
}

TEST_F(PhysicalPlanTest, StatefulOperatorsAreNumberedFromTheSink) {
  const auto stream = Watermark(Stream(), "timestamp", "10 minutes");
  const auto inner = GroupBy(stream, {Window("timestamp", "5 minutes"), Column("value")},
                             {As(CountAll(), "count")});
  const auto outer = GroupBy(inner, {Window("window", "10 minutes")}, {As(CountAll(), "n")});
  const auto plan = Planned(outer, Streaming(OutputMode::kAppend));
  const PhysicalNode* first = Find(*plan->root, PhysicalKind::kStatefulAggregate);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->operator_id, 0);
  const PhysicalNode* second = Find(*first->children[0], PhysicalKind::kStatefulAggregate);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->operator_id, 1);
}

TEST_F(PhysicalPlanTest, SlidingWindowsOfWholePanesAreNotExpanded) {
  const auto stream = Watermark(Stream(), "timestamp", "10 minutes");
  auto kind_of = [&](const char* duration, const char* aggregate) {
    const auto window = Call("window", {Column("timestamp"), Text(duration), Text("1 minute")});
    const auto plan = Planned(
        GroupBy(stream, {window, Column("value")}, {As(Call(aggregate, {Column("value")}), "x")}),
        Streaming(OutputMode::kAppend));
    const PhysicalNode* panes = Find(*plan->root, PhysicalKind::kPaneAggregate);
    const PhysicalNode* rows = Find(*plan->root, PhysicalKind::kGenerate);
    EXPECT_NE(panes == nullptr, rows == nullptr);
    if (panes) {
      EXPECT_EQ(panes->window_key, 0);
      EXPECT_EQ(panes->window_us.duration, 300'000'000);
      EXPECT_EQ(panes->window_us.slide, 60'000'000);
    }
    return panes ? "panes" : "rows";
  };
  EXPECT_STREQ(kind_of("5 minutes", "sum"), "panes");
  EXPECT_STREQ(kind_of("5 minutes", "last"), "panes");
  EXPECT_STREQ(kind_of("330 seconds", "sum"), "rows");
  EXPECT_STREQ(kind_of("5 minutes", "collect_list"), "rows");
}

TEST_F(PhysicalPlanTest, SessionsMeetByTheOtherKeys) {
  const auto stream = Watermark(Stream(), "timestamp", "10 minutes");
  const auto session = Call("session_window", {Column("timestamp"), Text("5 minutes")});
  const auto plan = Planned(GroupBy(stream, {session, Column("value")}, {As(CountAll(), "n")}),
                            Streaming(OutputMode::kAppend));
  EXPECT_EQ(plan->failure, Status::OK());
  const PhysicalNode* save = Find(*plan->root, PhysicalKind::kStatefulSessionAggregate);
  ASSERT_NE(save, nullptr);
  EXPECT_EQ(save->session_key, 0);
  EXPECT_EQ(save->event_time_key, 0);
  EXPECT_EQ(save->operator_id, 0);
  EXPECT_EQ(save->children[0]->key_columns, std::vector<int>{1});
  // A session that was closed and is grouped by again may grow together with others.
  const auto again = GroupBy(
      GroupBy(Source(),
              {Call("session_window", {Call("current_timestamp", {}), Text("1 day")}), Column("a")},
              {}),
      {Column("session_window")}, {As(CountAll(), "n")});
  EXPECT_NE(Find(*Planned(again)->root, PhysicalKind::kSessionAggregate), nullptr);
}

TEST_F(PhysicalPlanTest, WhatSparkFindsWithTheFirstBatchFailsThere) {
  const auto stream = Watermark(Stream(), "timestamp", "10 minutes");
  auto failure = [&](const LogicalPlanPtr& plan) {
    return Error(Planned(plan, Streaming(OutputMode::kAppend))->failure);
  };
  const auto session = Call("session_window", {Column("timestamp"), Text("5 minutes")});
  EXPECT_EQ(failure(GroupBy(stream, {session}, {As(CountAll(), "n")})), "_LEGACY_ERROR_TEMP_3081");
  EXPECT_EQ(failure(GroupBy(stream, {Window("timestamp", "5 minutes"), Column("timestamp")}, {})),
            "_LEGACY_ERROR_TEMP_3077");
  EXPECT_THAT(failure(SetOperation(LogicalKind::kExcept, Select(Stream(), {Column("value")}),
                                   Select(Source(), {Column("b")}), false)),
              ::testing::StartsWith("UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK"));
  const auto twice =
      Planned(Watermark(stream, "timestamp", "5 minutes"), Streaming(OutputMode::kAppend));
  EXPECT_EQ(twice->failure, Status::OK());
  EXPECT_EQ(Error(twice->watermark_failure), "_LEGACY_ERROR_TEMP_3076");
}

TEST_F(PhysicalPlanTest, LimitsCountOverBatchesWhereResultsAreNotGivenAnew) {
  const auto counts = GroupBy(Stream(), {Column("value")}, {As(CountAll(), "n")});
  auto stateful = [&](const LogicalPlanPtr& plan, OutputMode mode) {
    return Find(*Planned(plan, Streaming(mode))->root, PhysicalKind::kStatefulLimit) != nullptr;
  };
  EXPECT_TRUE(stateful(Limit(Stream(), 3), OutputMode::kAppend));
  EXPECT_FALSE(stateful(Limit(counts, 3), OutputMode::kComplete));
  EXPECT_TRUE(stateful(GroupBy(Limit(Stream(), 3), {Column("value")}, {}), OutputMode::kComplete));
}

TEST_F(PhysicalPlanTest, GlobalAggregateIsOnePartition) {
  EXPECT_EQ(Tree(GroupBy(Source(), {}, {As(Call("sum", {Column("b")}), "s")})),
            "HashAggregate(keys=[], functions=[sum(b)])\n"
            "+- Exchange SinglePartition\n"
            "   +- HashAggregate(keys=[], functions=[partial_sum(b)])\n"
            "      +- FileScan fake [b]\n");
}

TEST_F(PhysicalPlanTest, DistinctAggregateMeetsWholeGroups) {
  EXPECT_EQ(Tree(GroupBy(Source(), {Column("a")},
                         {As(UnresolvedCall("count", {Column("c")}, true), "n")})),
            "HashAggregate(keys=[a], functions=[count(distinct c)])\n"
            "+- HashAggregate(keys=[a], functions=[partial_count(distinct c)])\n"
            "   +- Exchange hashpartitioning(a)\n"
            "      +- Project [a, c]\n"
            "         +- FileScan fake [a, c]\n");
}

TEST_F(PhysicalPlanTest, SortsInOnePartition) {
  EXPECT_EQ(Tree(OrderBy(Source(), {UnresolvedSortOrder(Column("b"), false, false)})),
            "Sort [b DESC NULLS LAST]\n"
            "+- Exchange SinglePartition\n"
            "   +- FileScan fake [a, b, c]\n");
  EXPECT_EQ(Tree(Limit(OrderBy(Source(), {Column("b")}), 3)),
            "TakeOrderedAndProject(limit=3, orderBy=[b ASC NULLS FIRST])\n"
            "+- Exchange SinglePartition\n"
            "   +- TakeOrderedAndProject(limit=3, orderBy=[b ASC NULLS FIRST])\n"
            "      +- FileScan fake [a, b, c]\n");
  EXPECT_EQ(Tree(Limit(Source(), 3)),
            "GlobalLimit 3\n"
            "+- Exchange SinglePartition\n"
            "   +- LocalLimit 3\n"
            "      +- FileScan fake [a, b, c]\n");
}

TEST_F(PhysicalPlanTest, EqualitiesAreHashKeys) {
  const auto on =
      Call("and", {Call("=", {Column("a"), Column("x")}), Call("<", {Column("c"), Column("y")})});
  EXPECT_EQ(Tree(Join(Source(), Other(), JoinType::kLeftOuter, on)),
            "BroadcastHashJoin [a], [x], LeftOuter, BuildRight, (c < y)\n"
            ":- FileScan fake [a, b, c]\n"
            "+- BroadcastExchange\n"
            "   +- FileScan fake [x, y]\n");
  const auto plan = Planned(Join(Source(), Other(), JoinType::kLeftOuter, on));
  EXPECT_EQ(plan->root->probe_keys, std::vector<int>{0});
  EXPECT_EQ(plan->root->build_keys, std::vector<int>{0});
  EXPECT_TRUE(plan->schema()->field(3)->nullable());
}

TEST_F(PhysicalPlanTest, ComputedKeysAreProjectedAndDropped) {
  const auto plan =
      Planned(Join(Source(), Other(), JoinType::kInner, Call("=", {Column("b"), Column("x")})));
  EXPECT_EQ(plan->root->kind, PhysicalKind::kProject);
  EXPECT_EQ(plan->schema()->num_fields(), 5);
  const PhysicalNode* join = Find(*plan->root, PhysicalKind::kHashJoin);
  ASSERT_NE(join, nullptr);
  EXPECT_EQ(join->probe_keys, std::vector<int>{1});
  EXPECT_EQ(join->build_keys, std::vector<int>{2});
}

TEST_F(PhysicalPlanTest, TheStaticSideIsBuilt) {
  const auto stream = Read("k INT", true);
  const auto on = Call("=", {Column("k"), Column("x")});
  const auto plan =
      Planned(Join(Other(), stream, JoinType::kInner, on), Streaming(OutputMode::kAppend));
  EXPECT_TRUE(plan->root->build_is_left);
  EXPECT_EQ(plan->schema()->field_names(), (std::vector<std::string>{"x", "y", "k"}));
  EXPECT_EQ(plan->root->children[0]->schema->field_names(), std::vector<std::string>{"k"});
  // A right outer join keeps the right side: the left is looked up in.
  EXPECT_TRUE(
      Planned(Join(Source(), Other(), JoinType::kRightOuter, Call("=", {Column("a"), Column("x")})))
          ->root->build_is_left);
}

TEST_F(PhysicalPlanTest, JoinsWithoutEqualityLoop) {
  EXPECT_EQ(Tree(Join(Source(), Other(), JoinType::kInner, Call("<", {Column("a"), Column("x")}))),
            "BroadcastNestedLoopJoin Inner, BuildRight, (a < x)\n"
            ":- FileScan fake [a, b, c]\n"
            "+- BroadcastExchange\n"
            "   +- FileScan fake [x, y]\n");
}

// NOT IN over columns that may be null.
TEST_F(PhysicalPlanTest, PossibleEqualitiesAreHashKeysToo) {
  const auto join = [](bool otherwise, const LogicalPlanPtr& left, const LogicalPlanPtr& right) {
    const auto equal = Call("=", {Column("a"), Column("x")});
    const auto value = UnresolvedLiteral(std::make_shared<arrow::BooleanScalar>(otherwise));
    return Join(left, right, JoinType::kLeftAnti, Call("coalesce", {equal, value}));
  };
  EXPECT_EQ(Tree(join(true, Source(), Other())),
            "BroadcastHashJoin [a], [x], LeftAnti, BuildRight, true\n"
            ":- FileScan fake [a, b, c]\n"
            "+- BroadcastExchange\n"
            "   +- FileScan fake [x]\n");
  const auto loop = Planned(join(false, Source(), Other()));
  EXPECT_NE(Find(*loop->root, PhysicalKind::kNestedLoopJoin), nullptr);
}

TEST_F(PhysicalPlanTest, ReadsOfOneDataFrameShareASource) {
  const auto read = [](int64_t plan_id) { return Read("k INT", true, plan_id); };
  const auto same =
      Planned(SetOperation(LogicalKind::kUnion, read(1), read(1)), Streaming(OutputMode::kAppend));
  EXPECT_EQ(same->source_count, 1);
  ASSERT_EQ(same->scans.size(), 2u);
  EXPECT_EQ(same->scans[1].source_ordinal, 0);
  const auto two =
      Planned(SetOperation(LogicalKind::kUnion, read(1), read(2)), Streaming(OutputMode::kAppend));
  EXPECT_EQ(two->source_count, 2);
  EXPECT_EQ(two->scans[1].source_ordinal, 1);
}

TEST_F(PhysicalPlanTest, AggregatesOfATableStayBatchInAStream) {
  const auto table = GroupBy(Other(), {Column("x")}, {As(CountAll(), "n")});
  const auto plan = Planned(
      Join(Read("k INT", true), table, JoinType::kInner, Call("=", {Column("k"), Column("x")})),
      Streaming(OutputMode::kAppend));
  EXPECT_EQ(plan->stateful_operator_count, 0);
  EXPECT_NE(Find(*plan->root, PhysicalKind::kFinalAggregate), nullptr);
}

}  // namespace
}  // namespace headrace

// semantics.md 5, row by row; the answers were recorded from Spark 4.1.
#include "plan/streaming_checks.h"

#include "plan/testing.h"

namespace headrace {
namespace {

class StreamingChecksTest : public testing::PlanTest {
 protected:
  static LogicalPlanPtr Watermarked() { return Watermark(Stream(), "timestamp", "10 minutes"); }
  static LogicalPlanPtr Batch() {
    auto range = NewLogicalPlan(LogicalKind::kRange);
    range->end = 5;
    return range;
  }
  static LogicalPlanPtr Values() { return Select(Stream(), {Column("value")}); }
  static UnresolvedPtr Five() { return Window("timestamp", "5 minutes"); }
  static LogicalPlanPtr Counted(LogicalPlanPtr child, std::vector<UnresolvedPtr> groupings) {
    return GroupBy(std::move(child), std::move(groupings), {As(CountAll(), "count")});
  }
  static LogicalPlanPtr JoinBatch(bool stream_left, JoinType type) {
    const auto condition = Call("=", {Column("id"), Column("value")});
    return stream_left ? Join(Stream(), Batch(), type, condition)
                       : Join(Batch(), Stream(), type, condition);
  }

  // "" when the plan may be streamed; the error's condition, and what its text begins with.
  std::string Check(const LogicalPlanPtr& plan, OutputMode mode) {
    const auto resolved = Analyzed(plan);
    if (!resolved.ok()) return "analysis: " + Error(resolved.status());
    const Status status = CheckStreamingPlan(**resolved, mode);
    if (status.ok()) return "";
    const ErrorDetail* detail = ErrorDetail::Get(status);
    if (!detail) return status.ToString();
    const ErrorParameters& parameters = detail->parameters();
    if (detail->condition() == "_LEGACY_ERROR_TEMP_3102") return parameters.at("msg");
    if (parameters.contains("operation")) return parameters.at("operation");
    return detail->condition();
  }
  std::string Append(const LogicalPlanPtr& plan) { return Check(plan, OutputMode::kAppend); }
  std::string Update(const LogicalPlanPtr& plan) { return Check(plan, OutputMode::kUpdate); }
  std::string Complete(const LogicalPlanPtr& plan) { return Check(plan, OutputMode::kComplete); }
};

constexpr char kNoWatermark[] = "streaming aggregations without watermark";
constexpr char kNoAggregation[] = "no streaming aggregations";

TEST_F(StreamingChecksTest, AppendNeedsAWatermarkAmongTheGroups) {
  EXPECT_EQ(Append(Counted(Stream(), {Column("value")})), kNoWatermark);
  EXPECT_EQ(Append(Counted(Watermarked(), {Column("value")})), kNoWatermark);
  EXPECT_EQ(Append(Counted(Watermarked(), {})), kNoWatermark);
  EXPECT_EQ(Append(Counted(Watermarked(), {Five()})), "");
  EXPECT_EQ(Append(Counted(Watermarked(), {As(Column("timestamp"), "t2")})), "");
  EXPECT_EQ(Append(Counted(Watermarked(), {Call("+", {Column("value"), Int(1)})})), kNoWatermark);
  EXPECT_EQ(Update(Counted(Stream(), {Column("value")})), "");
  EXPECT_EQ(Complete(Counted(Stream(), {Column("value")})), "");
}

// Two aggregations where the aggregates are numbers, one else.
TEST_F(StreamingChecksTest, PivotsAreAggregations) {
  const auto pivot = [](UnresolvedPtr key, UnresolvedPtr aggregate) {
    auto plan = GroupBy(Watermarked(), {std::move(key)}, {std::move(aggregate)});
    plan->group_type = GroupType::kPivot;
    plan->pivot_column = Column("value");
    plan->pivot_values = {Int(0), Int(1)};
    return plan;
  };
  EXPECT_EQ(Append(pivot(Five(), CountAll())), "");
  EXPECT_EQ(Append(pivot(Column("value"), CountAll())), kNoWatermark);
  EXPECT_THAT(Update(pivot(Five(), CountAll())), ::testing::StartsWith("Detected pattern"));
  EXPECT_THAT(Complete(pivot(Five(), CountAll())), ::testing::StartsWith("Detected pattern"));
  EXPECT_EQ(Update(pivot(Five(), Call("max", {Column("timestamp")}))), "");
}

TEST_F(StreamingChecksTest, CompleteNeedsAnAggregation) {
  EXPECT_EQ(Complete(Stream()), kNoAggregation);
  EXPECT_EQ(Complete(OrderBy(Stream(), {Column("value")})), kNoAggregation);
  EXPECT_EQ(Append(Stream()), "");
  EXPECT_EQ(Update(Stream()), "");
}

TEST_F(StreamingChecksTest, RefusesDistinctAggregates) {
  const auto plan = GroupBy(Watermarked(), {Five()},
                            {UnresolvedCall("count", {Column("value")}, /*distinct=*/true)});
  for (const OutputMode mode : {OutputMode::kAppend, OutputMode::kUpdate, OutputMode::kComplete}) {
    EXPECT_THAT(Check(plan, mode),
                ::testing::StartsWith("Distinct aggregations are not supported"));
  }
}

TEST_F(StreamingChecksTest, SortsOnlyCompleteResults) {
  const char* refused = "Sorting is not supported on streaming";
  EXPECT_THAT(Append(OrderBy(Stream(), {Column("value")})), ::testing::StartsWith(refused));
  EXPECT_THAT(Update(OrderBy(Stream(), {Column("value")})), ::testing::StartsWith(refused));
  const auto sorted = OrderBy(Counted(Stream(), {Column("value")}), {Column("count")});
  EXPECT_EQ(Append(sorted), kNoWatermark);
  EXPECT_THAT(Update(sorted), ::testing::StartsWith(refused));
  EXPECT_EQ(Complete(sorted), "");
}

TEST_F(StreamingChecksTest, LimitsOffsetsAndSamples) {
  const auto limited = Limit(Counted(Stream(), {Column("value")}), 5);
  EXPECT_THAT(Update(Limit(Stream(), 5)), ::testing::StartsWith("Limits are not supported"));
  EXPECT_THAT(Update(limited), ::testing::StartsWith("Limits are not supported"));
  EXPECT_EQ(Complete(limited), "");
  EXPECT_THAT(Append(Limit(Stream(), 5, LogicalKind::kOffset)),
              ::testing::StartsWith("Offset is not supported"));
  EXPECT_THAT(Append(NewLogicalPlan(LogicalKind::kSample, {Stream()})),
              ::testing::StartsWith("Sampling is not supported"));
}

TEST_F(StreamingChecksTest, SetOperations) {
  EXPECT_THAT(Append(SetOperation(LogicalKind::kUnion, Values(), Batch())),
              ::testing::StartsWith("Union between streaming and batch"));
  EXPECT_EQ(Append(SetOperation(LogicalKind::kUnion, Values(), Values())), "");
  EXPECT_THAT(Append(SetOperation(LogicalKind::kIntersect, Values(), Batch())),
              ::testing::StartsWith("Intersect of streaming"));
  EXPECT_THAT(Append(SetOperation(LogicalKind::kExcept, Batch(), Values())),
              ::testing::StartsWith("Except on a streaming DataFrame/Dataset on the right"));
}

TEST_F(StreamingChecksTest, JoinsWithTables) {
  EXPECT_EQ(Append(JoinBatch(true, JoinType::kInner)), "");
  EXPECT_EQ(Update(JoinBatch(false, JoinType::kInner)), "");
  EXPECT_EQ(Append(JoinBatch(true, JoinType::kLeftOuter)), "");
  EXPECT_EQ(Append(JoinBatch(false, JoinType::kRightOuter)), "");
  EXPECT_EQ(Append(JoinBatch(true, JoinType::kLeftAnti)), "");
  EXPECT_THAT(
      Append(JoinBatch(false, JoinType::kLeftOuter)),
      ::testing::StartsWith("LeftOuter join with a streaming DataFrame/Dataset on the right"));
  EXPECT_THAT(
      Append(JoinBatch(false, JoinType::kLeftSemi)),
      ::testing::StartsWith("LeftSemi join with a streaming DataFrame/Dataset on the right"));
  EXPECT_THAT(
      Append(JoinBatch(true, JoinType::kRightOuter)),
      ::testing::StartsWith("RightOuter join with a streaming DataFrame/Dataset on the left"));
  EXPECT_THAT(
      Append(JoinBatch(true, JoinType::kFullOuter)),
      ::testing::StartsWith("FullOuter joins with streaming DataFrames/Datasets on the left"));
  EXPECT_THAT(
      Append(JoinBatch(false, JoinType::kFullOuter)),
      ::testing::StartsWith("FullOuter joins with streaming DataFrames/Datasets on the right"));
  EXPECT_THAT(
      Append(JoinBatch(false, JoinType::kLeftAnti)),
      ::testing::StartsWith("LeftAnti joins with a streaming DataFrame/Dataset on the right"));
}

TEST_F(StreamingChecksTest, JoinsOfStreams) {
  auto join = [&](JoinType type) { return JoinUsing(Stream(), Stream(), type, {"value"}); };
  EXPECT_THAT(Update(join(JoinType::kInner)),
              ::testing::StartsWith("Join between two streaming DataFrames/Datasets is not "
                                    "supported in Update output mode"));
  EXPECT_THAT(Append(join(JoinType::kLeftOuter)),
              ::testing::StartsWith("Stream-stream LeftOuter join between two streaming"));
  EXPECT_EQ(Append(join(JoinType::kInner)), "");
  EXPECT_EQ(Append(JoinUsing(Watermarked(), Watermarked(), JoinType::kLeftOuter, {"timestamp"})),
            "");
}

TEST_F(StreamingChecksTest, Duplicates) {
  EXPECT_THAT(Append(Deduplicate(Stream(), {"value"}, true)),
              ::testing::StartsWith("dropDuplicatesWithinWatermark is not supported on streaming "
                                    "DataFrames/DataSets without watermark"));
  EXPECT_EQ(Append(Deduplicate(Stream(), {"value"})), "");
  EXPECT_EQ(Update(Deduplicate(Watermarked(), {"value"}, true)), "");
  EXPECT_EQ(Complete(Deduplicate(Stream(), {"value"})), kNoAggregation);
}

TEST_F(StreamingChecksTest, SessionsAreNotUpdated) {
  const auto session = Call("session_window", {Column("timestamp"), Text("5 minutes")});
  const auto plan = Counted(Watermarked(), {session, Column("value")});
  EXPECT_EQ(Append(plan), "");
  EXPECT_EQ(Update(plan), "session window streaming aggregations");
  EXPECT_EQ(Complete(plan), "");
}

TEST_F(StreamingChecksTest, NothingStatefulFollowsAnAggregationButInAppend) {
  const auto chained =
      Counted(Counted(Watermarked(), {Five(), Column("value")}), {Window("window", "10 minutes")});
  EXPECT_EQ(Append(chained), "");
  const char* refused = "Detected pattern of possible 'correctness' issue";
  EXPECT_THAT(Update(chained), ::testing::StartsWith(refused));
  EXPECT_THAT(Complete(chained), ::testing::StartsWith(refused));
  EXPECT_TRUE(CheckStreamingPlan(**Analyzed(chained), OutputMode::kUpdate, false).ok());
}

// Found only once there is a watermark; see physical_plan_test.cc.
TEST_F(StreamingChecksTest, SecondWatermarksMayStart) {
  EXPECT_EQ(Append(Watermark(Watermarked(), "timestamp", "1 hour")), "");
}

TEST_F(StreamingChecksTest, RefusesActionsOnStreams) {
  const auto stream = Analyzed(Stream());
  EXPECT_THAT(CheckBatchPlan(**stream).message(),
              ::testing::StartsWith(
                  "Queries with streaming sources must be executed with writeStream.start()"));
  EXPECT_TRUE(CheckBatchPlan(**Analyzed(U())).ok());
  EXPECT_THAT(CheckBatchPlan(**Analyzed(Deduplicate(U(), {"a"}, true))).message(),
              ::testing::HasSubstr("is not supported with batch DataFrames"));
}

}  // namespace
}  // namespace headrace

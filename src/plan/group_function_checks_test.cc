// semantics.md 5, E1-E10 and rule G; the answers are Spark's.
#include "plan/group_function_checks.h"

#include "plan/group_function.h"
#include "plan/streaming_checks.h"
#include "plan/testing.h"

namespace headrace {
namespace {

using Kind = GroupFunctionCall::Kind;
using Timeout = GroupFunctionCall::Timeout;
using ::testing::StartsWith;

constexpr OutputMode kAppend = OutputMode::kAppend;
constexpr OutputMode kUpdate = OutputMode::kUpdate;

class GroupFunctionChecksTest : public testing::PlanTest {
 protected:
  static LogicalPlanPtr Watermarked() { return Watermark(Stream(), "timestamp", "10 minutes"); }
  static LogicalPlanPtr Function(LogicalPlanPtr child, Kind kind, OutputMode mode,
                                 Timeout timeout = Timeout::kNone,
                                 const std::string& event_time = "") {
    auto call = std::make_shared<GroupFunctionCall>();
    call->name = NameOf(kind);
    call->kind = kind;
    call->output_mode = mode;
    call->timeout = timeout;
    call->output_schema = ParseSchema("value BIGINT, timestamp TIMESTAMP").ValueOrDie();
    call->state_schema = ParseSchema("n BIGINT").ValueOrDie();
    call->event_time_column = event_time;
    auto node = NewLogicalPlan(LogicalKind::kGroupsWithState, {std::move(child)});
    node->groupings = {Column("value")};
    node->group_function = std::move(call);
    return node;
  }
  static LogicalPlanPtr FlatMap(LogicalPlanPtr child, OutputMode mode,
                                Timeout timeout = Timeout::kNone) {
    return Function(std::move(child), Kind::kFlatMapGroupsWithState, mode, timeout);
  }
  static LogicalPlanPtr Map(LogicalPlanPtr child) {
    return Function(std::move(child), Kind::kMapGroupsWithState, kUpdate);
  }
  static LogicalPlanPtr InPandas(LogicalPlanPtr child, OutputMode mode,
                                 Timeout timeout = Timeout::kNone) {
    return Function(std::move(child), Kind::kApplyInPandasWithState, mode, timeout);
  }
  static LogicalPlanPtr Transform(LogicalPlanPtr child, Timeout timeout = Timeout::kNone,
                                  const std::string& event_time = "") {
    return Function(std::move(child), Kind::kTransformWithState, kAppend, timeout, event_time);
  }
  static LogicalPlanPtr Counted(LogicalPlanPtr child) {
    return GroupBy(std::move(child), {Window("timestamp", "5 minutes")}, {As(CountAll(), "count")});
  }

  // "" when the plan may be streamed; else what Spark says of it.
  std::string Check(const LogicalPlanPtr& plan, OutputMode mode) {
    const auto resolved = Analyzed(plan);
    if (!resolved.ok()) return "analysis: " + Error(resolved.status());
    const Status status = CheckStreamingPlan(**resolved, mode);
    if (status.ok()) return "";
    const ErrorDetail* detail = ErrorDetail::Get(status);
    if (detail == nullptr) return status.ToString();
    const auto message = detail->parameters().find("msg");
    return message == detail->parameters().end() ? detail->condition() : message->second;
  }
};

TEST_F(GroupFunctionChecksTest, SeveralFunctions) {
  EXPECT_THAT(Check(Map(Map(Stream())), kUpdate), StartsWith("Multiple mapGroupsWithStates"));
  EXPECT_THAT(Check(Map(FlatMap(Stream(), kUpdate)), kUpdate),
              StartsWith("Mixing mapGroupsWithStates and flatMapGroupsWithStates"));
  EXPECT_EQ(Check(FlatMap(FlatMap(Stream(), kAppend), kAppend), kAppend), "");
  EXPECT_THAT(Check(FlatMap(FlatMap(Stream(), kUpdate), kUpdate), kUpdate),
              StartsWith("Multiple flatMapGroupsWithStates are not supported when they are not"));
  EXPECT_EQ(Check(Transform(Transform(Stream())), kAppend), "");
}

TEST_F(GroupFunctionChecksTest, Modes) {
  EXPECT_EQ(Check(Map(Stream()), kUpdate), "");
  EXPECT_EQ(Check(Map(Stream()), kAppend),
            "mapGroupsWithState is not supported with Append output mode on a streaming "
            "DataFrame/Dataset");
  EXPECT_EQ(Check(FlatMap(Stream(), kUpdate), kUpdate), "");
  EXPECT_EQ(Check(FlatMap(Stream(), kUpdate), kAppend),
            "flatMapGroupsWithState in update mode is not supported with Append output mode on a "
            "streaming DataFrame/Dataset");
  EXPECT_EQ(Check(FlatMap(Stream(), kAppend), kUpdate),
            "flatMapGroupsWithState in append mode is not supported with Update output mode on a "
            "streaming DataFrame/Dataset");
  // Recorded: a transformWithState is only told its mode.
  EXPECT_EQ(Check(Transform(Stream()), kUpdate), "");
  EXPECT_EQ(Check(Transform(Stream()), OutputMode::kComplete),
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION");
}

TEST_F(GroupFunctionChecksTest, WithAggregations) {
  const auto below = [](LogicalPlanPtr function) {
    return Counted(Watermark(std::move(function), "timestamp", "1 minute"));
  };
  EXPECT_THAT(Check(below(Map(Stream())), kUpdate),
              StartsWith("mapGroupsWithState is not supported with aggregation"));
  EXPECT_THAT(
      Check(below(FlatMap(Stream(), kUpdate)), kAppend),
      StartsWith("flatMapGroupsWithState in update mode is not supported with aggregation"));
  EXPECT_EQ(Check(below(FlatMap(Stream(), kAppend)), kAppend), "");
}

TEST_F(GroupFunctionChecksTest, EventTimeNeedsAWatermark) {
  EXPECT_THAT(Check(FlatMap(Stream(), kAppend, Timeout::kEventTime), kAppend),
              StartsWith("Watermark must be specified in the query"));
  EXPECT_EQ(Check(FlatMap(Watermarked(), kAppend, Timeout::kEventTime), kAppend), "");
  // Recorded: a transformWithState runs without one.
  EXPECT_EQ(Check(Transform(Stream(), Timeout::kEventTime), kAppend), "");
  EXPECT_EQ(Check(Transform(Stream(), Timeout::kEventTime, "timestamp"), kAppend),
            "analysis: CANNOT_ASSIGN_EVENT_TIME_COLUMN_WITHOUT_WATERMARK");
}

TEST_F(GroupFunctionChecksTest, ApplyInPandasWithState) {
  EXPECT_EQ(Check(InPandas(Stream(), kUpdate), kUpdate), "");
  EXPECT_EQ(Check(InPandas(Stream(), kAppend), kUpdate),
            "applyInPandasWithState in append mode is not supported with Update output mode on a "
            "streaming DataFrame/Dataset");
  EXPECT_THAT(Check(InPandas(InPandas(Stream(), kAppend), kAppend), kAppend),
              StartsWith("Multiple applyInPandasWithStates"));
  EXPECT_EQ(
      Check(Counted(Watermark(InPandas(Stream(), kAppend), "timestamp", "1 minute")), kAppend), "");
  const auto counted = Counted(Watermarked());
  auto above = std::make_shared<LogicalPlan>(*InPandas(counted, kAppend));
  above->groupings = {Column("count")};
  EXPECT_THAT(
      Check(above, kAppend),
      StartsWith("applyInPandasWithState in append mode is not supported after aggregation"));
  EXPECT_THAT(Check(InPandas(Stream(), kAppend, Timeout::kEventTime), kAppend),
              StartsWith("Watermark must be specified in the query"));
}

TEST_F(GroupFunctionChecksTest, InitialStateIsNoStream) {
  auto function = std::make_shared<LogicalPlan>(*FlatMap(Stream(), kAppend));
  function->children.push_back(Stream());
  function->expressions = {Column("value")};
  EXPECT_THAT(Check(function, kAppend), StartsWith("Non-streaming DataFrame/Dataset"));
}

TEST_F(GroupFunctionChecksTest, LateRowsBelowStatefulOperators) {
  const char* refused = "Detected pattern of possible 'correctness' issue";
  EXPECT_THAT(
      Check(FlatMap(FlatMap(Watermarked(), kAppend, Timeout::kEventTime), kAppend), kAppend),
      StartsWith(refused));
  EXPECT_THAT(Check(Transform(FlatMap(Watermarked(), kAppend, Timeout::kEventTime)), kAppend),
              StartsWith(refused));
  EXPECT_EQ(Check(Transform(Transform(Watermarked(), Timeout::kEventTime)), kAppend), "");
  // The watermark goes on in the column that is named, so that windows of it close.
  EXPECT_EQ(Check(Counted(Transform(Watermarked(), Timeout::kEventTime, "timestamp")), kAppend),
            "");
  EXPECT_EQ(Check(Counted(Transform(Watermarked(), Timeout::kEventTime)), kAppend),
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION");
}

}  // namespace
}  // namespace headrace

#include "plan/join_watermark.h"

#include "plan/testing.h"

namespace headrace::testing {
namespace {

constexpr int64_t kMinute = 60'000;

UnresolvedPtr Interval(int64_t minutes) {
  return UnresolvedLiteral(std::make_shared<arrow::DurationScalar>(
      minutes * kMinute * 1000, arrow::duration(arrow::TimeUnit::MICRO)));
}

class JoinWatermarkTest : public PlanTest {
 protected:
  static LogicalPlanPtr Side(const std::string& name, const std::string& column, bool watermark) {
    LogicalPlanPtr side = Read("k STRING, " + column + " TIMESTAMP, " + name + "v INT", true);
    return Table(name, watermark ? Watermark(side, column, "10 minutes") : side);
  }

  ResolvedPlanPtr Joined(const UnresolvedPtr& condition, JoinType type = JoinType::kInner,
                         bool left_watermark = true, bool right_watermark = true) {
    const UnresolvedPtr keys = Call("=", {Column("l.k"), Column("r.k")});
    return Analyzed(Join(Side("l", "lt", left_watermark), Side("r", "rt", right_watermark), type,
                         condition ? Call("and", {keys, condition}) : keys))
        .ValueOrDie();
  }

  // "left right": the state watermarks in minutes and milliseconds when the watermark is at 60:00.
  std::string Bounds(const UnresolvedPtr& condition, bool left_watermark = true,
                     bool right_watermark = true) {
    const ResolvedPlanPtr join =
        Joined(condition, JoinType::kInner, left_watermark, right_watermark);
    const JoinStateWatermarks watermarks = StateWatermarksOf(*join, ExtractJoinKeys(*join));
    const auto text = [](const StateWatermark& watermark) -> std::string {
      const auto bound_ms = watermark.At(60 * kMinute);
      if (!bound_ms) return "never";
      const int64_t rounded = (*bound_ms + kMinute / 2) / kMinute;
      const int64_t rest = *bound_ms - rounded * kMinute;
      return std::to_string(rounded) + (rest == 0 ? "" : std::to_string(rest) + "ms");
    };
    return text(watermarks.left) + " " + text(watermarks.right);
  }
};

UnresolvedPtr Both(const UnresolvedPtr& a, const UnresolvedPtr& b) {
  return UnresolvedCall("and", {a, b});
}

TEST_F(JoinWatermarkTest, RangesBoundTheState) {
  const auto lt = Column("lt"), rt = Column("rt");
  const auto later = Call("+", {lt, Interval(5)});
  EXPECT_EQ(Bounds(Both(Call(">=", {rt, lt}), Call("<=", {rt, later}))), "55-1ms 60-1ms");
  EXPECT_EQ(Bounds(Both(Call("<", {lt, rt}), Call("<", {rt, later}))), "55 60");
  EXPECT_EQ(Bounds(Call("between", {rt, Call("-", {lt, Interval(2)}), later})), "55-1ms 58-1ms");
  EXPECT_EQ(Bounds(Call(">", {Call("+", {rt, Interval(1)}), Call("-", {lt, Interval(3)})})),
            "never 56");
  EXPECT_EQ(Bounds(nullptr), "never never");
}

TEST_F(JoinWatermarkTest, OnlySumsAreSolved) {
  const auto lt = Column("lt"), rt = Column("rt");
  const auto months = UnresolvedLiteral(std::make_shared<arrow::MonthIntervalScalar>(1));
  EXPECT_EQ(Bounds(Call("<=", {rt, Call("+", {lt, months})})), "never never");
  EXPECT_EQ(Bounds(Call("<=", {Call("-", {rt, lt}), Interval(5)})), "never never");
  EXPECT_EQ(Bounds(Call("<=", {rt, Call("date_trunc", {Text("hour"), lt})})), "never never");
}

// What Spark concludes from a comparison with a number: seconds since 1970.
TEST_F(JoinWatermarkTest, ConstantsAreBoundsToo) {
  const auto range = Call("<=", {Column("rt"), Call("+", {Column("lt"), Interval(5)})});
  EXPECT_EQ(Bounds(Both(range, Call(">", {Column("lv"), Int(120)}))), "2 never");
}

TEST_F(JoinWatermarkTest, EventTimesAsKeys) {
  EXPECT_EQ(Bounds(Call("=", {Column("lt"), Column("rt")})), "60 60");
  EXPECT_EQ(Bounds(Call("=", {Column("lt"), Column("rt")}), false, true), "60 60");
  EXPECT_EQ(Bounds(Call("=", {Column("lt"), Column("rt")}), false, false), "never never");
  EXPECT_EQ(Bounds(Call("<=>", {Column("lt"), Column("rt")})), "never never");
}

TEST_F(JoinWatermarkTest, WhatOuterJoinsNeed) {
  const auto holds = [&](JoinType type, const UnresolvedPtr& condition, bool left, bool right) {
    return HasJoinWatermark(*Joined(condition, type, left, right));
  };
  const auto after = Call(">=", {Column("rt"), Column("lt")});
  EXPECT_TRUE(holds(JoinType::kRightOuter, after, true, true));
  EXPECT_TRUE(holds(JoinType::kRightOuter, after, true, false));
  EXPECT_FALSE(holds(JoinType::kRightOuter, after, false, true));
  EXPECT_FALSE(holds(JoinType::kLeftOuter, after, true, true));
  EXPECT_FALSE(holds(JoinType::kLeftSemi, after, true, true));
  EXPECT_TRUE(holds(JoinType::kFullOuter, after, true, true));
  EXPECT_FALSE(holds(JoinType::kLeftOuter, nullptr, true, true));
  EXPECT_TRUE(holds(JoinType::kLeftOuter, Call("=", {Column("lt"), Column("rt")}), true, false));
}

}  // namespace
}  // namespace headrace::testing

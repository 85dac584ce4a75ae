// Plans before and after, column numbers left out.
#include "plan/optimizer.h"

#include "plan/testing.h"

namespace headrace {
namespace {

class OptimizerTest : public testing::PlanTest {
 protected:
  static LogicalPlanPtr Source() { return Read("a INT, b BIGINT, c STRING", false); }
  static LogicalPlanPtr Other() { return Read("x INT, y STRING", false); }
  static UnresolvedPtr Greater(UnresolvedPtr left, int32_t right) {
    return Call(">", {std::move(left), Int(right)});
  }

  std::string Optimized(const LogicalPlanPtr& plan) {
    const auto resolved = Analyzed(plan);
    if (!resolved.ok()) return resolved.status().ToString();
    const auto optimized = Optimize(*resolved, &context_.bind);
    if (!optimized.ok()) return optimized.status().ToString();
    // The output is what was asked for, whatever happened below.
    EXPECT_EQ((*optimized)->output.size(), (*resolved)->output.size());
    for (size_t i = 0; i < (*resolved)->output.size(); ++i) {
      EXPECT_EQ((*optimized)->output[i].id, (*resolved)->output[i].id);
      EXPECT_EQ((*optimized)->output[i].name, (*resolved)->output[i].name);
    }
    return WithoutIds(ToTreeString(**optimized));
  }
};

TEST_F(OptimizerTest, FoldsConstants) {
  EXPECT_EQ(
      Optimized(Select(Source(), {As(Call("+", {Column("a"), Call("+", {Int(1), Int(2)})}), "x")})),
      "Project [(a + 3) AS x]\n"
      "+- Relation [a] fake\n");
  // A failing expression stays: it may never be reached.
  EXPECT_EQ(
      Optimized(Select(Source(),
                       {As(Call("+", {Column("a"), Call("+", {Int(2147483647), Int(1)})}), "x")})),
      "Project [(a + (2147483647 + 1)) AS x]\n"
      "+- Relation [a] fake\n");
  EXPECT_EQ(Optimized(Where(Source(), Call("<", {Int(1), Int(2)}))), "Relation [a, b, c] fake\n");
}

TEST_F(OptimizerTest, PushesFiltersTowardsScans) {
  EXPECT_EQ(Optimized(Where(Select(Source(), {As(Column("a"), "k"), Column("c")}),
                            Greater(Column("k"), 1))),
            "Project [a AS k, c]\n"
            "+- Filter (a > 1)\n"
            "   +- Relation [a, c] fake, filters [(a > 1)]\n");
}

TEST_F(OptimizerTest, DoesNotComputeTwiceForAFilter) {
  EXPECT_EQ(Optimized(Where(Select(Source(), {As(Call("upper", {Column("c")}), "u")}),
                            Call("=", {Column("u"), Text("X")}))),
            "Filter (u == X)\n"
            "+- Project [upper(c) AS u]\n"
            "   +- Relation [c] fake\n");
}

TEST_F(OptimizerTest, PushesFiltersThroughUnions) {
  EXPECT_EQ(Optimized(Where(SetOperation(LogicalKind::kUnion, Source(), Source()),
                            Greater(Column("a"), 1))),
            "Union false, false\n"
            ":- Filter (a > 1)\n"
            ":  +- Relation [a, b, c] fake, filters [(a > 1)]\n"
            "+- Filter (a > 1)\n"
            "   +- Relation [a, b, c] fake, filters [(a > 1)]\n");
}

TEST_F(OptimizerTest, PushesFiltersOnKeysBelowAggregates) {
  const auto counted = GroupBy(Source(), {Column("a")}, {As(CountAll(), "n")});
  EXPECT_EQ(Optimized(Where(Where(counted, Greater(Column("a"), 1)), Greater(Column("n"), 2))),
            "Filter (n > 2)\n"
            "+- Aggregate [a], [count(1) AS n]\n"
            "   +- Filter (a > 1)\n"
            "      +- Relation [a] fake, filters [(a > 1)]\n");
}

TEST_F(OptimizerTest, PushesFiltersToTheSidesOfJoins) {
  const auto on = Call("=", {Column("a"), Column("x")});
  const auto both = Call("and", {Greater(Column("b"), 1), Greater(Column("x"), 2)});
  EXPECT_EQ(Optimized(Select(Where(Join(Source(), Other(), JoinType::kInner, on), both),
                             {Column("c"), Column("y")})),
            "Project [c, y]\n"
            "+- Join Inner, (a == x)\n"
            "   :- Project [a, c]\n"
            "   :  +- Filter (b > 1)\n"
            "   :     +- Relation [a, b, c] fake, filters [(b > 1)]\n"
            "   +- Filter (x > 2)\n"
            "      +- Relation [x, y] fake, filters [(x > 2)]\n");
  // Rows of the preserved side are not filtered by the other side's columns.
  EXPECT_EQ(Optimized(Select(Where(Join(Source(), Other(), JoinType::kLeftOuter, on), both),
                             {Column("c"), Column("y")})),
            "Project [c, y]\n"
            "+- Filter (x > 2)\n"
            "   +- Join LeftOuter, (a == x)\n"
            "      :- Project [a, c]\n"
            "      :  +- Filter (b > 1)\n"
            "      :     +- Relation [a, b, c] fake, filters [(b > 1)]\n"
            "      +- Relation [x, y] fake\n");
}

TEST_F(OptimizerTest, KeepsWhatAWatermarkSees) {
  const auto stream = Watermark(Stream(), "timestamp", "10 minutes");
  const auto late =
      Call(">", {Column("timestamp"), UnresolvedCast(Text("2024-01-01"), TimestampType(), false)});
  EXPECT_THAT(Optimized(Where(stream, Call("and", {late, Greater(Column("value"), 1)}))),
              ::testing::MatchesRegex("Filter \\(timestamp > .*\\)\n"
                                      "\\+- EventTimeWatermark timestamp-T600000ms, 600000 ms\n"
                                      "   \\+- Filter \\(value > .*\\)\n"
                                      "      \\+- StreamingRelation .*\n"));
}

TEST_F(OptimizerTest, ReadsOnlyColumnsThatAreUsed) {
  EXPECT_EQ(Optimized(GroupBy(Source(), {}, {As(CountAll(), "n")})),
            "Aggregate [], [count(1) AS n]\n"
            "+- Relation [a] fake\n");
  EXPECT_EQ(Optimized(OrderBy(Select(Source(), {Column("c")}), {Column("b")})),
            "Project [c]\n"
            "+- Sort [b ASC NULLS FIRST], true\n"
            "   +- Project [c, b]\n"
            "      +- Relation [b, c] fake\n");
}

TEST_F(OptimizerTest, MergesProjections) {
  const auto inner = Select(Source(), {As(Call("+", {Column("a"), Int(1)}), "x"), Column("c")});
  EXPECT_EQ(Optimized(Select(inner, {As(Call("+", {Column("x"), Int(2)}), "y")})),
            "Project [((a + 1) + 2) AS y]\n"
            "+- Relation [a] fake\n");
  // Computed once, used twice.
  EXPECT_EQ(Optimized(Select(inner, {As(Call("+", {Column("x"), Column("x")}), "y")})),
            "Project [(x + x) AS y]\n"
            "+- Project [(a + 1) AS x]\n"
            "   +- Relation [a] fake\n");
}

TEST_F(OptimizerTest, DecodesOnlyJsonFieldsThatAreUsed) {
  const auto decoded = Select(
      Source(),
      {As(Call("from_json", {Column("c"), Text("p INT, q STRING, r DOUBLE, s STRING")}), "d")});
  const auto fields = Where(Select(decoded, {Column("d.q"), As(Column("d.r"), "z")}),
                            Call("=", {Column("q"), Text("x")}));
  const auto resolved = Analyzed(fields);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  const auto optimized = Optimize(*resolved, &context_.bind);
  ASSERT_TRUE(optimized.ok()) << optimized.status();
  const ResolvedPlan* node = optimized->get();
  while (!node->children.empty() &&
         (node->projections.empty() || node->projections[0].attribute.name != "d")) {
    node = node->children[0].get();
  }
  ASSERT_FALSE(node->projections.empty()) << ToTreeString(**optimized);
  EXPECT_EQ(SimpleString(*node->projections[0].expression->type()), "struct<q:string,r:double>");
  EXPECT_EQ(SimpleString(*(*optimized)->output[1].type), "double");
  // Selected as a whole, it stays whole.
  const auto whole = Analyzed(Select(decoded, {Column("d"), Column("d.q")}));
  const auto kept = Optimize(*whole, &context_.bind);
  EXPECT_EQ(SimpleString(*(*kept)->output[0].type), "struct<p:int,q:string,r:double,s:string>");
}

TEST_F(OptimizerTest, LimitsSorts) {
  EXPECT_EQ(Optimized(Limit(Select(OrderBy(Source(), {Column("b")}), {Column("b")}), 3)),
            "Sort [b ASC NULLS FIRST], true, limit 3\n"
            "+- Relation [b] fake\n");
  EXPECT_EQ(Optimized(Limit(Limit(Source(), 3), 5)),
            "GlobalLimit 3\n"
            "+- Relation [a, b, c] fake\n");
}

TEST_F(OptimizerTest, LimitsLocalData) {
  auto data = NewLogicalPlan(LogicalKind::kLocalData);
  arrow::Int32Builder builder;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(builder.Append(i).ok());
  data->batches = {arrow::RecordBatch::Make(arrow::schema({arrow::field("a", arrow::int32())}), 10,
                                            {builder.Finish().ValueOrDie()})};
  const auto resolved = Analyzed(Limit(data, 4));
  const auto optimized = Optimize(*resolved);
  ASSERT_EQ((*optimized)->kind, ResolvedKind::kLocalData);
  EXPECT_EQ((*optimized)->batches[0]->num_rows(), 4);
}

}  // namespace
}  // namespace headrace

// window(), watermarks and their tags.
#include "plan/analyzer.h"
#include "plan/resolved_nodes.h"
#include "plan/testing.h"

namespace headrace {
namespace {

class TimeWindowsTest : public testing::PlanTest {
 protected:
  static LogicalPlanPtr Watermarked() { return Watermark(Stream(), "timestamp", "10 minutes"); }

  // "x:600000" for a column with a watermark of that delay, "w:600000:window", "y".
  std::string Tags(const LogicalPlanPtr& plan) {
    const auto resolved = Analyzed(plan);
    if (!resolved.ok()) return Error(resolved.status());
    std::string text;
    for (const Attribute& column : (*resolved)->output) {
      if (!text.empty()) text += " ";
      text += column.name;
      if (column.watermark_delay_us)
        text += ":" + std::to_string(*column.watermark_delay_us / 1000);
      if (column.is_window) text += ":window";
    }
    return text;
  }
};

TEST_F(TimeWindowsTest, HasStartAndEnd) {
  const std::string window = "struct<start:timestamp,end:timestamp>";
  EXPECT_EQ(Schema(Select(T(), {Window("ts", "10 minutes")})), "window " + window + "!");
  EXPECT_EQ(Schema(Select(T(), {Window("dt", "1 day")})), "window " + window + "!");
  EXPECT_EQ(Schema(Select(T(), {Window("s", "1 minute")})), "window " + window + "!");
  EXPECT_EQ(Schema(GroupBy(T(), {Window("ts", "5 minutes")}, {As(CountAll(), "c")})),
            "window " + window + "!, c bigint!");
  EXPECT_EQ(Schema(SqlGroupBy(T(), {Column("window.start"), As(CountAll(), "c")},
                              {Window("ts", "5 minutes"), Column("s")})),
            "start timestamp, c bigint!");
}

TEST_F(TimeWindowsTest, ChecksItsArguments) {
  auto window = [](std::vector<const char*> durations) {
    std::vector<UnresolvedPtr> arguments = {Column("ts")};
    for (const char* duration : durations) arguments.push_back(Text(duration));
    return Call("window", arguments);
  };
  EXPECT_EQ(Schema(Select(T(), {window({"10 minutes"}), window({"5 minutes"})})),
            "_LEGACY_ERROR_TEMP_1039");
  EXPECT_EQ(Schema(Select(T(), {window({"1 month"})})), "_LEGACY_ERROR_TEMP_3231 interval=1 month");
  EXPECT_THAT(
      Schema(Select(T(), {window({"10 minutes", "20 minutes"})})),
      ::testing::StartsWith("DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION constraint=<= "
                            "leftExprName=`slide_duration` leftExprValue=1200000000L "
                            "rightExprName=`window_duration` rightExprValue=600000000L"));
  EXPECT_THAT(Schema(Select(T(), {window({"10 minutes", "5 minutes", "7 minutes"})})),
              ::testing::StartsWith("DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION "
                                    "constraint=< leftExprName=`abs(start_time)`"));
  EXPECT_THAT(Schema(Select(T(), {window({"0 minutes"})})),
              ::testing::StartsWith("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE currentValue=0L "
                                    "exprName=`window_duration`"));
  EXPECT_THAT(Schema(Select(T(), {Window("a", "1 minute")})),
              ::testing::StartsWith("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE inputSql=\"a\" "
                                    "inputType=\"INT\" paramIndex=first"));
  EXPECT_THAT(Schema(Select(T(), {Call("window_time", {Column("a")})})),
              ::testing::StartsWith("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE inputSql=\"a\" "
                                    "inputType=\"INT\" paramIndex=first requiredType=\"STRUCT\""));
}

TEST_F(TimeWindowsTest, TagsFollowTheColumn) {
  const auto hour = UnresolvedLiteral(
      std::make_shared<arrow::DurationScalar>(3600000000, arrow::duration(arrow::TimeUnit::MICRO)));
  EXPECT_EQ(Tags(Select(Watermarked(),
                        {As(Column("timestamp"), "x"), Window("timestamp", "5 minutes"),
                         As(Call("+", {Column("timestamp"), hour}), "y"),
                         As(UnresolvedCast(Column("timestamp"), TimestampType(), false), "z"),
                         As(Window("timestamp", "5 minutes"), "w2")})),
            "x:600000 window:600000:window y z w2:600000:window");
  EXPECT_EQ(Tags(GroupBy(Watermarked(), {Window("timestamp", "5 minutes"), Column("value")}, {})),
            "window:600000:window value");
  const auto windows = Select(Watermarked(), {Window("timestamp", "5 minutes")});
  EXPECT_EQ(Tags(Select(windows,
                        {Call("window_time", {Column("window")}), As(Column("window.end"), "e")})),
            "window_time(window):600000 e");
  EXPECT_EQ(Tags(GroupBy(windows, {Window("window", "10 minutes")}, {})), "window:600000:window");
}

TEST_F(TimeWindowsTest, ShowsTagsInTheSchema) {
  const auto resolved = Analyzed(Select(Watermarked(), {Window("timestamp", "5 minutes")}));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_THAT(
      SchemaToJson(*(*resolved)->schema()),
      ::testing::HasSubstr("{\"spark.timeWindow\":true,\"spark.watermarkDelayMs\":600000}"));
}

TEST_F(TimeWindowsTest, WatermarksAreOnTimestamps) {
  EXPECT_EQ(Tags(Watermark(Stream(), "timestamp", "1 month 1 day")), "timestamp:2764800000 value");
  EXPECT_EQ(Tags(Watermark(Select(Watermarked(), {As(Column("timestamp"), "x"), Column("value")}),
                           "x", "1 hour")),
            "x:3600000 value");
  EXPECT_EQ(Tags(Watermark(Stream(), "value", "1 minute")),
            "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE eventName=\"value\" eventType=\"BIGINT\"");
  // A table has no lateness: nothing is looked at but the delay.
  EXPECT_EQ(Tags(Watermark(U(), "zz", "1 minute")), "a c");
  EXPECT_THAT(Tags(Watermark(U(), "a", "abc")), ::testing::StartsWith("CANNOT_PARSE_INTERVAL"));
  const auto negative = Analyzed(Watermark(U(), "a", "-1 minute"));
  EXPECT_EQ(negative.status().message(),
            "requirement failed: delay threshold (-1 minute) should not be negative.");
}

TEST_F(TimeWindowsTest, DropsRowsWithoutTime) {
  const auto resolved = Analyzed(Select(T(), {Window("ts", "10 minutes")}));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  const ResolvedPlan& compute = *(*resolved)->children[0];
  EXPECT_EQ(compute.kind, ResolvedKind::kProject);
  ASSERT_EQ(compute.children[0]->kind, ResolvedKind::kFilter);
  const auto sliding = Analyzed(
      Select(T(), {Call("window", {Column("ts"), Text("10 minutes"), Text("5 minutes")})}));
  ASSERT_TRUE(sliding.ok()) << sliding.status();
  const ResolvedPlan& generate = *(*sliding)->children[0];
  EXPECT_EQ(generate.kind, ResolvedKind::kGenerate);
  EXPECT_EQ(generate.children[0]->kind, ResolvedKind::kFilter);
}

}  // namespace
}  // namespace headrace

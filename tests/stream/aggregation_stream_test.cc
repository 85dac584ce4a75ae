// Streaming aggregation against semantics.md 2.6, 2.7 (worked example D) and 12.

#include "stream_script.h"

namespace headrace {
namespace {

TEST(StreamingAggregation, UpdateModeGivesTouchedKeys) {
  RunEverywhere({.columns = "word STRING",
                 .sql = "SELECT word, count(*) AS n FROM input GROUP BY word",
                 .output_mode = "update",
                 .steps = {AddData({"a", "b", "a"}), ProcessAllAvailable(),
                           CheckLastBatch({"a|2", "b|1"}), AddData({"b"}), ProcessAllAvailable(),
                           CheckLastBatch({"b|2"}), AddData({"c", "c"}), ProcessAllAvailable(),
                           CheckAnswer({"a|2", "b|1", "b|2", "c|2"})}});
}

TEST(StreamingAggregation, CompleteModeGivesAllKeys) {
  RunEverywhere(
      {.columns = "word STRING",
       .sql = "SELECT word, count(*) AS n FROM input GROUP BY word",
       .output_mode = "complete",
       .steps = {AddData({"a"}), ProcessAllAvailable(), CheckLastBatch({"a|1"}), AddData({"b"}),
                 ProcessAllAvailable(), CheckLastBatch({"a|1", "b|1"}), StopStream(), StartStream(),
                 AddData({"a"}), ProcessAllAvailable(), CheckLastBatch({"a|2", "b|1"})}});
}

TEST(StreamingAggregation, GlobalAggregateGivesARowEachBatch) {
  RunEverywhere(
      {.columns = "v INT",
       .sql = "SELECT count(*) AS n, sum(v) AS total FROM input WHERE v > 10",
       .output_mode = "update",
       .steps = {AddData({"1"}), ProcessAllAvailable(), CheckLastBatch({"0|NULL"}),
                 AddData({"11", "12"}), ProcessAllAvailable(), CheckLastBatch({"2|23"})}});
}

TEST(StreamingAggregation, AllAggregatesSurviveInState) {
  RunEverywhere({.columns = "k STRING, v DOUBLE",
                 .sql = "SELECT k, count(v), sum(v), min(v), max(v), avg(v), first(v), last(v), "
                        "approx_count_distinct(v) FROM input GROUP BY k",
                 .output_mode = "update",
                 .steps = {AddData({"a|1", "a|3"}), ProcessAllAvailable(),
                           CheckLastBatch({"a|2|4.0|1.0|3.0|2.0|1.0|3.0|2"}),
                           AddData({"a|2", "b|NULL"}), ProcessAllAvailable(),
                           CheckLastBatch({"a|3|6.0|1.0|3.0|2.0|1.0|2.0|3",
                                           "b|0|NULL|NULL|NULL|NULL|NULL|NULL|0"})}});
}

TEST(StreamingAggregation, AppendModeClosesWindowsAsInExampleD) {
  RunStraight(
      {.columns = "ts TIMESTAMP",
       .sql = "SELECT window.start AS start, count(*) AS n FROM input GROUP BY window(ts, '5 "
              "minutes')",
       .output_mode = "append",
       .watermark = {"ts", "10 minutes"},
       .steps = {AddData({"2024-01-01 00:01:00"}), ProcessAllAvailable(), CheckAnswer({}),
                 AddData({"2024-01-01 00:15:00"}), ProcessAllAvailable(),
                 CheckAnswer({"2024-01-01 00:00:00|1"}), AddData({"2024-01-01 00:04:59.999"}),
                 ProcessAllAvailable(), CheckAnswer({"2024-01-01 00:00:00|1"}),
                 CheckProgress("\"numRowsDroppedByWatermark\":1"), AddData({"2024-01-01 00:05:00"}),
                 ProcessAllAvailable(), CheckAnswer({"2024-01-01 00:00:00|1"}),
                 AddData({"2024-01-01 00:20:00"}), ProcessAllAvailable(),
                 CheckAnswer({"2024-01-01 00:00:00|1", "2024-01-01 00:05:00|1"})}});
}

TEST(StatelessQuery, GivesEachRowOnce) {
  RunEverywhere({.columns = "line STRING",
                 .sql = "SELECT explode(split(line, ' ')) AS word FROM input",
                 .steps = {AddData({"a b", "c"}), ProcessAllAvailable(),
                           CheckAnswer({"a", "b", "c"}), AddData({"d"}), AdvanceClock(1000),
                           ProcessAllAvailable(), CheckAnswer({"a", "b", "c", "d"})}});
}

TEST(StatelessQuery, FailsWithTheConditionOfTheRow) {
  RunStraight({.columns = "v INT",
               .sql = "SELECT 10 / v AS x FROM input",
               .steps = {AddData({"2"}), ProcessAllAvailable(), CheckAnswer({"5.0"}),
                         AddData({"0"}), ExpectFailure("DIVIDE_BY_ZERO")}});
}

}  // namespace
}  // namespace headrace

// Joins of two streams, with a restart after every step and an error at every injection point. The
// expected rows are those that Apache Spark gave for the same stories (scripts/join_*.stream).

#include "stream_script.h"

namespace headrace {
namespace {

StreamScript JoinScript(const std::string& sql, std::vector<StreamStep> steps) {
  StreamScript script;
  script.columns = "side STRING, k STRING, ts TIMESTAMP, v INT";
  script.sql = sql;
  script.views = {
      {"l", "SELECT k, ts AS lts, v AS lv FROM input WHERE side = 'l'", {"lts", "10 minutes"}},
      {"r", "SELECT k, ts AS rts, v AS rv FROM input WHERE side = 'r'", {"rts", "20 minutes"}}};
  script.steps = std::move(steps);
  return script;
}

std::string At(const std::string& time) { return "2024-01-01 " + time + ":00"; }
std::string Row(const std::string& side, const std::string& key, const std::string& time, int v) {
  return side + "|" + key + "|" + At(time) + "|" + std::to_string(v);
}

const char* const kRange = " ON l.k = r.k AND rts >= lts AND rts <= lts + INTERVAL 5 MINUTES";

// What follows is the timeline of semantics.md 4.3.
std::vector<StreamStep> Timeline(const std::vector<std::string>& answer) {
  return {
      AddData({Row("l", "a", "00:30", 1), Row("l", "b", "00:30", 2), Row("r", "a", "00:31", 10)}),
      ProcessAllAvailable(), AddData({Row("l", "z", "01:00", 3), Row("r", "y", "00:50", 11)}),
      ProcessAllAvailable(),
      AddData(
          {Row("l", "z2", "01:30", 4), Row("r", "y2", "01:05", 12), Row("r", "z", "01:05", 13)}),
      ProcessAllAvailable(), AddData({Row("l", "q", "02:30", 6), Row("r", "q", "02:30", 14)}),
      ProcessAllAvailable(),
      // Restarted queries run no batch before there is data again: this one drives all out.
      AddData({Row("l", "end", "05:00", 9), Row("r", "end", "05:30", 16)}), ProcessAllAvailable(),
      AddData({Row("l", "end", "09:00", 9), Row("r", "end", "09:30", 16)}), ProcessAllAvailable(),
      CheckAnswer(answer)};
}

TEST(StreamStreamJoin, Inner) {
  RunEverywhere(JoinScript(std::string("SELECT l.k, lv, rv FROM l JOIN r") + kRange,
                           Timeline({"a|1|10", "z|3|13", "q|6|14"})));
}

TEST(StreamStreamJoin, LeftOuter) {
  RunEverywhere(
      JoinScript(std::string("SELECT l.k, lv, rv FROM l LEFT JOIN r") + kRange,
                 Timeline({"a|1|10", "z|3|13", "q|6|14", "b|2|NULL", "z2|4|NULL", "end|9|NULL"})));
}

TEST(StreamStreamJoin, RightOuter) {
  RunEverywhere(JoinScript(
      std::string("SELECT r.k, lv, rv FROM l RIGHT JOIN r") + kRange,
      Timeline({"a|1|10", "z|3|13", "q|6|14", "y|NULL|11", "y2|NULL|12", "end|NULL|16"})));
}

TEST(StreamStreamJoin, FullOuter) {
  RunEverywhere(JoinScript(
      std::string("SELECT l.k, r.k, lv, rv FROM l FULL JOIN r") + kRange,
      Timeline({"a|a|1|10", "z|z|3|13", "q|q|6|14", "b|NULL|2|NULL", "z2|NULL|4|NULL",
                "end|NULL|9|NULL", "NULL|y|NULL|11", "NULL|y2|NULL|12", "NULL|end|NULL|16"})));
}

TEST(StreamStreamJoin, LeftSemi) {
  RunEverywhere(JoinScript(std::string("SELECT k, lv FROM l LEFT SEMI JOIN r") + kRange,
                           Timeline({"a|1", "z|3", "q|6"})));
}

// Worked example C (semantics.md 2.5): the join's output watermark lies five minutes and a
// millisecond below its input's.
TEST(StreamStreamJoin, ThenAggregation) {
  RunEverywhere(JoinScript(
      std::string("SELECT window(lts, '5 minutes').start AS start, count(*) AS n FROM "
                  "(SELECT lts FROM l JOIN r") +
          kRange + ") GROUP BY window(lts, '5 minutes')",
      Timeline({"2024-01-01 00:30:00|1", "2024-01-01 01:00:00|1", "2024-01-01 02:30:00|1"})));
}

TEST(StreamStreamJoin, AggregationWaitsForTheJoinsWatermark) {
  RunStraight(JoinScript(
      std::string("SELECT window(lts, '5 minutes').start AS start, count(*) AS n FROM "
                  "(SELECT lts FROM l JOIN r") +
          kRange + ") GROUP BY window(lts, '5 minutes')",
      {AddData({Row("l", "a", "00:31", 1), Row("r", "a", "00:34", 1)}), ProcessAllAvailable(),
       // The query's watermark 00:36 gives the aggregation 00:30:59.999.
       AddData({Row("l", "x", "00:46", 1), Row("r", "x", "00:56", 1)}), ProcessAllAvailable(),
       CheckAnswer({}),
       // 00:46 gives 00:40:59.999.
       AddData({Row("l", "y", "00:56", 1), Row("r", "y", "01:06", 1)}), ProcessAllAvailable(),
       CheckAnswer({"2024-01-01 00:30:00|1"})}));
}

TEST(StreamStreamJoin, ThenJoin) {
  StreamScript script = JoinScript(
      std::string("SELECT x.k, lv, rv, sv FROM (SELECT l.k, lts, lv, rv FROM l JOIN r") + kRange +
          ") x LEFT JOIN s ON x.k = s.k AND sts >= lts AND sts <= lts + INTERVAL 10 MINUTES",
      {AddData({Row("l", "a", "00:31", 1), Row("l", "b", "00:32", 2), Row("r", "a", "00:34", 10),
                Row("r", "b", "00:34", 11), Row("s", "a", "00:33", 100)}),
       ProcessAllAvailable(),
       AddData(
           {Row("l", "c", "04:00", 3), Row("r", "d", "04:00", 12), Row("s", "b", "04:00", 101)}),
       ProcessAllAvailable(),
       AddData(
           {Row("l", "c", "08:00", 3), Row("r", "d", "08:00", 12), Row("s", "b", "08:00", 101)}),
       ProcessAllAvailable(), CheckAnswer({"a|1|10|100", "b|2|11|NULL"})});
  script.views.push_back(
      {"s", "SELECT k, ts AS sts, v AS sv FROM input WHERE side = 's'", {"sts", "5 minutes"}});
  RunEverywhere(script);
}

TEST(StreamStreamJoin, WindowsAsKeys) {
  RunEverywhere(JoinScript(
      "SELECT a.k, a.w.start, lv, rv FROM (SELECT k, window(lts, '5 minutes') AS w, lv FROM l) a "
      "LEFT JOIN (SELECT k, window(rts, '5 minutes') AS w, rv FROM r) b ON a.k = b.k AND a.w = b.w",
      {AddData({Row("l", "a", "00:31", 1), Row("l", "b", "00:32", 2), Row("r", "a", "00:34", 10)}),
       ProcessAllAvailable(), AddData({Row("l", "c", "02:00", 3), Row("r", "c", "02:04", 11)}),
       ProcessAllAvailable(), AddData({Row("l", "d", "04:00", 4), Row("r", "d", "04:06", 12)}),
       ProcessAllAvailable(),
       CheckAnswer({"a|2024-01-01 00:30:00|1|10", "b|2024-01-01 00:30:00|2|NULL",
                    "c|2024-01-01 02:00:00|3|11"})}));
}

TEST(StreamStreamJoin, WithoutEqualityFailsInTheFirstBatch) {
  RunStraight(
      JoinScript("SELECT lv, rv FROM l JOIN r ON lts < rts",
                 {AddData({Row("l", "a", "00:31", 1)}), ExpectFailure("_LEGACY_ERROR_TEMP_1181")}));
}

// A table that is part of the plan is looked at once; what depends on the batch is not.
TEST(StreamStaticJoin, TablesInThePlan) {
  RunEverywhere(
      {.columns = "k STRING, v INT",
       .sql = "SELECT input.k, v, x FROM input LEFT JOIN (SELECT k, x * 2 AS x FROM "
              "VALUES ('a', 1), ('a', 2), ('b', 3) AS t(k, x) WHERE x < 3) t "
              "ON input.k = t.k",
       .steps = {AddData({"a|1", "b|2"}), ProcessAllAvailable(),
                 CheckAnswer({"a|1|2", "a|1|4", "b|2|NULL"}), AddData({"a|3", "c|4"}),
                 ProcessAllAvailable(),
                 CheckAnswer({"a|1|2", "a|1|4", "b|2|NULL", "a|3|2", "a|3|4", "c|4|NULL"})}});
}

TEST(StreamStaticJoin, WhatDependsOnTheBatchIsComputedForEach) {
  RunStraight(
      {.columns = "k STRING",
       .sql = "SELECT unix_millis(now) - 1800000000000 AS at FROM input JOIN (SELECT k, "
              "current_timestamp() AS now FROM VALUES ('a') AS t(k)) t ON input.k = t.k",
       .steps = {AddData({"a"}), ProcessAllAvailable(), CheckAnswer({"0"}), AdvanceClock(5000),
                 AddData({"a"}), ProcessAllAvailable(), CheckAnswer({"0", "5000"})}});
}

}  // namespace
}  // namespace headrace

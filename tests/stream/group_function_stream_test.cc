// Functions over groups with state, of the C++ API, on whole queries with restarts and failures.
#include "headrace/stateful.h"

#include "client/group_functions.h"
#include "embedded/group_functions.h"
#include "plan/group_function.h"
#include "stream_script.h"

namespace headrace {
namespace {

using CallKind = GroupFunctionCall::Kind;
using CallTimeout = GroupFunctionCall::Timeout;

// The query over groups by `k`. The tokens live as long as the tests.
auto OverGroups(client::GroupFunctionOfProgram function, CallKind kind, CallTimeout timeout,
                const std::string& output, const std::string& state = "",
                OutputMode mode = OutputMode::kAppend) {
  static std::vector<std::unique_ptr<client::FunctionToken>> tokens;
  tokens.push_back(std::make_unique<client::FunctionToken>(std::move(function)));
  auto call = std::make_shared<GroupFunctionCall>();
  call->function = GroupFunctionOfToken(tokens.back()->text());
  call->name = NameOf(kind);
  call->kind = kind;
  call->timeout = timeout;
  call->output_mode = mode;
  call->output_schema = ParseSchema(output).ValueOrDie();
  if (!state.empty()) call->state_schema = ParseSchema(state).ValueOrDie();
  return [call](const LogicalPlanPtr& input) -> LogicalPlanPtr {
    auto node = NewLogicalPlan(LogicalKind::kGroupsWithState, {input});
    node->groupings = {UnresolvedAttribute({"k"})};
    node->group_function = call;
    return node;
  };
}

std::vector<Row> CountRows(const Row& key, const std::vector<Row>& rows, GroupState& state) {
  const int64_t before = state.exists() ? state.get().getLong(0) : 0;
  const int64_t count = before + static_cast<int64_t>(rows.size());
  if (count >= 4) {
    state.remove();
  } else {
    state.update(Row(count));
  }
  return {Row(key[0], count)};
}

TEST(GroupFunctions, FlatMapKeepsState) {
  RunEverywhere(
      {.columns = "k STRING",
       .plan = OverGroups({.flat_map = CountRows}, CallKind::kFlatMapGroupsWithState,
                          CallTimeout::kNone, "k STRING, n BIGINT", "n BIGINT"),
       .steps = {AddData({"a", "b", "a"}), ProcessAllAvailable(), CheckLastBatch({"a|2", "b|1"}),
                 CheckProgress("\"numRowsTotal\":2"), AddData({"a", "NULL"}), ProcessAllAvailable(),
                 CheckLastBatch({"a|3", "NULL|1"}), AddData({"a"}), ProcessAllAvailable(),
                 CheckLastBatch({"a|4"}), CheckProgress("\"numRowsTotal\":2"), AddData({"a"}),
                 ProcessAllAvailable(), CheckLastBatch({"a|1"})}});
}

TEST(GroupFunctions, MapGivesARowACall) {
  RunEverywhere(
      {.columns = "k STRING",
       .plan = OverGroups({.map = [](const Row& key, const std::vector<Row>& rows,
                                     GroupState& state) { return CountRows(key, rows, state)[0]; }},
                          CallKind::kMapGroupsWithState, CallTimeout::kNone, "k STRING, n BIGINT",
                          "n BIGINT", OutputMode::kUpdate),
       .output_mode = "update",
       .steps = {AddData({"a", "b", "a"}), ProcessAllAvailable(), AddData({"b"}),
                 ProcessAllAvailable(), CheckLastBatch({"b|2"})}});
}

// A session ends when its key was silent for ten seconds.
std::vector<Row> Sessions(const Row& key, const std::vector<Row>& rows, GroupState& state) {
  if (state.hasTimedOut()) {
    const int64_t count = state.get().getLong(0);
    state.remove();
    return {Row(key.getString(0), count)};
  }
  int64_t last_ms = state.exists() ? state.get().getLong(1) : 0;
  for (const Row& row : rows) {
    const auto time = row.get<Timestamp>("ts").time_since_epoch();
    last_ms =
        std::max<int64_t>(last_ms, std::chrono::floor<std::chrono::milliseconds>(time).count());
  }
  const int64_t count =
      (state.exists() ? state.get().getLong(0) : 0) + static_cast<int64_t>(rows.size());
  state.update(Row(count, last_ms));
  state.setTimeoutTimestamp(last_ms + 10'000);
  return {};
}

// The rule and its numbers are semantics.md 4.4's: a timeout at 00:00:11.000 comes when the
// watermark is later, not when it is there.
TEST(GroupFunctions, EventTimeTimeouts) {
  RunEverywhere(
      {.columns = "k STRING, ts TIMESTAMP",
       .plan = OverGroups({.flat_map = Sessions}, CallKind::kFlatMapGroupsWithState,
                          CallTimeout::kEventTime, "k STRING, n BIGINT", "n BIGINT, last BIGINT"),
       .watermark = {"ts", "0 seconds"},
       .steps = {
           AddData({"a|2024-01-01 00:00:00", "a|2024-01-01 00:00:01", "b|2024-01-01 00:00:05"}),
           ProcessAllAvailable(), CheckAnswer({}), AddData({"c|2024-01-01 00:00:11"}),
           ProcessAllAvailable(), CheckAnswer({}), AddData({"c|2024-01-01 00:00:11.001"}),
           ProcessAllAvailable(), CheckAnswer({"a|2"}),
           // Late, so dropped.
           AddData({"b|2024-01-01 00:00:11"}), ProcessAllAvailable(),
           CheckProgress("\"numRowsDroppedByWatermark\":1"), AddData({"d|2024-01-01 00:01:00"}),
           ProcessAllAvailable(), CheckAnswer({"a|2", "b|1", "c|2"})}});
}

// Adds up numbers; a timer ten seconds after each row's time gives the sum and forgets it.
class Sums : public StatefulProcessor {
 public:
  void init(const StatefulProcessorHandle& handle) override {
    handle_ = handle;
    sum_ = handle.getValueState("sum", "total BIGINT");
    seen_ = handle.getListState("seen", "v INT");
    by_value_ = handle.getMapState("byValue", "v INT", "n BIGINT");
  }
  std::vector<Row> handleInputRows(const Row&, const std::vector<Row>& rows,
                                   const TimerValues&) override {
    for (const Row& row : rows) {
      const int32_t v = row.get<int32_t>("v");
      sum_.update(Row((sum_.exists() ? sum_.get()->getLong(0) : 0) + v));
      seen_.appendValue(Row(v));
      const auto before = by_value_.getValue(Row(v));
      by_value_.updateValue(Row(v), Row((before ? before->getLong(0) : 0) + 1));
      const auto time = std::chrono::floor<std::chrono::milliseconds>(row.get<Timestamp>("ts"));
      handle_.registerTimer(time.time_since_epoch().count() + 10'000);
    }
    return {};
  }
  std::vector<Row> handleExpiredTimer(const Row& key, const TimerValues&,
                                      const ExpiredTimerInfo& timer) override {
    if (!sum_.exists()) return {};
    std::string seen;
    for (const Row& value : seen_.get()) seen += std::to_string(value.getInt(0)) + ",";
    int64_t entries = 0;
    for (const auto& [value, count] : by_value_.iterator()) entries += count.getLong(0);
    const Row result(key.getString(0), sum_.get()->getLong(0), seen, entries,
                     timer.getExpiryTimeInMs() % 60'000);
    sum_.clear();
    seen_.clear();
    by_value_.clear();
    return {result};
  }

 private:
  StatefulProcessorHandle handle_;
  ValueState sum_;
  ListState seen_;
  MapState by_value_;
};

TEST(GroupFunctions, TransformWithTimers) {
  RunEverywhere(
      {.columns = "k STRING, ts TIMESTAMP, v INT",
       .plan = OverGroups({.make_processor = [] { return std::make_unique<Sums>(); }},
                          CallKind::kTransformWithState, CallTimeout::kEventTime,
                          "k STRING, total BIGINT, seen STRING, entries BIGINT, due BIGINT"),
       .watermark = {"ts", "0 seconds"},
       .steps = {AddData({"a|2024-01-01 00:00:00|1", "a|2024-01-01 00:00:01|1",
                          "b|2024-01-01 00:00:05|7"}),
                 ProcessAllAvailable(), CheckProgress("\"numRowsTotal\":6"), CheckAnswer({}),
                 // The watermark is there: a timer comes, unlike a timeout.
                 AddData({"c|2024-01-01 00:00:10|2"}), ProcessAllAvailable(),
                 CheckAnswer({"a|2|1,1,|2|10000"}), AddData({"e|2024-01-01 00:00:12|3"}),
                 ProcessAllAvailable(), CheckAnswer({"a|2|1,1,|2|10000"}),
                 AddData({"d|2024-01-01 00:00:30|2"}), ProcessAllAvailable(),
                 CheckAnswer(
                     {"a|2|1,1,|2|10000", "b|7|7,|1|15000", "c|2|2,|1|20000", "e|3|3,|1|22000"})}});
}

// Gives what is there; the value lives for a second, and a timer asks after two.
class Forgetful : public StatefulProcessor {
 public:
  void init(const StatefulProcessorHandle& handle) override {
    handle_ = handle;
    last_ = handle.getValueState("last", "v INT", TTLConfig{std::chrono::seconds(1)});
    all_ = handle.getListState("all", "v INT", TTLConfig{std::chrono::seconds(1)});
    map_ = handle.getMapState("map", "v INT", "w INT", TTLConfig{std::chrono::seconds(1)});
  }
  std::vector<Row> handleInputRows(const Row& key, const std::vector<Row>& rows,
                                   const TimerValues& times) override {
    for (const Row& row : rows) {
      last_.update(Row(row.get<int32_t>("v")));
      all_.appendValue(Row(row.get<int32_t>("v")));
      map_.updateValue(Row(row.get<int32_t>("v")), Row(0));
    }
    handle_.registerTimer(times.getCurrentProcessingTimeInMs() + 2000);
    return {Row(key.getString(0), Content("rows"))};
  }
  std::vector<Row> handleExpiredTimer(const Row& key, const TimerValues&,
                                      const ExpiredTimerInfo&) override {
    return {Row(key.getString(0), Content("timer"))};
  }

 private:
  std::string Content(const std::string& what) const {
    return what + (last_.exists() ? " " + std::to_string(last_.get()->getInt(0)) : " none") + " " +
           std::to_string(all_.get().size()) + " " + std::to_string(map_.keys().size());
  }
  StatefulProcessorHandle handle_;
  ValueState last_;
  ListState all_;
  MapState map_;
};

TEST(GroupFunctions, TimeToLiveAndTimersByTheClock) {
  RunEverywhere(
      {.columns = "k STRING, v INT",
       .plan = OverGroups({.make_processor = [] { return std::make_unique<Forgetful>(); }},
                          CallKind::kTransformWithState, CallTimeout::kProcessingTime,
                          "k STRING, what STRING"),
       .steps = {AddData({"a|1"}), ProcessAllAvailable(), CheckLastBatch({"a|rows 1 1 1"}),
                 CheckProgress("\"numRowsTotal\":3"), AdvanceClock(600), AddData({"a|2"}),
                 ProcessAllAvailable(), CheckLastBatch({"a|rows 2 2 2"}), AdvanceClock(400),
                 // What is a second old has just gone.
                 AddData({"a|3"}), ProcessAllAvailable(), CheckLastBatch({"a|rows 3 2 2"}),
                 AdvanceClock(10'000), AddData({"b|1"}), ProcessAllAvailable(),
                 CheckAnswer({"a|rows 1 1 1", "a|rows 2 2 2", "a|rows 3 2 2", "b|rows 1 1 1",
                              "a|timer none 0 0", "a|timer none 0 0", "a|timer none 0 0"}),
                 CheckProgress("\"numRowsTotal\":3")}});
}

// Without new data a timer of the clock fires, too: a batch without data is run for it.
TEST(GroupFunctions, TimersByTheClockNeedNoData) {
  RunStraight(
      {.columns = "k STRING, v INT",
       .plan = OverGroups({.make_processor = [] { return std::make_unique<Forgetful>(); }},
                          CallKind::kTransformWithState, CallTimeout::kProcessingTime,
                          "k STRING, what STRING"),
       .steps = {AddData({"a|1"}), ProcessAllAvailable(), AdvanceClock(1999), ProcessAllAvailable(),
                 CheckAnswer({"a|rows 1 1 1"}), AdvanceClock(1), ProcessAllAvailable(),
                 CheckAnswer({"a|rows 1 1 1", "a|timer none 0 0"})}});
}

TEST(GroupFunctions, ErrorsOfTheProgramEndTheQuery) {
  RunStraight({.columns = "k STRING",
               .plan = OverGroups({.flat_map = [](const Row&, const std::vector<Row>&,
                                                  GroupState& state) -> std::vector<Row> {
                                    state.setTimeoutDuration(std::chrono::seconds(1));
                                    return {};
                                  }},
                                  CallKind::kFlatMapGroupsWithState, CallTimeout::kNone, "k STRING",
                                  "n BIGINT"),
               .steps = {AddData({"a"}), ExpectFailure("_LEGACY_ERROR_TEMP_2203")}});
  class Throwing : public StatefulProcessor {
   public:
    void init(const StatefulProcessorHandle&) override {}
    std::vector<Row> handleInputRows(const Row&, const std::vector<Row>&,
                                     const TimerValues&) override {
      throw std::runtime_error("no");
    }
  };
  RunStraight(
      {.columns = "k STRING",
       .plan = OverGroups({.make_processor = [] { return std::make_unique<Throwing>(); }},
                          CallKind::kTransformWithState, CallTimeout::kNone, "k STRING"),
       .steps = {AddData({"a"}), ExpectFailure("TRANSFORM_WITH_STATE_USER_FUNCTION_ERROR")}});
}

}  // namespace
}  // namespace headrace

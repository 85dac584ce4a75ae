// Functions over groups against models that handle one key at a time, over all small inputs.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "operators/stateful/group_variable_store.h"
#include "operators/testing/plans.h"
#include "operators/testing/streaming.h"
#include "plan/group_function.h"
#include "state/state_reader.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::RowsOf;
using testing::SchemaOf;
using testing::StreamingRun;

using Work = std::function<Status(const GroupBatch&, GroupStates*, std::vector<BatchPtr>*)>;

class TestProcessor final : public GroupProcessor {
 public:
  explicit TestProcessor(Work work) : work_(std::move(work)) {}
  Status Process(const GroupBatch& groups, GroupStates* states,
                 std::vector<BatchPtr>* output) override {
    return work_(groups, states, output);
  }

 private:
  const Work work_;
};

class TestFunction final : public GroupFunction {
 public:
  explicit TestFunction(Work work) : work_(std::move(work)) {}
  Result<DeclaredVariables> Variables(const GroupFunctionCall&) const override {
    return Status::Invalid("the tests plan by hand");
  }
  Result<std::unique_ptr<GroupProcessor>> Make(
      std::shared_ptr<const GroupFunctionCall>) const override {
    return std::make_unique<TestProcessor>(work_);
  }

 private:
  const Work work_;
};

const SchemaPtr kRows = SchemaOf("k STRING, time TIMESTAMP");
const SchemaPtr kKeys = SchemaOf("k STRING");
const SchemaPtr kOutput = SchemaOf("k STRING, what STRING, n BIGINT");
const SchemaPtr kCount = SchemaOf("n BIGINT");

std::string KeyOf(const GroupBatch& groups, int64_t group) {
  return testing::TextOf(*groups.keys->column(0), group);
}
int64_t NumberAt(const arrow::Array& array, int64_t row) {
  return std::stoll(testing::TextOf(array, row));
}
std::vector<int64_t> TimesOf(const GroupBatch& groups, int64_t group) {
  std::vector<int64_t> times;
  for (int64_t row = groups.begins[group]; row < groups.begins[group + 1]; ++row) {
    times.push_back(NumberAt(*groups.rows->column(1), row) / 1000);
  }
  return times;
}
std::string OutputRow(const std::string& key, const std::string& what, int64_t n) {
  return "[\"" + key + "\", \"" + what + "\", " + std::to_string(n) + "]";
}
std::string OutputText(const std::string& key, const std::string& what, int64_t n) {
  return key + " " + what + " " + std::to_string(n);
}

std::shared_ptr<GroupFunctionCall> TestCall(GroupFunctionCall::Kind kind,
                                            GroupFunctionCall::Timeout timeout, Work work) {
  auto call = std::make_shared<GroupFunctionCall>();
  call->function = std::make_shared<TestFunction>(std::move(work));
  call->name = NameOf(kind);
  call->kind = kind;
  call->timeout = timeout;
  call->output_schema = kOutput;
  call->key_schema = kKeys;
  call->row_schema = kRows;
  call->has_watermark = timeout == GroupFunctionCall::Timeout::kEventTime;
  return call;
}

std::shared_ptr<PhysicalPlan> PlanOf(std::shared_ptr<const GroupFunctionCall> call) {
  auto scan = testing::Scan(kRows);
  auto sort = testing::Node(PhysicalKind::kSort, {testing::Exchange(scan, {0})});
  sort->orders.push_back({testing::Column(scan, "k"), true, true});
  auto node = testing::Node(PhysicalKind::kGroupsWithState, {sort}, call->output_schema);
  node->key_columns = {0};
  node->key_count = 1;
  node->event_time_column = call->timeout == GroupFunctionCall::Timeout::kEventTime ? 1 : -1;
  node->operator_id = 0;
  node->group_function = std::move(call);
  return testing::PlanOf(node, 1, OutputMode::kAppend, 1);
}

// transformWithState: counts rows; each row sets a timer two later. A timer of an even count sets
// another one three later and takes back the one that follows it; an odd count forgets.
GroupVariable CountVariable() {
  GroupVariable variable;
  variable.name = "count";
  variable.schema = kCount;
  return variable;
}
GroupVariable EventTimers() { return TimersVariable("$eventTimers_keyToTimestamp"); }

struct Group {
  int64_t n = 0;
  std::set<int64_t> timers;
};

// The rule itself, shared by the function and the model.
std::vector<std::pair<std::string, int64_t>> HandleRows(const std::vector<int64_t>& times,
                                                        Group* group) {
  for (const int64_t time : times) {
    ++group->n;
    group->timers.insert(time + 2);
  }
  return {{"rows", group->n}};
}
std::vector<std::pair<std::string, int64_t>> HandleTimer(int64_t time, Group* group) {
  const int64_t n = group->n;
  if (n % 2 == 0) {
    group->timers.insert(time + 3);
    group->timers.erase(time + 1);
  } else {
    group->n = 0;
  }
  return {{"timer" + std::to_string(time), n}};
}

Status Transform(const GroupBatch& groups, GroupStates* states, std::vector<BatchPtr>* output) {
  std::vector<uint8_t> has_count;
  std::vector<int64_t> first_timers;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr counts, states->Get(0, &has_count));
  ARROW_ASSIGN_OR_RAISE(const BatchPtr timers, states->Entries(1, &first_timers));
  std::string rows, count_rows, timer_rows, untimed_keys;
  std::vector<uint32_t> counted, uncounted, timed, untimed;
  const auto append = [](std::string* list, const std::string& row) {
    *list += (list->empty() ? "" : ", ") + row;
  };
  for (int64_t i = 0; i < groups.keys->num_rows(); ++i) {
    Group group;
    if (has_count[i] != 0) group.n = NumberAt(*counts->column(0), i);
    for (int64_t k = first_timers[i]; k < first_timers[i + 1]; ++k) {
      group.timers.insert(NumberAt(*timers->column(0), k));
    }
    const std::set<int64_t> before = group.timers;
    const auto given = groups.call == GroupBatch::Call::kRows
                           ? HandleRows(TimesOf(groups, i), &group)
                           : HandleTimer(groups.timers_ms[i], &group);
    for (const auto& [what, n] : given) append(&rows, OutputRow(KeyOf(groups, i), what, n));
    const auto number = static_cast<uint32_t>(i);
    (group.n > 0 ? counted : uncounted).push_back(number);
    if (group.n > 0) append(&count_rows, "[" + std::to_string(group.n) + "]");
    for (const int64_t time : group.timers) {
      if (before.contains(time)) continue;
      timed.push_back(number);
      append(&timer_rows, "[" + std::to_string(time) + "]");
    }
    for (const int64_t time : before) {
      if (group.timers.contains(time)) continue;
      untimed.push_back(number);
      append(&untimed_keys, "[" + std::to_string(time) + "]");
    }
  }
  output->push_back(RowsOf(kOutput, "[" + rows + "]"));
  ARROW_RETURN_NOT_OK(states->Remove(0, uncounted));
  ARROW_RETURN_NOT_OK(states->Put(0, counted, *RowsOf(kCount, "[" + count_rows + "]")));
  const SchemaPtr timer = EventTimers().schema;
  const BatchPtr keys = RowsOf(timer, "[" + untimed_keys + "]");
  ARROW_RETURN_NOT_OK(states->RemoveKeys(1, untimed, keys->column(0)));
  return states->Put(1, timed, *RowsOf(timer, "[" + timer_rows + "]"));
}

struct Event {
  std::string key;
  int64_t time = 0;
};
using Events = std::vector<std::vector<Event>>;  // by batch

// What semantics.md 4.5 says, one group at a time.
class TransformModel {
 public:
  std::vector<std::string> Batch(const std::vector<Event>& events, int64_t late, int64_t eviction) {
    std::vector<std::string> output;
    std::map<std::string, std::vector<int64_t>> rows;
    for (const Event& event : events) {
      if (event.time > late) rows[event.key].push_back(event.time);
    }
    for (const auto& [key, times] : rows) {
      for (const auto& [what, n] : HandleRows(times, &groups_[key])) {
        output.push_back(OutputText(key, what, n));
      }
    }
    std::vector<std::pair<int64_t, std::string>> due;
    for (const auto& [key, group] : groups_) {
      for (const int64_t time : group.timers) {
        if (time <= eviction) due.emplace_back(time, key);
      }
    }
    std::sort(due.begin(), due.end());
    for (const auto& [time, key] : due) {
      for (const auto& [what, n] : HandleTimer(time, &groups_[key])) {
        output.push_back(OutputText(key, what, n));
      }
      groups_[key].timers.erase(time);
    }
    return output;
  }

  int64_t counts() const {
    return std::count_if(groups_.begin(), groups_.end(),
                         [](const auto& entry) { return entry.second.n > 0; });
  }

 private:
  std::map<std::string, Group> groups_;
};

// flatMapGroupsWithState: an odd count sets a timeout one after its last row, an even one none; a
// timeout below three forgets, another one is set anew.
Status FlatMap(const GroupBatch& groups, GroupStates* states, std::vector<BatchPtr>* output);

struct TimedGroup {
  int64_t n = 0;
  int64_t timeout = -1;
};
std::pair<std::string, int64_t> HandleGroup(const std::vector<int64_t>& times, bool timed_out,
                                            int64_t watermark, TimedGroup* group) {
  group->timeout = -1;
  if (timed_out) {
    const int64_t n = group->n;
    if (n < 3) {
      group->n = 0;
    } else {
      group->timeout = watermark + 1;
      ++group->n;
    }
    return {"timeout", n};
  }
  group->n += static_cast<int64_t>(times.size());
  if (group->n % 2 == 1) group->timeout = times.back() + 1;
  return {"rows", group->n};
}

const SchemaPtr kTimedCount =
    arrow::schema({arrow::field("groupState", arrow::struct_({arrow::field("n", arrow::int64())})),
                   arrow::field("timeoutTimestamp", arrow::int64(), false)});

Status FlatMap(const GroupBatch& groups, GroupStates* states, std::vector<BatchPtr>* output) {
  std::vector<uint8_t> found;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr stored, states->Get(0, &found));
  std::string rows, state_rows;
  std::vector<uint32_t> put, removed;
  for (int64_t i = 0; i < groups.keys->num_rows(); ++i) {
    TimedGroup group;
    if (found[i] != 0) {
      group.n = NumberAt(*static_cast<const arrow::StructArray&>(*stored->column(0)).field(0), i);
    }
    const auto [what, n] = HandleGroup(TimesOf(groups, i), groups.call == GroupBatch::Call::kTimers,
                                       groups.watermark_ms, &group);
    rows += (rows.empty() ? "" : ", ") + OutputRow(KeyOf(groups, i), what, n);
    if (group.n == 0 && group.timeout < 0) {
      removed.push_back(static_cast<uint32_t>(i));
      continue;
    }
    put.push_back(static_cast<uint32_t>(i));
    state_rows += (state_rows.empty() ? "" : ", ") + ("[[" + std::to_string(group.n)) + "], " +
                  std::to_string(group.timeout) + "]";
  }
  output->push_back(RowsOf(kOutput, "[" + rows + "]"));
  ARROW_RETURN_NOT_OK(states->Remove(0, removed));
  return states->Put(0, put, *RowsOf(kTimedCount, "[" + state_rows + "]"));
}

// What semantics.md 4.4 says, one group at a time.
class FlatMapModel {
 public:
  std::vector<std::string> Batch(const std::vector<Event>& events, int64_t late, int64_t eviction) {
    std::vector<std::string> output;
    std::map<std::string, std::vector<int64_t>> rows;
    for (const Event& event : events) {
      if (event.time > late) rows[event.key].push_back(event.time);
    }
    for (const auto& [key, times] : rows) Handle(key, times, false, eviction, &output);
    std::vector<std::string> due;
    for (const auto& [key, group] : groups_) {
      if (group.timeout >= 0 && group.timeout < eviction) due.push_back(key);
    }
    for (const std::string& key : due) Handle(key, {}, true, eviction, &output);
    return output;
  }
  int64_t counts() const { return static_cast<int64_t>(groups_.size()); }

 private:
  void Handle(const std::string& key, const std::vector<int64_t>& times, bool timed_out,
              int64_t watermark, std::vector<std::string>* output) {
    const auto [what, n] = HandleGroup(times, timed_out, watermark, &groups_[key]);
    output->push_back(OutputText(key, what, n));
    if (groups_[key].n == 0 && groups_[key].timeout < 0) groups_.erase(key);
  }
  std::map<std::string, TimedGroup> groups_;
};

std::string TextOf(const Events& events) {
  std::string text;
  for (const auto& batch : events) {
    for (const Event& event : batch) text += event.key + std::to_string(event.time) + " ";
    text += "| ";
  }
  return text;
}

BatchPtr RowsOfEvents(const std::vector<Event>& events) {
  std::string json;
  for (const Event& event : events) {
    json += (json.empty() ? "" : ", ") + ("[\"" + event.key) + "\", " +
            std::to_string(event.time * 1000) + "]";
  }
  return RowsOf(kRows, "[" + json + "]");
}

// All sequences of `length` events of two keys at four times, in batches of one or two rows, each
// followed by batches without data as the watermark moves on; with and without restarts.
template <typename Model>
void CompareWithModel(const std::shared_ptr<const PhysicalPlan>& plan, int length) {
  const auto events = static_cast<size_t>(std::pow(8, length));
  for (size_t number = 0; number < events; ++number) {
    for (const size_t per_batch : {1, 2}) {
      Events batches;
      size_t rest = number;
      for (int i = 0; i < length; ++i, rest /= 8) {
        if (batches.empty() || batches.back().size() == per_batch) batches.emplace_back();
        batches.back().push_back(
            {rest % 2 == 0 ? "a" : "b", 1 + static_cast<int64_t>(rest % 8 / 2)});
      }
      StreamingRun run(plan);
      Model model;
      int64_t late = 0, eviction = 0, largest = 0;
      // At last the watermark passes all timers that are left.
      batches.insert(batches.end(), {{}, {}, {}});
      for (size_t i = 0; i < batches.size(); ++i) {
        const bool restart = (number + i) % 3 == 0;
        if (restart) run.Restart();
        std::vector<BatchPtr> rows;
        if (!batches[i].empty()) rows.push_back(RowsOfEvents(batches[i]));
        if (number % 5 == 0) {  // a batch that fails and is run again
          run.RunWithoutCommit(rows, eviction);
          run.Rollback();
        }
        EXPECT_EQ(run.Batch(rows, eviction),
                  testing::Sorted(model.Batch(batches[i], late, eviction)))
            << TextOf(batches) << "batch " << i;
        EXPECT_EQ(run.metrics().rows_total, model.counts()) << TextOf(batches) << "batch " << i;
        if (::testing::Test::HasFailure()) return;
        for (const Event& event : batches[i]) largest = std::max(largest, event.time);
        late = eviction;
        eviction = batches[i].empty() ? eviction + 4 : std::max(eviction, largest);
      }
    }
  }
}

std::shared_ptr<PhysicalPlan> TransformPlan() {
  auto call = TestCall(GroupFunctionCall::Kind::kTransformWithState,
                       GroupFunctionCall::Timeout::kEventTime, Transform);
  call->variables = {CountVariable(), EventTimers()};
  return PlanOf(call);
}

std::shared_ptr<PhysicalPlan> FlatMapPlan() {
  auto call = TestCall(GroupFunctionCall::Kind::kFlatMapGroupsWithState,
                       GroupFunctionCall::Timeout::kEventTime, FlatMap);
  GroupVariable state;
  state.name = "default";
  state.kind = GroupVariable::Kind::kTimeouts;
  state.schema = kTimedCount;
  call->variables = {state};
  return PlanOf(call);
}

TEST(GroupsWithState, TransformsAsTheModel) {
  CompareWithModel<TransformModel>(TransformPlan(), 3);
}
TEST(GroupsWithState, FlatMapsAsTheModel) { CompareWithModel<FlatMapModel>(FlatMapPlan(), 3); }

// Recorded from Apache Spark 4.1: timers that are registered while others fire come in the next
// batch, those that are deleted then have come already.
TEST(StatefulGroups, TimersFireInOrder) {
  StreamingRun run(TransformPlan(), 1);
  EXPECT_THAT(run.Batch({RowsOfEvents({{"a", 1}, {"a", 2}, {"b", 1}})}, 0),
              ElementsAre("a rows 2", "b rows 1"));
  // a has timers at 3 and 4: the one at 3 takes back 4, which fires all the same.
  EXPECT_THAT(run.Batch({}, 10), ElementsAre("a timer3 2", "a timer4 2", "b timer3 1"));
  // 3 + 3 and 4 + 3 are there now; 6 takes back 7 too late.
  EXPECT_THAT(run.Batch({}, 11), ElementsAre("a timer6 2", "a timer7 2"));
}

// By the clock: when a batch is wanted next, also after a restart, and after timers were taken
// back.
TEST(StatefulGroups, TellsWhenTheNextTimerComes) {
  auto call = TestCall(GroupFunctionCall::Kind::kTransformWithState,
                       GroupFunctionCall::Timeout::kProcessingTime, Transform);
  call->variables = {CountVariable(), TimersVariable("$procTimers_keyToTimestamp")};
  StreamingRun run(PlanOf(call), 1);
  run.Batch({RowsOfEvents({{"a", 5000}, {"a", 5001}, {"b", 9000}, {"c", 700'000}})}, 0);
  EXPECT_EQ(run.instance()->NextTimerMs(), 5002);
  run.batch_timestamp_ms = 5001;
  EXPECT_THAT(run.Batch({}, 0), IsEmpty());
  EXPECT_EQ(run.instance()->NextTimerMs(), 5002);
  // It takes back the one at 5003, which fires in the batch all the same; both set others.
  run.batch_timestamp_ms = 5003;
  EXPECT_THAT(run.Batch({}, 0), ElementsAre("a timer5002 2", "a timer5003 2"));
  EXPECT_EQ(run.instance()->NextTimerMs(), 5005);
  run.Restart();
  // Takes back 5006.
  run.batch_timestamp_ms = 5005;
  EXPECT_THAT(run.Batch({}, 0), ElementsAre("a timer5005 2"));
  EXPECT_LE(run.instance()->NextTimerMs(), 5008);
  run.batch_timestamp_ms = 5007;
  EXPECT_THAT(run.Batch({}, 0), IsEmpty());
  EXPECT_EQ(run.instance()->NextTimerMs(), 5008);
  // One that is set by one that fires comes in the next batch.
  run.batch_timestamp_ms = 9002;
  EXPECT_THAT(run.Batch({}, 0), ElementsAre("a timer5008 2", "b timer9002 1"));
  EXPECT_EQ(run.instance()->NextTimerMs(), 5011);
}

// As applyInPandasWithState does it, which tells the function of no timeout that is set: one that a
// call leaves as it is comes again.
TEST(StatefulGroups, TimeoutsThatAreLeftComeAgain) {
  auto call = TestCall(
      GroupFunctionCall::Kind::kApplyInPandasWithState, GroupFunctionCall::Timeout::kEventTime,
      [](const GroupBatch& groups, GroupStates* states, std::vector<BatchPtr>* output) -> Status {
        if (groups.call == GroupBatch::Call::kRows) {
          return states->Put(0, {0}, *RowsOf(kTimedCount, "[[[1], 3]]"));
        }
        const std::string row = OutputRow(KeyOf(groups, 0), "timeout", 0);
        output->push_back(RowsOf(kOutput, "[" + row + "]"));
        return Status::OK();
      });
  GroupVariable state;
  state.name = "default";
  state.kind = GroupVariable::Kind::kTimeouts;
  state.schema = kTimedCount;
  call->variables = {state};
  StreamingRun run(PlanOf(call), 1);
  EXPECT_THAT(run.Batch({RowsOfEvents({{"a", 1}})}, 3), IsEmpty());
  EXPECT_THAT(run.Batch({}, 4), ElementsAre("a timeout 0"));
  EXPECT_THAT(run.Batch({}, 4), ElementsAre("a timeout 0"));
  run.Restart();
  EXPECT_THAT(run.Batch({}, 4), ElementsAre("a timeout 0"));
  EXPECT_EQ(run.metrics().rows_updated, 0);
  EXPECT_EQ(run.metrics().rows_total, 1);
}

// Lists and maps: each row's time says what to do. What there is before is told.
const SchemaPtr kElement = SchemaOf("n BIGINT");

struct ListAndMap {
  std::vector<std::pair<int64_t, int64_t>> list;           // number, written at
  std::map<int64_t, std::pair<int64_t, int64_t>> entries;  // by key

  void Expire(int64_t now_ms, int64_t ttl_ms) {
    if (ttl_ms == 0) return;
    std::erase_if(list, [&](const auto& each) { return each.second + ttl_ms <= now_ms; });
    std::erase_if(entries, [&](const auto& each) { return each.second.second + ttl_ms <= now_ms; });
  }
  std::string Text() const {
    std::string text = "list";
    for (const auto& [number, at] : list) text += " " + std::to_string(number);
    text += " map";
    for (const auto& [key, value] : entries) {
      text += " " + std::to_string(key) + "=" + std::to_string(value.first);
    }
    return text;
  }
  void Handle(int64_t time, int64_t now_ms) {
    const int64_t key = time / 7 % 3;
    switch (time % 7) {
      case 0:
        list.clear();
        break;
      case 1:
        entries.erase(key);
        break;
      case 2:
        entries.clear();
        break;
      case 3:
      case 4:
        entries[key] = {time, now_ms};
        break;
      default:
        list.emplace_back(time, now_ms);
        break;
    }
  }
};

std::string Wrapped(int64_t number, int64_t now_ms, int64_t ttl_ms) {
  const std::string value = "[" + std::to_string(number) + "]";
  return ttl_ms == 0 ? value : value + ", " + std::to_string(now_ms + ttl_ms);
}

Work KeepListAndMap(int64_t ttl_ms) {
  const auto list = DeclareVariable(GroupVariable::Kind::kList, "l", nullptr, kElement, ttl_ms);
  const auto map = DeclareVariable(GroupVariable::Kind::kMap, "m", kElement, kElement, ttl_ms);
  return [=](const GroupBatch& groups, GroupStates* states,
             std::vector<BatchPtr>* output) -> Status {
    std::vector<int64_t> elements_of, entries_of;
    ARROW_ASSIGN_OR_RAISE(const BatchPtr elements, states->Entries(0, &elements_of));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr entries, states->Entries(1, &entries_of));
    const int64_t now_ms = groups.processing_time_ms;
    std::string rows;
    for (int64_t i = 0; i < groups.keys->num_rows(); ++i) {
      ListAndMap before;
      const auto number = [](const arrow::Array& structs, int64_t row) {
        return NumberAt(*static_cast<const arrow::StructArray&>(structs).field(0), row);
      };
      const auto written = [&](const arrow::RecordBatch& batch, int64_t row) {
        return ttl_ms == 0 ? 0 : NumberAt(*batch.column(batch.num_columns() - 1), row) - ttl_ms;
      };
      for (int64_t k = elements_of[i]; k < elements_of[i + 1]; ++k) {
        const arrow::Array& value = *elements->column(0);
        before.list.emplace_back(ttl_ms == 0 ? NumberAt(value, k) : number(value, k),
                                 written(*elements, k));
      }
      for (int64_t k = entries_of[i]; k < entries_of[i + 1]; ++k) {
        before.entries[number(*entries->column(0), k)] = {number(*entries->column(1), k),
                                                          written(*entries, k)};
      }
      before.Expire(now_ms, ttl_ms);
      rows += (rows.empty() ? "" : ", ") + OutputRow(KeyOf(groups, i), before.Text(), 0);
      const std::vector<uint32_t> group = {static_cast<uint32_t>(i)};
      for (const int64_t time : TimesOf(groups, i)) {
        const std::string key = "[" + std::to_string(time / 7 % 3) + "]";
        const std::string value = Wrapped(time, now_ms, ttl_ms);
        const std::string wrapped = ttl_ms == 0 ? value : "[" + value + "]";
        switch (time % 7) {
          case 0:
            ARROW_RETURN_NOT_OK(states->Remove(0, group));
            break;
          case 1: {
            const BatchPtr keys = RowsOf(arrow::schema({map.schema->field(0)}), "[[" + key + "]]");
            ARROW_RETURN_NOT_OK(states->RemoveKeys(1, group, keys->column(0)));
            break;
          }
          case 2:
            ARROW_RETURN_NOT_OK(states->Remove(1, group));
            break;
          case 3:
          case 4: {
            const std::string row = "[[" + key + ", " + value + "]]";
            ARROW_RETURN_NOT_OK(states->Put(1, group, *RowsOf(map.schema, row)));
            break;
          }
          default:
            ARROW_RETURN_NOT_OK(states->Put(0, group, *RowsOf(list.schema, "[" + wrapped + "]")));
            break;
        }
      }
    }
    output->push_back(RowsOf(kOutput, "[" + rows + "]"));
    return Status::OK();
  };
}

std::shared_ptr<PhysicalPlan> ListAndMapPlan(int64_t ttl_ms) {
  auto call = TestCall(GroupFunctionCall::Kind::kTransformWithState,
                       GroupFunctionCall::Timeout::kNone, KeepListAndMap(ttl_ms));
  call->variables = {DeclareVariable(GroupVariable::Kind::kList, "l", nullptr, kElement, ttl_ms),
                     DeclareVariable(GroupVariable::Kind::kMap, "m", kElement, kElement, ttl_ms)};
  return PlanOf(call);
}

// Random rows of three groups against the model, with restarts and batches that run again.
TEST(StatefulGroups, ListsAndMapsAreAsTheModel) {
  for (const int64_t ttl_ms : {0, 10}) {
    for (uint64_t seed = 0; seed < 12; ++seed) {
      const auto random = Random::Seeded(seed);
      StreamingRun run(ListAndMapPlan(ttl_ms));
      std::map<std::string, ListAndMap> model;
      for (int batch = 0; batch < 30; ++batch) {
        if (random->Next() % 5 == 0) run.Restart();
        run.batch_timestamp_ms = batch * 3;
        std::map<std::string, std::vector<int64_t>> times;
        std::vector<Event> events;
        for (uint64_t i = random->Next() % 9; i > 0; --i) {
          events.push_back({std::string(1, static_cast<char>('a' + random->Next() % 3)),
                            static_cast<int64_t>(random->Next() % 21)});
          times[events.back().key].push_back(events.back().time);
        }
        std::vector<BatchPtr> rows;
        if (!events.empty()) rows.push_back(RowsOfEvents(events));
        if (random->Next() % 5 == 0) {
          run.RunWithoutCommit(rows, 0);
          run.Rollback();
        }
        std::vector<std::string> expected;
        for (auto& [key, contents] : model) contents.Expire(run.batch_timestamp_ms, ttl_ms);
        for (const auto& [key, own] : times) {
          expected.push_back(OutputText(key, model[key].Text(), 0));
          for (const int64_t time : own) model[key].Handle(time, run.batch_timestamp_ms);
        }
        ASSERT_EQ(run.Batch(rows, 0), testing::Sorted(expected))
            << "ttl " << ttl_ms << " seed " << seed << " batch " << batch;
        // A list is a row, each key of a map is one.
        int64_t total = 0;
        for (const auto& [key, contents] : model) {
          total += (contents.list.empty() ? 0 : 1) + static_cast<int64_t>(contents.entries.size());
        }
        ASSERT_EQ(run.metrics().rows_total, total)
            << "ttl " << ttl_ms << " seed " << seed << " batch " << batch;
      }
    }
  }
}

// How many entries a version has put and removed in a variable's store.
std::pair<int64_t, int64_t> ChangesOf(const StreamingRun& run, const GroupVariable& variable) {
  const StateReader reader("/state", 0, 0, DeclareVariableStore(variable, kKeys), run.files());
  int64_t puts = 0, removals = 0;
  const Status status = reader.ScanChanges(
      run.version(), run.version(),
      [&](int64_t, const arrow::RecordBatch& keys, const arrow::RecordBatch* values) {
        (values == nullptr ? removals : puts) += keys.num_rows();
        return Status::OK();
      });
  EXPECT_TRUE(status.ok()) << status;
  return {puts, removals};
}

TEST(StatefulGroups, CommitsWriteWhatHasChanged) {
  for (const int64_t ttl_ms : {0, 1000}) {
    const auto plan = ListAndMapPlan(ttl_ms);
    const GroupVariable list =
        DeclareVariable(GroupVariable::Kind::kList, "l", nullptr, kElement, ttl_ms);
    const GroupVariable map =
        DeclareVariable(GroupVariable::Kind::kMap, "m", kElement, kElement, ttl_ms);
    StreamingRun run(plan, 1);
    std::vector<Event> many;
    for (int i = 0; i < 2000; ++i) many.push_back({"a", 5});
    for (const int64_t time : {3, 10, 17}) many.push_back({"a", time});
    run.Batch({RowsOfEvents(many)}, 0);
    EXPECT_EQ(ChangesOf(run, list), std::pair(int64_t{2000}, int64_t{0}));
    EXPECT_EQ(ChangesOf(run, map), std::pair(int64_t{3}, int64_t{0}));
    run.Restart();
    run.Batch({RowsOfEvents({{"a", 6}, {"a", 5}, {"a", 11}, {"b", 6}})}, 0);
    EXPECT_EQ(ChangesOf(run, list), std::pair(int64_t{3}, int64_t{0}));
    EXPECT_EQ(ChangesOf(run, map), std::pair(int64_t{1}, int64_t{0}));
    run.Batch({RowsOfEvents({{"a", 8}})}, 0);
    EXPECT_EQ(ChangesOf(run, list), std::pair(int64_t{0}, int64_t{0}));
    EXPECT_EQ(ChangesOf(run, map), std::pair(int64_t{0}, int64_t{1}));
    run.Batch({RowsOfEvents({{"a", 7}})}, 0);
    EXPECT_EQ(ChangesOf(run, list), std::pair(int64_t{0}, int64_t{2002}));
  }
}

// Timers, too.
TEST(StatefulGroups, ATimerIsAnEntry) {
  StreamingRun run(TransformPlan(), 1);
  std::vector<Event> many;
  for (int i = 0; i < 100; ++i) many.push_back({"a", 100 + i});
  run.Batch({RowsOfEvents(many)}, 0);
  EXPECT_EQ(ChangesOf(run, EventTimers()), std::pair(int64_t{100}, int64_t{0}));
  run.Batch({RowsOfEvents({{"a", 300}})}, 0);
  EXPECT_EQ(ChangesOf(run, EventTimers()), std::pair(int64_t{1}, int64_t{0}));
}

TEST(GroupsWithState, LargeGroupsAreHandedOverWhole) {
  int64_t calls = 0;
  auto call = TestCall(
      GroupFunctionCall::Kind::kTransformWithState, GroupFunctionCall::Timeout::kNone,
      [&calls](const GroupBatch& groups, GroupStates*, std::vector<BatchPtr>* out) {
        ++calls;
        std::string rows;
        for (int64_t i = 0; i < groups.keys->num_rows(); ++i) {
          rows += (rows.empty() ? "" : ", ") +
                  OutputRow(KeyOf(groups, i), "rows", groups.begins[i + 1] - groups.begins[i]);
        }
        out->push_back(RowsOf(kOutput, "[" + rows + "]"));
        return Status::OK();
      });
  call->variables = {CountVariable()};
  StreamingRun run(PlanOf(call), 1);
  std::vector<Event> events;
  for (int i = 0; i < 30'000; ++i) events.push_back({"large", i});
  for (int i = 0; i < 10; ++i) events.push_back({"key" + std::to_string(i % 2), i});
  EXPECT_THAT(run.Batch({RowsOfEvents(events)}, 0),
              ElementsAre("key0 rows 5", "key1 rows 5", "large rows 30000"));
  EXPECT_GE(calls, 1);
}

TEST(GroupsWithState, LateRowsAreDroppedWithEventTimeOnly) {
  StreamingRun run(TransformPlan(), 1);
  run.Batch({RowsOfEvents({{"a", 5}})}, 0);
  run.Batch({}, 5);
  EXPECT_THAT(run.Batch({RowsOfEvents({{"a", 5}, {"a", 4}, {"a", 6}})}, 5),
              ElementsAre("a rows 2"));
  EXPECT_EQ(run.metrics().rows_dropped_by_watermark, 2);
}

TEST(GroupsWithState, RowsOlderThanTheWatermarkAreRefused) {
  const SchemaPtr output = SchemaOf("k STRING, time TIMESTAMP");
  auto call =
      TestCall(GroupFunctionCall::Kind::kTransformWithState, GroupFunctionCall::Timeout::kEventTime,
               [&](const GroupBatch&, GroupStates*, std::vector<BatchPtr>* out) {
                 out->push_back(RowsOf(output, "[[\"a\", 5000]]"));
                 return Status::OK();
               });
  call->output_schema = output;
  call->event_time_column = "time";
  call->variables = {EventTimers()};
  StreamingRun run(PlanOf(call), 1);
  EXPECT_THAT(run.Batch({RowsOfEvents({{"a", 9}})}, 5), ElementsAre("a 5000"));
  // Now 5 ms is the watermark for late rows.
  BatchContext context;
  context.batch_id = context.state_version = 1;
  context.late_watermark_ms = context.eviction_watermark_ms = 5;
  std::vector<PartitionReaders> inputs;
  inputs.push_back(testing::Partitions({{RowsOfEvents({{"a", 9}})}}));
  testing::Collector collector;
  RunMetrics metrics;
  const Status status = run.instance()->Run(context, std::move(inputs), &collector, &metrics);
  const ErrorDetail* detail = ErrorDetail::Get(status);
  ASSERT_NE(detail, nullptr) << status;
  EXPECT_EQ(detail->condition(), "EMITTING_ROWS_OLDER_THAN_WATERMARK_NOT_ALLOWED");
  EXPECT_EQ(detail->parameters().at("emittedRowEventTime"), "5");
}

}  // namespace
}  // namespace headrace

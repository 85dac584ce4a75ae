#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/testing/plans.h"
#include "operators/testing/streaming.h"

namespace headrace {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Times are small numbers; one of them is a second long.
constexpr int64_t kUnitMs = 1000;
constexpr int64_t kUnitUs = 1000 * kUnitMs;

const SchemaPtr kLeft = SchemaOf("lk STRING, lt TIMESTAMP, lc BIGINT, lid BIGINT");
const SchemaPtr kRight = SchemaOf("rk STRING, rt TIMESTAMP, rc BIGINT, rid BIGINT");

struct Event {
  char key;   // '-': null
  int time;   // -1: null
  int64_t c;  // looked at by conditions
};
using Events = std::vector<Event>;

// How rows leave the state, and what else they have to fulfil.
enum class Kind {
  kRange,       // lk = rk and lt <= rt <= lt + 1
  kTimeKey,     // lk = rk and lt = rt
  kConditions,  // kRange, and lc != 2 and rc != 2 and lc <= rc
  kForEver,     // lk = rk, no watermark
};
constexpr Kind kKinds[] = {Kind::kRange, Kind::kTimeKey, Kind::kConditions, Kind::kForEver};
constexpr JoinType kTypes[] = {JoinType::kInner, JoinType::kLeftOuter, JoinType::kRightOuter,
                               JoinType::kFullOuter, JoinType::kLeftSemi};

ExpressionPtr PairColumn(int index) {
  const bool left = index < kLeft->num_fields();
  const FieldPtr& field = left ? kLeft->field(index) : kRight->field(index - kLeft->num_fields());
  return std::make_shared<BoundReference>(index, field->name(), field->type(), true);
}

std::shared_ptr<PhysicalPlan> PlanFor(JoinType type, Kind kind) {
  const auto left = Scan(kLeft, 0), right = Scan(kRight, 1);
  auto join = std::make_shared<StreamJoin>();
  join->nulls_are_equal = type == JoinType::kFullOuter;
  join->left.row_columns = join->right.row_columns = 4;
  join->left.keys = join->right.keys = {0};
  std::vector<FieldPtr> fields = kLeft->fields();
  if (type != JoinType::kLeftSemi) {
    fields.insert(fields.end(), kRight->fields().begin(), kRight->fields().end());
  }
  ExpressionPtr condition;
  if (kind != Kind::kForEver) {
    join->left.event_time_column = join->right.event_time_column = 1;
  }
  if (kind == Kind::kTimeKey) {
    join->left.keys = join->right.keys = {0, 1};
    join->left.watermark = join->right.watermark = {StateWatermark::Kind::kKey, 1, {}};
  }
  if (kind == Kind::kRange || kind == Kind::kConditions) {
    const auto unit = MakeLiteral(
        std::make_shared<arrow::DurationScalar>(kUnitUs, arrow::duration(arrow::TimeUnit::MICRO)));
    condition = MakeAnd(Call(">=", {PairColumn(5), PairColumn(1)}),
                        Call("<=", {PairColumn(5), Call("+", {PairColumn(1), unit})}));
    join->left.watermark = {StateWatermark::Kind::kValue, 0, {{1, -1.0 * kUnitUs, false}}};
    join->right.watermark = {StateWatermark::Kind::kValue, 0, {{1, 0, false}}};
  }
  if (kind == Kind::kConditions) {
    condition = MakeAnd(condition, Call("<=", {PairColumn(2), PairColumn(6)}));
    join->left.condition = Call("!=", {Column(left, "lc"), Int(2)});
    join->right.condition = Call("!=", {Column(right, "rc"), Int(2)});
  }
  auto node = Node(PhysicalKind::kStreamJoin,
                   {Exchange(left, join->left.keys), Exchange(right, join->right.keys)},
                   arrow::schema(fields));
  node->join_type = type;
  node->condition = condition;
  node->stream_join = join;
  node->operator_id = 0;
  return PlanOf(node, 2, OutputMode::kAppend, 1);
}

// Spark's rules, one row at a time (semantics.md 4.3).
class Oracle {
 public:
  Oracle(JoinType type, Kind kind) : type_(type), kind_(kind) {}

  std::vector<std::string> Batch(const Events& left, const Events& right, int64_t first_id,
                                 int advance) {
    const int late = watermark_;
    watermark_ += advance;
    updated_ = removed_ = dropped_ = 0;
    output_.clear();
    int64_t id = first_id;
    for (const Event& event : left) Left({event, id++, false}, late);
    for (const Event& event : right) Right({event, id++, false}, late);
    Evict(&left_, true);
    Evict(&right_, false);
    return Sorted(output_);
  }

  int watermark() const { return watermark_; }
  int64_t rows() const { return static_cast<int64_t>(left_.size() + right_.size()); }
  int64_t updated() const { return updated_; }
  int64_t removed() const { return removed_; }
  int64_t dropped() const { return dropped_; }

 private:
  struct Row {
    Event event;
    int64_t id;
    bool matched;
  };

  bool preserves(bool left) const {
    return type_ == JoinType::kFullOuter ||
           type_ == (left ? JoinType::kLeftOuter : JoinType::kRightOuter);
  }
  bool IsLate(const Event& event, int late) const {
    return kind_ != Kind::kForEver && event.time >= 0 && event.time <= late;
  }
  bool Hopeless(const Event& event) const { return kind_ == Kind::kConditions && event.c == 2; }
  bool Usable(const Event& event) const {
    if (type_ == JoinType::kFullOuter) return true;
    return event.key != '-' && (kind_ != Kind::kTimeKey || event.time >= 0);
  }
  bool Leaves(const Event& event, bool left) const {
    if (event.time < 0 || kind_ == Kind::kForEver) return false;
    if (kind_ == Kind::kTimeKey) return event.time <= watermark_;
    // A left row at t may meet right rows until t + 1; a right row left rows from rt - 1 to rt.
    return left ? event.time + 1 < watermark_ : event.time < watermark_;
  }
  bool Matches(const Event& l, const Event& r) const {
    if (!Usable(l) || !Usable(r) || l.key != r.key) return false;
    if (kind_ == Kind::kForEver) return true;
    if (kind_ == Kind::kTimeKey) return l.time == r.time;
    if (l.time < 0 || r.time < 0 || r.time < l.time || r.time > l.time + 1) return false;
    return kind_ == Kind::kRange || l.c <= r.c;
  }

  static std::string TextOf(const Row& row) {
    const Event& e = row.event;
    return (e.key == '-' ? "null" : std::string(1, e.key)) + " " +
           (e.time < 0 ? "null" : std::to_string(e.time * kUnitUs)) + " " + std::to_string(e.c) +
           " " + std::to_string(row.id);
  }
  static constexpr const char* kNulls = "null null null null";

  void Left(Row row, int late) {
    if (IsLate(row.event, late)) {
      ++dropped_;
    } else if (Hopeless(row.event)) {
      if (preserves(true)) output_.push_back(TextOf(row) + " " + kNulls);
    } else {
      for (Row& other : right_) {
        if (!Matches(row.event, other.event)) continue;
        if (type_ == JoinType::kLeftSemi && !row.matched) output_.push_back(TextOf(row));
        if (type_ != JoinType::kLeftSemi) output_.push_back(TextOf(row) + " " + TextOf(other));
        row.matched = other.matched = true;
      }
      if (type_ == JoinType::kLeftSemi && row.matched) return;
      if (Usable(row.event) || preserves(true)) {
        left_.push_back(row);
        ++updated_;
      }
    }
  }

  void Right(Row row, int late) {
    if (IsLate(row.event, late)) {
      ++dropped_;
    } else if (Hopeless(row.event)) {
      if (preserves(false)) output_.push_back(std::string(kNulls) + " " + TextOf(row));
    } else {
      for (Row& other : left_) {
        if (!Matches(other.event, row.event)) continue;
        if (type_ == JoinType::kLeftSemi && !other.matched) output_.push_back(TextOf(other));
        if (type_ != JoinType::kLeftSemi) output_.push_back(TextOf(other) + " " + TextOf(row));
        row.matched = other.matched = true;
      }
      const bool waits = !Leaves(row.event, false) || (preserves(false) && !row.matched);
      if (waits && (Usable(row.event) || preserves(false))) {
        right_.push_back(row);
        ++updated_;
      }
    }
  }

  void Evict(std::vector<Row>* rows, bool left) {
    std::vector<Row> kept;
    for (const Row& row : *rows) {
      if (!Leaves(row.event, left)) {
        kept.push_back(row);
      } else if (!preserves(left)) {
        ++removed_;
      } else if (!row.matched) {
        output_.push_back(left ? TextOf(row) + " " + kNulls
                               : std::string(kNulls) + " " + TextOf(row));
      }
    }
    *rows = std::move(kept);
  }

  const JoinType type_;
  const Kind kind_;
  int watermark_ = 0;
  std::vector<Row> left_, right_;
  std::vector<std::string> output_;
  int64_t updated_ = 0, removed_ = 0, dropped_ = 0;
};

std::vector<BatchPtr> BatchOf(const SchemaPtr& schema, const Events& events, int64_t first_id) {
  if (events.empty()) return {};
  std::string json;
  for (const Event& event : events) {
    json += (json.empty() ? "[[" : ", [") +
            (event.key == '-' ? "null" : "\"" + std::string(1, event.key) + "\"") + ", " +
            (event.time < 0 ? "null" : std::to_string(event.time * kUnitUs)) + ", " +
            std::to_string(event.c) + ", " + std::to_string(first_id++) + "]";
  }
  return {RowsOf(schema, json + "]")};
}

struct Step {
  Events left, right;
  int advance;
};

std::string TextOf(const Step& step) {
  std::string text = "[";
  for (const Event& e : step.left) text += std::string(1, e.key) + std::to_string(e.time) + " ";
  text += "| ";
  for (const Event& e : step.right) text += std::string(1, e.key) + std::to_string(e.time) + " ";
  return text + "| +" + std::to_string(step.advance) + "] ";
}

// Runs the batches in the engine and the oracle; the engine forgets its memory before batch number
// `restart`.
void CompareWithOracle(const std::shared_ptr<PhysicalPlan>& plan, JoinType type, Kind kind,
                       const std::vector<Step>& steps, int restart) {
  Oracle oracle(type, kind);
  StreamingRun run(plan, 2);
  int64_t id = 0;
  std::string story;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (static_cast<int>(i) == restart) run.Restart();
    story += TextOf(step);
    const auto expected = oracle.Batch(step.left, step.right, id, step.advance);
    const auto left = BatchOf(kLeft, step.left, id);
    const auto right = BatchOf(kRight, step.right, id + static_cast<int64_t>(step.left.size()));
    const auto actual = run.BatchOfScans({left, right}, oracle.watermark() * kUnitMs);
    id += static_cast<int64_t>(step.left.size() + step.right.size());
    const std::string where = story + "type " + std::to_string(static_cast<int>(type)) + " kind " +
                              std::to_string(static_cast<int>(kind));
    ASSERT_EQ(actual, expected) << where;
    ASSERT_EQ(run.metrics().rows_total, oracle.rows()) << where;
    ASSERT_EQ(run.metrics().rows_updated, oracle.updated()) << where;
    ASSERT_EQ(run.metrics().rows_removed, oracle.removed()) << where;
    ASSERT_EQ(run.metrics().rows_dropped_by_watermark, oracle.dropped()) << where;
  }
}

class StreamJoinOracle : public ::testing::TestWithParam<std::tuple<JoinType, Kind>> {};

// Every sequence of two batches out of these, then one that empties the state.
TEST_P(StreamJoinOracle, AgreesOnAllShortStories) {
  const auto [type, kind] = GetParam();
  const auto plan = PlanFor(type, kind);
  const Events lefts[] = {
      {}, {{'a', 3, 1}}, {{'a', 2, 1}, {'b', 3, 2}, {'a', 4, 3}}, {{'-', 3, 1}, {'a', -1, 1}}};
  const Events rights[] = {
      {}, {{'a', 3, 1}}, {{'a', 3, 2}, {'a', 4, 1}, {'b', 4, 3}}, {{'-', 3, 1}, {'a', -1, 1}}};
  std::vector<Step> steps;
  for (const Events& left : lefts) {
    for (const Events& right : rights) {
      for (const int advance : {0, 4}) steps.push_back({left, right, advance});
    }
  }
  int story = 0;
  for (const Step& first : steps) {
    for (const Step& second : steps) {
      ASSERT_NO_FATAL_FAILURE(
          CompareWithOracle(plan, type, kind, {first, second, {{}, {}, 10}}, story++ % 4));
    }
  }
}

// Many rows of few keys, so that rows take the places of others in the state.
TEST_P(StreamJoinOracle, AgreesOnLongStories) {
  const auto [type, kind] = GetParam();
  const auto plan = PlanFor(type, kind);
  uint64_t seed = 4711;
  const auto next = [&seed](uint64_t bound) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int>((seed >> 33) % bound);
  };
  for (int story = 0; story < 6; ++story) {
    std::vector<Step> steps;
    int now = 1;
    for (int batch = 0; batch < 25; ++batch) {
      Step step{{}, {}, next(3)};
      for (Events* events : {&step.left, &step.right}) {
        for (int i = next(12); i > 0; --i) {
          const char key = "aaabb-"[next(6)];
          events->push_back({key, next(20) == 0 ? -1 : now + next(6), next(4)});
        }
      }
      now += step.advance;
      steps.push_back(std::move(step));
    }
    ASSERT_NO_FATAL_FAILURE(CompareWithOracle(plan, type, kind, steps, 7 + story));
  }
}

INSTANTIATE_TEST_SUITE_P(All, StreamJoinOracle,
                         ::testing::Combine(::testing::ValuesIn(kTypes),
                                            ::testing::ValuesIn(kKinds)));

TEST(StreamJoin, AFailedBatchLeavesNoTrace) {
  StreamingRun run(PlanFor(JoinType::kLeftOuter, Kind::kRange));
  EXPECT_THAT(run.BatchOfScans({BatchOf(kLeft, {{'a', 2, 1}, {'b', 2, 1}}, 0), {}}, 0), IsEmpty());
  const auto right = BatchOf(kRight, {{'a', 3, 1}}, 7);
  const std::vector<std::string> rows = {"a 2000000 1 0 a 3000000 1 7",
                                         "b 2000000 1 1 null null null null"};
  EXPECT_EQ(run.RunScansWithoutCommit({{}, right}, 4 * kUnitMs), rows);
  run.Rollback();
  EXPECT_EQ(run.BatchOfScans({{}, right}, 4 * kUnitMs), rows);
  EXPECT_EQ(run.metrics().rows_total, 0);
}

TEST(StreamJoin, DeclaresSparksStores) {
  StreamingRun run(PlanFor(JoinType::kInner, Kind::kTimeKey), 3);
  const auto declared = run.instance()->StatefulOperators();
  ASSERT_EQ(declared.size(), 1u);
  EXPECT_EQ(declared[0].name, "symmetricHashJoin");
  EXPECT_EQ(declared[0].partitions, 3);
  std::vector<std::string> stores;
  for (const StateStoreDeclaration& store : declared[0].stores) {
    stores.push_back(store.name + ": " + SchemaToDdl(*store.key_schema) + " -> " +
                     SchemaToDdl(*store.value_schema));
  }
  EXPECT_THAT(stores,
              ElementsAre("left-keyToNumValues: field0 STRING,field1 TIMESTAMP -> value BIGINT",
                          "left-keyWithIndexToValue: field0 STRING,field1 TIMESTAMP,index BIGINT "
                          "-> lk STRING,lt TIMESTAMP,lc BIGINT,lid BIGINT,matched BOOLEAN",
                          "right-keyToNumValues: field0 STRING,field1 TIMESTAMP -> value BIGINT",
                          "right-keyWithIndexToValue: field0 STRING,field1 TIMESTAMP,index BIGINT "
                          "-> rk STRING,rt TIMESTAMP,rc BIGINT,rid BIGINT,matched BOOLEAN"));
  run.BatchOfScans({BatchOf(kLeft, {{'a', 2, 1}}, 0), {}}, 0);
  EXPECT_EQ(run.metrics().store_instances, 12);
}

TEST(StreamJoin, WantsABatchOnlyWhenRowsCanLeave) {
  EXPECT_TRUE(
      StreamingRun(PlanFor(JoinType::kInner, Kind::kRange)).instance()->WantsNoDataBatch(0, 1, 0));
  EXPECT_FALSE(
      StreamingRun(PlanFor(JoinType::kInner, Kind::kRange)).instance()->WantsNoDataBatch(1, 1, 0));
  EXPECT_FALSE(StreamingRun(PlanFor(JoinType::kInner, Kind::kForEver))
                   .instance()
                   ->WantsNoDataBatch(0, 1, 0));
}

}  // namespace
}  // namespace headrace

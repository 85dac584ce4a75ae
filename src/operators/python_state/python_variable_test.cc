// State variables of Python processors: what they hold, and what they store.
#include "operators/python_state/python_variable.h"

#include <map>

#include <arrow/array/builder_primitive.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "python/pickle_reader.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = GroupVariable::Kind;

const SchemaPtr kNumber = arrow::schema({arrow::field("n", arrow::int64())});

// The states of three groups, as rows.
class RowsOfGroups final : public GroupStates {
 public:
  explicit RowsOfGroups(SchemaPtr schema) : schema_(std::move(schema)) {}
  Result<BatchPtr> Get(int, std::vector<uint8_t>* found) override {
    ++reads;
    found->clear();
    std::vector<BatchPtr> pieces;
    for (uint32_t group = 0; group < 3; ++group) {
      found->push_back(rows.contains(group) ? 1 : 0);
      if (rows.contains(group)) {
        pieces.push_back(rows[group]);
        continue;
      }
      Arrays nulls;
      for (const FieldPtr& field : schema_->fields()) {
        ARROW_ASSIGN_OR_RAISE(nulls.emplace_back(), arrow::MakeArrayOfNull(field->type(), 1));
      }
      pieces.push_back(arrow::RecordBatch::Make(schema_, 1, nulls));
    }
    return ConcatenateBatches(schema_, pieces);
  }
  Status Put(int, const std::vector<uint32_t>& groups, const arrow::RecordBatch& values) override {
    for (size_t i = 0; i < groups.size(); ++i) {
      rows[groups[i]] = values.Slice(static_cast<int64_t>(i), 1);
    }
    return Status::OK();
  }
  Status Remove(int, const std::vector<uint32_t>& groups) override {
    for (const uint32_t group : groups) rows.erase(group);
    return Status::OK();
  }

  std::map<uint32_t, BatchPtr> rows;
  int reads = 0;

 private:
  const SchemaPtr schema_;
};

// pickle.dumps((n,))
std::string Pickled(int64_t n) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.Append(n).ok());
  PickleWriter writer(true);
  return writer.Tuple({builder.Finish().ValueOrDie()}, 0);
}

int64_t Number(const std::string& pickle) {
  return ReadPickle(pickle).ValueOrDie()->elements.at(0)->integer;
}

std::vector<int64_t> Values(PythonVariable* variable, size_t group) {
  std::vector<int64_t> values;
  for (const StateItem& item : *variable->Items(group).ValueOrDie()) {
    values.push_back(Number(variable->values().PickledTuple(item.value).ValueOrDie()));
  }
  return values;
}

struct Fixture {
  explicit Fixture(Kind kind, int64_t ttl_ms = 0)
      : variable(0, DeclareVariable(kind, "x", kNumber, kNumber, ttl_ms), true),
        states(variable.variable().schema) {
    Begin(0);
  }
  void Begin(int64_t now_ms) { variable.Begin(3, now_ms, &states); }
  // What a later batch finds.
  void Next(int64_t now_ms) {
    ASSERT_TRUE(variable.Write().ok());
    Begin(now_ms);
  }
  PythonVariable variable;
  RowsOfGroups states;
};

TEST(PythonVariableTest, ValuesAreKeptByGroup) {
  Fixture f(Kind::kValue);
  ASSERT_TRUE(f.variable.SetValue(0, Pickled(5)).ok());
  ASSERT_TRUE(f.variable.SetValue(2, Pickled(6)).ok());
  ASSERT_TRUE(f.variable.SetValue(2, Pickled(7)).ok());
  EXPECT_THAT(Values(&f.variable, 0), ElementsAre(5));
  f.Next(0);
  EXPECT_THAT(Values(&f.variable, 1), IsEmpty());
  EXPECT_THAT(Values(&f.variable, 2), ElementsAre(7));
  ASSERT_TRUE(f.variable.Clear(2).ok());
  f.Next(0);
  EXPECT_THAT(Values(&f.variable, 0), ElementsAre(5));
  EXPECT_THAT(Values(&f.variable, 2), IsEmpty());
  EXPECT_EQ(f.states.rows.size(), 1u);
}

TEST(PythonVariableTest, WhatIsNotAskedForIsNotRead) {
  Fixture f(Kind::kValue);
  f.Next(0);
  EXPECT_EQ(f.states.reads, 0);
  Values(&f.variable, 0);
  Values(&f.variable, 1);
  EXPECT_EQ(f.states.reads, 1);
}

TEST(PythonVariableTest, ElementsExpireOneByOne) {
  Fixture f(Kind::kList, /*ttl_ms=*/10);
  ASSERT_TRUE(f.variable.AppendElement(1, Pickled(1)).ok());
  f.Next(5);
  ASSERT_TRUE(f.variable.AppendElement(1, Pickled(2)).ok());
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(1, 2));
  f.Next(10);
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(2));
  f.Next(15);
  EXPECT_THAT(Values(&f.variable, 1), IsEmpty());
}

TEST(PythonVariableTest, MapsHaveOneEntryAKey) {
  Fixture f(Kind::kMap);
  for (const int64_t key : {1, 2, 3, 1}) {
    ASSERT_TRUE(f.variable.SetEntry(0, Pickled(key), Pickled(key * 10)).ok());
  }
  f.Next(0);
  EXPECT_THAT(Values(&f.variable, 0), ElementsAre(10, 20, 30));
  ASSERT_TRUE(f.variable.RemoveEntry(0, Pickled(1)).ok());
  ASSERT_TRUE(f.variable.RemoveEntry(0, Pickled(9)).ok());
  EXPECT_EQ(f.variable.FindEntry(0, Pickled(1)).ValueOrDie(), nullptr);
  const StateItem* three = f.variable.FindEntry(0, Pickled(3)).ValueOrDie();
  ASSERT_NE(three, nullptr);
  EXPECT_EQ(Number(f.variable.values().PickledTuple(three->value).ValueOrDie()), 30);
  EXPECT_EQ(Number(f.variable.keys().PickledTuple(three->key).ValueOrDie()), 3);
  for (const int64_t key : {2, 3}) ASSERT_TRUE(f.variable.RemoveEntry(0, Pickled(key)).ok());
  f.Next(0);
  EXPECT_TRUE(f.states.rows.empty());
}

TEST(PythonVariableTest, TimersAreSortedAndUnique) {
  GroupVariable timers;
  timers.kind = Kind::kTimers;
  timers.schema = arrow::schema(
      {arrow::field("timestamps", arrow::list(arrow::field("element", arrow::int64(), false)))});
  PythonVariable variable(0, timers, true);
  RowsOfGroups states(timers.schema);
  variable.Begin(3, 0, &states);
  for (const int64_t time : {30, 10, 30, 20}) ASSERT_TRUE(variable.AddTimer(1, time).ok());
  ASSERT_TRUE(variable.RemoveTimer(1, 20).ok());
  ASSERT_TRUE(variable.Write().ok());
  variable.Begin(3, 0, &states);
  std::vector<int64_t> times;
  for (const StateItem& item : *variable.Items(1).ValueOrDie()) times.push_back(item.time_ms);
  EXPECT_THAT(times, ElementsAre(10, 30));
}

}  // namespace
}  // namespace headrace

// State variables of Python processors: what they hold, and what they store.
#include "operators/python_state/python_variable.h"

#include <array>
#include <map>

#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/testing/plans.h"
#include "python/pickle_reader.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = GroupVariable::Kind;

const SchemaPtr kNumber = arrow::schema({arrow::field("n", arrow::int64())});

// The states of three groups: entries by their keys, elements of lists by their numbers.
class EntriesOfGroups final : public GroupStates {
 public:
  explicit EntriesOfGroups(GroupVariable variable) : variable_(std::move(variable)) {}
  Result<BatchPtr> Get(int, std::vector<uint8_t>* found) override {
    ++reads;
    std::vector<BatchPtr> rows;
    for (const auto& group : groups) {
      found->push_back(group.empty() ? 0 : 1);
      ARROW_ASSIGN_OR_RAISE(const BatchPtr nulls, Nulls());
      rows.push_back(group.empty() ? nulls : group.begin()->second);
    }
    return ConcatenateBatches(variable_.schema, rows);
  }
  Result<BatchPtr> Entries(int, std::vector<int64_t>* begins) override {
    ++reads;
    begins->assign(1, 0);
    std::vector<BatchPtr> rows = {RowsOf("[]")};
    for (const auto& group : groups) {
      for (const auto& [key, row] : group) rows.push_back(row);
      begins->push_back(static_cast<int64_t>(rows.size()) - 1);
    }
    return ConcatenateBatches(variable_.schema, rows);
  }
  Status Has(int, std::vector<uint8_t>* has) override {
    ++looks;
    for (const auto& group : groups) has->push_back(group.empty() ? 0 : 1);
    return Status::OK();
  }
  Result<BatchPtr> Find(int, const std::vector<uint32_t>& of, const ArrayPtr& keys,
                        std::vector<uint8_t>* found) override {
    ++reads;
    found->assign(1, 0);
    const auto entry = groups[of[0]].find(TextOf(*keys, 0));
    if (entry == groups[of[0]].end()) return Nulls();
    (*found)[0] = 1;
    return entry->second;
  }
  Status Put(int, const std::vector<uint32_t>& of, const arrow::RecordBatch& rows) override {
    for (size_t i = 0; i < of.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      std::string key;
      if (variable_.kind == Kind::kList) key = "element" + std::to_string(100 + elements_++);
      if (variable_.kind == Kind::kMap || variable_.kind == Kind::kTimers) {
        key = TextOf(*rows.column(0), row);
      }
      groups[of[i]][key] = rows.Slice(row, 1);
      ++puts;
    }
    return Status::OK();
  }
  Status RemoveKeys(int, const std::vector<uint32_t>& of, const ArrayPtr& keys) override {
    for (size_t i = 0; i < of.size(); ++i) {
      groups[of[i]].erase(TextOf(*keys, static_cast<int64_t>(i)));
    }
    return Status::OK();
  }
  Status Remove(int, const std::vector<uint32_t>& of) override {
    for (const uint32_t group : of) groups[group].clear();
    return Status::OK();
  }

  std::array<std::map<std::string, BatchPtr>, 3> groups;
  int reads = 0, looks = 0, puts = 0;

 private:
  static std::string TextOf(const arrow::Array& array, int64_t row) {
    return array.GetScalar(row).ValueOrDie()->ToString();
  }
  BatchPtr RowsOf(const std::string& json) const { return testing::RowsOf(variable_.schema, json); }
  Result<BatchPtr> Nulls() const {
    Arrays columns;
    for (const FieldPtr& field : variable_.schema->fields()) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), arrow::MakeArrayOfNull(field->type(), 1));
    }
    return arrow::RecordBatch::Make(variable_.schema, 1, columns);
  }

  const GroupVariable variable_;
  int elements_ = 0;
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
  for (const StateItem& item : variable->Items(group).ValueOrDie()) {
    values.push_back(Number(variable->values().PickledTuple(item.value).ValueOrDie()));
  }
  return values;
}

struct Fixture {
  explicit Fixture(Kind kind, int64_t ttl_ms = 0)
      : Fixture(DeclareVariable(kind, "x", kNumber, kNumber, ttl_ms)) {}
  explicit Fixture(const GroupVariable& declared) : variable(0, declared, true), states(declared) {
    Begin(0);
  }
  void Begin(int64_t now_ms) { variable.Begin(3, now_ms, &states); }
  // What a later batch finds.
  void Next(int64_t now_ms) {
    ASSERT_TRUE(variable.Write().ok());
    Begin(now_ms);
  }
  PythonVariable variable;
  EntriesOfGroups states;
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
  f.variable.Clear(2);
  f.Next(0);
  EXPECT_THAT(Values(&f.variable, 0), ElementsAre(5));
  EXPECT_THAT(Values(&f.variable, 2), IsEmpty());
  EXPECT_TRUE(f.states.groups[2].empty());
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
  EXPECT_TRUE(f.states.groups[0].empty());
}

TEST(PythonVariableTest, WhatIsAppendedIsAllThatIsWritten) {
  Fixture f(Kind::kList);
  for (int64_t n = 0; n < 5; ++n) ASSERT_TRUE(f.variable.AppendElement(1, Pickled(n)).ok());
  f.Next(0);
  EXPECT_EQ(f.states.puts, 5);
  ASSERT_TRUE(f.variable.AppendElement(1, Pickled(5)).ok());
  f.Next(0);
  EXPECT_EQ(f.states.puts, 6);
  EXPECT_EQ(f.states.reads, 0);
  // The same when the list was looked at.
  ASSERT_TRUE(f.variable.AppendElement(1, Pickled(6)).ok());
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  ASSERT_TRUE(f.variable.AppendElement(1, Pickled(7)).ok());
  f.Next(0);
  EXPECT_EQ(f.states.puts, 8);
  f.variable.Clear(1);
  ASSERT_TRUE(f.variable.AppendElement(1, Pickled(8)).ok());
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(8));
  f.Next(0);
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(8));
}

TEST(PythonVariableTest, EntriesThatChangeAreAllThatIsWritten) {
  Fixture f(Kind::kMap);
  for (int64_t n = 0; n < 5; ++n) ASSERT_TRUE(f.variable.SetEntry(1, Pickled(n), Pickled(n)).ok());
  f.Next(0);
  ASSERT_TRUE(f.variable.SetEntry(1, Pickled(3), Pickled(33)).ok());
  ASSERT_TRUE(f.variable.RemoveEntry(1, Pickled(4)).ok());
  EXPECT_EQ(f.states.reads, 0);
  EXPECT_NE(f.variable.FindEntry(1, Pickled(2)).ValueOrDie(), nullptr);
  EXPECT_EQ(f.states.reads, 1);
  EXPECT_EQ(f.variable.FindEntry(1, Pickled(4)).ValueOrDie(), nullptr);
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(0, 1, 2, 33));
  f.Next(0);
  EXPECT_EQ(f.states.puts, 6);
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(0, 1, 2, 33));
  f.variable.Clear(1);
  EXPECT_EQ(f.variable.FindEntry(1, Pickled(3)).ValueOrDie(), nullptr);
  ASSERT_TRUE(f.variable.SetEntry(1, Pickled(9), Pickled(9)).ok());
  f.Next(0);
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(9));
}

// An entry that has outlived its time is not there, whatever way it is looked for.
TEST(PythonVariableTest, EntriesExpireOneByOne) {
  Fixture f(Kind::kMap, /*ttl_ms=*/10);
  ASSERT_TRUE(f.variable.SetEntry(1, Pickled(1), Pickled(1)).ok());
  f.Next(5);
  ASSERT_TRUE(f.variable.SetEntry(1, Pickled(2), Pickled(2)).ok());
  f.Next(10);
  EXPECT_EQ(f.variable.FindEntry(1, Pickled(1)).ValueOrDie(), nullptr);
  EXPECT_NE(f.variable.FindEntry(1, Pickled(2)).ValueOrDie(), nullptr);
  EXPECT_THAT(Values(&f.variable, 1), ElementsAre(2));
}

// Whether there is anything is told without reading it.
TEST(PythonVariableTest, WhetherThereIsAnythingIsNotRead) {
  for (const Kind kind : {Kind::kList, Kind::kMap}) {
    Fixture f(kind);
    const auto add = [&](size_t group, int64_t n) {
      return kind == Kind::kList ? f.variable.AppendElement(group, Pickled(n))
                                 : f.variable.SetEntry(group, Pickled(n), Pickled(n));
    };
    const auto has = [&](size_t group) { return f.variable.HasItems(group).ValueOrDie(); };
    ASSERT_TRUE(add(0, 1).ok());
    ASSERT_TRUE(add(1, 1).ok());
    EXPECT_TRUE(has(0));
    EXPECT_EQ(f.states.looks, 0);
    f.Next(0);
    EXPECT_TRUE(has(0));
    EXPECT_TRUE(has(1));
    EXPECT_FALSE(has(2));
    EXPECT_EQ(f.states.looks, 1);
    f.variable.Clear(0);
    EXPECT_FALSE(has(0));
    ASSERT_TRUE(add(0, 2).ok());
    EXPECT_TRUE(has(0));
    f.variable.Clear(1);
    f.Next(0);
    EXPECT_TRUE(has(0));
    EXPECT_FALSE(has(1));
    EXPECT_EQ(f.states.reads, 0);
  }
  // The one entry that there is has been taken out, but not written yet.
  Fixture f(Kind::kMap);
  ASSERT_TRUE(f.variable.SetEntry(0, Pickled(1), Pickled(1)).ok());
  f.Next(0);
  ASSERT_TRUE(f.variable.RemoveEntry(0, Pickled(1)).ok());
  EXPECT_FALSE(f.variable.HasItems(0).ValueOrDie());
}

// What has outlived its time is stored, but does not count.
TEST(PythonVariableTest, WhatHasExpiredDoesNotExist) {
  Fixture f(Kind::kList, /*ttl_ms=*/10);
  ASSERT_TRUE(f.variable.AppendElement(1, Pickled(1)).ok());
  f.Next(9);
  EXPECT_TRUE(f.variable.HasItems(1).ValueOrDie());
  f.Next(10);
  EXPECT_FALSE(f.variable.HasItems(1).ValueOrDie());
}

TEST(PythonVariableTest, TimersAreSortedAndUnique) {
  Fixture f(TimersVariable("timers"));
  for (const int64_t time : {30, 10, 30, 20}) f.variable.AddTimer(1, time);
  f.variable.RemoveTimer(1, 20);
  f.Next(0);
  std::vector<int64_t> times;
  for (const StateItem& item : f.variable.Items(1).ValueOrDie()) times.push_back(item.time_ms);
  EXPECT_THAT(times, ElementsAre(10, 30));
}

}  // namespace
}  // namespace headrace

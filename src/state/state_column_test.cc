#include "state/state_column.h"

#include <arrow/array/concatenate.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

struct Case {
  DataTypePtr type;
  std::string first;   // three values
  std::string second;  // two values
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {arrow::boolean(), "[true, false, null]", "[null, true]"},
      {arrow::int8(), "[1, -2, null]", "[null, 4]"},
      {arrow::int16(), "[1, -2, null]", "[3, 4]"},
      {arrow::int32(), "[1, -2, null]", "[3, null]"},
      {arrow::int64(), "[1, -2, 9223372036854775807]", "[3, 4]"},
      {arrow::float32(), "[1.5, -2, null]", "[3, 4]"},
      {arrow::float64(), "[1.5, -2, null]", "[3, null]"},
      {arrow::date32(), "[1, 2, null]", "[3, 4]"},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[1, 2, null]", "[3, 4]"},
      {arrow::duration(arrow::TimeUnit::MICRO), "[1, 2, null]", "[3, 4]"},
      {arrow::month_interval(), "[1, 2, null]", "[3, 4]"},
      {arrow::decimal128(20, 2), R"(["1.25", "-2.00", null])",
       R"([null, "123456789012345678.99"])"},
      {arrow::utf8(), R"(["a", "", null])", R"(["longer than before", "b"])"},
      {arrow::binary(), R"(["a", "", null])", R"([null, "bb"])"},
      {arrow::struct_({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8())}),
       R"([{"a": 1, "b": "x"}, {"a": null, "b": null}, null])", R"([null, {"a": 2, "b": "y"}])"},
      {arrow::list(arrow::field("element", arrow::utf8())), R"([["a", null], [], null])",
       R"([["b"], null])"},
      {arrow::map(arrow::utf8(), arrow::int64()), R"([[["a", 1]], [], null])",
       R"([[["b", null]], null])"},
      {arrow::null(), "[null, null, null]", "[null, null]"},
  };
  return cases;
}

std::shared_ptr<arrow::Array> Array(const DataTypePtr& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

TEST(StateColumnTest, TakesWhatWasPut) {
  for (const Case& c : Cases()) {
    const auto column = StateColumn::Make(c.type);
    column->Resize(3);
    const uint32_t first[] = {0, 1, 2};
    const auto values = Array(c.type, c.first);
    ASSERT_TRUE(column->Put(*values, first).ok()) << *c.type;
    column->Resize(10);
    const auto taken = column->Take(first, 3).ValueOrDie();
    ASSERT_TRUE(taken->ValidateFull().ok()) << *c.type;
    EXPECT_TRUE(taken->Equals(values)) << *c.type << taken->ToString();

    // Replaced out of order, from a slice, beside what stays; absent keys give null.
    const auto others = Array(c.type, c.second);
    const uint32_t second[] = {2, 0};
    ASSERT_TRUE(
        column->Put(*arrow::Concatenate({values, others}).ValueOrDie()->Slice(3), second).ok());
    const uint32_t all[] = {2, StateColumn::kAbsent, 1, 0};
    const auto expected =
        arrow::Concatenate({others->Slice(0, 1), arrow::MakeArrayOfNull(c.type, 1).ValueOrDie(),
                            values->Slice(1, 1), others->Slice(1, 1)})
            .ValueOrDie();
    const auto again = column->Take(all, 4).ValueOrDie();
    ASSERT_TRUE(again->ValidateFull().ok()) << *c.type;
    EXPECT_TRUE(again->Equals(expected)) << *c.type << again->ToString();
    EXPECT_EQ(column->Take(all, 0).ValueOrDie()->length(), 0) << *c.type;
    column->Forget(1);
    EXPECT_EQ(column->size_bytes() > 0, c.type->id() != arrow::Type::NA) << *c.type;
  }
}

TEST(StateColumnTest, StringsThatChangeDoNotPileUp) {
  const auto column = StateColumn::Make(arrow::utf8());
  column->Resize(4);
  const uint32_t numbers[] = {0, 1, 2, 3};
  std::shared_ptr<arrow::Array> values;
  for (size_t round = 0; round < 2000; ++round) {
    arrow::StringBuilder builder;
    for (size_t i = 0; i < 4; ++i) {
      ASSERT_TRUE(builder.Append(std::string(1 + (round * 7 + i) % 90, 'x')).ok());
    }
    values = builder.Finish().ValueOrDie();
    ASSERT_TRUE(column->Put(*values, numbers).ok());
  }
  EXPECT_TRUE(column->Take(numbers, 4).ValueOrDie()->Equals(values));
  EXPECT_LT(column->size_bytes(), 40'000);
}

}  // namespace
}  // namespace headrace

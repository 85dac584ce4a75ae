#include "state/value_rows.h"

#include <cmath>
#include <cstring>
#include <limits>

#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/builder.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(ValueRowsTest, KeepsEveryBit) {
  uint64_t odd_nan_bits = 0x7ff0000000000123;
  double odd_nan;
  std::memcpy(&odd_nan, &odd_nan_bits, sizeof odd_nan);
  arrow::DoubleBuilder doubles;
  ASSERT_TRUE(doubles.AppendValues({-0.0, odd_nan, 1.5}).ok());
  ASSERT_TRUE(doubles.AppendNull().ok());
  arrow::FloatBuilder floats;
  ASSERT_TRUE(floats.AppendValues({-0.0f, 0.0f, std::nanf("")}).ok());
  ASSERT_TRUE(floats.AppendNull().ok());
  auto words = std::make_shared<arrow::StringBuilder>();
  auto numbers = std::make_shared<arrow::DoubleBuilder>();
  arrow::MapBuilder maps(arrow::default_memory_pool(), words, numbers);
  ASSERT_TRUE(maps.Append().ok());
  ASSERT_TRUE(words->AppendValues({"b", "a"}).ok());  // the order stays
  ASSERT_TRUE(numbers->AppendValues({-0.0, 2.0}).ok());
  ASSERT_TRUE(maps.AppendNull().ok());
  ASSERT_TRUE(maps.Append().ok());
  ASSERT_TRUE(maps.Append().ok());
  ASSERT_TRUE(words->Append("").ok());
  ASSERT_TRUE(numbers->AppendNull().ok());
  arrow::ArrayVector columns = {doubles.Finish().ValueOrDie(), floats.Finish().ValueOrDie(),
                                maps.Finish().ValueOrDie()};
  const auto schema =
      arrow::schema({arrow::field("d", columns[0]->type()), arrow::field("f", columns[1]->type()),
                     arrow::field("m", columns[2]->type())});
  // A slice: offsets count.
  const auto batch = arrow::RecordBatch::Make(schema, 4, columns)->Slice(0, 4);
  const ValueRows rows(schema);
  for (const auto& values : {batch, batch->Slice(1, 3), batch->Slice(2, 0)}) {
    EncodedRows encoded;
    ASSERT_TRUE(rows.Encode(*values, &encoded).ok());
    std::vector<std::string_view> views;
    for (int64_t i = 0; i < encoded.size(); ++i) views.push_back(encoded.row(i));
    const auto decoded = rows.Decode(views).ValueOrDie();
    ASSERT_TRUE(decoded->ValidateFull().ok());
    EXPECT_TRUE(decoded->Equals(
        *values, false, arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false)))
        << decoded->ToString();
    for (int64_t i = 0; i < values->num_rows(); ++i) {
      uint64_t before, after;
      std::memcpy(&before, values->column(0)->data()->GetValues<uint64_t>(1) + i, 8);
      std::memcpy(&after, decoded->column(0)->data()->GetValues<uint64_t>(1) + i, 8);
      if (values->column(0)->IsValid(i)) {
        EXPECT_EQ(before, after);
      }
    }
  }
}

}  // namespace
}  // namespace headrace

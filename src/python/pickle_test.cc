#include <arrow/array/builder_base.h>
#include <gtest/gtest.h>

#include "python/pickle_reader.h"
#include "python/pickle_writer.h"

namespace headrace {
namespace {

// The elements of a pickled list as an array.
Result<std::shared_ptr<arrow::Array>> Converted(std::string_view pickle, const DataTypePtr& type) {
  ARROW_ASSIGN_OR_RAISE(auto value, ReadPickle(pickle));
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type));
  for (const auto& element : value->elements) {
    ARROW_RETURN_NOT_OK(AppendPythonValue(*element, *type, builder.get()));
  }
  return builder->Finish();
}

std::string Text(std::string_view pickle, const DataTypePtr& type) {
  auto array = Converted(pickle, type);
  return array.ok() ? (*array)->ToString() : array.status().message();
}

// pickle.dumps([1, 300, -1, 2**40, None, True], 5)
constexpr std::string_view kIntegers(
    "\x80\x05\x95\x19\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01M,\x01J\xff\xff\xff\xff"
    "\x8a\x06\x00\x00\x00\x00\x00\x01N\x88"
    "e.",
    36);

TEST(PickleReaderTest, WholeNumbersAreCutToTheirWidthAndOthersAreNull) {
  EXPECT_EQ(Text(kIntegers, arrow::int64()),
            "[\n  1,\n  300,\n  -1,\n  1099511627776,\n  null,\n  null\n]");
  EXPECT_EQ(Text(kIntegers, arrow::int8()), "[\n  1,\n  44,\n  -1,\n  0,\n  null,\n  null\n]");
  EXPECT_EQ(Text(kIntegers, arrow::float64()),
            "[\n  null,\n  null,\n  null,\n  null,\n  null,\n  null\n]");
}

TEST(PickleReaderTest, EverythingHasAText) {
  EXPECT_EQ(Text(kIntegers, arrow::utf8()),
            "[\n  \"1\",\n  \"300\",\n  \"-1\",\n  \"1099511627776\",\n  null,\n  \"true\"\n]");
}

TEST(PickleReaderTest, RefusesObjectsAndDamage) {
  // numpy.int64(1) begins with a global that is no decimal.
  constexpr std::string_view kObject("\x80\x05\x8c\x05numpy\x8c\x05int64\x93K\x01\x85R.", 22);
  const auto object = ReadPickle(kObject);
  ASSERT_FALSE(object.ok());
  EXPECT_NE(object.status().message().find("numpy.int64"), std::string::npos);
  for (size_t length = 0; length + 1 < kIntegers.size(); ++length) {
    EXPECT_FALSE(ReadPickle(kIntegers.substr(0, length)).ok()) << length;
  }
}

TEST(PickleWriterTest, WhatIsWrittenCanBeRead) {
  arrow::Int64Builder numbers;
  ASSERT_TRUE(numbers.AppendValues({0, 255, 256, -1, int64_t{1} << 40}).ok());
  ASSERT_TRUE(numbers.AppendNull().ok());
  auto column = numbers.Finish().ValueOrDie();
  PickleWriter writer(/*binary_as_bytes=*/true);
  const std::string pickle = writer.Tuples({column}, 0, column->length());
  auto rows = ReadPickle(pickle).ValueOrDie();
  ASSERT_EQ(rows->elements.size(), 6u);
  for (size_t i = 0; i < 5; ++i) {
    ASSERT_EQ(rows->elements[i]->elements.size(), 1u);
    EXPECT_EQ(rows->elements[i]->elements[0]->integer,
              static_cast<const arrow::Int64Array&>(*column).Value(static_cast<int64_t>(i)));
  }
  EXPECT_EQ(rows->elements[5]->elements[0]->kind, PythonValue::Kind::kNone);
}

}  // namespace
}  // namespace headrace

#include <arrow/array/builder_base.h>
#include <gtest/gtest.h>

#include "python/pickle_reader.h"
#include "python/pickle_writer.h"
#include "types/user_defined_type.h"

namespace headrace {
namespace {

using namespace std::string_literals;

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

// [{"a": 1}] and [{None: 1}], without what protocol 4 adds for later use
constexpr std::string_view kTextKey("\x80\x04]}\x8c\x01\x61K\x01sa.", 12);
constexpr std::string_view kNullKey("\x80\x04]}NK\x01sa.", 10);

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

TEST(PickleReaderTest, KeysOfMapsAreNotNull) {
  const DataTypePtr type = MapOf(arrow::utf8(), arrow::int64());
  const auto refused = Converted(kNullKey, type);
  const ErrorDetail* detail = ErrorDetail::Get(refused.status());
  ASSERT_NE(detail, nullptr) << refused.status();
  EXPECT_EQ(detail->condition(), "NULL_MAP_KEY");
  EXPECT_NE(Text(kTextKey, MapOf(arrow::int64(), arrow::int64())).find("the key a"),
            std::string::npos);
  EXPECT_TRUE(Converted(kTextKey, type).ok());
  EXPECT_FALSE(ReadPickle("}(K\x01u.").ok()) << "a key without a value";
}

// l = []; l.append(l)
TEST(PickleReaderTest, ValuesThatContainThemselvesAreRefused) {
  const auto refused = ReadPickle("\x80\x04]\x94h\0a."s);
  EXPECT_NE(refused.status().message().find("contains itself"), std::string::npos)
      << refused.status();
  // x = []; [x, x]
  EXPECT_TRUE(ReadPickle("\x80\x04]\x94(]\x94h\1e."s).ok());
}

TEST(PickleReaderTest, LevelsAreCounted) {
  const auto nested = [](int levels) {
    return std::string(static_cast<size_t>(levels) + 1, ']') +
           std::string(static_cast<size_t>(levels), 'a') + ".";
  };
  EXPECT_TRUE(ReadPickle(nested(kMostPickleLevels)).ok());
  EXPECT_FALSE(ReadPickle(nested(kMostPickleLevels + 1)).ok());
}

// Recorded from Python: pickle.dumps([datetime.date(2020, 1, 2)], 4)
TEST(PickleReaderTest, DatesWhereOtherTypesWereDeclaredAreNoValues) {
  const std::string date(
      "\x80\x04\x95\x23\x00\x00\x00\x00\x00\x00\x00]\x94\x8c\x08"
      "datetime\x94\x8c\x04"
      "date\x94\x93\x94"
      "C\x04\x07\xe4\x01\x02\x94\x85\x94R\x94"
      "a.",
      46);
  auto list = ReadPickle(date).ValueOrDie();
  ASSERT_EQ(list->elements.size(), 1u);
  EXPECT_EQ(list->elements[0]->kind, PythonValue::Kind::kOther);
  arrow::Int32Builder integers;
  ASSERT_TRUE(AppendPythonValue(*list->elements[0], *arrow::int32(), &integers).ok());
  EXPECT_EQ(integers.Finish().ValueOrDie()->null_count(), 1);
  arrow::StringBuilder texts;
  EXPECT_FALSE(AppendPythonValue(*list->elements[0], *arrow::utf8(), &texts).ok());
}

TEST(PickleWriterTest, OneValueAlone) {
  arrow::StringBuilder texts;
  ASSERT_TRUE(texts.Append("x").ok());
  PickleWriter writer(/*binary_as_bytes=*/true);
  const std::string pickle = writer.Value(*texts.Finish().ValueOrDie(), 0);
  EXPECT_EQ(ReadPickle(pickle).ValueOrDie()->text, "x");
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

TEST(PickleWriterTest, OneRowIsATupleOrARow) {
  arrow::Int64Builder numbers;
  ASSERT_TRUE(numbers.AppendValues({7, 300}).ok());
  auto column = numbers.Finish().ValueOrDie();
  PickleWriter writer(/*binary_as_bytes=*/true);
  const auto tuple = ReadPickle(writer.Tuple({column, column}, 1)).ValueOrDie();
  ASSERT_EQ(tuple->kind, PythonValue::Kind::kTuple);
  ASSERT_EQ(tuple->elements.size(), 2u);
  EXPECT_EQ(tuple->elements[1]->integer, 300);
  EXPECT_EQ(ReadPickle(writer.Tuple({}, 0)).ValueOrDie()->elements.size(), 0u);
  // pickle.loads(…) == Row(n=7)
  const auto fields = arrow::schema({arrow::field("n", arrow::int64())});
  EXPECT_EQ(writer.Row(*fields, {column}, 0),
            std::string("\x80\x03"
                        "cpyspark.sql.types\n_create_row\nq\0](X\1\0\0\0neq\x08](K\7e\x86R.",
                        54));
}

// How workers understand it is tested with workers (tests/e2e/python_type_questions.py).
TEST(PickleWriterTest, TheTypeOfObjectsIsToldOnce) {
  const auto type = DefineType(ArrayOf(arrow::int64()), {"", "m.PointUDT", ""}).ValueOrDie();
  const auto numbers = std::make_shared<arrow::Int64Builder>();
  arrow::ListBuilder points(arrow::default_memory_pool(), numbers, type);
  for (const int64_t x : {7, 8}) {
    ASSERT_TRUE(points.Append().ok());
    ASSERT_TRUE(numbers->Append(x).ok());
  }
  PickleWriter writer(/*binary_as_bytes=*/true);
  const std::string pickle = writer.Tuples({points.Finish().ValueOrDie()}, 0, 2);
  const auto count = [&](const std::string& text) {
    size_t found = 0;
    for (size_t at = pickle.find(text); at != pickle.npos; at = pickle.find(text, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("_parse_datatype_json_string"), 1u);
  EXPECT_EQ(count(TypeToJson(*type)), 1u);
  EXPECT_EQ(count("deserialize"), 1u);
}

}  // namespace
}  // namespace headrace

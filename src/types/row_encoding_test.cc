#include "types/row_encoding.h"

#include <random>
#include <unordered_set>

#include <arrow/array/concatenate.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "types/row_prefix.h"

namespace headrace {

namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

ArrayPtr FromJson(const DataTypePtr& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

EncodedRows Encode(const std::vector<ArrayPtr>& columns) {
  EncodedRows rows;
  const Status status = EncodeRows(columns, columns[0]->length(), &rows);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return rows;
}

void ExpectRoundTrip(const std::vector<ArrayPtr>& columns) {
  const EncodedRows rows = Encode(columns);
  std::vector<std::string_view> views;
  for (int64_t i = 0; i < rows.size(); ++i) {
    views.push_back(rows.row(i));
    EXPECT_EQ(rows.hashes[i], HashBytes(rows.row(i)));
  }
  std::vector<DataTypePtr> types;
  for (const ArrayPtr& column : columns) types.push_back(column->type());
  const auto decoded = DecodeRows(views, types);
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  for (size_t i = 0; i < columns.size(); ++i) {
    ASSERT_TRUE((*decoded)[i]->ValidateFull().ok()) << types[i]->ToString();
    EXPECT_TRUE((*decoded)[i]->Equals(columns[i]))
        << types[i]->ToString() << (*decoded)[i]->ToString() << columns[i]->ToString();
  }
}

std::vector<ArrayPtr> Samples() {
  const auto pair =
      arrow::struct_({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8())});
  return {
      FromJson(arrow::boolean(), "[true, false, null, true]"),
      FromJson(arrow::int8(), "[1, -128, null, 127]"),
      FromJson(arrow::int16(), "[1, null, -32768, 5]"),
      FromJson(arrow::int32(), "[1, null, -5, 0]"),
      FromJson(arrow::int64(), "[9223372036854775807, 1, null, -1]"),
      FromJson(arrow::float32(), "[1.5, null, -3, 0]"),
      FromJson(arrow::float64(), "[1.5, null, -3e300, 0]"),
      FromJson(arrow::decimal128(10, 2), R"(["1.50", null, "-99999999.99", "0.00"])"),
      FromJson(arrow::decimal128(38, 3),
               R"(["12345678901234567890123456789012345.678", null, "-1.000", "0.000"])"),
      FromJson(arrow::utf8(), R"(["", null, "abc", "日本"])"),
      FromJson(arrow::binary(), R"(["x", null, "", "yz"])"),
      FromJson(arrow::date32(), "[0, null, -1, 20000]"),
      FromJson(TimestampType(), "[0, null, -1, 1704067200000000]"),
      FromJson(TimestampNtzType(), "[0, null, -1, 1704067200000000]"),
      FromJson(arrow::duration(arrow::TimeUnit::MICRO), "[0, null, -1, 5]"),
      FromJson(arrow::month_interval(), "[0, null, -1, 5]"),
      FromJson(arrow::null(), "[null, null, null, null]"),
      FromJson(ArrayOf(arrow::int32()), "[[1, null], [], null, [3, 4, 5]]"),
      FromJson(ArrayOf(arrow::utf8()), R"([["a", ""], null, [], [null]])"),
      FromJson(ArrayOf(ArrayOf(arrow::int8())), "[[[1], [], null], null, [], [[2, 3]]]"),
      FromJson(pair, R"([{"a": 1, "b": "x"}, null, {"a": null, "b": null}, {"a": 2, "b": ""}])"),
      FromJson(ArrayOf(pair), R"([[{"a": 1, "b": "x"}, null], null, [], [{"a": 7, "b": "y"}]])"),
      FromJson(arrow::struct_({arrow::field("l", ArrayOf(arrow::utf8())), arrow::field("p", pair)}),
               R"([{"l": ["q"], "p": {"a": 1, "b": "z"}}, null, {"l": null, "p": null},
                   {"l": [], "p": null}])"),
  };
}

TEST(RowEncodingTest, EachTypeComesBack) {
  for (const ArrayPtr& column : Samples()) {
    ExpectRoundTrip({column});
    ExpectRoundTrip({column->Slice(1, 2)});
    ExpectRoundTrip({column->Slice(0, 0)});
  }
}

TEST(RowEncodingTest, SeveralColumnsComeBack) {
  ExpectRoundTrip(Samples());
  std::vector<ArrayPtr> reversed = Samples();
  std::reverse(reversed.begin(), reversed.end());
  ExpectRoundTrip(reversed);
}

TEST(RowEncodingTest, ColumnsEndWhereTheNextBegins) {
  const std::vector<ArrayPtr> columns = Samples();
  const EncodedRows rows = Encode(columns);
  for (size_t count = 0; count <= columns.size(); ++count) {
    const std::vector<ArrayPtr> first(columns.begin(), columns.begin() + count);
    std::vector<DataTypePtr> types;
    for (const ArrayPtr& column : first) types.push_back(column->type());
    EncodedRows prefixes;
    ASSERT_TRUE(EncodeRows(first, columns[0]->length(), &prefixes).ok());
    for (int64_t i = 0; i < rows.size(); ++i) {
      const size_t bytes = PrefixBytes(rows.row(i), types);
      EXPECT_EQ(rows.row(i).substr(0, bytes), prefixes.row(i)) << count << " columns, row " << i;
      // Of what is cut off, too, no more is read than there is.
      EXPECT_LE(PrefixBytes(rows.row(i).substr(0, bytes / 2), types), bytes / 2);
    }
  }
}

TEST(RowEncodingTest, EqualKeysHaveEqualBytes) {
  const EncodedRows zeros = Encode({FromJson(arrow::float64(), "[0.0, -0.0, 1]")});
  EXPECT_EQ(zeros.row(0), zeros.row(1));
  EXPECT_EQ(zeros.hashes[0], zeros.hashes[1]);
  EXPECT_NE(zeros.row(0), zeros.row(2));

  arrow::DoubleBuilder builder;
  const uint64_t other_nan = 0xfff8000000000001ULL;
  double value = 0;
  std::memcpy(&value, &other_nan, sizeof(value));
  ASSERT_TRUE(builder.Append(std::nan("")).ok());
  ASSERT_TRUE(builder.Append(value).ok());
  const EncodedRows nans = Encode({builder.Finish().ValueOrDie()});
  EXPECT_EQ(nans.row(0), nans.row(1));
}

TEST(RowEncodingTest, DifferentKeysHaveDifferentBytes) {
  // Neighbouring strings must not run into each other, nor null be confused with empty.
  const EncodedRows rows = Encode({FromJson(arrow::utf8(), R"(["a", "ab", "", null, "", "a"])"),
                                   FromJson(arrow::utf8(), R"(["bc", "c", "abc", "", null, ""])")});
  std::unordered_set<std::string_view> seen;
  for (int64_t i = 0; i < rows.size(); ++i) EXPECT_TRUE(seen.insert(rows.row(i)).second) << i;

  const EncodedRows lists =
      Encode({FromJson(ArrayOf(ArrayOf(arrow::int8())),
                       "[[[1], [2]], [[1, 2]], [[], [1, 2]], [[1, 2], []], null, []]")});
  seen.clear();
  for (int64_t i = 0; i < lists.size(); ++i) EXPECT_TRUE(seen.insert(lists.row(i)).second) << i;
}

TEST(RowEncodingTest, ValuesBeneathNullDoNotMatter) {
  const auto fields = arrow::FieldVector{arrow::field("a", arrow::int64())};
  const auto child = FromJson(arrow::int64(), "[1, 2]");
  const auto validity = arrow::AllocateEmptyBitmap(2).ValueOrDie();
  const auto structs =
      std::make_shared<arrow::StructArray>(arrow::struct_(fields), 2, arrow::ArrayVector{child},
                                           std::shared_ptr<arrow::Buffer>(validity));
  const EncodedRows rows = Encode({structs});
  EXPECT_EQ(rows.row(0), rows.row(1));
}

TEST(RowEncodingTest, MapsAreRefused) {
  EncodedRows rows;
  const auto maps = FromJson(MapOf(arrow::utf8(), arrow::int32()), R"([[["a", 1]]])");
  EXPECT_FALSE(EncodeRows({maps}, 1, &rows).ok());
}

TEST(RowEncodingTest, DamagedRowsAreErrors) {
  const EncodedRows rows = Encode(Samples());
  std::vector<DataTypePtr> types;
  for (const ArrayPtr& column : Samples()) types.push_back(column->type());
  const std::string_view row = rows.row(0);
  for (size_t length = 0; length < row.size(); ++length) {
    EXPECT_FALSE(DecodeRows({row.substr(0, length)}, types).ok()) << length;
  }
  EXPECT_FALSE(DecodeRows({std::string(row) + "x"}, types).ok());
}

TEST(RowEncodingTest, BuffersAreReused) {
  EncodedRows rows;
  for (const char* json : {"[1, 2, 3]", "[4]", "[]", "[5, 6]"}) {
    const auto column = FromJson(arrow::int64(), json);
    ASSERT_TRUE(EncodeRows({column}, column->length(), &rows).ok());
    const EncodedRows fresh = Encode({column});
    EXPECT_EQ(rows.bytes, fresh.bytes);
    EXPECT_EQ(rows.offsets, fresh.offsets);
    EXPECT_EQ(rows.hashes, fresh.hashes);
  }
}

TEST(HashTest, SpreadsOverAllBits) {
  // Each input bit flips about half of the output bits.
  std::mt19937_64 random(42);
  for (const size_t length : {1u, 3u, 4u, 8u, 9u, 16u, 17u, 32u, 33u, 100u}) {
    std::string bytes(length, '\0');
    int64_t flipped = 0;
    int64_t trials = 0;
    for (int round = 0; round < 50; ++round) {
      for (char& c : bytes) c = static_cast<char>(random());
      const uint64_t before = HashBytes(bytes);
      for (size_t bit = 0; bit < length * 8; ++bit) {
        std::string changed = bytes;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        flipped += __builtin_popcountll(before ^ HashBytes(changed));
        ++trials;
      }
    }
    EXPECT_NEAR(static_cast<double>(flipped) / static_cast<double>(trials), 32.0, 1.0) << length;
  }
}

TEST(HashTest, ConsecutiveNumbersFillBuckets) {
  std::vector<int> buckets(1024);
  for (int64_t i = 0; i < 1024 * 64; ++i) ++buckets[HashInt64(i) & 1023];
  for (int count : buckets) EXPECT_NEAR(count, 64, 48);
}

TEST(HashTest, ValuesAreFixed) {
  // State on disk is partitioned by these; a change would lose keys.
  EXPECT_EQ(HashBytes(""), HashBytes(std::string_view()));
  EXPECT_NE(HashBytes("a"), HashBytes(std::string_view("a\0", 2)));
  EXPECT_NE(HashBytes(std::string(3, '\0')), HashBytes(std::string(4, '\0')));
}

}  // namespace

}  // namespace headrace

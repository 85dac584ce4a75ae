// Estimates of approx_count_distinct as Spark 4.1 gives them for range(n).
#include "functions/aggregate/hyper_log_log.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/util/decimal.h>
#include <gtest/gtest.h>

#include "functions/introspection/spark_hash.h"

namespace headrace::aggregate {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

int64_t Estimate(const ArrayPtr& values, double deviation) {
  const int precision = HyperLogLog::PrecisionFor(deviation);
  // Two sketches that are written, read and merged give what one would give.
  HyperLogLog parts[2], merged;
  for (int64_t i = 0; i < values->length(); ++i) {
    parts[i % 2].AddHash(static_cast<uint64_t>(XxHash64OfValue(*values, i, 42)), precision);
  }
  for (const HyperLogLog& part : parts) {
    std::string bytes;
    part.AppendTo(&bytes, precision);
    HyperLogLog parsed;
    EXPECT_TRUE(HyperLogLog::Parse(bytes, precision, &parsed));
    EXPECT_FALSE(HyperLogLog::Parse(bytes, precision + 1, &parsed));
    merged.Merge(parsed, precision);
  }
  return merged.Estimate(precision);
}

template <typename Builder, typename Make>
ArrayPtr Range(int64_t n, Builder builder, Make make) {
  for (int64_t i = 0; i < n; ++i) EXPECT_TRUE(builder.Append(make(i)).ok());
  return builder.Finish().ValueOrDie();
}

ArrayPtr Decimals(int64_t n, int32_t precision) {
  return Range(n, arrow::Decimal128Builder(arrow::decimal128(precision, 2)),
               [](int64_t i) { return arrow::Decimal128(i * 100); });
}

struct Case {
  int64_t n;
  int64_t bigints, fine, ints, strings, doubles, decimals, wide_decimals, floats;
};

TEST(HyperLogLog, GivesSparksEstimates) {
  for (const Case& c :
       {Case{0, 0, 0, 0, 0, 0, 0, 0, 0}, Case{1, 1, 1, 1, 1, 1, 1, 1, 1},
        Case{10, 10, 10, 9, 10, 11, 10, 10, 10}, Case{100, 103, 100, 104, 104, 98, 100, 104, 103},
        Case{500, 484, 500, 514, 492, 558, 489, 508, 500},
        Case{1000, 1026, 996, 1000, 1034, 907, 919, 977, 1041},
        Case{2000, 1947, 2013, 2171, 1937, 1468, 2073, 1946, 1884},
        Case{5000, 4671, 4957, 5347, 4632, 4206, 5151, 5052, 4889},
        Case{100000, 95546, 100425, 92868, 97299, 93784, 104819, 97263, 100430}}) {
    const auto bigints = Range(c.n, arrow::Int64Builder(), [](int64_t i) { return i; });
    EXPECT_EQ(Estimate(bigints, 0.05), c.bigints) << c.n;
    EXPECT_EQ(Estimate(bigints, 0.01), c.fine) << c.n;
    EXPECT_EQ(Estimate(Range(c.n, arrow::Int32Builder(),
                             [](int64_t i) { return static_cast<int32_t>(i); }),
                       0.1),
              c.ints)
        << c.n;
    EXPECT_EQ(
        Estimate(Range(c.n, arrow::StringBuilder(), [](int64_t i) { return std::to_string(i); }),
                 0.05),
        c.strings)
        << c.n;
    EXPECT_EQ(Estimate(Range(c.n, arrow::DoubleBuilder(),
                             [](int64_t i) { return static_cast<double>(i); }),
                       0.2),
              c.doubles)
        << c.n;
    EXPECT_EQ(Estimate(Decimals(c.n, 10), 0.05), c.decimals) << c.n;
    EXPECT_EQ(Estimate(Decimals(c.n, 30), 0.05), c.wide_decimals) << c.n;
    EXPECT_EQ(
        Estimate(Range(c.n, arrow::FloatBuilder(), [](int64_t i) { return static_cast<float>(i); }),
                 0.05),
        c.floats)
        << c.n;
  }
}

}  // namespace
}  // namespace headrace::aggregate

#include "connect/arrow_streams.h"

#include <arrow/array/concatenate.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

std::shared_ptr<arrow::RecordBatch> Numbers(int64_t first, int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_TRUE(builder.Append(first + i).ok());
  auto schema = arrow::schema({arrow::field("n", arrow::int64(), false)});
  return arrow::RecordBatch::Make(schema, count, {*builder.Finish()});
}

struct Piece {
  int64_t start, rows;
  std::string stream;
};

class ResultEncoderTest : public ::testing::Test {
 protected:
  ResultEncoder Make(const SchemaPtr& schema, const std::string& zone = "UTC") {
    return ResultEncoder(schema, zone, [this](int64_t start, int64_t rows, std::string stream) {
      pieces_.push_back({start, rows, std::move(stream)});
      return Status::OK();
    });
  }
  std::vector<Piece> pieces_;
};

TEST_F(ResultEncoderTest, AnEmptyResultIsOneEmptyBatch) {
  auto encoder = Make(Numbers(0, 0)->schema());
  ASSERT_TRUE(encoder.Finish().ok());
  ASSERT_EQ(pieces_.size(), 1u);
  EXPECT_EQ(pieces_[0].rows, 0);
  auto rows = ReadArrowStream(pieces_[0].stream);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->schema->num_fields(), 1);
}

TEST_F(ResultEncoderTest, CutsLargeBatchesAndJoinsSmallOnes) {
  auto encoder = Make(Numbers(0, 0)->schema());
  int64_t next = 0;
  for (int64_t count : {25000, 0, 1, 2, 3, 4000}) {
    ASSERT_TRUE(encoder.Add(Numbers(next, count)).ok());
    next += count;
  }
  ASSERT_TRUE(encoder.Finish().ok());
  int64_t row = 0;
  for (const auto& piece : pieces_) {
    EXPECT_EQ(piece.start, row);
    EXPECT_LE(piece.rows, 10000);
    auto rows = ReadArrowStream(piece.stream);
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->batches.size(), 1u);
    ASSERT_EQ(rows->batches[0]->num_rows(), piece.rows);
    const auto& values = static_cast<const arrow::Int64Array&>(*rows->batches[0]->column(0));
    for (int64_t i = 0; i < piece.rows; ++i) EXPECT_EQ(values.Value(i), row + i);
    row += piece.rows;
  }
  EXPECT_EQ(row, next);
  EXPECT_LE(pieces_.size(), 4u);
}

TEST_F(ResultEncoderTest, WideRowsMakeSmallerBatches) {
  arrow::StringBuilder builder;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(builder.Append(std::string(200000, 'x')).ok());
  auto schema = arrow::schema({arrow::field("s", arrow::utf8())});
  auto encoder = Make(schema);
  ASSERT_TRUE(encoder.Add(arrow::RecordBatch::Make(schema, 100, {*builder.Finish()})).ok());
  ASSERT_TRUE(encoder.Finish().ok());
  EXPECT_GE(pieces_.size(), 5u);
  for (const auto& piece : pieces_) EXPECT_LT(piece.stream.size(), 6u << 20);
}

TEST_F(ResultEncoderTest, TimestampsCarryTheSessionsZone) {
  auto type = ArrayOf(TimestampType());
  auto schema = arrow::schema({arrow::field("t", type)});
  auto array = *arrow::MakeArrayOfNull(type, 1);
  auto encoder = Make(schema, "Europe/Berlin");
  ASSERT_TRUE(encoder.Add(arrow::RecordBatch::Make(schema, 1, {array})).ok());
  ASSERT_TRUE(encoder.Finish().ok());
  EXPECT_THAT(pieces_[0].stream, ::testing::HasSubstr("Europe/Berlin"));
  auto rows = ReadArrowStream(pieces_[0].stream);
  ASSERT_TRUE(rows.ok());
  EXPECT_TRUE(rows->schema->field(0)->type()->Equals(*type)) << "not back in the engine's type";
}

// PySpark cannot take structs apart by name otherwise; it knows the names from the schema.
TEST(WireTypeTest, NumbersFieldsThatShareAName) {
  const auto inner =
      arrow::struct_({arrow::field("sum", arrow::int64()), arrow::field("a", TimestampType()),
                      arrow::field("sum", arrow::float64())});
  EXPECT_EQ(WireType(ArrayOf(inner), "UTC")->field(0)->type()->ToString(),
            "struct<sum_0: int64, a: timestamp[us, tz=UTC], sum_1: double>");
}

TEST(ReadArrowStreamTest, ConvertsWhatClientsSend) {
  auto schema =
      arrow::schema({arrow::field("s", arrow::large_utf8()),
                     arrow::field("t", arrow::timestamp(arrow::TimeUnit::NANO, "America/New_York")),
                     arrow::field("l", arrow::list(arrow::field("item", arrow::large_binary()))),
                     arrow::field("d", arrow::dictionary(arrow::int8(), arrow::utf8()))});
  auto empty = *arrow::RecordBatch::MakeEmpty(schema);
  arrow::LargeStringBuilder strings;
  ASSERT_TRUE(strings.Append("x").ok());
  arrow::TimestampBuilder times(schema->field(1)->type(), arrow::default_memory_pool());
  ASSERT_TRUE(times.Append(1'500'999).ok());
  auto batch = arrow::RecordBatch::Make(
      schema, 1,
      {*strings.Finish(), *times.Finish(), *arrow::MakeArrayOfNull(schema->field(2)->type(), 1),
       *arrow::MakeArrayOfNull(schema->field(3)->type(), 1)});
  auto sink = *arrow::io::BufferOutputStream::Create();
  auto writer = *arrow::ipc::MakeStreamWriter(sink, schema);
  ASSERT_TRUE(writer->WriteRecordBatch(*batch).ok());
  ASSERT_TRUE(writer->Close().ok());
  auto rows = ReadArrowStream((*sink->Finish())->ToString());
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE(rows->schema->field(0)->type()->Equals(*arrow::utf8()));
  EXPECT_TRUE(rows->schema->field(1)->type()->Equals(*TimestampType()));
  EXPECT_TRUE(rows->schema->field(2)->type()->Equals(*ArrayOf(arrow::binary())));
  EXPECT_TRUE(rows->schema->field(3)->type()->Equals(*arrow::utf8()));
  ASSERT_TRUE(rows->batches[0]->ValidateFull().ok());
  EXPECT_EQ(static_cast<const arrow::TimestampArray&>(*rows->batches[0]->column(1)).Value(0), 1500);
}

TEST(ReadArrowStreamTest, RefusesGarbageAndForeignTypes) {
  EXPECT_FALSE(ReadArrowStream("garbage").ok());
  auto batch = *arrow::RecordBatch::MakeEmpty(arrow::schema({arrow::field("u", arrow::uint64())}));
  auto status = ReadArrowStream(*WriteArrowStream(*batch)).status();
  ASSERT_NE(ErrorDetail::Get(status), nullptr);
  EXPECT_EQ(ErrorDetail::Get(status)->condition(), "UNSUPPORTED_DATATYPE");
}

}  // namespace
}  // namespace headrace

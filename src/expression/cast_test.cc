#include "expression/cast.h"

#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

namespace headrace {

namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

ArrayPtr FromJson(const DataTypePtr& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

DataTypePtr Type(const std::string& ddl) { return ParseDdlType(ddl).ValueOrDie(); }

// Nullability as Spark 4.1 reports it, with and without ANSI mode alike.
bool NullableAfterCast(const std::string& from, const std::string& to, CastMode mode) {
  const auto input = std::make_shared<BoundReference>(0, "x", Type(from), /*nullable=*/false);
  const auto cast = MakeCast(input, Type(to), {mode});
  EXPECT_TRUE(cast.ok()) << cast.status().ToString();
  return cast.ok() && (*cast)->nullable();
}

TEST(CastTest, Nullability) {
  for (const CastMode mode : {CastMode::kAnsi, CastMode::kLegacy}) {
    for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
             {"int", "string"},
             {"string", "binary"},
             {"int", "tinyint"},
             {"int", "decimal(20,0)"},
             {"int", "decimal(10,0)"},
             {"double", "float"},
             {"timestamp", "bigint"},
             {"timestamp", "double"},
             {"timestamp", "date"},
             {"date", "timestamp"},
             {"int", "boolean"},
             {"boolean", "int"},
             {"decimal(2,1)", "decimal(20,5)"},
             {"decimal(2,1)", "double"},
             {"array<string>", "array<int>"},
             {"boolean", "string"},
             {"int", "timestamp"}}) {
      EXPECT_FALSE(NullableAfterCast(from, to, mode)) << from << " to " << to;
    }
    for (const auto& [from, to] :
         std::initializer_list<std::pair<const char*, const char*>>{{"string", "int"},
                                                                    {"int", "decimal(3,1)"},
                                                                    {"double", "int"},
                                                                    {"double", "decimal(3,1)"},
                                                                    {"double", "timestamp"},
                                                                    {"timestamp", "int"},
                                                                    {"timestamp", "decimal(20,6)"},
                                                                    {"string", "date"},
                                                                    {"string", "boolean"},
                                                                    {"decimal(2,1)", "int"},
                                                                    {"string", "timestamp_ntz"}}) {
      EXPECT_TRUE(NullableAfterCast(from, to, mode)) << from << " to " << to;
    }
  }
  EXPECT_FALSE(NullableAfterCast("int", "bigint", CastMode::kTry));
  EXPECT_FALSE(NullableAfterCast("int", "string", CastMode::kTry));
  EXPECT_TRUE(NullableAfterCast("int", "tinyint", CastMode::kTry));
  EXPECT_TRUE(NullableAfterCast("string", "int", CastMode::kTry));
  EXPECT_TRUE(NullableAfterCast("array<int>", "array<tinyint>", CastMode::kTry));
}

TEST(CastTest, EqualTypesNeedNoCast) {
  const ExpressionPtr input =
      std::make_shared<BoundReference>(0, "x", arrow::int64(), /*nullable=*/true);
  EXPECT_EQ(MakeCast(input, arrow::int64(), {}).ValueOrDie(), input);
}

TEST(CastTest, RelaxesNestedNullability) {
  const auto from = ArrayOf(arrow::int32(), /*contains_null=*/false);
  const auto to = ArrayOf(arrow::int32(), /*contains_null=*/true);
  const auto casted = CastValues(Datum(FromJson(from, "[[1], [], null]")), to, {}).ValueOrDie();
  EXPECT_TRUE(casted.type()->Equals(*to));
  ASSERT_TRUE(casted.make_array()->ValidateFull().ok());
  // Nulls cannot go where none are allowed.
  EXPECT_FALSE(CheckCast(*to, *from, CastMode::kAnsi).ok());
}

TEST(CastTest, SlicesAndNulls) {
  const auto input = FromJson(arrow::utf8(), R"(["x", "1", null, "3", "y"])")->Slice(1, 3);
  const auto integers = CastValues(Datum(input), arrow::int32(), {}).ValueOrDie().make_array();
  ASSERT_TRUE(integers->ValidateFull().ok());
  EXPECT_TRUE(integers->Equals(FromJson(arrow::int32(), "[1, null, 3]")));
  const auto booleans =
      CastValues(Datum(integers->Slice(1)), arrow::boolean(), {}).ValueOrDie().make_array();
  ASSERT_TRUE(booleans->ValidateFull().ok());
  EXPECT_TRUE(booleans->Equals(FromJson(arrow::boolean(), "[null, true]")));
  const auto decimals =
      CastValues(Datum(integers->Slice(1)), arrow::decimal128(5, 2), {}).ValueOrDie().make_array();
  ASSERT_TRUE(decimals->ValidateFull().ok());
  EXPECT_TRUE(decimals->Equals(FromJson(arrow::decimal128(5, 2), R"([null, "3.00"])")));
}

TEST(CastTest, GarbageOutsideOfASliceIsNotCasted) {
  const auto type = ArrayOf(arrow::utf8());
  const auto lists = FromJson(type, R"([["x"], ["1", "2"], null, ["y"]])")->Slice(1, 2);
  const auto casted =
      CastValues(Datum(lists), ArrayOf(arrow::int32()), {}).ValueOrDie().make_array();
  ASSERT_TRUE(casted->ValidateFull().ok());
  EXPECT_TRUE(casted->Equals(FromJson(ArrayOf(arrow::int32()), "[[1, 2], null]")));
}

TEST(CastTest, FailuresBecomeNullsWhereAllowed) {
  const auto input = FromJson(arrow::utf8(), R"(["1", "x", null, "300"])");
  const auto casted =
      CastValues(Datum(input), arrow::int8(), {CastMode::kTry}).ValueOrDie().make_array();
  ASSERT_TRUE(casted->ValidateFull().ok());
  EXPECT_EQ(casted->null_count(), 3);
  EXPECT_TRUE(casted->Equals(FromJson(arrow::int8(), "[1, null, null, null]")));
}

TEST(CastTest, ErrorsNameValueAndTypes) {
  const auto input = FromJson(arrow::utf8(), R"(["1", "abc"])");
  const Status status = CastValues(Datum(input), arrow::int32(), {}).status();
  const ErrorDetail* detail = ErrorDetail::Get(status);
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->parameters(),
            (ErrorParameters{
                {"expression", "'abc'"}, {"sourceType", "\"STRING\""}, {"targetType", "\"INT\""}}));
  EXPECT_NE(status.message().find("try_cast"), std::string::npos);
}

TEST(CastTest, FailingLiteralFailsWhenItIsReached) {
  // CASE WHEN false THEN CAST('x' AS INT) END is null, not an error.
  const auto cast = MakeCast(MakeLiteral(arrow::MakeScalar("x")), arrow::int32(), {});
  ASSERT_TRUE(cast.ok());
  EXPECT_FALSE(Fold(**cast).ok());
  const auto guarded = MakeCaseWhen({MakeLiteral(arrow::MakeScalar(false)), *cast}, arrow::int32());
  EXPECT_FALSE(Fold(*guarded).ValueOrDie()->is_valid);
}

TEST(CastTest, WordsForTimesFollowTheBatch) {
  const auto zone = TimeZone::Find("Asia/Tokyo").ValueOrDie();
  const CastOptions options{CastMode::kAnsi, zone};
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({}), 2, std::vector<std::shared_ptr<arrow::Array>>{});
  EvaluationContext context;
  context.batch_timestamp_us = 1704067200000000;  // 2024-01-01 09:00 in Tokyo
  const auto evaluate = [&](const char* word, const DataTypePtr& type) {
    const auto cast = MakeCast(MakeLiteral(arrow::MakeScalar(word)), type, options).ValueOrDie();
    return (*EvaluateToArray(*cast, *batch, context))->GetScalar(1).ValueOrDie()->ToString();
  };
  EXPECT_EQ(evaluate("now", arrow::date32()), "2024-01-01");
  EXPECT_EQ(evaluate("tomorrow", arrow::date32()), "2024-01-02");
  EXPECT_EQ(evaluate("now", TimestampType()), "2024-01-01 00:00:00.000000Z");
  EXPECT_EQ(evaluate("today", TimestampType()), "2023-12-31 15:00:00.000000Z");
  EXPECT_EQ(evaluate("yesterday", TimestampNtzType()), "2023-12-31 00:00:00.000000");
  EXPECT_EQ(evaluate("today UTC", TimestampType()), "2024-01-01 00:00:00.000000Z");
}

}  // namespace

}  // namespace headrace

// bitmap_bit_position, bitmap_bucket_number, bitmap_count: numbers as bits of bitmaps of 32768.
#include "functions/math/bitmaps.h"

#include <bit>

#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

constexpr int64_t kBits = 32768;

// Numbers from 1 fill the buckets from 1, the others those from 0 downwards.
int64_t BitPosition(int64_t value) {
  if (value > 0) return (value - 1) % kBits;
  return -(value % kBits);
}
int64_t BucketNumber(int64_t value) { return value > 0 ? 1 + (value - 1) / kBits : value / kBits; }

}  // namespace

void RegisterBitmapFunctions(FunctionRegistry* registry) {
  AddSimple(registry, {"bitmap_bit_position"},
            {"bitmap_bit_position(bigint) -> bigint",
             "The bit that stands for the number in the bitmap of its bucket.",
             "bitmap_bit_position(123)"},
            {arrow::int64()}, arrow::int64(),
            TotalKernel<int64_t, int64_t>(arrow::int64(), BitPosition));
  AddSimple(
      registry, {"bitmap_bucket_number"},
      {"bitmap_bucket_number(bigint) -> bigint",
       "The number of the bucket whose bitmap holds the number.", "bitmap_bucket_number(123)"},
      {arrow::int64()}, arrow::int64(),
      TotalKernel<int64_t, int64_t>(arrow::int64(), BucketNumber));
  ScalarFunction count;
  count.names = {"bitmap_count"};
  count.documentation = {"bitmap_count(binary) -> bigint", "How many bits of a bitmap are set.",
                         "bitmap_count(X'FFFF')"};
  count.bind = [](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("bitmap_count", arguments.size(), 1, 1));
    if (arguments[0]->type()->id() != arrow::Type::BINARY) {
      return UnexpectedInputType("bitmap_count", 0, "BINARY", *arguments[0]);
    }
    const bool nullable = arguments[0]->nullable();
    return MakeCall("bitmap_count", arrow::int64(), nullable, std::move(arguments),
                    RowKernel<int64_t, std::string_view>(
                        arrow::int64(), [](int64_t* out, std::string_view bytes) {
                          *out = 0;
                          for (const char c : bytes) {
                            *out += std::popcount(static_cast<unsigned char>(c));
                          }
                        }));
  };
  registry->Add(std::move(count));
}

}  // namespace headrace

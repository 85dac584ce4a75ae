#include "functions/aggregate/columns.h"

#include <algorithm>

#include <arrow/array/array_primitive.h>
#include <arrow/type.h>

namespace headrace::aggregate {
namespace {

std::shared_ptr<arrow::Buffer> PackBits(const std::vector<uint8_t>& bytes) {
  std::vector<uint8_t> bits(
      static_cast<size_t>(arrow::bit_util::BytesForBits(static_cast<int64_t>(bytes.size()))), 0);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bits[i / 8] |= static_cast<uint8_t>((bytes[i] != 0 ? 1 : 0) << (i % 8));
  }
  return arrow::Buffer::FromVector(std::move(bits));
}

}  // namespace

std::shared_ptr<arrow::Buffer> BitmapOf(const std::vector<uint8_t>& bytes, int64_t* zeros) {
  *zeros = std::count(bytes.begin(), bytes.end(), uint8_t{0});
  return *zeros == 0 ? nullptr : PackBits(bytes);
}

ArrayPtr MakeBoolean(const std::vector<uint8_t>& values, const std::vector<uint8_t>* valid) {
  int64_t nulls = 0;
  std::shared_ptr<arrow::Buffer> bitmap = valid == nullptr ? nullptr : BitmapOf(*valid, &nulls);
  return std::make_shared<arrow::BooleanArray>(static_cast<int64_t>(values.size()),
                                               PackBits(values), std::move(bitmap), nulls);
}

}  // namespace headrace::aggregate

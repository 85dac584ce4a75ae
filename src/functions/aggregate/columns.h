// Loops over the rows that count, and arrays made from columns of accumulated values.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>

#include "base/error.h"
#include "types/spark_type.h"

namespace headrace::aggregate {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using Arrays = std::vector<ArrayPtr>;

// Calls f(row, group) for the rows that pass `filter` (null: all) and are not null in `array`.
template <typename F>
inline void ForEachValid(const arrow::Array& array, const uint32_t* groups, int64_t length,
                         const uint8_t* filter, F&& f) {
  if (array.type_id() == arrow::Type::NA) return;
  const uint8_t* valid = array.null_count() == 0 ? nullptr : array.null_bitmap_data();
  if (valid == nullptr && filter == nullptr) {
    for (int64_t i = 0; i < length; ++i) f(i, groups[i]);
    return;
  }
  const int64_t offset = array.offset();
  for (int64_t i = 0; i < length; ++i) {
    if (filter != nullptr && filter[i] == 0) continue;
    if (valid != nullptr && !arrow::bit_util::GetBit(valid, offset + i)) continue;
    f(i, groups[i]);
  }
}

// The rows that ForEachValid() would call for.
inline void ValidRows(const arrow::Array& array, const uint32_t* groups, int64_t length,
                      const uint8_t* filter, std::vector<uint32_t>* rows) {
  rows->clear();
  ForEachValid(array, groups, length, filter,
               [&](int64_t i, uint32_t) { rows->push_back(static_cast<uint32_t>(i)); });
}

template <typename T>
inline const T* Values(const arrow::Array& array) {
  return array.data()->GetValues<T>(1);
}
inline bool BoolValue(const arrow::Array& array, int64_t i) {
  return arrow::bit_util::GetBit(array.data()->buffers[1]->data(), array.offset() + i);
}

// A bitmap of the non-zero bytes; null when all are set.
std::shared_ptr<arrow::Buffer> BitmapOf(const std::vector<uint8_t>& bytes, int64_t* zeros);

// An array of a fixed-width type; `valid` (may be null) has one byte a value.
template <typename T>
inline ArrayPtr MakeFixedWidth(const DataTypePtr& type, const std::vector<T>& values,
                               const std::vector<uint8_t>* valid) {
  int64_t nulls = 0;
  std::shared_ptr<arrow::Buffer> bitmap = valid == nullptr ? nullptr : BitmapOf(*valid, &nulls);
  const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
  auto data =
      arrow::Buffer::FromVector(std::vector<uint8_t>(bytes, bytes + values.size() * sizeof(T)));
  return arrow::MakeArray(arrow::ArrayData::Make(type, static_cast<int64_t>(values.size()),
                                                 {std::move(bitmap), std::move(data)}, nulls));
}
ArrayPtr MakeBoolean(const std::vector<uint8_t>& values, const std::vector<uint8_t>* valid);

}  // namespace headrace::aggregate

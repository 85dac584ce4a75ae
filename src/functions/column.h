// Arguments of kernels as columns: an array with a value a row, or one value for all rows.
//
// Reader<T> reads typed values by row without caring which of the two it is; Writer<T> makes the
// result column. T is the physical type: bool, integers, float, double, arrow::Decimal128,
// std::string_view (strings and binaries; written through std::string). Dates, timestamps and
// intervals are their integers.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/array.h>
#include <arrow/datum.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/decimal.h>

#include "types/spark_type.h"

namespace headrace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

struct Column {
  ArrayPtr array;
  bool constant = false;

  int64_t row(int64_t i) const { return constant ? 0 : i; }
  bool IsNull(int64_t i) const { return array->IsNull(row(i)); }
};

struct Columns {
  std::vector<Column> columns;
  // How many rows to compute: 1 when all columns are constant.
  int64_t rows = 0;
  bool constant = false;

  const Column& operator[](size_t i) const { return columns[i]; }
  size_t size() const { return columns.size(); }
  // A scalar when all columns are constant.
  Result<arrow::Datum> Finish(const ArrayPtr& result) const;
};

Result<Columns> MakeColumns(const std::vector<arrow::Datum>& arguments, int64_t length);

// Rows in which no column is null.
struct Validity {
  std::shared_ptr<arrow::Buffer> bitmap;  // null: all rows are valid
  int64_t null_count = 0;
  bool IsValid(int64_t i) const {
    return bitmap == nullptr || arrow::bit_util::GetBit(bitmap->data(), i);
  }
};
Result<Validity> CombineValidity(const Columns& columns, arrow::MemoryPool* pool);

// An array of `type` from a bitmap and a buffer of values.
ArrayPtr MakeFixedArray(const DataTypePtr& type, int64_t rows, Validity validity,
                        std::shared_ptr<arrow::Buffer> values);

template <typename T>
class Reader {
 public:
  explicit Reader(const Column& column)
      : values_(column.array->data()->GetValues<T>(1)), mask_(column.constant ? 0 : ~int64_t{0}) {}
  T operator[](int64_t i) const { return values_[i & mask_]; }

 private:
  const T* values_;
  int64_t mask_;
};

template <>
class Reader<bool> {
 public:
  explicit Reader(const Column& column)
      : bits_(column.array->data()->buffers[1] ? column.array->data()->buffers[1]->data()
                                               : nullptr),
        offset_(column.array->offset()),
        mask_(column.constant ? 0 : ~int64_t{0}) {}
  bool operator[](int64_t i) const { return arrow::bit_util::GetBit(bits_, offset_ + (i & mask_)); }

 private:
  const uint8_t* bits_;
  int64_t offset_;
  int64_t mask_;
};

template <>
class Reader<std::string_view> {
 public:
  explicit Reader(const Column& column)
      : offsets_(column.array->data()->GetValues<int32_t>(1)),
        data_(column.array->data()->buffers[2]
                  ? reinterpret_cast<const char*>(column.array->data()->buffers[2]->data())
                  : ""),
        mask_(column.constant ? 0 : ~int64_t{0}) {}
  std::string_view operator[](int64_t i) const {
    const int32_t* at = offsets_ + (i & mask_);
    return {data_ + at[0], static_cast<size_t>(at[1] - at[0])};
  }

 private:
  const int32_t* offsets_;
  const char* data_;
  int64_t mask_;
};

template <>
class Reader<arrow::Decimal128> {
 public:
  explicit Reader(const Column& column)
      : bytes_(column.array->data()->buffers[1]->data() + column.array->offset() * 16),
        mask_(column.constant ? 0 : ~int64_t{0}) {}
  arrow::Decimal128 operator[](int64_t i) const {
    return arrow::Decimal128(bytes_ + (i & mask_) * 16);
  }

 private:
  const uint8_t* bytes_;
  int64_t mask_;
};

// Fixed-width results are written to slot(i) in any order.
template <typename T>
class Writer {
 public:
  using Value = T;
  Status Open(int64_t rows, arrow::MemoryPool* pool) {
    ARROW_ASSIGN_OR_RAISE(buffer_, arrow::AllocateBuffer(rows * sizeof(T), pool));
    values_ = reinterpret_cast<T*>(buffer_->mutable_data());
    return Status::OK();
  }
  void Null(int64_t i) { values_[i] = T{}; }
  template <typename F>
  auto Write(int64_t i, F&& f) {
    return f(values_ + i);
  }
  Result<ArrayPtr> Finish(const DataTypePtr& type, int64_t rows, Validity validity) {
    return MakeFixedArray(type, rows, std::move(validity), std::move(buffer_));
  }

 private:
  std::shared_ptr<arrow::Buffer> buffer_;
  T* values_ = nullptr;
};

template <>
class Writer<bool> {
 public:
  using Value = bool;
  Status Open(int64_t rows, arrow::MemoryPool* pool) {
    ARROW_ASSIGN_OR_RAISE(buffer_, arrow::AllocateEmptyBitmap(rows, pool));
    bits_ = buffer_->mutable_data();
    return Status::OK();
  }
  void Null(int64_t) {}
  template <typename F>
  auto Write(int64_t i, F&& f) {
    bool value = false;
    if constexpr (std::is_void_v<decltype(f(&value))>) {
      f(&value);
      if (value) arrow::bit_util::SetBit(bits_, i);
    } else {
      auto outcome = f(&value);
      if (value) arrow::bit_util::SetBit(bits_, i);
      return outcome;
    }
  }
  Result<ArrayPtr> Finish(const DataTypePtr& type, int64_t rows, Validity validity) {
    return MakeFixedArray(type, rows, std::move(validity), std::move(buffer_));
  }

 private:
  std::shared_ptr<arrow::Buffer> buffer_;
  uint8_t* bits_ = nullptr;
};

// Strings are written in row order, by appending to the column's bytes.
template <>
class Writer<std::string> {
 public:
  using Value = std::string;
  Status Open(int64_t rows, arrow::MemoryPool* pool) {
    ARROW_ASSIGN_OR_RAISE(offsets_, arrow::AllocateBuffer((rows + 1) * 4, pool));
    ends_ = reinterpret_cast<int32_t*>(offsets_->mutable_data());
    ends_[0] = 0;
    return Status::OK();
  }
  void Null(int64_t i) { ends_[i + 1] = static_cast<int32_t>(bytes_.size()); }
  template <typename F>
  auto Write(int64_t i, F&& f) {
    const size_t start = bytes_.size();
    if constexpr (std::is_void_v<decltype(f(&bytes_))>) {
      f(&bytes_);
      ends_[i + 1] = static_cast<int32_t>(bytes_.size());
    } else {
      auto outcome = f(&bytes_);
      if constexpr (std::is_same_v<decltype(outcome), bool>) {
        if (!outcome) bytes_.resize(start);
      }
      ends_[i + 1] = static_cast<int32_t>(bytes_.size());
      return outcome;
    }
  }
  Result<ArrayPtr> Finish(const DataTypePtr& type, int64_t rows, Validity validity);

 private:
  std::shared_ptr<arrow::Buffer> offsets_;
  int32_t* ends_ = nullptr;
  std::string bytes_;
};

}  // namespace headrace

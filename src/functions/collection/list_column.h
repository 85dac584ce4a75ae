// Reading and building array columns row by row.
#pragma once

#include <memory>
#include <vector>

#include <arrow/array.h>
#include <arrow/builder.h>

#include "functions/column.h"

namespace headrace {

// The elements of one row of an array or map column.
class ListRow {
 public:
  ListRow(const arrow::Array& array, int64_t row)
      : list_(static_cast<const arrow::ListArray&>(array)),
        begin_(list_.value_offset(row)),
        size_(list_.value_length(row)) {}
  const arrow::Array& values() const { return *list_.values(); }
  int64_t begin() const { return begin_; }
  int64_t size() const { return size_; }
  bool IsNull(int64_t element) const { return values().IsNull(begin_ + element); }

 private:
  const arrow::ListArray& list_;
  int64_t begin_, size_;
};

// Items are copied from other arrays of the element type, or appended to item_builder().
class ListColumnBuilder {
 public:
  ListColumnBuilder(DataTypePtr type, arrow::MemoryPool* pool)
      : type_(std::move(type)), pool_(pool), offsets_(pool), validity_(pool) {}
  // `rows`: how many rows will be appended.
  Status Open(int64_t rows);
  arrow::ArrayBuilder* item_builder() { return items_.get(); }
  Status AppendItems(const arrow::Array& values, int64_t begin, int64_t count) {
    if (count == 0) return Status::OK();
    return items_->AppendArraySlice(*values.data(), begin, count);
  }
  Status AppendNullItem() { return items_->AppendNull(); }
  void EndRow() { End(true); }
  void AppendNull() { End(false); }
  // A list or map array.
  Result<ArrayPtr> Finish();

 private:
  void End(bool valid);

  DataTypePtr type_;
  arrow::MemoryPool* pool_;
  std::unique_ptr<arrow::ArrayBuilder> items_;
  arrow::TypedBufferBuilder<int32_t> offsets_;
  arrow::TypedBufferBuilder<bool> validity_;
  int64_t rows_ = 0;
};

}  // namespace headrace

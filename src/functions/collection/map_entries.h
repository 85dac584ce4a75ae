// Reading and building map columns.
#pragma once

#include <memory>
#include <vector>

#include <arrow/array.h>
#include <arrow/builder.h>

#include "functions/column.h"

namespace headrace {

// The entries of one row of a map column.
class MapRow {
 public:
  MapRow(const arrow::Array& array, int64_t row)
      : map_(static_cast<const arrow::MapArray&>(array)),
        begin_(map_.value_offset(row)),
        size_(map_.value_length(row)) {}
  const arrow::Array& keys() const { return *map_.keys(); }
  const arrow::Array& items() const { return *map_.items(); }
  int64_t begin() const { return begin_; }
  int64_t size() const { return size_; }
  // Position of a key (not null) among keys() and items(); -1: absent.
  int64_t Find(const arrow::Array& key, int64_t row) const;

 private:
  const arrow::MapArray& map_;
  int64_t begin_, size_;
};

// Refuses null keys (NULL_MAP_KEY) and keys that occur twice in a row (DUPLICATED_MAP_KEY).
class MapColumnBuilder {
 public:
  MapColumnBuilder(DataTypePtr type, arrow::MemoryPool* pool)
      : type_(std::move(type)), pool_(pool), offsets_(pool), validity_(pool) {}
  Status Open(int64_t rows);
  Status Append(const arrow::Array& keys, int64_t key, const arrow::Array& items, int64_t item);
  void EndRow() { End(true); }
  void AppendNull() { End(false); }
  Result<ArrayPtr> Finish();

 private:
  void End(bool valid);

  DataTypePtr type_;
  arrow::MemoryPool* pool_;
  std::unique_ptr<arrow::ArrayBuilder> keys_, items_;
  // The keys of the current row, for finding duplicates.
  std::vector<std::pair<const arrow::Array*, int64_t>> row_keys_;
  arrow::TypedBufferBuilder<int32_t> offsets_;
  arrow::TypedBufferBuilder<bool> validity_;
  int64_t rows_ = 0;
};

}  // namespace headrace

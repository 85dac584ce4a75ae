// One row of some input array for each group, held by reference.
//
// The arrays live until compaction copies the rows that are still referred to into one array; it
// happens when the kept arrays hold more than twice as many rows as there are groups.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "functions/aggregate/columns.h"

namespace headrace::aggregate {

class KeptRows {
 public:
  explicit KeptRows(DataTypePtr type) : type_(std::move(type)) {}

  void Resize(int64_t groups) { rows_.resize(static_cast<size_t>(groups), kNone); }
  // Begins an input array: Set refers to it. It is kept only if Set is called.
  Status Begin(ArrayPtr array);
  void Set(uint32_t group, int64_t row) {
    if (current_ != nullptr) Keep();
    rows_[group] = (static_cast<uint64_t>(arrays_.size() - 1) << 32) | static_cast<uint64_t>(row);
  }

  bool has(uint32_t group) const { return rows_[group] != kNone; }
  const arrow::Array& array(uint32_t group) const { return *arrays_[rows_[group] >> 32]; }
  int64_t row(uint32_t group) const { return static_cast<int64_t>(rows_[group] & 0xffffffffu); }

  int64_t groups() const { return static_cast<int64_t>(rows_.size()); }
  // The kept value of each group, null where there is none.
  Result<ArrayPtr> Values() const;
  void Clear();
  int64_t size_bytes() const;

 private:
  static constexpr uint64_t kNone = ~uint64_t{0};

  void Keep() {
    kept_ += current_->length();
    arrays_.push_back(std::move(current_));
    current_ = nullptr;
  }

  DataTypePtr type_;
  ArrayPtr current_;  // begun and not referred to yet
  Arrays arrays_;
  int64_t kept_ = 0;  // rows in arrays_
  std::vector<uint64_t> rows_;
};

}  // namespace headrace::aggregate

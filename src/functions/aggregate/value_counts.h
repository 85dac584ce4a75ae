// How often each value occurs in each group, in the order of first appearance.
#pragma once

#include <cstdint>
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/row_set.h"

namespace headrace::aggregate {

class ValueCounts {
 public:
  explicit ValueCounts(DataTypePtr type) : type_(std::move(type)) {}

  void Resize(int64_t groups) { group_count_ = groups; }
  // Row rows[i] of `values` occurs once more in group groups[rows[i]].
  Status Add(const uint32_t* groups, const ArrayPtr& values, const std::vector<uint32_t>& rows);
  // Adds what Lists() gave: the list of row i belongs to group groups[i].
  Status AddLists(const uint32_t* groups, const arrow::Array& lists);
  // One list a group, of structs of a value and its count.
  Result<ArrayPtr> Lists() const;
  static DataTypePtr ListType(const DataTypePtr& type);

  void Clear();
  int64_t size_bytes() const;

 private:
  // `times` is by position in `rows`; null: once each.
  Status Count(const uint32_t* groups, const ArrayPtr& values, const std::vector<uint32_t>& rows,
               const std::vector<int64_t>* times);

  const DataTypePtr type_;
  int64_t group_count_ = 0;
  RowSet entries_;
  std::vector<int64_t> counts_;   // by entry
  std::vector<uint32_t> groups_;  // by entry
  Arrays values_;                 // together: a value by entry
  EncodedRows encoded_;
  std::vector<uint32_t> numbers_;
};

}  // namespace headrace::aggregate

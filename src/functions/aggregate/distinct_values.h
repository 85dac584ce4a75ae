// The distinct rows of each group, in the order of their first appearance.
#pragma once

#include <cstdint>
#include <vector>

#include "functions/aggregate/grouped_values.h"
#include "functions/aggregate/row_set.h"

namespace headrace::aggregate {

class DistinctValues {
 public:
  explicit DistinctValues(std::vector<DataTypePtr> types) : values_(std::move(types)) {}

  void Resize(int64_t groups) { values_.Resize(groups); }
  // Of the listed rows of `columns`, those that their group does not have.
  Status Append(const uint32_t* groups, const Arrays& columns, const std::vector<uint32_t>& rows);
  Status AppendLists(const uint32_t* groups, const arrow::Array& lists);
  const GroupedValues& values() const { return values_; }
  void Clear();
  int64_t size_bytes() const { return values_.size_bytes() + seen_.size_bytes(); }

 private:
  GroupedValues values_;
  RowSet seen_;
  EncodedRows encoded_;
  std::vector<uint32_t> fresh_;
};

}  // namespace headrace::aggregate

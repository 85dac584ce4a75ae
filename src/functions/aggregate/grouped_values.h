// Rows of one or more columns collected by group, in the order they came.
#pragma once

#include <cstdint>
#include <vector>

#include "functions/aggregate/columns.h"

namespace headrace::aggregate {

class GroupedValues {
 public:
  explicit GroupedValues(std::vector<DataTypePtr> types) : types_(std::move(types)) {}

  void Resize(int64_t groups) { counts_.resize(static_cast<size_t>(groups), 0); }
  // Row rows[i] of `columns` goes to group groups[rows[i]].
  Status Append(const uint32_t* groups, const Arrays& columns, const std::vector<uint32_t>& rows);
  // Adds the elements of lists: those of row i go to group groups[i].
  Status AppendLists(const uint32_t* groups, const arrow::Array& lists);

  int64_t groups() const { return static_cast<int64_t>(counts_.size()); }
  int64_t size() const { return static_cast<int64_t>(groups_.size()); }
  const std::vector<DataTypePtr>& types() const { return types_; }

  // All rows, those of group 0 first; `groups` gets the group of each.
  Result<Arrays> Sorted(std::vector<uint32_t>* groups) const;
  // One list a group, of `type`: of the values, or of structs if there are several columns.
  Result<ArrayPtr> Lists(const DataTypePtr& type) const;
  // Distinct rows only, the type of Lists() for them.
  static DataTypePtr ListType(const std::vector<DataTypePtr>& types);

  void Clear();
  int64_t size_bytes() const;

 private:
  const std::vector<DataTypePtr> types_;
  std::vector<int64_t> counts_;   // by group
  std::vector<uint32_t> groups_;  // by row
  std::vector<Arrays> pieces_;    // by column
};

}  // namespace headrace::aggregate

// Numbers the groups of an aggregation densely from 0, in order of first appearance.
//
// A single key column of an integer-like type is looked up by value; other keys by their encoding;
// without key columns every row is in group 0. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "operators/rows.h"
#include "state/key_table.h"
#include "types/row_encoding.h"

namespace headrace {

class GroupTable {
 public:
  explicit GroupTable(std::vector<DataTypePtr> key_types);

  // The group of each row; keys not seen before get the next numbers.
  Status Assign(const Arrays& keys, int64_t length, std::vector<uint32_t>* groups);

  int64_t size() const { return size_; }
  // One row a group, in order of number; -0.0 is 0.0.
  Result<Arrays> Keys() const;
  void Clear();
  int64_t size_bytes() const;

 private:
  enum class Way { kNoKeys, kInteger, kEncoded };

  void AssignIntegers(const arrow::Array& keys, std::vector<uint32_t>* groups);
  void AssignRange(const arrow::Array& keys, const int64_t* values, int64_t begin, int64_t end,
                   std::vector<uint32_t>* groups);
  void AddIfNew(uint32_t number, int64_t key);

  const std::vector<DataTypePtr> key_types_;
  const Way way_;
  KeyTable table_;
  int64_t size_ = 0;
  // kInteger: the keys by group; nulls form the group `null_group_`, which the table does not
  // know, so its numbers from there on are shifted by one.
  std::vector<int64_t> integers_, scratch_, present_;
  uint32_t null_group_ = KeyTable::kAbsent;
  std::vector<uint32_t> numbers_;
  EncodedRows encoded_;
};

}  // namespace headrace

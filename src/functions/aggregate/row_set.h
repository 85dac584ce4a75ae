// A set of encoded rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "types/row_encoding.h"

namespace headrace::aggregate {

class RowSet {
 public:
  // Adds the rows; `fresh` gets the numbers of those that were not there.
  void Insert(const EncodedRows& rows, std::vector<uint32_t>* fresh);
  // Adds the rows; `entries` gets the number of each, counted from 0 in the order of addition.
  void Number(const EncodedRows& rows, std::vector<uint32_t>* entries);
  void Clear();
  int64_t size_bytes() const;

 private:
  static constexpr uint32_t kEmpty = 0xffffffffu;
  // The entry of row i, which is added if it is not there.
  uint32_t Entry(const EncodedRows& rows, int64_t i);
  void Grow();

  std::vector<uint32_t> slots_;  // entry numbers; the size is a power of two
  std::vector<uint64_t> hashes_;
  std::vector<uint64_t> ends_;  // entry i is bytes_[ends_[i - 1] .. ends_[i])
  std::string bytes_;
};

}  // namespace headrace::aggregate

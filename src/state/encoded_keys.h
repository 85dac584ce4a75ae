// Encoded keys as Arrow binary arrays, the form they have in files.
#pragma once

#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "state/key_table.h"

namespace headrace {

// Fills `keys` from a binary array without nulls, hashes included.
void KeysFromArray(const arrow::Array& array, EncodedRows* keys);

// Lets each key pass once.
class KeyFilter {
 public:
  struct Rows {
    std::shared_ptr<arrow::Array> keys;
    std::shared_ptr<arrow::RecordBatch> values;
  };

  // The rows whose keys were not seen before; now they were.
  Result<Rows> TakeNew(const arrow::Array& keys, const arrow::RecordBatch& values);
  void Add(const arrow::Array& keys);

 private:
  KeyTable table_;
  EncodedRows rows_;
  std::vector<uint32_t> numbers_;
};

}  // namespace headrace

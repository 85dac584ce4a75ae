// The times by which a store finds its entries.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "state/state_store.h"

namespace headrace {

// The times of a column: timestamps, windows (their ends), or bigints of microseconds;
// StateStore::kNever for nulls. `unit_us`, `none`: see StateStoreDeclaration::TimeColumn.
std::vector<int64_t> StateTimesOf(const arrow::Array& column, int64_t unit_us = 1,
                                  std::optional<int64_t> none = std::nullopt);
// `units` of so many microseconds; where that is more than there are, the last or the first there
// is.
int64_t MicrosecondsOf(int64_t units, int64_t unit_us);

// Takes them from where the declaration has them.
class StateTimes {
 public:
  explicit StateTimes(const StateStoreDeclaration& declaration);

  // Where they are in the keys.
  Result<std::vector<int64_t>> OfKeys(const EncodedRows& keys) const;
  // Where they are in the values.
  std::vector<int64_t> OfValues(const arrow::RecordBatch& values) const;

 private:
  const StateStoreDeclaration::TimeColumn column_;
  std::vector<DataTypePtr> key_types_;
};

}  // namespace headrace

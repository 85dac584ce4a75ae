// What must balance in every batch of a stream: rows in = rows out + change of the state + rows
// dropped, as far as the progress tells.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/error.h"

namespace headrace {

class Conservation {
 public:
  // `only_deduplicates`: all rows of the input go through one deduplication and nothing else.
  explicit Conservation(bool only_deduplicates) : only_deduplicates_(only_deduplicates) {}

  // Takes progress objects in order; those without a batch, or seen before, are passed over.
  Status Check(const std::string& progress);

 private:
  const bool only_deduplicates_;
  int64_t last_batch_ = -1;
  std::map<size_t, int64_t> totals_;  // rows in the state after it, by operator
};

}  // namespace headrace

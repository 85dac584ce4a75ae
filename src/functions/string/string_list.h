// Builds arrays of strings: the results of split, regexp_extract_all and the like.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "functions/column.h"

namespace headrace {

class StringListWriter {
 public:
  explicit StringListWriter(int64_t rows) {
    row_ends_.reserve(rows + 1);
    row_ends_.push_back(0);
    value_ends_.push_back(0);
  }
  void Append(std::string_view value) {
    bytes_.append(value);
    value_ends_.push_back(static_cast<int32_t>(bytes_.size()));
  }
  void EndRow() { row_ends_.push_back(static_cast<int32_t>(value_ends_.size() - 1)); }

  Result<ArrayPtr> Finish(const DataTypePtr& type, Validity validity);

 private:
  std::string bytes_;
  std::vector<int32_t> value_ends_, row_ends_;
};

}  // namespace headrace

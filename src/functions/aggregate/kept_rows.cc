#include "functions/aggregate/kept_rows.h"

#include <algorithm>

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/util/byte_size.h>

namespace headrace::aggregate {
namespace {

constexpr int64_t kRowsBeforeCompaction = 64 * 1024;

}  // namespace

Status KeptRows::Begin(ArrayPtr array) {
  const int64_t limit = std::max(kRowsBeforeCompaction, 2 * groups());
  if (kept_ + array->length() > limit && !arrays_.empty()) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr values, Values());
    for (size_t group = 0; group < rows_.size(); ++group) {
      if (rows_[group] != kNone) rows_[group] = group;
    }
    kept_ = values->length();
    arrays_.assign(1, std::move(values));
  }
  current_ = std::move(array);
  return Status::OK();
}

Result<ArrayPtr> KeptRows::Values() const {
  if (arrays_.empty()) return arrow::MakeArrayOfNull(type_, groups());
  std::vector<int64_t> starts;
  int64_t total = 0;
  for (const ArrayPtr& array : arrays_) {
    starts.push_back(total);
    total += array->length();
  }
  ArrayPtr all = arrays_[0];
  if (arrays_.size() > 1) {
    ARROW_ASSIGN_OR_RAISE(all, arrow::Concatenate(arrays_));
  }
  std::vector<int64_t> indices(rows_.size(), 0);
  std::vector<uint8_t> valid(rows_.size(), 1);
  for (size_t group = 0; group < rows_.size(); ++group) {
    if (rows_[group] == kNone) {
      valid[group] = 0;
    } else {
      indices[group] =
          starts[rows_[group] >> 32] + static_cast<int64_t>(rows_[group] & 0xffffffffu);
    }
  }
  return arrow::compute::Take(*all, *MakeFixedWidth(arrow::int64(), indices, &valid),
                              arrow::compute::TakeOptions::NoBoundsCheck());
}

void KeptRows::Clear() {
  current_ = nullptr;
  arrays_.clear();
  rows_.clear();
  kept_ = 0;
}

int64_t KeptRows::size_bytes() const {
  int64_t bytes = static_cast<int64_t>(rows_.capacity() * sizeof(uint64_t));
  for (const ArrayPtr& array : arrays_) bytes += arrow::util::TotalBufferSize(*array);
  return bytes;
}

}  // namespace headrace::aggregate

#include "functions/aggregate/distinct_values.h"

#include <algorithm>
#include <utility>

#include <arrow/array/array_primitive.h>
#include <arrow/compute/api_vector.h>

namespace headrace::aggregate {

Status DistinctValues::Append(const uint32_t* groups, const Arrays& columns,
                              const std::vector<uint32_t>& rows) {
  if (rows.empty()) return Status::OK();
  const auto length = static_cast<int64_t>(rows.size());
  const arrow::UInt32Array indices(length, arrow::Buffer::Wrap(rows));
  std::vector<int32_t> owners;
  for (const uint32_t row : rows) owners.push_back(static_cast<int32_t>(groups[row]));
  Arrays keys = {MakeFixedWidth(arrow::int32(), owners, nullptr)};
  for (const ArrayPtr& column : columns) {
    ARROW_ASSIGN_OR_RAISE(
        ArrayPtr key,
        arrow::compute::Take(*column, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
    keys.push_back(std::move(key));
  }
  ARROW_RETURN_NOT_OK(EncodeRows(keys, length, &encoded_));
  seen_.Insert(encoded_, &fresh_);
  for (uint32_t& row : fresh_) row = rows[row];
  return values_.Append(groups, columns, fresh_);
}

Status DistinctValues::AppendLists(const uint32_t* groups, const arrow::Array& lists) {
  // Lists come from states, which hold no duplicates: each is flattened, then filtered as rows are.
  GroupedValues flat(values_.types());
  flat.Resize(values_.groups());
  ARROW_RETURN_NOT_OK(flat.AppendLists(groups, lists));
  std::vector<uint32_t> owners;
  ARROW_ASSIGN_OR_RAISE(Arrays columns, flat.Sorted(&owners));
  std::vector<uint32_t> rows(owners.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<uint32_t>(i);
  return Append(owners.data(), columns, rows);
}

void DistinctValues::Clear() {
  values_.Clear();
  seen_.Clear();
}

}  // namespace headrace::aggregate

#include "functions/aggregate/value_counts.h"

#include <numeric>
#include <utility>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/util/byte_size.h>

#include "functions/aggregate/grouped_values.h"

namespace headrace::aggregate {
namespace {

Result<ArrayPtr> RowsOf(const arrow::Array& array, const std::vector<uint32_t>& rows) {
  const arrow::UInt32Array indices(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
  return arrow::compute::Take(array, indices, arrow::compute::TakeOptions::NoBoundsCheck());
}

}  // namespace

DataTypePtr ValueCounts::ListType(const DataTypePtr& type) {
  return GroupedValues::ListType({type, arrow::int64()});
}

Status ValueCounts::Add(const uint32_t* groups, const ArrayPtr& values,
                        const std::vector<uint32_t>& rows) {
  return Count(groups, values, rows, nullptr);
}

Status ValueCounts::Count(const uint32_t* groups, const ArrayPtr& values,
                          const std::vector<uint32_t>& rows, const std::vector<int64_t>* times) {
  if (rows.empty()) return Status::OK();
  const auto length = static_cast<int64_t>(rows.size());
  std::vector<int32_t> owners;
  owners.reserve(rows.size());
  for (const uint32_t row : rows) owners.push_back(static_cast<int32_t>(groups[row]));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr taken, RowsOf(*values, rows));
  ARROW_RETURN_NOT_OK(
      EncodeRows({MakeFixedWidth(arrow::int32(), owners, nullptr), taken}, length, &encoded_));
  entries_.Number(encoded_, &numbers_);
  std::vector<uint32_t> fresh;
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t entry = numbers_[i];
    if (entry == counts_.size()) {
      counts_.push_back(0);
      groups_.push_back(groups[rows[i]]);
      fresh.push_back(static_cast<uint32_t>(i));
    }
    counts_[entry] += times == nullptr ? 1 : (*times)[i];
  }
  if (fresh.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(ArrayPtr added, RowsOf(*taken, fresh));
  values_.push_back(std::move(added));
  return Status::OK();
}

Status ValueCounts::AddLists(const uint32_t* groups, const arrow::Array& lists) {
  const auto& array = static_cast<const arrow::ListArray&>(lists);
  const auto& pairs = static_cast<const arrow::StructArray&>(*array.values());
  const ArrayPtr values = pairs.field(0), counts = pairs.field(1);
  const auto* all = Values<int64_t>(*counts);
  std::vector<uint32_t> rows;
  std::vector<int64_t> times;
  std::vector<uint32_t> owners(static_cast<size_t>(values->length()), 0);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    for (int64_t k = array.value_offset(i); k < array.value_offset(i + 1); ++k) {
      rows.push_back(static_cast<uint32_t>(k));
      times.push_back(all[k]);
      owners[static_cast<size_t>(k)] = groups[i];
    }
  }
  return Count(owners.data(), values, rows, &times);
}

Result<ArrayPtr> ValueCounts::Lists() const {
  GroupedValues grouped({type_, arrow::int64()});
  grouped.Resize(group_count_);
  if (!counts_.empty()) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr values, arrow::Concatenate(values_));
    std::vector<uint32_t> rows(counts_.size());
    std::iota(rows.begin(), rows.end(), 0U);
    ARROW_RETURN_NOT_OK(grouped.Append(
        groups_.data(), {values, MakeFixedWidth(arrow::int64(), counts_, nullptr)}, rows));
  }
  return grouped.Lists(ListType(type_));
}

void ValueCounts::Clear() {
  group_count_ = 0;
  entries_.Clear();
  counts_.clear();
  groups_.clear();
  values_.clear();
}

int64_t ValueCounts::size_bytes() const {
  int64_t bytes =
      entries_.size_bytes() + static_cast<int64_t>(counts_.capacity() * 8 + groups_.capacity() * 4);
  for (const ArrayPtr& piece : values_) bytes += arrow::util::TotalBufferSize(*piece);
  return bytes;
}

}  // namespace headrace::aggregate

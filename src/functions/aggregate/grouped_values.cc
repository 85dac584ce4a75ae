#include "functions/aggregate/grouped_values.h"

#include <limits>
#include <string>
#include <utility>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/util/byte_size.h>

namespace headrace::aggregate {
namespace {

Result<ArrayPtr> TakeRows(const arrow::Array& array, const std::vector<uint32_t>& rows) {
  const arrow::UInt32Array indices(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
  return arrow::compute::Take(array, indices, arrow::compute::TakeOptions::NoBoundsCheck());
}

}  // namespace

Status GroupedValues::Append(const uint32_t* groups, const Arrays& columns,
                             const std::vector<uint32_t>& rows) {
  if (rows.empty()) return Status::OK();
  pieces_.resize(types_.size());
  for (size_t i = 0; i < types_.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr piece, TakeRows(*columns[i], rows));
    pieces_[i].push_back(std::move(piece));
  }
  for (const uint32_t row : rows) {
    groups_.push_back(groups[row]);
    ++counts_[groups[row]];
  }
  return Status::OK();
}

Status GroupedValues::AppendLists(const uint32_t* groups, const arrow::Array& lists) {
  const auto& array = static_cast<const arrow::ListArray&>(lists);
  std::vector<uint32_t> rows, owners;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    for (int64_t k = 0; k < array.value_length(i); ++k) {
      rows.push_back(static_cast<uint32_t>(array.value_offset(i) + k));
      owners.push_back(groups[i]);
    }
  }
  if (rows.empty()) return Status::OK();
  pieces_.resize(types_.size());
  for (size_t i = 0; i < types_.size(); ++i) {
    ArrayPtr values = array.values();
    if (types_.size() > 1) {
      values = static_cast<const arrow::StructArray&>(*values).field(static_cast<int>(i));
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr piece, TakeRows(*values, rows));
    pieces_[i].push_back(std::move(piece));
  }
  for (const uint32_t owner : owners) ++counts_[owner];
  groups_.insert(groups_.end(), owners.begin(), owners.end());
  return Status::OK();
}

Result<Arrays> GroupedValues::Sorted(std::vector<uint32_t>* groups) const {
  std::vector<int64_t> next(counts_.size() + 1, 0);
  for (size_t i = 0; i < counts_.size(); ++i) next[i + 1] = next[i] + counts_[i];
  std::vector<uint32_t> rows(groups_.size());
  groups->resize(groups_.size());
  for (size_t row = 0; row < groups_.size(); ++row) {
    const int64_t place = next[groups_[row]]++;
    rows[place] = static_cast<uint32_t>(row);
    (*groups)[place] = groups_[row];
  }
  Arrays columns(types_.size());
  for (size_t i = 0; i < types_.size(); ++i) {
    if (groups_.empty()) {
      ARROW_ASSIGN_OR_RAISE(columns[i], arrow::MakeEmptyArray(types_[i]));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr all, arrow::Concatenate(pieces_[i]));
    ARROW_ASSIGN_OR_RAISE(columns[i], TakeRows(*all, rows));
  }
  return columns;
}

DataTypePtr GroupedValues::ListType(const std::vector<DataTypePtr>& types) {
  if (types.size() == 1) return ArrayOf(types[0], true);
  std::vector<FieldPtr> fields;
  for (size_t i = 0; i < types.size(); ++i) {
    fields.push_back(arrow::field("_" + std::to_string(i), types[i]));
  }
  return ArrayOf(arrow::struct_(std::move(fields)), true);
}

Result<ArrayPtr> GroupedValues::Lists(const DataTypePtr& type) const {
  if (size() > std::numeric_limits<int32_t>::max()) {
    return Status::CapacityError("the lists of one aggregate have more than 2^31 elements");
  }
  std::vector<uint32_t> groups;
  ARROW_ASSIGN_OR_RAISE(Arrays columns, Sorted(&groups));
  ArrayPtr values = columns[0];
  if (columns.size() > 1) {
    values = std::make_shared<arrow::StructArray>(type->field(0)->type(), size(), columns);
  }
  std::vector<int32_t> offsets(counts_.size() + 1, 0);
  for (size_t i = 0; i < counts_.size(); ++i) {
    offsets[i + 1] = offsets[i] + static_cast<int32_t>(counts_[i]);
  }
  return std::make_shared<arrow::ListArray>(type, static_cast<int64_t>(counts_.size()),
                                            arrow::Buffer::FromVector(std::move(offsets)), values);
}

void GroupedValues::Clear() {
  counts_.clear();
  groups_.clear();
  pieces_.clear();
}

int64_t GroupedValues::size_bytes() const {
  int64_t bytes = static_cast<int64_t>(counts_.capacity() * 8 + groups_.capacity() * 4);
  for (const Arrays& column : pieces_) {
    for (const ArrayPtr& piece : column) bytes += arrow::util::TotalBufferSize(*piece);
  }
  return bytes;
}

}  // namespace headrace::aggregate

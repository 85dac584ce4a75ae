#include "operators/group_table.h"

#include <utility>

#include "functions/aggregate/columns.h"

namespace headrace {
namespace {

// Types whose values are 64 bits or fewer and equal iff their bits are.
bool IsIntegerLike(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::DATE32:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return true;
    default:
      return false;
  }
}

template <typename T>
void Widen(const arrow::Array& array, std::vector<int64_t>* out) {
  const T* values = array.data()->GetValues<T>(1);
  out->assign(values, values + array.length());
}

// The values as 64-bit integers; `scratch` holds them unless they are that already.
const int64_t* AsInt64(const arrow::Array& array, std::vector<int64_t>* scratch) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      Widen<int8_t>(array, scratch);
      return scratch->data();
    case arrow::Type::INT16:
      Widen<int16_t>(array, scratch);
      return scratch->data();
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      Widen<int32_t>(array, scratch);
      return scratch->data();
    default:
      return array.data()->GetValues<int64_t>(1);
  }
}

template <typename T>
ArrayPtr Narrow(const DataTypePtr& type, const std::vector<int64_t>& values,
                const std::vector<uint8_t>* valid) {
  return aggregate::MakeFixedWidth(type, std::vector<T>(values.begin(), values.end()), valid);
}

ArrayPtr FromInt64(const DataTypePtr& type, const std::vector<int64_t>& values,
                   const std::vector<uint8_t>* valid) {
  switch (type->id()) {
    case arrow::Type::INT8:
      return Narrow<int8_t>(type, values, valid);
    case arrow::Type::INT16:
      return Narrow<int16_t>(type, values, valid);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      return Narrow<int32_t>(type, values, valid);
    default:
      return aggregate::MakeFixedWidth(type, values, valid);
  }
}

}  // namespace

GroupTable::GroupTable(std::vector<DataTypePtr> key_types)
    : key_types_(std::move(key_types)),
      way_(key_types_.empty()                                        ? Way::kNoKeys
           : key_types_.size() == 1 && IsIntegerLike(*key_types_[0]) ? Way::kInteger
                                                                     : Way::kEncoded) {}

Status GroupTable::Assign(const Arrays& keys, int64_t length, std::vector<uint32_t>* groups) {
  switch (way_) {
    case Way::kNoKeys:
      groups->assign(static_cast<size_t>(length), 0);
      if (length > 0) size_ = 1;
      return Status::OK();
    case Way::kInteger:
      AssignIntegers(*keys[0], groups);
      return Status::OK();
    case Way::kEncoded:
      ARROW_RETURN_NOT_OK(EncodeRows(keys, length, &encoded_));
      table_.FindOrInsert(encoded_, groups);
      size_ = table_.size();
      return Status::OK();
  }
  return Status::OK();
}

void GroupTable::AddIfNew(uint32_t number, int64_t key) {
  if (number != size_) return;
  integers_.push_back(key);
  ++size_;
}

void GroupTable::AssignIntegers(const arrow::Array& keys, std::vector<uint32_t>* groups) {
  const int64_t length = keys.length();
  const int64_t* values = AsInt64(keys, &scratch_);
  groups->resize(static_cast<size_t>(length));
  int64_t begin = 0;
  if (keys.null_count() > 0 && null_group_ == KeyTable::kAbsent) {
    while (keys.IsValid(begin)) ++begin;
    AssignRange(keys, values, 0, begin, groups);
    null_group_ = static_cast<uint32_t>(size_);
    AddIfNew(null_group_, 0);
  }
  AssignRange(keys, values, begin, length, groups);
}

// The null group, if there are nulls in the range, has its number already.
void GroupTable::AssignRange(const arrow::Array& keys, const int64_t* values, int64_t begin,
                             int64_t end, std::vector<uint32_t>* groups) {
  const bool has_nulls = keys.null_count() > 0;
  if (has_nulls) {
    present_.clear();
    for (int64_t i = begin; i < end; ++i) {
      if (keys.IsValid(i)) present_.push_back(values[i]);
    }
    table_.FindOrInsert(present_.data(), static_cast<int64_t>(present_.size()), &numbers_);
  } else {
    table_.FindOrInsert(values + begin, end - begin, &numbers_);
  }
  size_t next = 0;
  for (int64_t i = begin; i < end; ++i) {
    if (has_nulls && keys.IsNull(i)) {
      (*groups)[i] = null_group_;
      continue;
    }
    uint32_t group = numbers_[next++];
    group += group >= null_group_;
    AddIfNew(group, values[i]);
    (*groups)[i] = group;
  }
}

Result<Arrays> GroupTable::Keys() const {
  switch (way_) {
    case Way::kNoKeys:
      return Arrays{};
    case Way::kInteger: {
      if (null_group_ == KeyTable::kAbsent) {
        return Arrays{FromInt64(key_types_[0], integers_, nullptr)};
      }
      std::vector<uint8_t> valid(integers_.size(), 1);
      valid[null_group_] = 0;
      return Arrays{FromInt64(key_types_[0], integers_, &valid)};
    }
    case Way::kEncoded: {
      std::vector<std::string_view> rows(static_cast<size_t>(size_));
      for (int64_t i = 0; i < size_; ++i) rows[i] = table_.key(static_cast<uint32_t>(i));
      return DecodeRows(rows, key_types_);
    }
  }
  return Arrays{};
}

void GroupTable::Clear() {
  table_.Clear();
  size_ = 0;
  integers_.clear();
  null_group_ = KeyTable::kAbsent;
}

int64_t GroupTable::size_bytes() const {
  return table_.size_bytes() + static_cast<int64_t>(integers_.capacity() * sizeof(int64_t));
}

}  // namespace headrace

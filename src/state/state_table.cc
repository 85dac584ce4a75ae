#include "state/state_table.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace headrace {

StateTable::StateTable(SchemaPtr value_schema) : value_schema_(std::move(value_schema)) {
  for (const FieldPtr& field : value_schema_->fields()) {
    columns_.push_back(StateColumn::Make(field->type()));
  }
}

Result<std::shared_ptr<arrow::RecordBatch>> StateTable::Get(const EncodedRows& keys,
                                                            std::vector<uint8_t>* found) {
  keys_.Find(keys, &numbers_);
  found->resize(numbers_.size());
  for (size_t i = 0; i < numbers_.size(); ++i) (*found)[i] = numbers_[i] != KeyTable::kAbsent;
  return Values(numbers_.data(), static_cast<int64_t>(numbers_.size()));
}

Status StateTable::Put(const EncodedRows& keys, const arrow::RecordBatch& values) {
  if (values.num_rows() != keys.size() ||
      values.num_columns() != static_cast<int>(columns_.size())) {
    return Status::Invalid("a state store with ", columns_.size(), " value columns was given ",
                           values.num_columns(), " columns and ", values.num_rows(), " rows for ",
                           keys.size(), " keys");
  }
  for (int i = 0; i < values.num_columns(); ++i) {
    if (values.column(i)->type_id() != value_schema_->field(i)->type()->id()) {
      return Status::Invalid("value column ", i, " of a state store has type ",
                             value_schema_->field(i)->type()->ToString(), ", but was given ",
                             values.column(i)->type()->ToString());
    }
  }
  keys_.FindOrInsert(keys, &numbers_);
  Grow();
  for (const uint32_t number : numbers_) {
    uint8_t& flags = flags_[number];
    if (!(flags & kChanged)) changed_.push_back(number);
    flags |= kLive | kChanged;
  }
  for (int i = 0; i < values.num_columns(); ++i) {
    ARROW_RETURN_NOT_OK(columns_[i]->Put(*values.column(i), numbers_.data()));
  }
  return Status::OK();
}

void StateTable::Find(const EncodedRows& keys, std::vector<uint32_t>* numbers) const {
  keys_.Find(keys, numbers);
}

Status StateTable::AddCommitted(const EncodedRows& keys, const arrow::RecordBatch& values) {
  const size_t changed = changed_.size();
  ARROW_RETURN_NOT_OK(Put(keys, values));
  for (const uint32_t number : numbers_) flags_[number] = kLive | kCommitted;
  changed_.resize(changed);
  return Status::OK();
}

Status StateTable::Remove(const EncodedRows& keys) {
  keys_.Find(keys, &numbers_);
  // A key that comes twice goes once.
  size_t kept = 0;
  for (const uint32_t number : numbers_) {
    if (number == KeyTable::kAbsent || (flags_[number] & kLeaving)) continue;
    flags_[number] |= kLeaving;
    numbers_[kept++] = number;
  }
  numbers_.resize(kept);
  return RemoveNumbers(numbers_);
}

Status StateTable::RemoveNumbers(const std::vector<uint32_t>& numbers) {
  for (const uint32_t number : numbers) {
    if (flags_[number] & kCommitted) {
      removed_.bytes.append(keys_.key(number));
      if (removed_.bytes.size() > std::numeric_limits<uint32_t>::max()) {
        return Status::CapacityError("the keys removed from the state in a batch exceed 4 GiB");
      }
      if (removed_.offsets.empty()) removed_.offsets.push_back(0);
      removed_.offsets.push_back(static_cast<uint32_t>(removed_.bytes.size()));
    }
    flags_[number] = 0;
  }
  for (const auto& column : columns_) {
    for (const uint32_t number : numbers) column->Forget(number);
  }
  keys_.Erase(numbers);
  return Status::OK();
}

void StateTable::Keys(const std::vector<uint32_t>& numbers, EncodedRows* keys) const {
  keys->bytes.clear();
  keys->offsets.resize(numbers.size() + 1);
  keys->hashes.resize(numbers.size());
  keys->offsets[0] = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    keys->bytes.append(keys_.key(numbers[i]));
    keys->offsets[i + 1] = static_cast<uint32_t>(keys->bytes.size());
    keys->hashes[i] = keys_.hash(numbers[i]);
  }
}

Result<std::shared_ptr<arrow::RecordBatch>> StateTable::Values(const uint32_t* numbers,
                                                               int64_t count) const {
  arrow::ArrayVector arrays;
  arrays.reserve(columns_.size());
  for (const auto& column : columns_) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> array, column->Take(numbers, count));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(value_schema_, count, std::move(arrays));
}

std::vector<uint32_t> StateTable::AllNumbers() const {
  std::vector<uint32_t> numbers;
  numbers.reserve(static_cast<size_t>(keys_.size()));
  for (uint32_t number = 0; number < keys_.bound(); ++number) {
    if (keys_.alive(number)) numbers.push_back(number);
  }
  return numbers;
}

Status StateTable::Scan(
    const SchemaPtr& key_schema,
    const std::function<Status(const arrow::RecordBatch& keys, const arrow::RecordBatch& values)>&
        consume) const {
  constexpr int64_t kRowsPerBatch = 8192;
  std::vector<DataTypePtr> key_types;
  for (const FieldPtr& field : key_schema->fields()) key_types.push_back(field->type());
  const std::vector<uint32_t> numbers = AllNumbers();
  const auto count = static_cast<int64_t>(numbers.size());
  std::vector<std::string_view> encoded;
  for (int64_t start = 0; start < count; start += kRowsPerBatch) {
    const int64_t length = std::min(kRowsPerBatch, count - start);
    encoded.clear();
    for (int64_t i = start; i < start + length; ++i) encoded.push_back(key(numbers[i]));
    ARROW_ASSIGN_OR_RAISE(arrow::ArrayVector columns, DecodeRows(encoded, key_types));
    const auto keys = arrow::RecordBatch::Make(key_schema, length, std::move(columns));
    ARROW_ASSIGN_OR_RAISE(const auto values, Values(numbers.data() + start, length));
    ARROW_RETURN_NOT_OK(consume(*keys, *values));
  }
  return Status::OK();
}

std::vector<uint32_t> StateTable::ChangedNumbers() {
  std::vector<uint32_t> numbers;
  numbers.reserve(changed_.size());
  for (const uint32_t number : changed_) {
    if (!(flags_[number] & kChanged)) continue;
    flags_[number] &= ~kChanged;
    numbers.push_back(number);
  }
  for (const uint32_t number : numbers) flags_[number] |= kChanged;
  changed_ = numbers;
  return numbers;
}

int64_t StateTable::ChangeOfSize() const {
  int64_t change = removed_.offsets.empty() ? 0 : 1 - static_cast<int64_t>(removed_.offsets.size());
  std::vector<uint32_t> numbers = changed_;
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  for (const uint32_t number : numbers) {
    if ((flags_[number] & kLive) && !(flags_[number] & kCommitted)) ++change;
  }
  return change;
}

void StateTable::MarkCommitted() {
  for (const uint32_t number : changed_) {
    if (flags_[number] & kLive) flags_[number] = kLive | kCommitted;
  }
  changed_.clear();
  removed_ = EncodedRows();
}

void StateTable::Grow() {
  if (flags_.size() >= keys_.bound()) return;
  // Vectors of several columns grow at the same time: by half, not exactly.
  const auto bound = static_cast<uint32_t>(
      std::min<uint64_t>(keys_.bound() + uint64_t{keys_.bound()} / 2 + 16, KeyTable::kAbsent));
  flags_.resize(bound);
  for (const auto& column : columns_) column->Resize(bound);
}

int64_t StateTable::size_bytes() const {
  int64_t total = keys_.size_bytes() +
                  static_cast<int64_t>(flags_.capacity() + changed_.capacity() * sizeof(uint32_t) +
                                       removed_.bytes.capacity());
  for (const auto& column : columns_) total += column->size_bytes();
  return total;
}

}  // namespace headrace

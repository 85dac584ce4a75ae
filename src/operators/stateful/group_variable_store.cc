#include "operators/stateful/group_variable_store.h"

#include <limits>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include "operators/key_selection.h"

namespace headrace {
namespace {

using Kind = GroupVariable::Kind;

const int64_t* Milliseconds(const arrow::Array& array) {
  return array.data()->GetValues<int64_t>(1);
}

// The list's elements lie in one struct column; its field with the times.
std::shared_ptr<arrow::Array> ElementTimes(const arrow::ListArray& lists) {
  return static_cast<const arrow::StructArray&>(*lists.values())
      .GetFieldByName(kTtlExpirationField);
}

// `lists` without the elements that have come due, and how many those were.
Result<ArrayPtr> WithoutExpired(const arrow::ListArray& lists, int64_t now_ms, int64_t* removed) {
  const ArrayPtr times = ElementTimes(lists);
  const int64_t* raw = Milliseconds(*times);
  std::vector<uint32_t> kept;
  std::vector<int32_t> offsets = {0};
  for (int64_t row = 0; row < lists.length(); ++row) {
    for (int64_t i = 0; i < lists.value_length(row); ++i) {
      const int64_t element = lists.value_offset(row) + i;
      if (raw[element] <= now_ms) {
        ++*removed;
      } else {
        kept.push_back(static_cast<uint32_t>(element));
      }
    }
    offsets.push_back(static_cast<int32_t>(kept.size()));
  }
  ARROW_ASSIGN_OR_RAISE(const Arrays elements, TakeRows(Arrays{lists.values()}, kept));
  return std::make_shared<arrow::ListArray>(
      lists.type(), lists.length(), arrow::Buffer::FromVector(std::move(offsets)), elements[0]);
}

}  // namespace

void DueTimes::Add(int64_t time_ms, std::string_view key) {
  if (times_.emplace(time_ms, key).second) {
    bytes_ += static_cast<int64_t>(sizeof(std::pair<int64_t, std::string>) + key.size());
  }
}

void DueTimes::Remove(int64_t time_ms, std::string_view key) {
  if (times_.erase(std::pair(time_ms, std::string(key))) > 0) {
    bytes_ -= static_cast<int64_t>(sizeof(std::pair<int64_t, std::string>) + key.size());
  }
}

void DueTimes::Clear() {
  times_.clear();
  bytes_ = 0;
}

std::vector<std::pair<int64_t, std::string>> DueTimes::Before(int64_t end_ms) const {
  const auto end = times_.lower_bound(std::pair(end_ms, std::string()));
  return {times_.begin(), end};
}

GroupVariableStore::GroupVariableStore(int operator_id, const OperatorSite& site,
                                       const GroupVariable& variable, const SchemaPtr& key_schema)
    : variable_(variable),
      store_(operator_id, site, {variable.name, key_schema, variable.schema}) {}

Status GroupVariableStore::Open(int64_t version) {
  bool fresh = false;
  ARROW_RETURN_NOT_OK(store_.Open(version, &fresh));
  if (!fresh) return Status::OK();
  due_.Clear();
  entries_ = 0;
  EncodedRows encoded;
  return store_->Scan(
      [&](const arrow::RecordBatch& keys, const arrow::RecordBatch& values) -> Status {
        ARROW_RETURN_NOT_OK(EncodeRows(keys.columns(), keys.num_rows(), &encoded));
        return Account(encoded, values, nullptr, 1);
      });
}

Status GroupVariableStore::Put(const EncodedRows& keys, const arrow::RecordBatch& values) {
  ARROW_RETURN_NOT_OK(AccountStored(keys, -1));
  ARROW_RETURN_NOT_OK(Account(keys, values, nullptr, 1));
  if (variable_.kind != Kind::kTimers) store_.rows_updated += keys.size();
  return store_->Put(keys, values);
}

Status GroupVariableStore::Remove(const EncodedRows& keys) {
  std::vector<uint8_t> found;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr values, store_->Get(keys, &found));
  ARROW_RETURN_NOT_OK(Account(keys, *values, &found, -1));
  if (variable_.kind != Kind::kTimers) {
    for (const uint8_t each : found) store_.rows_removed += each;
  }
  return store_->Remove(keys);
}

Status GroupVariableStore::AccountStored(const EncodedRows& keys, int sign) {
  std::vector<uint8_t> found;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr values, store_->Get(keys, &found));
  return Account(keys, *values, &found, sign);
}

Status GroupVariableStore::Account(const EncodedRows& keys, const arrow::RecordBatch& values,
                                   const std::vector<uint8_t>* found, int sign) {
  const auto each = [&](auto&& visit) {
    for (int64_t i = 0; i < keys.size(); ++i) {
      if (found == nullptr || (*found)[i] != 0) visit(i);
    }
  };
  const auto due = [&](int64_t time_ms, int64_t i) {
    sign > 0 ? due_.Add(time_ms, keys.row(i)) : due_.Remove(time_ms, keys.row(i));
  };
  switch (variable_.kind) {
    case Kind::kTimeouts: {
      each([&](int64_t) { entries_ += sign; });
      if (values.num_columns() == 1) return Status::OK();
      const int64_t* times = Milliseconds(*values.column(1));
      each([&](int64_t i) {
        if (times[i] >= 0) due(times[i], i);
      });
      return Status::OK();
    }
    case Kind::kTimers: {
      const auto& lists = static_cast<const arrow::ListArray&>(*values.column(0));
      const int64_t* times = Milliseconds(*lists.values());
      each([&](int64_t i) {
        for (int64_t k = 0; k < lists.value_length(i); ++k) {
          due(times[lists.value_offset(i) + k], i);
        }
      });
      return Status::OK();
    }
    case Kind::kValue:
      each([&](int64_t) { entries_ += sign; });
      if (variable_.ttl_ms > 0) {
        const int64_t* times = Milliseconds(*values.column(1));
        each([&](int64_t i) { due(times[i], i); });
      }
      return Status::OK();
    case Kind::kList:
    case Kind::kMap: {
      const auto& lists = static_cast<const arrow::ListArray&>(*values.column(0));
      // As in Spark, where a list is one entry, and each key of a map is one.
      each([&](int64_t i) {
        entries_ += variable_.kind == Kind::kMap ? sign * lists.value_length(i) : sign;
      });
      if (variable_.ttl_ms == 0) return Status::OK();
      const ArrayPtr elements = ElementTimes(lists);
      const int64_t* times = Milliseconds(*elements);
      each([&](int64_t i) {
        // The first of the elements to go; the others are looked at then.
        int64_t first = std::numeric_limits<int64_t>::max();
        for (int64_t k = 0; k < lists.value_length(i); ++k) {
          first = std::min(first, times[lists.value_offset(i) + k]);
        }
        due(first, i);
      });
      return Status::OK();
    }
  }
  return Status::OK();
}

Status GroupVariableStore::RemoveExpired(int64_t now_ms, int64_t* removed) {
  if (variable_.ttl_ms == 0 || due_.empty() || due_.first_ms() > now_ms) return Status::OK();
  EncodedRows keys;
  ClearKeys(&keys);
  for (const auto& [time, key] : due_.Before(now_ms + 1)) {
    ARROW_RETURN_NOT_OK(CheckRoom(keys, key.size()));
    AppendKey(key, &keys);
  }
  if (variable_.kind == Kind::kValue) {
    *removed += keys.size();
    return Remove(keys);
  }
  std::vector<uint8_t> found;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr values, Get(keys, &found));
  const auto& lists = static_cast<const arrow::ListArray&>(*values->column(0));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr kept, WithoutExpired(lists, now_ms, removed));
  std::vector<uint32_t> rows;
  EncodedRows changed, emptied;
  ClearKeys(&changed);
  ClearKeys(&emptied);
  const auto& kept_lists = static_cast<const arrow::ListArray&>(*kept);
  for (int64_t i = 0; i < keys.size(); ++i) {
    if (kept_lists.value_length(i) == 0) {
      AppendKey(keys, i, &emptied);
    } else {
      AppendKey(keys, i, &changed);
      rows.push_back(static_cast<uint32_t>(i));
    }
  }
  if (emptied.size() > 0) ARROW_RETURN_NOT_OK(Remove(emptied));
  if (rows.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRows(Arrays{kept}, rows));
  return Put(changed, *MakeBatch(variable_.schema, changed.size(), std::move(columns)));
}

}  // namespace headrace

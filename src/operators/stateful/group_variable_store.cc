#include "operators/stateful/group_variable_store.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>

#include "operators/key_selection.h"
#include "state/key_table.h"
#include "state/state_times.h"

namespace headrace {
namespace {

using Kind = GroupVariable::Kind;

constexpr int64_t kMillisecondUs = 1000;
// Among the values of timeouts, -1 if there is none.
constexpr int kTimeoutColumn = 1;
// A version's elements are numbered from here times the version on, so that a list grows at its end
// without a look at it.
constexpr int kElementBits = 32;

const int64_t* Milliseconds(const arrow::Array& array) {
  return array.data()->GetValues<int64_t>(1);
}

ArrayPtr Numbers(std::vector<int64_t> numbers) {
  const auto count = static_cast<int64_t>(numbers.size());
  return std::make_shared<arrow::Int64Array>(count, arrow::Buffer::FromVector(std::move(numbers)));
}

// What the encoding of a bigint adds to that of a group's key (types/row_encoding.h).
constexpr size_t kNumberBytes = 1 + sizeof(int64_t);

int64_t NumberOf(std::string_view place) {
  int64_t number;
  std::memcpy(&number, place.data() + place.size() - sizeof number, sizeof number);
  return number;
}

// Each key once.
EncodedRows DistinctOf(const EncodedRows& keys) {
  KeyTable table;
  std::vector<uint32_t> numbers;
  table.FindOrInsert(keys, &numbers);
  EncodedRows distinct;
  ClearKeys(&distinct);
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == distinct.hashes.size()) AppendKey(keys, static_cast<int64_t>(i), &distinct);
  }
  return distinct;
}

}  // namespace

std::string VariableTypeOf(GroupVariable::Kind kind) {
  switch (kind) {
    case Kind::kValue:
      return "ValueState";
    case Kind::kList:
      return "ListState";
    case Kind::kMap:
      return "MapState";
    case Kind::kTimers:
      return "TimerState";
    case Kind::kTimeouts:
      break;
  }
  return "";
}

StateStoreDeclaration DeclareVariableStore(const GroupVariable& variable,
                                           const SchemaPtr& key_schema) {
  StateStoreDeclaration store;
  store.name = variable.name;
  store.variable_type = VariableTypeOf(variable.kind);
  arrow::FieldVector keys = key_schema->fields(), values = variable.schema->fields();
  if (variable.kind == Kind::kList) {
    keys.push_back(arrow::field("position", arrow::int64(), false));
  } else if (variable.kind == Kind::kMap || variable.kind == Kind::kTimers) {
    keys.push_back(values.front());
    values.erase(values.begin());
  }
  if (values.empty()) values.push_back(arrow::field("__dummy__", arrow::boolean()));
  if (HasEntries(variable.kind)) store.prefix_columns = key_schema->num_fields();
  if (variable.ttl_ms > 0) {
    store.indexed_by = {false, static_cast<int>(values.size()) - 1, kMillisecondUs};
  } else if (variable.kind == Kind::kTimers) {
    store.indexed_by = {true, key_schema->num_fields(), kMillisecondUs};
  } else if (variable.kind == Kind::kTimeouts && values.size() > kTimeoutColumn) {
    store.indexed_by = {false, kTimeoutColumn, kMillisecondUs, /*none=*/-1};
  }
  store.key_schema = arrow::schema(std::move(keys));
  store.value_schema = arrow::schema(std::move(values));
  return store;
}

GroupVariableStore::GroupVariableStore(int operator_id, const OperatorSite& site,
                                       const GroupVariable& variable, const SchemaPtr& key_schema)
    : variable_(variable),
      has_entries_(HasEntries(variable.kind)),
      store_(operator_id, site, DeclareVariableStore(variable, key_schema)) {}

Status GroupVariableStore::Open(int64_t version) {
  bool fresh = false;
  ARROW_RETURN_NOT_OK(store_.Open(version, &fresh));
  next_position_ = version << kElementBits;
  if (variable_.reset) {
    lists_ = 0;
    return Reset();
  }
  if (fresh && variable_.kind == Kind::kList) {
    ARROW_ASSIGN_OR_RAISE(lists_, store_->CountPrefixes());
  }
  return Status::OK();
}

Status GroupVariableStore::Reset() {
  std::vector<EncodedRows> all;
  ARROW_RETURN_NOT_OK(
      store_->Scan([&](const arrow::RecordBatch& keys, const arrow::RecordBatch&) -> Status {
        return EncodeRows(keys.columns(), keys.num_rows(), &all.emplace_back());
      }));
  for (const EncodedRows& keys : all) ARROW_RETURN_NOT_OK(store_->Remove(keys));
  return Status::OK();
}

Result<EncodedRows> GroupVariableStore::PlacesOf(const EncodedRows& groups, const ArrayPtr& keys) {
  EncodedRows encoded, places;
  ARROW_RETURN_NOT_OK(EncodeRows(Arrays{keys}, keys->length(), &encoded));
  ARROW_RETURN_NOT_OK(CheckRoom(encoded, groups.bytes.size()));
  ClearKeys(&places);
  for (int64_t i = 0; i < groups.size(); ++i) {
    const size_t start = places.bytes.size();
    places.bytes.append(groups.row(i)).append(encoded.row(i));
    places.offsets.push_back(static_cast<uint32_t>(places.bytes.size()));
    places.hashes.push_back(HashBytes(std::string_view(places.bytes).substr(start)));
  }
  return places;
}

Result<BatchPtr> GroupVariableStore::Entries(const EncodedRows& groups,
                                             std::vector<int64_t>* begins) {
  ARROW_ASSIGN_OR_RAISE(StateStore::PrefixedEntries stored, store_->GetPrefixed(groups));
  *begins = std::move(stored.begins);
  std::vector<std::string_view> keys(static_cast<size_t>(stored.keys.size()));
  std::vector<uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  const bool by_number = variable_.kind != Kind::kMap;
  for (int64_t group = 0; group < groups.size(); ++group) {
    const size_t prefix = groups.row(group).size();
    for (int64_t i = (*begins)[group]; i < (*begins)[group + 1]; ++i) {
      keys[i] = stored.keys.row(i).substr(prefix);
    }
    std::sort(order.begin() + (*begins)[group], order.begin() + (*begins)[group + 1],
              [&](uint32_t a, uint32_t b) {
                return by_number ? NumberOf(keys[a]) < NumberOf(keys[b]) : keys[a] < keys[b];
              });
  }
  ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRows(stored.values->columns(), order));
  if (variable_.kind != Kind::kList) {
    std::vector<std::string_view> ordered(keys.size());
    for (size_t i = 0; i < order.size(); ++i) ordered[i] = keys[order[i]];
    ARROW_ASSIGN_OR_RAISE(const Arrays decoded,
                          DecodeRows(ordered, {variable_.schema->field(0)->type()}));
    if (variable_.kind == Kind::kTimers) columns.clear();
    columns.insert(columns.begin(), decoded[0]);
  }
  return MakeBatch(variable_.schema, stored.keys.size(), std::move(columns));
}

Result<BatchPtr> GroupVariableStore::Find(const EncodedRows& groups, const ArrayPtr& keys,
                                          std::vector<uint8_t>* found) {
  ARROW_ASSIGN_OR_RAISE(const EncodedRows places, PlacesOf(groups, keys));
  ARROW_ASSIGN_OR_RAISE(const BatchPtr values, store_->Get(places, found));
  Arrays columns = values->columns();
  columns.insert(columns.begin(), keys);
  return MakeBatch(variable_.schema, groups.size(), std::move(columns));
}

Result<ArrayPtr> GroupVariableStore::NextPositions(int64_t count) {
  const int64_t end = (store_->version() + 1) << kElementBits;
  if (count > end - next_position_) {
    return Status::CapacityError("a partition's lists ", variable_.name,
                                 " were given more than 2^32 elements in a batch");
  }
  std::vector<int64_t> positions(static_cast<size_t>(count));
  std::iota(positions.begin(), positions.end(), next_position_);
  next_position_ += count;
  return Numbers(std::move(positions));
}

Status GroupVariableStore::Put(const EncodedRows& groups, const arrow::RecordBatch& entries) {
  if (groups.size() == 0) return Status::OK();
  EncodedRows places;
  Arrays columns = entries.columns();
  std::vector<int64_t> times;
  switch (variable_.kind) {
    case Kind::kTimeouts:
    case Kind::kValue:
      break;
    case Kind::kList: {
      const EncodedRows distinct = DistinctOf(groups);
      ARROW_ASSIGN_OR_RAISE(const int64_t before, CountLists(distinct));
      lists_ += distinct.size() - before;
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr positions, NextPositions(groups.size()));
      ARROW_ASSIGN_OR_RAISE(places, PlacesOf(groups, positions));
      break;
    }
    case Kind::kMap: {
      ARROW_ASSIGN_OR_RAISE(places, PlacesOf(groups, columns[0]));
      columns.erase(columns.begin());
      break;
    }
    case Kind::kTimers: {
      ARROW_ASSIGN_OR_RAISE(places, PlacesOf(groups, columns[0]));
      times = StateTimesOf(*columns[0], kMillisecondUs);
      ARROW_ASSIGN_OR_RAISE(columns[0], arrow::MakeArrayOfNull(arrow::boolean(), groups.size()));
      break;
    }
  }
  if (variable_.kind != Kind::kTimers) store_.rows_updated += groups.size();
  const EncodedRows& keys = has_entries_ ? places : groups;
  const BatchPtr values =
      MakeBatch(store_.declaration().value_schema, groups.size(), std::move(columns));
  const auto& indexed_by = store_.declaration().indexed_by;
  if (!indexed_by) return store_->Put(keys, *values);
  if (!indexed_by->in_key) times = TimesOf(*values);
  return store_->Put(keys, *values, times);
}

std::vector<int64_t> GroupVariableStore::TimesOf(const arrow::RecordBatch& values) const {
  const StateStoreDeclaration::TimeColumn& time = *store_.declaration().indexed_by;
  return StateTimesOf(*values.column(time.column), time.unit_us, time.none);
}

Status GroupVariableStore::RemoveKeys(const EncodedRows& groups, const ArrayPtr& keys) {
  if (groups.size() == 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const EncodedRows places, PlacesOf(groups, keys));
  if (variable_.kind != Kind::kTimers) {
    std::vector<uint8_t> found;
    ARROW_RETURN_NOT_OK(store_->Get(places, &found).status());
    for (const uint8_t each : found) store_.rows_removed += each;
  }
  return store_->Remove(places);
}

Status GroupVariableStore::Remove(const EncodedRows& groups) {
  if (groups.size() == 0) return Status::OK();
  if (!has_entries_) {
    std::vector<uint8_t> found;
    ARROW_RETURN_NOT_OK(store_->Get(groups, &found).status());
    for (const uint8_t each : found) store_.rows_removed += each;
    return store_->Remove(groups);
  }
  ARROW_ASSIGN_OR_RAISE(const StateStore::PrefixedEntries stored, store_->GetPrefixed(groups));
  for (int64_t group = 0; group < groups.size(); ++group) {
    const int64_t count = stored.begins[group + 1] - stored.begins[group];
    if (variable_.kind == Kind::kList && count > 0) --lists_;
    if (variable_.kind != Kind::kTimers) store_.rows_removed += count;
  }
  return store_->Remove(stored.keys);
}

Status GroupVariableStore::RemoveExpired(int64_t now_ms, int64_t* removed) {
  if (variable_.ttl_ms == 0) return Status::OK();
  const int64_t now_us = MicrosecondsOf(now_ms, kMillisecondUs);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const StateStore::Entries expired,
                          store_->TakeExpired(now_us, StateStore::Taking::kRemove));
    if (expired.keys.size() == 0) return Status::OK();
    *removed += expired.keys.size();
    store_.rows_removed += expired.keys.size();
    if (variable_.kind != Kind::kList) continue;
    EncodedRows groups;
    ClearKeys(&groups);
    for (int64_t i = 0; i < expired.keys.size(); ++i) {
      const std::string_view place = expired.keys.row(i);
      AppendKey(place.substr(0, place.size() - kNumberBytes), &groups);
    }
    const EncodedRows distinct = DistinctOf(groups);
    ARROW_ASSIGN_OR_RAISE(const int64_t left, CountLists(distinct));
    lists_ -= distinct.size() - left;
  }
}

int64_t GroupVariableStore::rows() const {
  switch (variable_.kind) {
    case Kind::kTimers:
      return 0;
    case Kind::kList:
      return lists_;
    default:
      return store_->Metrics().keys;
  }
}

Result<int64_t> GroupVariableStore::CountLists(const EncodedRows& groups) {
  std::vector<uint8_t> has;
  ARROW_RETURN_NOT_OK(store_->HasPrefixes(groups, &has));
  return std::count(has.begin(), has.end(), 1);
}

Result<DueGroups> GroupVariableStore::TakeDue(int64_t end_ms) {
  const int64_t limit_us = MicrosecondsOf(end_ms, kMillisecondUs) - 1;
  EncodedRows keys;
  ClearKeys(&keys);
  std::vector<int64_t> times;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const StateStore::Entries due,
                          store_->TakeExpired(limit_us, StateStore::Taking::kRead));
    if (due.keys.size() == 0) break;
    ARROW_RETURN_NOT_OK(CheckRoom(keys, due.keys.bytes.size()));
    for (int64_t i = 0; i < due.keys.size(); ++i) {
      const std::string_view place = due.keys.row(i);
      if (variable_.kind == Kind::kTimers) {
        AppendKey(place.substr(0, place.size() - kNumberBytes), &keys);
        times.push_back(NumberOf(place));
      } else {
        AppendKey(due.keys, i, &keys);
        times.push_back(Milliseconds(*due.values->column(kTimeoutColumn))[i]);
      }
    }
  }
  std::vector<uint32_t> order(times.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return times[a] != times[b] ? times[a] < times[b] : keys.row(a) < keys.row(b);
  });
  DueGroups groups;
  ClearKeys(&groups.keys);
  for (const uint32_t i : order) {
    AppendKey(keys, i, &groups.keys);
    groups.times_ms.push_back(times[i]);
  }
  return groups;
}

Status GroupVariableStore::SettleTimeouts(const EncodedRows& groups,
                                          const std::vector<int64_t>& times_ms) {
  std::vector<uint8_t> same;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr values, store_->Get(groups, &same));
  const int64_t* now = Milliseconds(*values->column(kTimeoutColumn));
  EncodedRows kept;
  ClearKeys(&kept);
  for (int64_t i = 0; i < groups.size(); ++i) {
    if (same[i] != 0 && now[i] != times_ms[i]) same[i] = 0;
    if (same[i] != 0) AppendKey(groups, i, &kept);
  }
  if (kept.size() == 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const BatchPtr kept_values, KeepRows(values, same));
  return store_->Put(kept, *kept_values, TimesOf(*kept_values));
}

Result<std::optional<int64_t>> GroupVariableStore::FirstDueMs() {
  ARROW_ASSIGN_OR_RAISE(const int64_t first_us, store_->FirstTime());
  if (first_us == StateStore::kNever) return std::nullopt;
  return first_us / kMillisecondUs;
}

}  // namespace headrace

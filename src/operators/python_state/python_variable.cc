#include "operators/python_state/python_variable.h"

#include <algorithm>
#include <utility>

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>

namespace headrace {
namespace {

using Kind = GroupVariable::Kind;

// The fields of an element as it is stored: of a list or map, or of the row itself.
arrow::FieldVector ElementFields(const GroupVariable& variable) {
  if (variable.kind == Kind::kValue) return variable.schema->fields();
  return variable.schema->field(0)->type()->field(0)->type()->fields();
}

bool IsWrapped(const GroupVariable& variable) {
  return variable.kind == Kind::kMap || variable.ttl_ms > 0;
}

SchemaPtr ValueSchema(const GroupVariable& variable) {
  if (variable.kind == Kind::kTimers) return arrow::schema(arrow::FieldVector{});
  const arrow::FieldVector fields = ElementFields(variable);
  if (!IsWrapped(variable)) return arrow::schema(fields);
  return arrow::schema(fields[variable.kind == Kind::kMap ? 1 : 0]->type()->fields());
}

SchemaPtr KeySchema(const GroupVariable& variable) {
  if (variable.kind != Kind::kMap) return arrow::schema(arrow::FieldVector{});
  return arrow::schema(ElementFields(variable)[0]->type()->fields());
}

const int64_t* Milliseconds(const arrow::Array& array) {
  return array.data()->GetValues<int64_t>(1);
}

ArrayPtr Times(const std::vector<int64_t>& times) {
  return std::make_shared<arrow::Int64Array>(static_cast<int64_t>(times.size()),
                                             arrow::Buffer::FromVector(times));
}

}  // namespace

PythonVariable::PythonVariable(int position, GroupVariable variable, bool binary_as_bytes)
    : position_(position),
      variable_(std::move(variable)),
      values_(ValueSchema(variable_), binary_as_bytes),
      keys_(KeySchema(variable_), binary_as_bytes) {}

void PythonVariable::Begin(size_t groups, int64_t now_ms, GroupStates* states) {
  groups_.assign(groups, Group());
  loaded_ = false;
  now_ms_ = now_ms;
  states_ = states;
  values_.Clear();
  keys_.Clear();
}

int64_t PythonVariable::ExpiryOfNew() const {
  return variable_.ttl_ms > 0 ? now_ms_ + variable_.ttl_ms : -1;
}

Status PythonVariable::Load() {
  loaded_ = true;
  std::vector<uint8_t> found;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr stored, states_->Get(position_, &found));
  std::vector<int64_t> begins = {0};
  if (variable_.kind == Kind::kValue) {
    for (const uint8_t each : found) begins.push_back(begins.back() + (each != 0 ? 1 : 0));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, KeepRows(stored, found));
    const auto structs = std::make_shared<arrow::StructArray>(
        arrow::struct_(variable_.schema->fields()), rows->num_rows(), rows->columns());
    if (!IsWrapped(variable_)) return LoadItems(*structs, nullptr, nullptr, begins);
    return LoadItems(*structs->field(0), nullptr, structs->field(1).get(), begins);
  }
  // The elements of all lists, one group after the other.
  const auto& lists = static_cast<const arrow::ListArray&>(*stored->column(0));
  std::vector<uint32_t> rows;
  for (size_t group = 0; group < found.size(); ++group) {
    const auto row = static_cast<int64_t>(group);
    const int64_t length = found[group] != 0 ? lists.value_length(row) : 0;
    for (int64_t i = 0; i < length; ++i) {
      rows.push_back(static_cast<uint32_t>(lists.value_offset(row) + i));
    }
    begins.push_back(static_cast<int64_t>(rows.size()));
  }
  ARROW_ASSIGN_OR_RAISE(const Arrays taken, TakeRows(Arrays{lists.values()}, rows));
  if (variable_.kind == Kind::kTimers) {
    const int64_t* times = Milliseconds(*taken[0]);
    for (size_t group = 0; group < groups_.size(); ++group) {
      for (int64_t i = begins[group]; i < begins[group + 1]; ++i) {
        groups_[group].items.push_back({-1, -1, times[i]});
      }
    }
    return Status::OK();
  }
  if (!IsWrapped(variable_)) return LoadItems(*taken[0], nullptr, nullptr, begins);
  ARROW_ASSIGN_OR_RAISE(const Arrays fields,
                        static_cast<const arrow::StructArray&>(*taken[0]).Flatten());
  const bool is_map = variable_.kind == Kind::kMap;
  return LoadItems(*fields[is_map ? 1 : 0], is_map ? fields[0].get() : nullptr,
                   variable_.ttl_ms > 0 ? fields.back().get() : nullptr, begins);
}

Status PythonVariable::LoadItems(const arrow::Array& values, const arrow::Array* keys,
                                 const arrow::Array* times, const std::vector<int64_t>& begins) {
  ARROW_ASSIGN_OR_RAISE(const int64_t first_value, values_.AddAll(values));
  int64_t first_key = 0;
  if (keys != nullptr) {
    ARROW_ASSIGN_OR_RAISE(first_key, keys_.AddAll(*keys));
  }
  for (size_t group = 0; group < groups_.size(); ++group) {
    for (int64_t i = begins[group]; i < begins[group + 1]; ++i) {
      StateItem item{first_value + i, keys != nullptr ? first_key + i : -1, -1};
      if (times != nullptr) {
        item.time_ms = Milliseconds(*times)[i];
        if (item.time_ms <= now_ms_) continue;
      }
      groups_[group].items.push_back(item);
    }
  }
  return Status::OK();
}

Result<PythonVariable::Group*> PythonVariable::Loaded(size_t group) {
  if (!loaded_) ARROW_RETURN_NOT_OK(Load());
  return &groups_[group];
}

Result<PythonVariable::Group*> PythonVariable::Changing(size_t group) {
  ARROW_ASSIGN_OR_RAISE(Group* const loaded, Loaded(group));
  loaded->changed = true;
  return loaded;
}

Result<const std::vector<StateItem>*> PythonVariable::Items(size_t group) {
  ARROW_ASSIGN_OR_RAISE(Group* const loaded, Loaded(group));
  return &loaded->items;
}

Status PythonVariable::SetValue(size_t group, std::string_view pickle) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Changing(group));
  ARROW_ASSIGN_OR_RAISE(const int64_t value, values_.Add(pickle));
  own->items.assign(1, StateItem{value, -1, ExpiryOfNew()});
  return Status::OK();
}

Status PythonVariable::AppendElement(size_t group, std::string_view pickle) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Changing(group));
  ARROW_ASSIGN_OR_RAISE(const int64_t value, values_.Add(pickle));
  own->items.push_back({value, -1, ExpiryOfNew()});
  return Status::OK();
}

Status PythonVariable::AppendElements(size_t group, const arrow::RecordBatch& rows) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Changing(group));
  ARROW_ASSIGN_OR_RAISE(const int64_t first, values_.AddAll(rows));
  for (int64_t i = 0; i < rows.num_rows(); ++i) {
    own->items.push_back({first + i, -1, ExpiryOfNew()});
  }
  return Status::OK();
}

Result<int64_t> PythonVariable::PlaceOf(Group* group, std::string_view key, std::string* encoded,
                                        int64_t* number) {
  if (!group->has_places) {
    for (size_t i = 0; i < group->items.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(std::string own, keys_.Encoding(group->items[i].key));
      group->places[std::move(own)] = i;
    }
    group->has_places = true;
  }
  ARROW_ASSIGN_OR_RAISE(*number, keys_.Add(key));
  ARROW_ASSIGN_OR_RAISE(*encoded, keys_.Encoding(*number));
  const auto found = group->places.find(*encoded);
  return found == group->places.end() ? -1 : static_cast<int64_t>(found->second);
}

Status PythonVariable::SetEntry(size_t group, std::string_view key, std::string_view value) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Changing(group));
  std::string encoded;
  int64_t number = -1;
  ARROW_ASSIGN_OR_RAISE(int64_t place, PlaceOf(own, key, &encoded, &number));
  if (place < 0) {
    place = static_cast<int64_t>(own->items.size());
    own->places[std::move(encoded)] = own->items.size();
    own->items.push_back({-1, number, -1});
  }
  StateItem& item = own->items[static_cast<size_t>(place)];
  ARROW_ASSIGN_OR_RAISE(item.value, values_.Add(value));
  item.time_ms = ExpiryOfNew();
  return Status::OK();
}

Result<const StateItem*> PythonVariable::FindEntry(size_t group, std::string_view key) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Loaded(group));
  std::string encoded;
  int64_t number = -1;
  ARROW_ASSIGN_OR_RAISE(const int64_t place, PlaceOf(own, key, &encoded, &number));
  return place < 0 ? nullptr : &own->items[static_cast<size_t>(place)];
}

Status PythonVariable::RemoveEntry(size_t group, std::string_view key) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Changing(group));
  std::string encoded;
  int64_t number = -1;
  ARROW_ASSIGN_OR_RAISE(const int64_t place, PlaceOf(own, key, &encoded, &number));
  if (place < 0) return Status::OK();
  // The last entry takes its place; maps have no order.
  const StateItem last = own->items.back();
  ARROW_ASSIGN_OR_RAISE(std::string last_key, keys_.Encoding(last.key));
  own->items[static_cast<size_t>(place)] = last;
  own->places[std::move(last_key)] = static_cast<size_t>(place);
  own->places.erase(encoded);
  own->items.pop_back();
  return Status::OK();
}

Status PythonVariable::AddTimer(size_t group, int64_t time_ms) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Changing(group));
  const auto place =
      std::lower_bound(own->items.begin(), own->items.end(), time_ms,
                       [](const StateItem& timer, int64_t time) { return timer.time_ms < time; });
  if (place == own->items.end() || place->time_ms != time_ms) {
    own->items.insert(place, StateItem{-1, -1, time_ms});
  }
  return Status::OK();
}

Status PythonVariable::RemoveTimer(size_t group, int64_t time_ms) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Changing(group));
  std::erase_if(own->items, [&](const StateItem& timer) { return timer.time_ms == time_ms; });
  return Status::OK();
}

Status PythonVariable::Clear(size_t group) {
  ARROW_ASSIGN_OR_RAISE(Group* const own, Changing(group));
  own->items.clear();
  own->places.clear();
  own->has_places = false;
  return Status::OK();
}

Status PythonVariable::Write() {
  std::vector<uint32_t> put, emptied;
  std::vector<const Group*> groups;
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (!groups_[i].changed) continue;
    if (groups_[i].items.empty()) {
      emptied.push_back(static_cast<uint32_t>(i));
      continue;
    }
    put.push_back(static_cast<uint32_t>(i));
    groups.push_back(&groups_[i]);
  }
  if (!emptied.empty()) ARROW_RETURN_NOT_OK(states_->Remove(position_, emptied));
  if (put.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(Arrays columns, StoredColumns(groups));
  return states_->Put(
      position_, put,
      *MakeBatch(variable_.schema, static_cast<int64_t>(put.size()), std::move(columns)));
}

Result<Arrays> PythonVariable::StoredColumns(const std::vector<const Group*>& groups) {
  std::vector<int64_t> values, keys, times;
  std::vector<int32_t> offsets = {0};
  for (const Group* group : groups) {
    for (const StateItem& item : group->items) {
      values.push_back(item.value);
      keys.push_back(item.key);
      times.push_back(item.time_ms);
    }
    offsets.push_back(static_cast<int32_t>(values.size()));
  }
  const auto count = static_cast<int64_t>(values.size());
  ArrayPtr elements;
  if (variable_.kind == Kind::kTimers) {
    elements = Times(times);
  } else {
    ARROW_ASSIGN_OR_RAISE(elements, values_.Take(values));
    if (IsWrapped(variable_)) {
      Arrays fields;
      if (variable_.kind == Kind::kMap) {
        ARROW_ASSIGN_OR_RAISE(fields.emplace_back(), keys_.Take(keys));
      }
      fields.push_back(std::move(elements));
      if (variable_.ttl_ms > 0) fields.push_back(Times(times));
      elements = std::make_shared<arrow::StructArray>(arrow::struct_(ElementFields(variable_)),
                                                      count, std::move(fields));
    }
  }
  if (variable_.kind == Kind::kValue) {
    return static_cast<const arrow::StructArray&>(*elements).fields();
  }
  return Arrays{std::make_shared<arrow::ListArray>(
      variable_.schema->field(0)->type(), static_cast<int64_t>(groups.size()),
      arrow::Buffer::FromVector(std::move(offsets)), std::move(elements))};
}

}  // namespace headrace

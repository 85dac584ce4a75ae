#include "operators/python_state/python_variable.h"

#include <utility>

#include <arrow/array/array_primitive.h>

namespace headrace {
namespace {

using Kind = GroupVariable::Kind;

bool IsWrapped(const GroupVariable& variable) {
  return variable.kind == Kind::kMap || variable.ttl_ms > 0;
}

SchemaPtr ValueSchema(const GroupVariable& variable) {
  if (variable.kind == Kind::kTimers) return arrow::schema(arrow::FieldVector{});
  if (!IsWrapped(variable)) return variable.schema;
  const int column = variable.kind == Kind::kMap ? 1 : 0;
  return arrow::schema(variable.schema->field(column)->type()->fields());
}

SchemaPtr KeySchema(const GroupVariable& variable) {
  if (variable.kind != Kind::kMap) return arrow::schema(arrow::FieldVector{});
  return arrow::schema(variable.schema->field(0)->type()->fields());
}

const int64_t* Milliseconds(const arrow::Array& array) {
  return array.data()->GetValues<int64_t>(1);
}

ArrayPtr TimesOf(const std::vector<StateItem>& items) {
  std::vector<int64_t> times;
  for (const StateItem& item : items) times.push_back(item.time_ms);
  const auto count = static_cast<int64_t>(times.size());
  return std::make_shared<arrow::Int64Array>(count, arrow::Buffer::FromVector(std::move(times)));
}

}  // namespace

PythonVariable::PythonVariable(int position, GroupVariable variable, bool binary_as_bytes)
    : position_(position),
      variable_(std::move(variable)),
      values_(ValueSchema(variable_), binary_as_bytes),
      keys_(KeySchema(variable_), binary_as_bytes) {}

void PythonVariable::Begin(size_t groups, int64_t now_ms, GroupStates* states) {
  lists_.assign(is_list() ? groups : 0, {});
  groups_.assign(is_list() ? 0 : groups, {});
  loaded_ = false;
  stored_.clear();
  now_ms_ = now_ms;
  states_ = states;
  values_.Clear();
  keys_.Clear();
}

int64_t PythonVariable::ExpiryOfNew() const {
  return variable_.ttl_ms > 0 ? now_ms_ + variable_.ttl_ms : -1;
}

Result<std::vector<StateItem>> PythonVariable::ItemsOf(const arrow::RecordBatch& rows) {
  std::vector<StateItem> items(static_cast<size_t>(rows.num_rows()));
  if (variable_.kind == Kind::kTimers || variable_.ttl_ms > 0) {
    const int64_t* times = Milliseconds(*rows.column(rows.num_columns() - 1));
    for (size_t i = 0; i < items.size(); ++i) items[i].time_ms = times[i];
  }
  if (variable_.kind == Kind::kTimers) return items;
  if (variable_.kind == Kind::kMap) {
    ARROW_ASSIGN_OR_RAISE(const int64_t first, keys_.AddAll(*rows.column(0)));
    for (size_t i = 0; i < items.size(); ++i) items[i].key = first + static_cast<int64_t>(i);
  }
  int64_t first = 0;
  if (IsWrapped(variable_)) {
    ARROW_ASSIGN_OR_RAISE(first,
                          values_.AddAll(*rows.column(variable_.kind == Kind::kMap ? 1 : 0)));
  } else {
    ARROW_ASSIGN_OR_RAISE(first, values_.AddAll(rows));
  }
  for (size_t i = 0; i < items.size(); ++i) items[i].value = first + static_cast<int64_t>(i);
  return items;
}

Status PythonVariable::LoadAll() {
  if (loaded_) return Status::OK();
  loaded_ = true;
  if (variable_.kind == Kind::kValue) return LoadValues();
  std::vector<int64_t> begins;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr stored, states_->Entries(position_, &begins));
  ARROW_ASSIGN_OR_RAISE(const std::vector<StateItem> items, ItemsOf(*stored));
  for (size_t group = 0; group + 1 < begins.size(); ++group) {
    std::vector<StateItem> own;
    for (int64_t i = begins[group]; i < begins[group + 1]; ++i) {
      if (!HasExpired(items[i])) own.push_back(items[i]);
    }
    if (is_list()) {
      if (!lists_[group].complete()) lists_[group].Load(std::move(own));
      continue;
    }
    if (groups_[group].complete()) continue;
    for (const StateItem& item : own) {
      ARROW_ASSIGN_OR_RAISE(std::string key, KeyText(item));
      groups_[group].Load(std::move(key), item, true);
    }
    groups_[group].SetLoaded();
  }
  return Status::OK();
}

Status PythonVariable::LoadValues() {
  std::vector<uint8_t> found;
  ARROW_ASSIGN_OR_RAISE(BatchPtr stored, states_->Get(position_, &found));
  ARROW_ASSIGN_OR_RAISE(stored, KeepRows(stored, found));
  ARROW_ASSIGN_OR_RAISE(const std::vector<StateItem> items, ItemsOf(*stored));
  size_t next = 0;
  for (size_t group = 0; group < found.size(); ++group) {
    if (found[group] != 0) {
      const StateItem& item = items[next++];
      if (!groups_[group].complete()) groups_[group].Load("", item, !HasExpired(item));
    }
    groups_[group].SetLoaded();
  }
  return Status::OK();
}

// The one of a value is the empty text.
Result<std::string> PythonVariable::KeyText(const StateItem& item) {
  if (variable_.kind == Kind::kTimers) return TimeKey(item.time_ms);
  return keys_.Encoding(item.key);
}

Result<std::vector<StateItem>> PythonVariable::Items(size_t group) {
  const bool complete = is_list() ? lists_[group].complete() : groups_[group].complete();
  if (!complete) ARROW_RETURN_NOT_OK(LoadAll());
  return is_list() ? lists_[group].items() : groups_[group].Items();
}

Result<bool> PythonVariable::HasItems(size_t group) {
  const auto known = is_list() ? lists_[group].exist() : groups_[group].exist();
  if (known) return *known;
  // Those that are stored may be the ones that were taken out.
  const bool removed = !is_list() && groups_[group].any_removed();
  if (!HasEntries(variable_.kind) || variable_.ttl_ms > 0 || removed) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<StateItem> items, Items(group));
    return !items.empty();
  }
  if (stored_.empty()) ARROW_RETURN_NOT_OK(states_->Has(position_, &stored_));
  return stored_[group] != 0;
}

Status PythonVariable::SetValue(size_t group, std::string_view pickle) {
  ARROW_ASSIGN_OR_RAISE(const int64_t value, values_.Add(pickle));
  groups_[group].Clear();
  groups_[group].Set("", {value, -1, ExpiryOfNew()});
  return Status::OK();
}

Status PythonVariable::AppendElement(size_t group, std::string_view pickle) {
  ARROW_ASSIGN_OR_RAISE(const int64_t value, values_.Add(pickle));
  lists_[group].Append({value, -1, ExpiryOfNew()});
  return Status::OK();
}

Status PythonVariable::AppendElements(size_t group, const arrow::RecordBatch& rows) {
  ARROW_ASSIGN_OR_RAISE(const int64_t first, values_.AddAll(rows));
  for (int64_t i = 0; i < rows.num_rows(); ++i) {
    lists_[group].Append({first + i, -1, ExpiryOfNew()});
  }
  return Status::OK();
}

Status PythonVariable::SetEntry(size_t group, std::string_view key, std::string_view value) {
  StateItem item;
  item.time_ms = ExpiryOfNew();
  ARROW_ASSIGN_OR_RAISE(item.key, keys_.Add(key));
  ARROW_ASSIGN_OR_RAISE(item.value, values_.Add(value));
  ARROW_ASSIGN_OR_RAISE(std::string text, KeyText(item));
  groups_[group].Set(std::move(text), item);
  return Status::OK();
}

Result<const StateItem*> PythonVariable::FindEntry(size_t group, std::string_view key) {
  StateItem item;
  ARROW_ASSIGN_OR_RAISE(item.key, keys_.Add(key));
  ARROW_ASSIGN_OR_RAISE(const std::string text, KeyText(item));
  KeyedContents<StateItem>& own = groups_[group];
  if (!own.knows(text)) {
    std::vector<uint8_t> found;
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr column, keys_.Take({item.key}));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr stored,
                          states_->Find(position_, {static_cast<uint32_t>(group)}, column, &found));
    if (found[0] != 0) {
      ARROW_ASSIGN_OR_RAISE(const std::vector<StateItem> items, ItemsOf(*stored));
      item = items[0];
    }
    own.Load(text, item, found[0] != 0 && !HasExpired(item));
  }
  return own.Find(text);
}

Status PythonVariable::RemoveEntry(size_t group, std::string_view key) {
  StateItem item;
  ARROW_ASSIGN_OR_RAISE(item.key, keys_.Add(key));
  ARROW_ASSIGN_OR_RAISE(std::string text, KeyText(item));
  groups_[group].Remove(std::move(text), item);
  return Status::OK();
}

void PythonVariable::AddTimer(size_t group, int64_t time_ms) {
  groups_[group].Set(TimeKey(time_ms), {-1, -1, time_ms});
}

void PythonVariable::RemoveTimer(size_t group, int64_t time_ms) {
  groups_[group].Remove(TimeKey(time_ms), {-1, -1, time_ms});
}

void PythonVariable::Clear(size_t group) {
  is_list() ? lists_[group].Clear() : groups_[group].Clear();
}

Status PythonVariable::Write() {
  std::vector<uint32_t> cleared;
  Changes removed, put;
  for (size_t group = 0; group < lists_.size(); ++group) {
    const ListContents<StateItem>& list = lists_[group];
    if (list.cleared()) cleared.push_back(static_cast<uint32_t>(group));
    // Before it is loaded it holds the new elements only.
    for (size_t i = list.first_new(); i < list.items().size(); ++i) {
      put.Add(group, list.items()[i]);
    }
  }
  for (size_t group = 0; group < groups_.size(); ++group) {
    // A value that is set replaces the one before by itself.
    const bool replaced = variable_.kind == Kind::kValue && !groups_[group].entries().empty();
    if (groups_[group].cleared() && !replaced) cleared.push_back(static_cast<uint32_t>(group));
    for (const auto& [key, entry] : groups_[group].entries()) {
      if (entry.changed) (entry.is_there ? put : removed).Add(group, entry.item);
    }
  }
  if (!cleared.empty()) ARROW_RETURN_NOT_OK(states_->Remove(position_, cleared));
  if (!removed.items.empty()) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr keys, KeyColumn(removed.items));
    ARROW_RETURN_NOT_OK(states_->RemoveKeys(position_, removed.groups, keys));
  }
  if (put.items.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, RowsOf(put.items));
  return states_->Put(position_, put.groups, *rows);
}

Result<ArrayPtr> PythonVariable::KeyColumn(const std::vector<StateItem>& items) {
  if (variable_.kind == Kind::kTimers) return TimesOf(items);
  std::vector<int64_t> numbers;
  for (const StateItem& item : items) numbers.push_back(item.key);
  return keys_.Take(numbers);
}

Result<BatchPtr> PythonVariable::RowsOf(const std::vector<StateItem>& items) {
  Arrays columns;
  if (variable_.kind == Kind::kMap || variable_.kind == Kind::kTimers) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), KeyColumn(items));
  }
  if (variable_.kind != Kind::kTimers) {
    std::vector<int64_t> numbers;
    for (const StateItem& item : items) numbers.push_back(item.value);
    ARROW_ASSIGN_OR_RAISE(ArrayPtr values, values_.Take(numbers));
    if (IsWrapped(variable_)) {
      columns.push_back(std::move(values));
    } else {
      columns = static_cast<const arrow::StructArray&>(*values).fields();
    }
    if (variable_.ttl_ms > 0) columns.push_back(TimesOf(items));
  }
  return MakeBatch(variable_.schema, static_cast<int64_t>(items.size()), std::move(columns));
}

}  // namespace headrace

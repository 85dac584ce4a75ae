#include "embedded/variable_of_program.h"

#include <stdexcept>
#include <utility>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include "client/row_decoding.h"
#include "types/row_encoding.h"

namespace headrace {
namespace {

using Kind = GroupVariable::Kind;
using Batch = std::shared_ptr<arrow::RecordBatch>;

// The program's call ends with what the engine could not do.
void Check(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}
template <typename T>
T ValueOrThrow(Result<T> result) {
  Check(result.status());
  return std::move(result).ValueUnsafe();
}

client::ColumnNames NamesOf(const std::string& ddl) {
  if (ddl.empty()) return nullptr;
  return std::make_shared<const std::vector<std::string>>(
      ValueOrThrow(ParseSchema(ddl))->field_names());
}

SchemaPtr KeySchema(const GroupVariable& variable) {
  if (variable.kind != Kind::kMap) return arrow::schema(arrow::FieldVector{});
  return arrow::schema(variable.schema->field(0)->type()->fields());
}

}  // namespace

VariableOfProgram::VariableOfProgram(int position,
                                     std::shared_ptr<client::StateVariableAccess> access,
                                     const GroupVariable& variable)
    : position_(position),
      access_(std::move(access)),
      kind_(variable.kind),
      ttl_ms_(variable.ttl_ms),
      schema_(variable.schema),
      key_schema_(KeySchema(variable)),
      types_(StructTypeOf(schema_->fields())),
      key_types_(StructTypeOf(key_schema_->fields())),
      key_names_(NamesOf(access_->key_schema)),
      value_names_(NamesOf(access_->schema)) {}

void VariableOfProgram::Begin(size_t groups, int64_t now_ms, GroupStates* states) {
  lists_.assign(is_list() ? groups : 0, {});
  groups_.assign(is_list() ? 0 : groups, {});
  loaded_ = false;
  stored_.clear();
  now_ms_ = now_ms;
  states_ = states;
  access_->engine_contents = this;
}

void VariableOfProgram::End() { access_->engine_contents = nullptr; }

client::StateEntry VariableOfProgram::NewEntry(const Row& key, const Row& value) const {
  return {client::Named(key, key_names_), client::Named(value, value_names_),
          ttl_ms_ > 0 ? now_ms_ + ttl_ms_ : 0};
}

client::StateEntry VariableOfProgram::EntryOf(const Row& row) const {
  Entry entry;
  if (kind_ == Kind::kTimers) {
    entry.time_ms = row[0].get<int64_t>();
  } else if (!wrapped()) {
    entry.value = row;
  } else {
    size_t next = 0;
    if (kind_ == Kind::kMap) entry.key = row[next++].get<Row>();
    entry.value = row[next++].get<Row>();
    if (ttl_ms_ > 0) entry.time_ms = row[next].get<int64_t>();
  }
  return entry;
}

Row VariableOfProgram::RowOf(const Entry& entry) const {
  if (kind_ == Kind::kTimers) return Row(entry.time_ms);
  if (!wrapped()) return entry.value;
  std::vector<Value> values;
  if (kind_ == Kind::kMap) values.emplace_back(entry.key);
  values.emplace_back(entry.value);
  if (ttl_ms_ > 0) values.emplace_back(entry.time_ms);
  return Row::of(std::move(values));
}

std::shared_ptr<arrow::Array> VariableOfProgram::KeyColumn(const std::vector<Row>& keys) const {
  const Batch rows = BatchOf(keys, key_types_, key_schema_);
  return std::make_shared<arrow::StructArray>(schema_->field(0)->type(), rows->num_rows(),
                                              rows->columns());
}

// The one of a value is the empty text.
std::string VariableOfProgram::KeyText(const Entry& entry) const {
  if (kind_ == Kind::kTimers) return TimeKey(entry.time_ms);
  if (kind_ != Kind::kMap) return "";
  EncodedRows encoded;
  Check(EncodeRows({KeyColumn({entry.key})}, 1, &encoded));
  return encoded.bytes;
}

void VariableOfProgram::LoadAll() {
  if (loaded_) return;
  loaded_ = true;
  if (kind_ == Kind::kValue) return LoadValues();
  std::vector<int64_t> begins;
  const std::vector<Row> rows = client::RowsOf(*ValueOrThrow(states_->Entries(position_, &begins)));
  for (size_t group = 0; group + 1 < begins.size(); ++group) {
    std::vector<Entry> own;
    for (int64_t i = begins[group]; i < begins[group + 1]; ++i) {
      Entry entry = EntryOf(rows[static_cast<size_t>(i)]);
      if (!HasExpired(entry)) own.push_back(std::move(entry));
    }
    if (is_list()) {
      if (!lists_[group].complete()) lists_[group].Load(std::move(own));
      continue;
    }
    if (groups_[group].complete()) continue;
    for (Entry& entry : own) {
      std::string text = KeyText(entry);
      groups_[group].Load(std::move(text), std::move(entry), true);
    }
    groups_[group].SetLoaded();
  }
}

void VariableOfProgram::LoadValues() {
  std::vector<uint8_t> found;
  const std::vector<Row> rows = client::RowsOf(*ValueOrThrow(states_->Get(position_, &found)));
  for (size_t group = 0; group < found.size(); ++group) {
    KeyedContents<Entry>& own = groups_[group];
    if (found[group] != 0 && !own.complete()) {
      Entry entry = EntryOf(rows[group]);
      const bool is_there = !HasExpired(entry);
      own.Load("", std::move(entry), is_there);
    }
    own.SetLoaded();
  }
}

std::vector<client::StateEntry> VariableOfProgram::Entries() {
  const bool complete = is_list() ? lists_[group_].complete() : groups_[group_].complete();
  if (!complete) LoadAll();
  return is_list() ? lists_[group_].items() : groups_[group_].Items();
}

bool VariableOfProgram::HasEntries() {
  const auto known = is_list() ? lists_[group_].exist() : groups_[group_].exist();
  if (known) return *known;
  // Those that are stored may be the ones that were taken out.
  const bool removed = !is_list() && groups_[group_].any_removed();
  if (!headrace::HasEntries(kind_) || ttl_ms_ > 0 || removed) return !Entries().empty();
  if (stored_.empty()) Check(states_->Has(position_, &stored_));
  return stored_[group_] != 0;
}

std::optional<Row> VariableOfProgram::Find(const Row& key) {
  Entry entry = NewEntry(key, Row());
  const std::string text = KeyText(entry);
  KeyedContents<Entry>& own = groups_[group_];
  if (!own.knows(text)) {
    std::vector<uint8_t> found;
    const Batch stored = ValueOrThrow(
        states_->Find(position_, {static_cast<uint32_t>(group_)}, KeyColumn({entry.key}), &found));
    if (found[0] != 0) entry = EntryOf(client::RowsOf(*stored)[0]);
    const bool is_there = found[0] != 0 && !HasExpired(entry);
    own.Load(text, std::move(entry), is_there);
  }
  const Entry* const there = own.Find(text);
  return there == nullptr ? std::nullopt : std::optional(there->value);
}

void VariableOfProgram::Set(const Row& key, const Row& value) {
  Entry entry = NewEntry(key, value);
  std::string text = KeyText(entry);
  if (kind_ == Kind::kValue) groups_[group_].Clear();
  groups_[group_].Set(std::move(text), std::move(entry));
}

void VariableOfProgram::Append(const Row& value) { lists_[group_].Append(NewEntry(Row(), value)); }

void VariableOfProgram::Remove(const Row& key) {
  Entry entry = NewEntry(key, Row());
  std::string text = KeyText(entry);
  groups_[group_].Remove(std::move(text), std::move(entry));
}

void VariableOfProgram::AddTimer(int64_t time_ms) {
  groups_[group_].Set(TimeKey(time_ms), Entry{Row(), Row(), time_ms});
}

void VariableOfProgram::RemoveTimer(int64_t time_ms) {
  groups_[group_].Remove(TimeKey(time_ms), Entry{Row(), Row(), time_ms});
}

void VariableOfProgram::Clear() { is_list() ? lists_[group_].Clear() : groups_[group_].Clear(); }

Status VariableOfProgram::Write() {
  std::vector<uint32_t> cleared, removed_from, put_to;
  std::vector<Entry> removed;
  std::vector<Row> rows;
  for (size_t group = 0; group < lists_.size(); ++group) {
    const ListContents<Entry>& list = lists_[group];
    if (list.cleared()) cleared.push_back(static_cast<uint32_t>(group));
    // Before it is loaded it holds the new elements only.
    for (size_t i = list.first_new(); i < list.items().size(); ++i) {
      put_to.push_back(static_cast<uint32_t>(group));
      rows.push_back(RowOf(list.items()[i]));
    }
  }
  for (size_t group = 0; group < groups_.size(); ++group) {
    // A value that is set replaces the one before by itself.
    const bool replaced = kind_ == Kind::kValue && !groups_[group].entries().empty();
    if (groups_[group].cleared() && !replaced) cleared.push_back(static_cast<uint32_t>(group));
    for (const auto& [text, entry] : groups_[group].entries()) {
      if (!entry.changed) continue;
      (entry.is_there ? put_to : removed_from).push_back(static_cast<uint32_t>(group));
      if (entry.is_there) {
        rows.push_back(RowOf(entry.item));
      } else {
        removed.push_back(entry.item);
      }
    }
  }
  if (!cleared.empty()) ARROW_RETURN_NOT_OK(states_->Remove(position_, cleared));
  try {
    if (!removed.empty()) {
      std::shared_ptr<arrow::Array> keys;
      if (kind_ == Kind::kTimers) {
        std::vector<int64_t> times;
        for (const Entry& entry : removed) times.push_back(entry.time_ms);
        const auto count = static_cast<int64_t>(times.size());
        keys =
            std::make_shared<arrow::Int64Array>(count, arrow::Buffer::FromVector(std::move(times)));
      } else {
        std::vector<Row> key_rows;
        for (const Entry& entry : removed) key_rows.push_back(entry.key);
        keys = KeyColumn(key_rows);
      }
      ARROW_RETURN_NOT_OK(states_->RemoveKeys(position_, removed_from, keys));
    }
    if (rows.empty()) return Status::OK();
    return states_->Put(position_, put_to, *BatchOf(rows, types_, schema_));
  } catch (const SparkThrowable& error) {  // a value that is not of the variable's type
    return StatusOf(error);
  }
}

}  // namespace headrace

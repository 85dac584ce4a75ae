#include "connectors/state/state_view.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <nlohmann/json.hpp>

#include "operators/rows.h"
#include "state/state_reader.h"
#include "types/row_encoding.h"

namespace headrace {
namespace {

constexpr char kTimers[] = "TimerState";

std::vector<int> ColumnsBut(const arrow::Schema& schema, const std::string& left_out) {
  std::vector<int> columns;
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (left_out.empty() || schema.field(i)->name() != left_out) columns.push_back(i);
  }
  return columns;
}

DataTypePtr TypeOf(const arrow::Schema& schema, const std::vector<int>& columns) {
  arrow::FieldVector fields;
  for (const int column : columns) {
    const FieldPtr& field = schema.field(column);
    // Deduplication stores keys only; in Spark the value is void.
    fields.push_back(field->name() == "__dummy__" ? field->WithType(arrow::null()) : field);
  }
  return arrow::struct_(std::move(fields));
}

ArrayPtr StructOf(const arrow::RecordBatch& batch, const DataTypePtr& type,
                  const std::vector<int>& columns) {
  Arrays children;
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool is_void = type->field(static_cast<int>(i))->type()->id() == arrow::Type::NA;
    children.push_back(is_void ? std::make_shared<arrow::NullArray>(batch.num_rows())
                               : batch.column(columns[i]));
  }
  return std::make_shared<arrow::StructArray>(type, batch.num_rows(), std::move(children));
}

// The time mode in Spark's JSON about an operator.
std::string TimeModeOf(const StatefulOperatorDeclaration& stored) {
  const auto json = nlohmann::json::parse(stored.properties, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json.value("timeMode", "") : "";
}

// The name of the store that the options ask for.
Result<std::string> StoreName(const StateReadOptions& options,
                              const StatefulOperatorDeclaration& stored) {
  const bool transforms = stored.name.starts_with("transformWithState");
  std::optional<std::string> variable = options.variable;
  // There, a store's name does for a variable's, and goes before it.
  if (transforms && options.store_name != "default") variable = options.store_name;
  if (!variable && !options.timers) {
    if (transforms) {
      return MakeError(ErrorKind::kRuntime, "STDS_REQUIRED_OPTION_UNSPECIFIED",
                       "The option 'stateVarName' must be given: the operator has state variables.",
                       {{"optionName", "stateVarName"}});
    }
    if (options.join_side == JoinSide::kNone) return options.store_name;
    return options.join_side == JoinSide::kLeft ? std::string("left-keyWithIndexToValue")
                                                : std::string("right-keyWithIndexToValue");
  }
  if (!transforms) {
    return InvalidStateOption("stateVarName",
                              "Providing state variable names is only supported with the "
                              "transformWithState operator. Found operator=" +
                                  stored.name + ".");
  }
  const std::string time_mode = TimeModeOf(stored);
  if (options.timers && time_mode == "NoTime") {
    return InvalidStateOption("readRegisteredTimers",
                              "Registered timers are not available in TimeMode=None.");
  }
  std::string name = variable.value_or("");
  if (options.join_side != JoinSide::kNone) {
    return options.SchemaNotReadable("the state of " + stored.name + " has no sides");
  }
  if (options.timers) {
    name = time_mode == "EventTime" ? "$eventTimers_keyToTimestamp" : "$procTimers_keyToTimestamp";
  }
  const bool known =
      std::any_of(stored.stores.begin(), stored.stores.end(),
                  [&](const StateStoreDeclaration& store) { return store.name == name; });
  if (known && !options.timers && name.starts_with('$')) {
    return MakeError(ErrorKind::kUnsupportedOperation,
                     "STATE_STORE_CANNOT_CREATE_COLUMN_FAMILY_WITH_RESERVED_CHARS",
                     "The store " + name +
                         " is the engine's own. Read timers with the option readRegisteredTimers.",
                     {{"colFamilyName", name}});
  }
  if (known) return name;
  return InvalidStateOption(
      "stateVarName",
      "State variable " + name + " is not defined for the transformWithState operator.");
}

}  // namespace

Result<StateView> StateView::Find(const StateReadOptions& options, FileSystem* files) {
  const bool join = options.join_side != JoinSide::kNone;
  ARROW_ASSIGN_OR_RAISE(const bool known,
                        HasStateSchema(options.StatePath(), options.operator_id, files));
  if (!known) {
    ARROW_ASSIGN_OR_RAISE(const auto summaries, ReadStateSummaries(options.StatePath(), files));
    const bool foreign = std::any_of(summaries.begin(), summaries.end(), [&](const auto& summary) {
      return summary.operator_id == options.operator_id;
    });
    return options.SchemaNotReadable(
        foreign ? "the state was written by Apache Spark; read it with Spark"
                : "there is no stateful operator " + std::to_string(options.operator_id));
  }
  ARROW_ASSIGN_OR_RAISE(const StatefulOperatorDeclaration stored,
                        ReadStateOperator(options.StatePath(), options.operator_id, files));
  ARROW_ASSIGN_OR_RAISE(const std::string name, StoreName(options, stored));
  const auto store =
      std::find_if(stored.stores.begin(), stored.stores.end(),
                   [&](const StateStoreDeclaration& each) { return each.name == name; });
  if (store == stored.stores.end()) {
    std::string stores;
    for (const StateStoreDeclaration& each : stored.stores) {
      stores += (stores.empty() ? "" : ", ") + each.name;
    }
    return options.SchemaNotReadable("operator " + std::to_string(options.operator_id) + " (" +
                                     stored.name + ") has no store " + name + ", but " + stores);
  }
  StateView view;
  view.partitions_ = stored.partitions;
  view.store_ = *store;
  view.key_columns_ = ColumnsBut(*store->key_schema, join ? "index" : "");
  view.value_columns_ = ColumnsBut(*store->value_schema, join ? "matched" : "");
  const std::string& type = store->variable_type;
  const bool has_entries = type == "ListState" || type == "MapState" || type == kTimers;
  // The last column of the key tells a group's entries apart.
  if (has_entries) view.key_columns_.pop_back();
  view.key_type_ = TypeOf(*store->key_schema, view.key_columns_);
  view.value_type_ = TypeOf(*store->value_schema, view.value_columns_);
  view.gathered_ = (type == "ListState" || type == "MapState") && !options.flattened &&
                   !options.changes.has_value();
  view.fields_ = {arrow::field("key", view.key_type_)};
  if (type == "ListState") {
    view.fields_.push_back(view.gathered_ ? arrow::field("list_value", ArrayOf(view.value_type_))
                                          : arrow::field("list_element", view.value_type_));
  } else if (type == "MapState") {
    // Without a time to live the value stands alone.
    if (view.value_columns_.size() == 1) view.value_type_ = view.value_type_->field(0)->type();
    const DataTypePtr key = store->key_schema->fields().back()->type();
    if (view.gathered_) {
      view.fields_.push_back(arrow::field("map_value", MapOf(key, view.value_type_)));
    } else {
      view.fields_.push_back(arrow::field("user_map_key", key));
      view.fields_.push_back(arrow::field("user_map_value", view.value_type_));
    }
  } else if (type == kTimers) {
    view.fields_.push_back(arrow::field("expiration_timestamp_ms", arrow::int64()));
  } else {
    view.fields_.push_back(arrow::field("value", view.value_type_));
  }
  return view;
}

Result<StateView::Columns> StateView::Rows(const arrow::RecordBatch& keys,
                                           const arrow::RecordBatch* values) const {
  const int64_t rows = keys.num_rows();
  const ArrayPtr groups = StructOf(keys, key_type_, key_columns_);
  const ArrayPtr user_keys = keys.column(keys.num_columns() - 1);
  if (store_.variable_type == kTimers) return Columns{rows, {groups, user_keys}};
  ArrayPtr value;
  if (values == nullptr) {
    ARROW_ASSIGN_OR_RAISE(value, arrow::MakeArrayOfNull(value_type_, rows));
  } else if (store_.variable_type == "MapState" && value_columns_.size() == 1) {
    value = values->column(0);
  } else {
    value = StructOf(*values, value_type_, value_columns_);
  }
  if (!needs_all() || values == nullptr) {
    if (store_.variable_type == "MapState") return Columns{rows, {groups, user_keys, value}};
    return Columns{rows, {groups, value}};
  }

  // Groups one after the other, each with its entries in their order.
  EncodedRows encoded, suffixes;
  ARROW_RETURN_NOT_OK(EncodeRows({groups}, rows, &encoded));
  ARROW_RETURN_NOT_OK(EncodeRows({user_keys}, rows, &suffixes));
  std::vector<uint32_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  const int64_t* positions =
      store_.variable_type == "ListState" ? user_keys->data()->GetValues<int64_t>(1) : nullptr;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (encoded.row(a) != encoded.row(b)) return encoded.row(a) < encoded.row(b);
    return positions != nullptr ? positions[a] < positions[b] : suffixes.row(a) < suffixes.row(b);
  });
  ARROW_ASSIGN_OR_RAISE(const Arrays ordered, TakeRows(Arrays{groups, user_keys, value}, order));
  if (!gathered_) return Columns{rows, {ordered[0], ordered[2]}};
  std::vector<uint32_t> firsts;
  std::vector<int32_t> begins;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && encoded.row(order[i]) == encoded.row(order[i - 1])) continue;
    firsts.push_back(static_cast<uint32_t>(i));
    begins.push_back(static_cast<int32_t>(i));
  }
  begins.push_back(static_cast<int32_t>(rows));
  ARROW_ASSIGN_OR_RAISE(const Arrays first_groups, TakeRows(Arrays{ordered[0]}, firsts));
  const auto count = static_cast<int64_t>(firsts.size());
  const auto offsets = arrow::Buffer::FromVector(std::move(begins));
  ArrayPtr whole;
  if (store_.variable_type == "ListState") {
    whole = std::make_shared<arrow::ListArray>(fields_[1]->type(), count, offsets, ordered[2]);
  } else {
    whole = std::make_shared<arrow::MapArray>(fields_[1]->type(), count, offsets, ordered[1],
                                              ordered[2]);
  }
  return Columns{count, {first_groups[0], std::move(whole)}};
}

}  // namespace headrace

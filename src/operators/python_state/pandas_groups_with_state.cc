// applyInPandasWithState: groups and their states go to a worker together, as the columns of an
// Arrow stream, and come back as rows of output and changed states.
#include "operators/python_state/pandas_groups_with_state.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <nlohmann/json.hpp>

#include "operators/python_batches.h"
#include "operators/python_state/group_arguments.h"
#include "python/pickle_reader.h"
#include "python/pickle_writer.h"
#include "python/task_exchange.h"
#include "types/wire_types.h"

namespace headrace {
namespace {

using Timeout = GroupFunctionCall::Timeout;

constexpr int64_t kRowsOfTask = 64 * 1024;
constexpr int64_t kNoTimeout = -1;

const char* TimeoutName(Timeout timeout) {
  switch (timeout) {
    case Timeout::kNone:
      return "NoTimeout";
    case Timeout::kProcessingTime:
      return "ProcessingTimeTimeout";
    case Timeout::kEventTime:
      break;
  }
  return "EventTimeTimeout";
}

Status BadResult(const std::string& what) {
  return Status::IOError("a Python worker of applyInPandasWithState gave ", what);
}

// The column that tells a worker which rows are whose, and what state their group has.
class StateColumn {
 public:
  static Result<std::unique_ptr<StateColumn>> Make() {
    auto column = std::unique_ptr<StateColumn>(new StateColumn);
    const auto type = arrow::struct_(
        {arrow::field("properties", arrow::utf8()), arrow::field("keyRowAsUnsafe", arrow::binary()),
         arrow::field("object", arrow::binary()), arrow::field("startOffset", arrow::int32()),
         arrow::field("numRows", arrow::int32()), arrow::field("isLastChunk", arrow::boolean())});
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type));
    column->builder_.reset(static_cast<arrow::StructBuilder*>(builder.release()));
    return column;
  }

  // Rows [begin, end) of the batch belong to a group. `key` comes back with its state; `object` is
  // empty where there is none.
  Status Add(const std::string& properties, const std::string& key, const std::string& object,
             int64_t begin, int64_t end, bool is_last) {
    ARROW_RETURN_NOT_OK(builder_->Append());
    ARROW_RETURN_NOT_OK(Field<arrow::StringBuilder>(0)->Append(properties));
    ARROW_RETURN_NOT_OK(Field<arrow::BinaryBuilder>(1)->Append(key));
    auto* objects = Field<arrow::BinaryBuilder>(2);
    ARROW_RETURN_NOT_OK(object.empty() ? objects->AppendNull() : objects->Append(object));
    ARROW_RETURN_NOT_OK(Field<arrow::Int32Builder>(3)->Append(static_cast<int32_t>(begin)));
    ARROW_RETURN_NOT_OK(Field<arrow::Int32Builder>(4)->Append(static_cast<int32_t>(end - begin)));
    return Field<arrow::BooleanBuilder>(5)->Append(is_last);
  }
  // Columns of a batch are equally long.
  Result<ArrayPtr> Finish(int64_t rows) {
    ARROW_RETURN_NOT_OK(builder_->AppendNulls(rows - builder_->length()));
    return builder_->Finish();
  }

 private:
  StateColumn() = default;
  template <typename Builder>
  Builder* Field(int i) {
    return static_cast<Builder*>(builder_->field_builder(i));
  }

  std::unique_ptr<arrow::StructBuilder> builder_;
};

// What a worker did to a group's state.
struct StateChange {
  explicit StateChange(const nlohmann::json& properties)
      : defined(properties.value("defined", false)),
        updated(properties.value("updated", false)),
        removed(properties.value("removed", false)) {
    // A timeout of a datetime is a fraction of milliseconds.
    const auto time = properties.find("timeoutTimestamp");
    if (time != properties.end() && time->is_number()) {
      timeout_ms = time->is_number_integer() ? time->get<int64_t>()
                                             : static_cast<int64_t>(time->get<double>());
    }
  }
  bool defined, updated, removed;
  int64_t timeout_ms = kNoTimeout;
};

class PandasGroupsWithState final : public GroupProcessor {
 public:
  PandasGroupsWithState(const PythonFunction& function, PythonContextPtr context,
                        std::shared_ptr<const GroupFunctionCall> call)
      : context_(std::move(context)),
        call_(std::move(call)),
        arguments_(*call_->row_schema, *call_->key_schema, call_->key_positions),
        task_(TaskOf(function)),
        zone_(ZoneOfWorker(task_)),
        largest_batch_(LargestBatch(task_)),
        stored_(call_->variables[0].schema) {}

  int64_t preferred_rows() const override { return kRowsOfTask; }

  Status Process(const GroupBatch& groups, GroupStates* states,
                 std::vector<BatchPtr>* output) override {
    std::vector<uint8_t> found;
    ARROW_ASSIGN_OR_RAISE(const BatchPtr before, states->Get(0, &found));
    ARROW_ASSIGN_OR_RAISE(auto exchange,
                          TaskExchange::Start(context_, &task_, {groups.partition, std::nullopt},
                                              groups.cancellation));
    ARROW_RETURN_NOT_OK(Send(groups, *before, found, exchange.get()));
    ARROW_RETURN_NOT_OK(exchange->Finish());
    Changes changes;
    ARROW_ASSIGN_OR_RAISE(changes.values, arrow::MakeBuilder(arrow::struct_(stored_->fields())));
    while (const auto results = exchange->TakeBatch()) {
      ARROW_RETURN_NOT_OK(Take(*results, groups.keys->num_rows(), &changes, output));
    }
    return Write(&changes, states);
  }

 private:
  struct Changes {
    std::vector<uint32_t> put, removed;
    std::unique_ptr<arrow::ArrayBuilder> values;
  };

  PythonTask TaskOf(const PythonFunction& function) const {
    PythonTask task = headrace::TaskOf(function, *context_);
    task.state_schema = SchemaToJson(*call_->state_schema);
    task.calls.push_back({arguments_.arguments, {function.command}});
    return task;
  }

  bool has_timeouts() const { return stored_->num_fields() == 2; }

  std::string Properties(const GroupBatch& groups, bool defined) const {
    return nlohmann::json{{"timeoutConf", TimeoutName(call_->timeout)},
                          {"optionalValue", nullptr},
                          {"defined", defined},
                          {"updated", false},
                          {"removed", false},
                          {"timeoutTimestamp", kNoTimeout},
                          {"batchProcessingTimeMs", groups.processing_time_ms},
                          {"eventTimeWatermarkMs", groups.has_watermark ? groups.watermark_ms : -1},
                          {"hasTimedOut", groups.call == GroupBatch::Call::kTimers},
                          {"watermarkPresent", groups.has_watermark}}
        .dump();
  }

  // The pickled states; "": none. A group that only waits for its timeout is stored without one.
  Result<std::vector<std::string>> Objects(const arrow::RecordBatch& stored,
                                           const std::vector<uint8_t>& found,
                                           WorkerGeneration generation) const {
    const auto& states = static_cast<const arrow::StructArray&>(*stored.column(0));
    ARROW_ASSIGN_OR_RAISE(const Arrays fields, states.Flatten());
    PickleWriter pickles(/*binary_as_bytes=*/generation >= WorkerGeneration::k4_1);
    std::vector<std::string> objects(found.size());
    for (size_t i = 0; i < found.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (found[i] != 0 && states.IsValid(row)) objects[i] = pickles.Tuple(fields, row);
    }
    return objects;
  }

  Status Send(const GroupBatch& groups, const arrow::RecordBatch& stored,
              const std::vector<uint8_t>& found, TaskExchange* exchange) const {
    ARROW_ASSIGN_OR_RAISE(const auto objects, Objects(stored, found, exchange->generation()));
    // A group that has timed out is one row, of its keys alone.
    std::vector<int64_t> begins = groups.begins;
    const bool timed_out = groups.call == GroupBatch::Call::kTimers;
    for (size_t i = 0; timed_out && i < begins.size(); ++i) begins[i] = static_cast<int64_t>(i);
    const int64_t rows = begins.back();
    Arrays columns;
    if (timed_out) {
      ARROW_ASSIGN_OR_RAISE(columns, arguments_.KeyRows(*groups.keys));
    } else {
      ARROW_ASSIGN_OR_RAISE(columns, arguments_.Columns(groups));
    }
    ARROW_ASSIGN_OR_RAISE(const auto data, BatchForWorker(columns, arguments_.names, rows, zone_));

    // For worker_daemon.py: how many of the columns are the function's.
    const auto values = arrow::key_value_metadata(
        {"headrace.values"}, {std::to_string(call_->row_schema->num_fields())});
    const std::string properties[] = {Properties(groups, false), Properties(groups, true)};
    ARROW_ASSIGN_OR_RAISE(const auto state, StateColumn::Make());
    size_t group = 0;
    for (int64_t begin = 0; begin < rows; begin += largest_batch_) {
      const int64_t end = std::min(begin + largest_batch_, rows);
      for (; group < objects.size() && begins[group] < end; ++group) {
        const bool is_last = begins[group + 1] <= end;
        ARROW_RETURN_NOT_OK(state->Add(properties[objects[group].empty() ? 0 : 1],
                                       std::to_string(group), objects[group],
                                       std::max(begins[group], begin) - begin,
                                       std::min(begins[group + 1], end) - begin, is_last));
        if (!is_last) break;  // it goes on in the next batch
      }
      ARROW_ASSIGN_OR_RAISE(ArrayPtr states, state->Finish(end - begin));
      const auto slice = data->Slice(begin, end - begin);
      ARROW_ASSIGN_OR_RAISE(const auto batch, slice->AddColumn(slice->num_columns(), "!__state__!",
                                                               std::move(states)));
      ARROW_RETURN_NOT_OK(exchange->SendBatch(*batch->ReplaceSchemaMetadata(values)));
    }
    return exchange->EndStream(nullptr);
  }

  // Three structs: how many rows of the others count; rows of output; states.
  Status Take(const arrow::RecordBatch& results, int64_t groups, Changes* changes,
              std::vector<BatchPtr>* output) const {
    if (results.num_columns() != 3 || results.num_rows() == 0) {
      return BadResult(results.schema()->ToString());
    }
    const auto counts = arrow::schema(
        {arrow::field("dataCount", arrow::int32()), arrow::field("stateCount", arrow::int32())});
    ARROW_ASSIGN_OR_RAISE(const BatchPtr count, BatchFromWorker(*results.column(0), counts));
    const auto number = [&](int i) {
      return static_cast<const arrow::Int32Array&>(*count->column(i)).Value(0);
    };
    if (number(0) > 0) {
      ARROW_ASSIGN_OR_RAISE(BatchPtr rows, BatchFromWorker(*results.column(1)->Slice(0, number(0)),
                                                           call_->output_schema));
      output->push_back(std::move(rows));
    }
    static const SchemaPtr kStates = arrow::schema(
        {arrow::field("properties", arrow::utf8()), arrow::field("keyRowAsUnsafe", arrow::binary()),
         arrow::field("object", arrow::binary()),
         arrow::field("oldTimeoutTimestamp", arrow::int64())});
    ARROW_ASSIGN_OR_RAISE(const BatchPtr states, BatchFromWorker(*results.column(2), kStates));
    for (int64_t row = 0; row < number(1); ++row) {
      ARROW_RETURN_NOT_OK(TakeState(*states, row, groups, changes));
    }
    return Status::OK();
  }

  Status TakeState(const arrow::RecordBatch& states, int64_t row, int64_t groups,
                   Changes* changes) const {
    const auto text = [&](int column) {
      return static_cast<const arrow::BinaryArray&>(*states.column(column)).GetView(row);
    };
    const auto group = std::strtoll(std::string(text(1)).c_str(), nullptr, 10);
    const auto properties = nlohmann::json::parse(text(0), nullptr, /*allow_exceptions=*/false);
    if (!properties.is_object() || group < 0 || group >= groups) {
      return BadResult("a state that is none");
    }
    const StateChange change(properties);
    if (change.removed && change.timeout_ms == kNoTimeout) {
      changes->removed.push_back(static_cast<uint32_t>(group));
      return Status::OK();
    }
    // The timeout that the worker was told is always none: one that is stored stays as it is until
    // the function sets another, or changes the state.
    const int64_t old = static_cast<const arrow::Int64Array&>(*states.column(3)).Value(row);
    if (!change.updated && !change.removed && change.timeout_ms == old) return Status::OK();
    changes->put.push_back(static_cast<uint32_t>(group));
    auto* stored = static_cast<arrow::StructBuilder*>(changes->values.get());
    ARROW_RETURN_NOT_OK(stored->Append());
    if (has_timeouts()) {
      ARROW_RETURN_NOT_OK(
          static_cast<arrow::Int64Builder*>(stored->field_builder(1))->Append(change.timeout_ms));
    }
    if (!change.defined || states.column(2)->IsNull(row)) {
      return stored->field_builder(0)->AppendNull();
    }
    ARROW_ASSIGN_OR_RAISE(const PythonValuePtr state, ReadPickle(text(2)));
    return AppendPythonValue(*state, *stored_->field(0)->type(), stored->field_builder(0));
  }

  Status Write(Changes* changes, GroupStates* states) const {
    if (!changes->removed.empty()) ARROW_RETURN_NOT_OK(states->Remove(0, changes->removed));
    if (changes->put.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr values, changes->values->Finish());
    return states->Put(0, changes->put,
                       *MakeBatch(stored_, values->length(),
                                  static_cast<const arrow::StructArray&>(*values).fields()));
  }

  const PythonContextPtr context_;
  const std::shared_ptr<const GroupFunctionCall> call_;
  const GroupArguments arguments_;
  const PythonTask task_;
  const std::string zone_;
  const int64_t largest_batch_;
  const SchemaPtr stored_;
};

class PandasWithState final : public GroupFunction {
 public:
  PandasWithState(std::shared_ptr<const PythonFunction> function, PythonContextPtr context)
      : function_(std::move(function)), context_(std::move(context)) {}

  Result<DeclaredVariables> Variables(const GroupFunctionCall&) const override {
    return Status::Invalid("applyInPandasWithState has one state and declares none");
  }
  Result<std::unique_ptr<GroupProcessor>> Make(
      std::shared_ptr<const GroupFunctionCall> call) const override {
    return std::make_unique<PandasGroupsWithState>(*function_, context_, std::move(call));
  }

 private:
  const std::shared_ptr<const PythonFunction> function_;
  const PythonContextPtr context_;
};

}  // namespace

std::shared_ptr<const GroupFunction> MakePandasWithState(
    std::shared_ptr<const PythonFunction> function, PythonContextPtr context) {
  return std::make_shared<PandasWithState>(std::move(function), std::move(context));
}

}  // namespace headrace

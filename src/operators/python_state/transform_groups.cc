// transformWithState with a StatefulProcessor in a worker process: rows go to it and come back
// through one socket, what it asks of its state through another.
#include "operators/python_state/transform_groups.h"

#include <algorithm>
#include <utility>

#include <arrow/array/util.h>
#include <arrow/buffer.h>

#include "base/error_cause.h"
#include "operators/python_batches.h"
#include "operators/python_state/group_arguments.h"
#include "operators/python_state/state_server.h"
#include "python/task_exchange.h"
#include "python/transform_evaluation.h"

namespace headrace {
namespace {

using Call = GroupBatch::Call;

constexpr int64_t kRowsOfTask = 64 * 1024;

// A struct column with a row for each of the batch's. Workers before 4.2 tell from the fields'
// length that it is not there, the others from the nulls.
ArrayPtr StructColumn(const arrow::RecordBatch& batch) {
  return std::make_shared<arrow::StructArray>(arrow::struct_(batch.schema()->fields()),
                                              batch.num_rows(), batch.columns());
}
Result<ArrayPtr> AbsentColumn(const SchemaPtr& schema, int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(auto bitmap, arrow::AllocateEmptyBitmap(rows));
  std::vector<std::shared_ptr<arrow::ArrayData>> fields;
  for (const FieldPtr& field : schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr none, arrow::MakeEmptyArray(field->type()));
    fields.push_back(none->data());
  }
  return arrow::MakeArray(arrow::ArrayData::Make(arrow::struct_(schema->fields()), rows,
                                                 {std::move(bitmap)}, std::move(fields), rows));
}

// How a function is called, and its tasks. Shared by the function and its processors.
class Transformation {
 public:
  Transformation(std::shared_ptr<const PythonFunction> function, PythonContextPtr context,
                 std::shared_ptr<const GroupFunctionCall> call, WorkerGeneration generation)
      : context_(std::move(context)),
        call_(std::move(call)),
        generation_(generation),
        with_initial_(HasInitialState(function->evaluation)),
        rows_(*call_->row_schema, *call_->key_schema, call_->key_positions),
        initial_(with_initial_ ? *call_->initial_schema : *call_->row_schema, *call_->key_schema,
                 with_initial_ ? call_->initial_key_positions : call_->key_positions),
        task_(TaskOf(*function)),
        zone_(ZoneOfWorker(task_)),
        largest_batch_(LargestBatch(task_)) {}

  const GroupFunctionCall& call() const { return *call_; }
  WorkerGeneration generation() const { return generation_; }
  const std::string& zone() const { return zone_; }

  // One task: `groups` is null where the processor is only to declare its state.
  Status Run(const GroupBatch* groups, StateRequests* requests,
             std::vector<BatchPtr>* output) const {
    ARROW_ASSIGN_OR_RAISE(const auto server, StateServer::Start(requests));
    TaskPlace place;
    place.partition = groups != nullptr ? groups->partition : 0;
    place.state_server_port = server->port();
    const Status worked =
        Work(groups, place, groups != nullptr ? groups->cancellation : nullptr, output);
    server->Stop();
    return requests->failure().ok() ? worked : requests->failure();
  }

 private:
  PythonTask TaskOf(const PythonFunction& function) const {
    PythonTask task = headrace::TaskOf(function, *context_);
    task.key_schema = SchemaToJson(*call_->key_schema);
    PythonCall call{rows_.arguments, {function.command}};
    if (with_initial_) {
      call.arguments.insert(call.arguments.end(), initial_.arguments.begin(),
                            initial_.arguments.end());
    }
    task.calls.push_back(std::move(call));
    return task;
  }

  Status Work(const GroupBatch* groups, const TaskPlace& place,
              const CancellationToken* cancellation, std::vector<BatchPtr>* output) const {
    ARROW_ASSIGN_OR_RAISE(auto exchange,
                          TaskExchange::Start(context_, &task_, place, cancellation));
    ARROW_RETURN_NOT_OK(Send(groups, exchange.get()));
    ARROW_RETURN_NOT_OK(exchange->Finish());
    while (const auto results = exchange->TakeBatch()) {
      if (results->num_columns() != 1) {
        return Status::IOError("a Python worker gave ", results->schema()->ToString());
      }
      ARROW_ASSIGN_OR_RAISE(BatchPtr rows,
                            BatchFromWorker(*results->column(0), call_->output_schema));
      if (rows->num_rows() > 0) output->push_back(std::move(rows));
    }
    return Status::OK();
  }

  Status Send(const GroupBatch* groups, TaskExchange* exchange) const {
    const bool has_rows = groups != nullptr && groups->call != Call::kTimers;
    const bool initial = has_rows && groups->call == Call::kInitialState;
    const GroupArguments& own = initial ? initial_ : rows_;
    ARROW_ASSIGN_OR_RAISE(const auto no_rows, EmptyBatch(rows_, *call_->row_schema));
    std::shared_ptr<arrow::RecordBatch> no_initial, all = no_rows;
    if (with_initial_) {
      ARROW_ASSIGN_OR_RAISE(no_initial, EmptyBatch(initial_, *call_->initial_schema));
    }
    if (has_rows) {
      ARROW_ASSIGN_OR_RAISE(const Arrays columns, own.Columns(*groups));
      ARROW_ASSIGN_OR_RAISE(all,
                            BatchForWorker(columns, own.names, groups->rows->num_rows(), zone_));
    }
    const auto wrap = [&](const std::shared_ptr<arrow::RecordBatch>& slice)
        -> Result<std::shared_ptr<arrow::RecordBatch>> {
      if (!with_initial_) return slice;
      ArrayPtr data, state;
      if (initial) {
        ARROW_ASSIGN_OR_RAISE(data, AbsentColumn(no_rows->schema(), slice->num_rows()));
        state = StructColumn(*slice);
      } else {
        data = StructColumn(*slice);
        ARROW_ASSIGN_OR_RAISE(state, AbsentColumn(no_initial->schema(), slice->num_rows()));
      }
      const auto schema = arrow::schema(
          {arrow::field("inputData", data->type()), arrow::field("initState", state->type())});
      return arrow::RecordBatch::Make(schema, slice->num_rows(), {data, state});
    };
    if (has_rows) {
      // Where a batch is to hold one group, each is cut where it ends.
      std::vector<int64_t> begins = {0, all->num_rows()};
      if (group_a_batch()) begins = groups->begins;
      for (size_t i = 0; i + 1 < begins.size(); ++i) {
        for (int64_t row = begins[i]; row < begins[i + 1]; row += largest_batch_) {
          const int64_t length = std::min(largest_batch_, begins[i + 1] - row);
          ARROW_ASSIGN_OR_RAISE(const auto batch, wrap(all->Slice(row, length)));
          ARROW_RETURN_NOT_OK(exchange->SendBatch(*batch));
        }
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto empty, wrap(no_rows));
    return exchange->EndStream(empty->schema());
  }

  // Do workers take all rows of a batch for one group's?
  bool group_a_batch() const {
    if (generation_ == WorkerGeneration::k4_0) return true;
    return with_initial_ && generation_ == WorkerGeneration::k4_1;
  }

  Result<std::shared_ptr<arrow::RecordBatch>> EmptyBatch(const GroupArguments& arguments,
                                                         const arrow::Schema& rows) const {
    GroupBatch none;
    ARROW_ASSIGN_OR_RAISE(none.keys, arrow::RecordBatch::MakeEmpty(call_->key_schema));
    ARROW_ASSIGN_OR_RAISE(none.rows, arrow::RecordBatch::MakeEmpty(arrow::schema(rows.fields())));
    none.begins = {0};
    ARROW_ASSIGN_OR_RAISE(const Arrays columns, arguments.Columns(none));
    return BatchForWorker(columns, arguments.names, 0, zone_);
  }

  const PythonContextPtr context_;
  const std::shared_ptr<const GroupFunctionCall> call_;
  const WorkerGeneration generation_;
  const bool with_initial_;
  const GroupArguments rows_, initial_;
  const PythonTask task_;
  const std::string zone_;
  const int64_t largest_batch_;
};

class TransformGroups final : public GroupProcessor {
 public:
  explicit TransformGroups(std::unique_ptr<Transformation> transformation)
      : transformation_(std::move(transformation)) {
    const bool binary_as_bytes = transformation_->generation() >= WorkerGeneration::k4_1;
    for (const GroupVariable& variable : transformation_->call().variables) {
      variables_.push_back(std::make_unique<PythonVariable>(static_cast<int>(variables_.size()),
                                                            variable, binary_as_bytes));
    }
  }

  int64_t preferred_rows() const override { return kRowsOfTask; }

  Status Process(const GroupBatch& groups, GroupStates* states,
                 std::vector<BatchPtr>* output) override {
    const auto count = static_cast<size_t>(groups.keys->num_rows());
    for (const auto& variable : variables_) {
      variable->Begin(count, groups.processing_time_ms, states);
    }
    StateRequests requests(&transformation_->call(), transformation_->generation(),
                           transformation_->zone());
    ARROW_RETURN_NOT_OK(requests.Begin(&variables_, &groups));
    ARROW_RETURN_NOT_OK(transformation_->Run(&groups, &requests, output));
    for (const auto& variable : variables_) ARROW_RETURN_NOT_OK(variable->Write());
    return Status::OK();
  }

 private:
  const std::unique_ptr<Transformation> transformation_;
  std::vector<std::unique_ptr<PythonVariable>> variables_;
};

class TransformWithState final : public GroupFunction {
 public:
  TransformWithState(std::shared_ptr<const PythonFunction> function, PythonContextPtr context)
      : function_(std::move(function)), context_(std::move(context)) {}

  Result<DeclaredVariables> Variables(const GroupFunctionCall& call) const override {
    ARROW_ASSIGN_OR_RAISE(const auto transformation,
                          Transform(std::make_shared<const GroupFunctionCall>(call)));
    StateRequests requests(&transformation->call(), transformation->generation(),
                           transformation->zone());
    std::vector<BatchPtr> nothing;
    const Status declared = transformation->Run(nullptr, &requests, &nothing);
    if (declared.ok()) return requests.declared();
    const ErrorDetail* detail = ErrorDetail::Get(declared);
    if (detail == nullptr || detail->kind() != ErrorKind::kPython) return declared;
    return WithCause(MakeError(ErrorKind::kSpark, "STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE",
                               "The StatefulProcessor's init() raised: " + declared.message(),
                               {{"msg", declared.message()}}),
                     declared);
  }
  bool fails_with_first_batch() const override { return true; }

  Result<std::unique_ptr<GroupProcessor>> Make(
      std::shared_ptr<const GroupFunctionCall> call) const override {
    ARROW_ASSIGN_OR_RAISE(auto transformation, Transform(std::move(call)));
    return std::make_unique<TransformGroups>(std::move(transformation));
  }

 private:
  Result<std::unique_ptr<Transformation>> Transform(
      std::shared_ptr<const GroupFunctionCall> call) const {
    ARROW_ASSIGN_OR_RAISE(const PythonInstallation python,
                          context_->runtime->Find(context_->interpreter));
    return std::make_unique<Transformation>(function_, context_, std::move(call),
                                            python.generation);
  }

  const std::shared_ptr<const PythonFunction> function_;
  const PythonContextPtr context_;
};

}  // namespace

std::shared_ptr<const GroupFunction> MakeTransformWithState(
    std::shared_ptr<const PythonFunction> function, PythonContextPtr context) {
  return std::make_shared<TransformWithState>(std::move(function), std::move(context));
}

}  // namespace headrace

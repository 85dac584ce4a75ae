// The worker gets the partitions one after the other, each with the bounds of its rows' frames, and
// gives a value for each row.
#include "operators/window/python_window.h"

#include <algorithm>
#include <utility>

#include <arrow/array/builder_primitive.h>

#include "operators/python_operators.h"
#include "operators/window/window_input.h"
#include "plan/window_in_python.h"

namespace headrace {
namespace {

// A position of each row's partition, counted from the partition's first row.
Result<ArrayPtr> InPartition(const WindowRows& rows, const std::vector<uint32_t>& positions) {
  arrow::Int32Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(rows.size()));
  for (uint32_t row = 0; row < rows.size(); ++row) {
    builder.UnsafeAppend(static_cast<int32_t>(positions[row] - rows.partition_begin[row]));
  }
  return builder.Finish();
}

SchemaPtr LastFields(const arrow::Schema& schema, size_t count) {
  const arrow::FieldVector& fields = schema.fields();
  return arrow::schema(
      arrow::FieldVector(fields.end() - static_cast<std::ptrdiff_t>(count), fields.end()));
}

class PythonWindow final : public PythonOperator {
 public:
  PythonWindow(const PhysicalNode& node, const OperatorSite& site)
      : PythonOperator(node, site),
        window_(node.window),
        input_(node),
        results_schema_(LastFields(*schema_, window_->functions.size())) {}

  Status Begin(const BatchContext& context) override {
    input_.Clear();
    return PythonOperator::Begin(context);
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    input_.Add(std::move(batch));
    return Status::OK();
  }

  Status Finish(BatchOutput* output) override {
    ARROW_ASSIGN_OR_RAISE(auto rows, input_.Take());
    if (!rows) return Status::OK();
    ARROW_RETURN_NOT_OK(Start());
    std::vector<BatchPtr> results;
    ARROW_RETURN_NOT_OK(Send(*rows, &results));
    ARROW_RETURN_NOT_OK(exchange().Finish());
    ARROW_RETURN_NOT_OK(TakeResults(&results));
    End();
    ARROW_ASSIGN_OR_RAISE(const BatchPtr values, ConcatenateBatches(results_schema_, results));
    if (values->num_rows() != rows->count) {
      return MakeError(ErrorKind::kSpark, "",
                       "The Python functions " + operation_->name +
                           " gave another number of values than they got rows.");
    }
    Arrays columns = std::move(rows->kept);
    for (const ArrayPtr& column : values->columns()) columns.push_back(column);
    return PushInSlices(MakeBatch(schema_, rows->count, std::move(columns)), output);
  }

 private:
  // The columns that the worker gets: arguments, then the bounds of frames.
  Result<Arrays> Columns(const OrderedRows& rows) const {
    Arrays columns;
    for (const int input : operation_->sent_inputs) columns.push_back(rows.inputs[input]);
    for (const WindowFunction& function : window_->functions) {
      if (IsUnbounded(function)) continue;
      Frames frames = rows.windows.FramesOf(function, rows.inputs);
      for (size_t row = 0; row < frames.end.size(); ++row) {
        frames.end[row] = std::max(frames.begin[row], frames.end[row]);
      }
      for (const auto* bounds : {&frames.begin, &frames.end}) {
        ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), InPartition(rows.windows, *bounds));
      }
    }
    return columns;
  }

  Status Send(const OrderedRows& rows, std::vector<BatchPtr>* results) {
    ARROW_ASSIGN_OR_RAISE(const Arrays columns, Columns(rows));
    ARROW_ASSIGN_OR_RAISE(const auto all, ForWorker(columns, rows.count));
    // Workers before 4.1 take a batch of one stream for a partition.
    const bool stream_a_partition = exchange().generation() >= WorkerGeneration::k4_1;
    for (int64_t begin = 0; begin < rows.count;) {
      const int64_t end = rows.windows.partition_end[static_cast<size_t>(begin)];
      if (stream_a_partition) exchange().PutInt(1);
      ARROW_RETURN_NOT_OK(exchange().SendBatch(*all->Slice(begin, end - begin)));
      if (stream_a_partition) ARROW_RETURN_NOT_OK(exchange().EndStream(nullptr));
      ARROW_RETURN_NOT_OK(TakeResults(results));
      begin = end;
    }
    if (!stream_a_partition) return exchange().EndStream(all->schema());
    exchange().PutInt(0);
    return Status::OK();
  }

  Status TakeResults(std::vector<BatchPtr>* results) {
    while (auto batch = exchange().TakeBatch()) {
      ARROW_ASSIGN_OR_RAISE(Arrays columns, ResultColumns(*batch));
      results->push_back(MakeBatch(results_schema_, batch->num_rows(), std::move(columns)));
    }
    return Status::OK();
  }

  const std::shared_ptr<const WindowOperation> window_;
  WindowInput input_;
  const SchemaPtr results_schema_;
};

}  // namespace

OperatorPtr MakePythonWindow(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PythonWindow>(node, site);
}

}  // namespace headrace

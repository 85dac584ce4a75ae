// Table functions (udtf): any number of rows for each row, or for the rows of a whole table.
//
// A worker answers call by call, in the order of the rows that it got; what terminate() makes comes
// behind them.
#include <deque>
#include <utility>

#include <arrow/array/builder_nested.h>

#include "operators/python_operators.h"
#include "python/pickle_reader.h"
#include "python/pickle_writer.h"
#include "types/wire_types.h"

namespace headrace {
namespace {

constexpr int64_t kRowsOfPickle = 100;

class PythonTable final : public PythonOperator {
 public:
  PythonTable(const PhysicalNode& node, const OperatorSite& site)
      : PythonOperator(node, site),
        pickled_(TravelsPickled(operation_->task.evaluation)),
        keeps_input_(operation_->keeps_input),
        outer_(operation_->outer),
        input_count_(InputCount(operation_->task.calls.front())) {
    const int made = static_cast<int>(operation_->results.size());
    const arrow::FieldVector& fields = schema_->fields();
    results_ = arrow::schema({fields.end() - made, fields.end()});
  }

  Status Begin(const BatchContext& context) override {
    waiting_.clear();
    next_row_ = 0;
    last_ = nullptr;
    return PythonOperator::Begin(context);
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    if (batch->num_rows() == 0) return Status::OK();
    ARROW_RETURN_NOT_OK(Start());
    for (int64_t row = 0; row < batch->num_rows(); row += largest_batch()) {
      const BatchPtr slice = batch->Slice(row, largest_batch());
      if (keeps_input_) waiting_.push_back(slice);
      ARROW_RETURN_NOT_OK(Send(*slice));
      ARROW_RETURN_NOT_OK(TakeResults(output));
    }
    return Status::OK();
  }

  Status Finish(BatchOutput* output) override {
    if (!started()) return Status::OK();
    if (!pickled_) ARROW_RETURN_NOT_OK(exchange().EndStream(nullptr));
    ARROW_RETURN_NOT_OK(exchange().Finish());
    ARROW_RETURN_NOT_OK(TakeResults(output));
    End();
    return Status::OK();
  }

 private:
  using Counts = std::vector<int64_t>;  // how many rows each call made

  static size_t InputCount(const PythonCall& call) {
    int count = 0;
    for (const PythonArgument& argument : call.arguments) {
      count = std::max(count, argument.column + 1);
    }
    return static_cast<size_t>(count);
  }

  Status Send(const arrow::RecordBatch& batch) {
    Arrays inputs;
    if (keeps_input_) {
      ARROW_ASSIGN_OR_RAISE(inputs, Inputs(batch));
    } else {
      // The inputs were computed before the rows were brought together.
      inputs = batch.columns();
      inputs.resize(input_count_);
    }
    if (!pickled_) {
      ARROW_ASSIGN_OR_RAISE(auto sent, ForWorker(inputs, batch.num_rows()));
      return exchange().SendBatch(*sent);
    }
    PickleWriter pickles(exchange().generation() >= WorkerGeneration::k4_1);
    for (int64_t row = 0; row < batch.num_rows(); row += kRowsOfPickle) {
      const int64_t end = std::min(row + kRowsOfPickle, batch.num_rows());
      ARROW_RETURN_NOT_OK(exchange().SendPickle(pickles.Tuples(inputs, row, end)));
    }
    return Status::OK();
  }

  Status TakeResults(BatchOutput* output) {
    while (auto pickle = exchange().TakePickle()) {
      Counts counts;
      ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, RowsOf(*pickle, &counts));
      ARROW_RETURN_NOT_OK(Emit(*rows, counts, output));
    }
    while (auto batch = exchange().TakeBatch()) {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, FromStruct(*batch, results_));
      ARROW_RETURN_NOT_OK(Emit(*rows, {rows->num_rows()}, output));
    }
    return Status::OK();
  }

  // A list of calls, each a tuple of rows.
  Result<BatchPtr> RowsOf(const std::string& pickle, Counts* counts) const {
    ARROW_ASSIGN_OR_RAISE(const PythonValuePtr calls, ReadPickle(pickle));
    const DataTypePtr type = arrow::struct_(results_->fields());
    ARROW_ASSIGN_OR_RAISE(const auto builder, arrow::MakeBuilder(type));
    for (const PythonValuePtr& call : calls->elements) {
      for (const PythonValuePtr& row : call->elements) {
        ARROW_RETURN_NOT_OK(AppendPythonValue(*row, *type, builder.get()));
      }
      counts->push_back(std::ssize(call->elements));
    }
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr rows, builder->Finish());
    ARROW_ASSIGN_OR_RAISE(Arrays columns, static_cast<const arrow::StructArray&>(*rows).Flatten());
    return MakeBatch(results_, rows->length(), std::move(columns));
  }

  Status Emit(const arrow::RecordBatch& rows, const Counts& counts, BatchOutput* output) {
    if (!keeps_input_) return Push(schema_, rows.num_rows(), rows.columns(), output);
    int64_t next_made = 0;
    for (size_t call = 0; call < counts.size();) {
      if (!waiting_.empty()) last_ = waiting_.front();
      // Which row of `last_` and which of `rows` (-1: none) stand side by side.
      std::vector<uint32_t> left;
      std::vector<int64_t> right;
      bool more = true;
      for (; more && call < counts.size(); ++call) {
        const bool terminates = waiting_.empty();
        const int64_t row = terminates ? last_->num_rows() - 1 : next_row_;
        for (int64_t k = 0; k < counts[call]; ++k) {
          left.push_back(static_cast<uint32_t>(row));
          right.push_back(next_made++);
        }
        if (terminates) continue;
        if (outer_ && counts[call] == 0) {
          left.push_back(static_cast<uint32_t>(row));
          right.push_back(-1);
        }
        more = ++next_row_ < last_->num_rows();
      }
      if (!more) {
        waiting_.pop_front();
        next_row_ = 0;
      }
      ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRows(last_->columns(), left));
      ARROW_ASSIGN_OR_RAISE(Arrays made, TakeRowsOrNull(rows.columns(), right));
      columns.insert(columns.end(), made.begin(), made.end());
      ARROW_RETURN_NOT_OK(Push(schema_, std::ssize(left), std::move(columns), output));
    }
    return Status::OK();
  }

  static Status Push(const SchemaPtr& schema, int64_t rows, Arrays columns, BatchOutput* output) {
    if (rows == 0) return Status::OK();
    return PushInSlices(MakeBatch(schema, rows, std::move(columns)), output);
  }

  const bool pickled_;
  const bool keeps_input_;
  const bool outer_;
  const size_t input_count_;
  SchemaPtr results_;             // of what the function makes
  std::deque<BatchPtr> waiting_;  // rows whose calls were not answered yet
  int64_t next_row_ = 0;          // of the first of them
  BatchPtr last_;                 // the rows that the last answer was about
};

}  // namespace

OperatorPtr MakePythonTable(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PythonTable>(node, site);
}

}  // namespace headrace

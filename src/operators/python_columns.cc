// Scalar Python functions: a column for each call beside the columns that there are.
#include <deque>
#include <utility>

#include <arrow/array/builder_base.h>

#include "operators/python_operators.h"
#include "python/pickle_reader.h"
#include "python/pickle_writer.h"

namespace headrace {
namespace {

constexpr int64_t kRowsOfPickle = 100;

class PythonColumns final : public PythonOperator {
 public:
  PythonColumns(const PhysicalNode& node, const OperatorSite& site)
      : PythonOperator(node, site),
        pickled_(operation_->task.evaluation == PythonEvaluation::kBatched) {}

  Status Begin(const BatchContext& context) override {
    waiting_.clear();
    results_.clear();
    result_rows_ = 0;
    return PythonOperator::Begin(context);
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    if (batch->num_rows() == 0) return Status::OK();
    ARROW_RETURN_NOT_OK(Start());
    for (int64_t row = 0; row < batch->num_rows(); row += largest_batch()) {
      const BatchPtr slice = batch->Slice(row, largest_batch());
      ARROW_ASSIGN_OR_RAISE(const Arrays inputs, Inputs(*slice));
      waiting_.push_back(slice);
      ARROW_RETURN_NOT_OK(pickled_ ? SendPickles(inputs, slice->num_rows())
                                   : SendArrow(inputs, slice->num_rows()));
      ARROW_RETURN_NOT_OK(TakeResults());
      ARROW_RETURN_NOT_OK(Emit(output));
    }
    return Status::OK();
  }

  Status Finish(BatchOutput* output) override {
    if (!started()) return Status::OK();
    if (!pickled_) ARROW_RETURN_NOT_OK(exchange().EndStream(nullptr));
    ARROW_RETURN_NOT_OK(exchange().Finish());
    ARROW_RETURN_NOT_OK(TakeResults());
    ARROW_RETURN_NOT_OK(Emit(output));
    End();
    if (!waiting_.empty() || result_rows_ != 0) {
      return MakeError(ErrorKind::kSpark, "",
                       "The Python function " + operation_->name +
                           " gave another number of values than it got rows.");
    }
    return Status::OK();
  }

 private:
  Status SendArrow(const Arrays& inputs, int64_t rows) {
    ARROW_ASSIGN_OR_RAISE(auto batch, ForWorker(inputs, rows));
    return exchange().SendBatch(*batch);
  }

  Status SendPickles(const Arrays& inputs, int64_t rows) {
    PickleWriter pickles(exchange().generation() >= WorkerGeneration::k4_1);
    for (int64_t row = 0; row < rows; row += kRowsOfPickle) {
      ARROW_RETURN_NOT_OK(
          exchange().SendPickle(pickles.Tuples(inputs, row, std::min(row + kRowsOfPickle, rows))));
    }
    return Status::OK();
  }

  Status TakeResults() {
    while (auto pickle = exchange().TakePickle()) {
      ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsOf(*pickle));
      AddResults(std::move(columns));
    }
    while (auto batch = exchange().TakeBatch()) {
      ARROW_ASSIGN_OR_RAISE(Arrays columns, ResultColumns(*batch));
      AddResults(std::move(columns));
    }
    return Status::OK();
  }

  void AddResults(Arrays columns) {
    result_rows_ += columns[0]->length();
    results_.push_back(std::move(columns));
  }

  // A list with one result a row: the value, or a tuple if there are several functions.
  Result<Arrays> ColumnsOf(const std::string& pickle) const {
    ARROW_ASSIGN_OR_RAISE(const PythonValuePtr rows, ReadPickle(pickle));
    std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
    for (const DataTypePtr& type : operation_->results) {
      ARROW_ASSIGN_OR_RAISE(builders.emplace_back(), arrow::MakeBuilder(type));
    }
    const bool single = builders.size() == 1;
    for (const PythonValuePtr& row : rows->elements) {
      if (!single && row->elements.size() != builders.size()) {
        return Status::IOError("a Python worker gave a row of ", row->elements.size(), " values");
      }
      for (size_t i = 0; i < builders.size(); ++i) {
        ARROW_RETURN_NOT_OK(AppendPythonValue(single ? *row : *row->elements[i],
                                              *operation_->results[i], builders[i].get()));
      }
    }
    Arrays columns(builders.size());
    for (size_t i = 0; i < builders.size(); ++i) {
      ARROW_RETURN_NOT_OK(builders[i]->Finish(&columns[i]));
    }
    return columns;
  }

  // Input rows with their results, as far as these have come.
  Status Emit(BatchOutput* output) {
    while (!waiting_.empty() && result_rows_ >= waiting_.front()->num_rows()) {
      const BatchPtr batch = std::move(waiting_.front());
      waiting_.pop_front();
      ARROW_ASSIGN_OR_RAISE(Arrays results, NextResults(batch->num_rows()));
      Arrays columns = batch->columns();
      columns.insert(columns.end(), results.begin(), results.end());
      ARROW_RETURN_NOT_OK(output->Push(MakeBatch(schema_, batch->num_rows(), std::move(columns))));
    }
    return Status::OK();
  }

  Result<Arrays> NextResults(int64_t rows) {
    result_rows_ -= rows;
    std::vector<Arrays> pieces(operation_->results.size());  // by column
    while (rows > 0) {
      Arrays& front = results_.front();
      const int64_t taken = std::min(rows, front[0]->length());
      for (size_t i = 0; i < front.size(); ++i) {
        pieces[i].push_back(front[i]->Slice(0, taken));
        front[i] = front[i]->Slice(taken);
      }
      rows -= taken;
      if (front[0]->length() == 0) results_.pop_front();
    }
    Arrays columns;
    for (const Arrays& column : pieces) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), column.size() == 1
                                                        ? Result<ArrayPtr>(column[0])
                                                        : arrow::Concatenate(column));
    }
    return columns;
  }

  const bool pickled_;
  std::deque<BatchPtr> waiting_;  // rows that have been sent
  std::deque<Arrays> results_;
  int64_t result_rows_ = 0;
};

}  // namespace

OperatorPtr MakePythonColumns(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PythonColumns>(node, site);
}

}  // namespace headrace

#include <atomic>

#include "base/error_cause.h"
#include "connectors/foreach/foreach.h"
#include "python/pickle_writer.h"
#include "python/python_error.h"
#include "python/python_task.h"

namespace headrace {
namespace {

constexpr int64_t kRowsOfPickle = 100;

// What the function raised, in Spark's words; other failures as they are.
Status FunctionRaised(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  if (detail == nullptr || detail->kind() != ErrorKind::kPython) return status;
  const std::string& reason = detail->parameters().at("traceback");
  return WithCause(
      MakeError(
          ErrorKind::kPython, "FOREACH_USER_FUNCTION_ERROR",
          "An error occurred in the user provided function in foreach sink. Reason: " + reason,
          {{"reason", reason}}),
      MakeError(ErrorKind::kPython, "", reason));
}

// The rows of one partition on their way to a worker.
class ForeachWriter final : public SinkWriter {
 public:
  ForeachWriter(const PythonContext* python, const PythonTask* task, SchemaPtr schema,
                TaskPlace place, const CancellationToken* cancellation,
                std::atomic<int64_t>* total_rows)
      : python_(python),
        task_(task),
        schema_(std::move(schema)),
        place_(place),
        cancellation_(cancellation),
        total_rows_(total_rows) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    total_rows_->fetch_add(batch->num_rows(), std::memory_order_relaxed);
    if (ended_) return Status::OK();
    ARROW_RETURN_NOT_OK(Start());
    for (int64_t row = 0; row < batch->num_rows(); row += kRowsOfPickle) {
      const int64_t end = std::min(row + kRowsOfPickle, batch->num_rows());
      worker_->stream().PutText(pickles_->Rows(*schema_, batch->columns(), row, end));
      const Status sent = worker_->stream().FlushIfLarge();
      // A function that raised closes the connection; its traceback waits to be read.
      if (IsWorkerGone(sent)) return ReadEnd();
      ARROW_RETURN_NOT_OK(sent);
    }
    return Status::OK();
  }

  // open() and close() are called for a partition without rows too.
  Status Finish() override {
    if (ended_) return Status::OK();
    ARROW_RETURN_NOT_OK(Start());
    worker_->stream().PutInt(kEndOfDataSection);
    worker_->stream().PutInt(kEndOfStream);
    const Status sent = worker_->stream().Flush();
    if (!sent.ok() && !IsWorkerGone(sent)) return sent;
    return ReadEnd();
  }

 private:
  Status Start() {
    if (worker_ != nullptr) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(worker_, python_->runtime->pool().Acquire(*python_, cancellation_));
    worker_->stream().set_idle_limit_ms(python_->idle_limit_ms);
    pickles_.emplace(worker_->generation() >= WorkerGeneration::k4_1);
    PutTask(*task_, place_, worker_->generation(), &worker_->stream());
    return Status::OK();
  }

  Status ReadEnd() {
    auto read = [&]() -> Result<bool> {
      WorkerStream& stream = worker_->stream();
      ARROW_ASSIGN_OR_RAISE(const int32_t marker, stream.ReadInt());
      ARROW_RETURN_NOT_OK(CheckMarker(&stream, marker));
      if (marker != kTimingData) {
        return Status::IOError("a Python worker answered rows of foreach with ", marker);
      }
      return ReadTaskEnd(&stream, worker_->generation());
    };
    ended_ = true;
    const Result<bool> reusable = read();
    if (!reusable.ok()) {
      const Status explained = worker_->Explain(reusable.status());
      worker_.reset();
      return FunctionRaised(explained);
    }
    if (*reusable) python_->runtime->pool().Return(std::move(worker_));
    worker_.reset();
    return Status::OK();
  }

  const PythonContext* python_;
  const PythonTask* task_;
  const SchemaPtr schema_;
  const TaskPlace place_;
  const CancellationToken* cancellation_;
  std::atomic<int64_t>* total_rows_;
  PythonWorkerPtr worker_;
  std::optional<PickleWriter> pickles_;
  bool ended_ = false;  // perhaps before all rows were sent: open() may want none
};

class ForeachSink final : public Sink {
 public:
  ForeachSink(PythonContextPtr python, const PythonFunction& function, SchemaPtr schema)
      : python_(std::move(python)), schema_(std::move(schema)) {
    task_.python_version = function.python_version;
    task_.calls = {{{}, {function.command}}};
    task_.configuration = python_->configuration;
    task_.files_directory = python_->files_directory;
    task_.includes = python_->includes;
  }

  std::string Description() const override { return "ForeachWriterTable"; }
  void SetCancellation(const CancellationToken* cancellation) override {
    cancellation_ = cancellation;
  }
  Result<bool> Begin(int64_t batch_id) override {
    batch_id_ = batch_id;
    rows_ = 0;
    return true;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) override {
    return std::make_unique<ForeachWriter>(python_.get(), &task_, schema_,
                                           TaskPlace{partition, batch_id_}, cancellation_, &rows_);
  }
  Status Prepare(int64_t) override { return Status::OK(); }
  Status Commit(int64_t) override { return Status::OK(); }
  Status Abort(int64_t) override { return Status::OK(); }
  int64_t last_output_rows() const override { return rows_; }

 private:
  const PythonContextPtr python_;
  const SchemaPtr schema_;
  PythonTask task_;
  const CancellationToken* cancellation_ = nullptr;
  int64_t batch_id_ = 0;
  std::atomic<int64_t> rows_{0};
};

class ForeachProvider final : public SinkProvider {
 public:
  ForeachProvider(PythonContextPtr python, PythonFunction function)
      : python_(std::move(python)), function_(std::move(function)) {}

  Status CheckStream(const SinkSpecification& specification, const ConnectorContext&) override {
    if (specification.partition_columns.empty()) return Status::OK();
    return AnalysisError("_LEGACY_ERROR_TEMP_1197",
                         "foreach does not support partitionBy: it writes no files.",
                         {{"operation", "foreach"}});
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification& specification,
                                           const ConnectorContext&) override {
    return std::make_unique<ForeachSink>(python_, function_, specification.schema);
  }
  bool allows_temporary_checkpoint() const override { return true; }

 private:
  const PythonContextPtr python_;
  const PythonFunction function_;
};

}  // namespace

std::shared_ptr<SinkProvider> MakeForeachSink(PythonContextPtr python, PythonFunction function) {
  return std::make_shared<ForeachProvider>(std::move(python), std::move(function));
}

}  // namespace headrace

#include "python/batch_function.h"

#include <optional>

#include "base/error_cause.h"
#include "python/python_error.h"
#include "python/simple_worker.h"

namespace headrace {
namespace {

constexpr char kModule[] = "pyspark.sql.connect.streaming.worker.foreach_batch_worker";
// What `headrace submit` puts in place of a pickle; the function's number follows.
constexpr std::string_view kInProgram = "headrace-function:";

Status FunctionRaised(const std::string& reason) {
  return WithCause(MakeError(ErrorKind::kPython, "FOREACH_BATCH_USER_FUNCTION_ERROR",
                             "An error occurred in the user provided function in foreach batch "
                             "sink. Reason: " +
                                 reason,
                             {{"reason", reason}}),
                   MakeError(ErrorKind::kPython, "", reason));
}

// 0: done. Otherwise the traceback follows.
Status ReadOutcome(WorkerStream* stream) {
  ARROW_ASSIGN_OR_RAISE(const int32_t outcome, stream->ReadInt());
  if (outcome == 0) return Status::OK();
  if (outcome != kPythonException) {
    return Status::IOError("a foreachBatch worker answered ", outcome);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string traceback, stream->ReadText());
  return PythonRaised(traceback);
}

class FunctionInWorker final : public BatchFunction {
 public:
  FunctionInWorker(PythonContextPtr context, WorkerGeneration generation, PythonFunction function)
      : context_(std::move(context)), generation_(generation), function_(std::move(function)) {}

  // Also after the process has died, for the next run of a batch.
  Status Start(const CancellationToken* cancellation) {
    ARROW_ASSIGN_OR_RAISE(worker_, SimpleWorker::Start(*context_, kModule, cancellation));
    WorkerStream& stream = worker_->stream();
    stream.PutText(function_.python_version);
    stream.PutText(context_->session_id);
    stream.PutText(function_.command);
    Status status = stream.Flush();
    if (status.ok() || IsWorkerGone(status)) status = ReadOutcome(&stream);
    if (status.ok()) return status;
    status = worker_->Explain(status);
    worker_.reset();
    const std::string reason = ReasonOf(status);
    return MakeError(
        ErrorKind::kSpark, "STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE",
        "The foreachBatch function could not be started in a Python worker. Cause: " + reason,
        {{"msg", reason}});
  }

  Status Call(const std::string& dataframe_id, int64_t batch_id,
              const CancellationToken* cancellation) override {
    if (worker_ == nullptr) ARROW_RETURN_NOT_OK(Start(cancellation));
    WorkerStream& stream = worker_->stream();
    stream.set_cancellation(cancellation);
    stream.PutText(dataframe_id);
    stream.PutLong(batch_id);
    if (generation_ >= WorkerGeneration::k4_3) stream.PutText(context_->session_id);
    Status status = stream.Flush();
    if (status.ok() || IsWorkerGone(status)) status = ReadOutcome(&stream);
    if (status.ok()) return status;
    status = worker_->Explain(status);
    worker_.reset();  // it has ended, or must
    if (status.IsCancelled()) return status;
    return FunctionRaised("[session: " + context_->session_id + "] [userId: " + context_->user_id +
                          "] Found error inside foreachBatch Python process: " + ReasonOf(status));
  }

 private:
  const PythonContextPtr context_;
  const WorkerGeneration generation_;
  const PythonFunction function_;
  std::unique_ptr<SimpleWorker> worker_;
};

// The program that `headrace submit` runs calls the function itself.
class FunctionInProgram final : public BatchFunction {
 public:
  explicit FunctionInProgram(int socket) : stream_(socket) {}

  Status Open(std::string_view number) {
    stream_.PutText(number);
    return stream_.Flush();
  }

  Status Call(const std::string& dataframe_id, int64_t batch_id,
              const CancellationToken* cancellation) override {
    stream_.set_cancellation(cancellation);
    stream_.PutText(dataframe_id);
    stream_.PutLong(batch_id);
    Status status = stream_.Flush();
    if (status.ok() || IsWorkerGone(status)) status = ReadOutcome(&stream_);
    if (status.ok() || status.IsCancelled()) return status;
    if (IsWorkerGone(status)) {
      return MakeError(ErrorKind::kSpark, "", "The program ended while its function was called.");
    }
    return FunctionRaised("An exception was raised by the Python Proxy. Return Message: " +
                          ReasonOf(status));
  }

 private:
  WorkerStream stream_;
};

}  // namespace

Result<std::unique_ptr<BatchFunction>> StartBatchFunction(PythonContextPtr context,
                                                          const PythonFunction& function) {
  const std::string& path = context->runtime->settings().program_functions;
  if (function.command.starts_with(kInProgram) && !path.empty()) {
    ARROW_ASSIGN_OR_RAISE(const int socket, ConnectUnix(path));
    auto in_program = std::make_unique<FunctionInProgram>(socket);
    ARROW_RETURN_NOT_OK(
        in_program->Open(std::string_view(function.command).substr(kInProgram.size())));
    return in_program;
  }
  ARROW_ASSIGN_OR_RAISE(const PythonInstallation installation,
                        context->runtime->Find(context->interpreter));
  auto in_worker =
      std::make_unique<FunctionInWorker>(std::move(context), installation.generation, function);
  ARROW_RETURN_NOT_OK(in_worker->Start(nullptr));
  return in_worker;
}

}  // namespace headrace

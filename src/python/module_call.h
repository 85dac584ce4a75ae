// One request to one of PySpark's planning modules (data sources, analyze of table functions) and
// its answer, in a worker of the pool.
#pragma once

#include <string>

#include "python/python_runtime.h"
#include "python/worker_pool.h"

namespace headrace {

class ModuleCall {
 public:
  // Puts what every module is told first; the caller puts the rest into the stream.
  // `idle_limit_ms`: how long the worker may be silent; 0: for ever.
  static Result<ModuleCall> Begin(const PythonContext& context, const std::string& module,
                                  const std::string& python_version,
                                  const CancellationToken* cancellation, int64_t idle_limit_ms);

  WorkerStream& stream() { return worker_->stream(); }
  WorkerGeneration generation() const { return worker_->generation(); }

  // Sends what was put; `read` takes in the answer. The worker goes back to the pool. Errors are
  // what the module raised, or why its worker died.
  template <typename Read>
  Status Finish(Read read) {
    Status status = Send();
    if (status.ok()) status = read();
    if (status.ok()) status = ReadEnd();
    if (status.ok() || status.IsCancelled() || worker_ == nullptr) return status;
    return worker_->Explain(status);
  }

  // A traceback may stand wherever a number or a length could.
  Result<int32_t> ReadCount();
  Result<std::string> ReadText();

 private:
  ModuleCall(const PythonContext& context, PythonWorkerPtr worker)
      : context_(&context), worker_(std::move(worker)) {}
  Status Send();
  Status ReadEnd();

  const PythonContext* context_;
  PythonWorkerPtr worker_;
};

}  // namespace headrace

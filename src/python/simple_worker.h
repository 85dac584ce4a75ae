// A Python process that runs one of PySpark's worker modules and speaks with the engine for as long
// as it lives: foreachBatch, listeners.
#pragma once

#include <memory>
#include <string>

#include "python/child_process.h"
#include "python/python_runtime.h"
#include "python/worker_stream.h"

namespace headrace {

class SimpleWorker {
 public:
  // Returns once the process has introduced itself; its module's own protocol follows.
  static Result<std::unique_ptr<SimpleWorker>> Start(const PythonContext& context,
                                                     const std::string& module,
                                                     const CancellationToken* cancellation);
  ~SimpleWorker() { process_->Kill(); }
  // Lets the process work off what it was sent, but not for longer than this.
  void End(int timeout_ms);
  WorkerStream& stream() { return *stream_; }
  // Explains a failed exchange: what killed the process, or what it raised.
  Status Explain(const Status& status);

 private:
  SimpleWorker() = default;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<WorkerStream> stream_;
};

}  // namespace headrace

#include "python/module_call.h"

#include "python/python_error.h"

namespace headrace {

Result<ModuleCall> ModuleCall::Begin(const PythonContext& context, const std::string& module,
                                     const std::string& python_version,
                                     const CancellationToken* cancellation, int64_t idle_limit_ms) {
  ARROW_ASSIGN_OR_RAISE(auto worker, context.runtime->pool().Acquire(context, cancellation));
  WorkerStream& stream = worker->stream();
  stream.set_idle_limit_ms(idle_limit_ms);
  stream.PutText(module);
  stream.PutText(python_version);
  stream.PutText(context.files_directory);
  stream.PutInt(static_cast<int32_t>(context.includes.size()));
  for (const std::string& archive : context.includes) stream.PutText(archive);
  stream.PutBool(false);  // broadcast variables: no decryption,
  stream.PutInt(0);       // none
  if (worker->generation() >= WorkerGeneration::k4_2) stream.PutInt(0);  // configuration
  return ModuleCall(context, std::move(worker));
}

Status ModuleCall::Send() {
  stream().PutInt(kEndOfStream);
  const Status sent = stream().Flush();
  return IsWorkerGone(sent) ? Status::OK() : sent;  // a traceback waits to be read
}

Status ModuleCall::ReadEnd() {
  ARROW_ASSIGN_OR_RAISE(const int32_t accumulators, ReadCount());
  for (int32_t i = 0; i < accumulators; ++i) ARROW_RETURN_NOT_OK(stream().ReadText());
  ARROW_ASSIGN_OR_RAISE(const int32_t end, stream().ReadInt());
  if (end == kEndOfStream) context_->runtime->pool().Return(std::move(worker_));
  return Status::OK();
}

Result<int32_t> ModuleCall::ReadCount() {
  ARROW_ASSIGN_OR_RAISE(const int32_t count, stream().ReadInt());
  if (count >= 0) return count;
  if (count != kPythonException) {
    return Status::IOError("a Python worker answered ", count);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string traceback, stream().ReadText());
  return PythonRaised(traceback);
}

Result<std::string> ModuleCall::ReadText() {
  ARROW_ASSIGN_OR_RAISE(const int32_t length, ReadCount());
  return stream().ReadText(length);
}

}  // namespace headrace

#include "python/simple_worker.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "base/random.h"
#include "python/python_error.h"

namespace headrace {
namespace {

constexpr int kStartMs = 60000;
constexpr int kLookAroundMs = 50;
constexpr int kExitMs = 5000;

// Messages of PySpark's modules to nobody.
bool IsChatter(const std::string& line) {
  return line.starts_with("Streaming foreachBatch worker ") ||
         line.starts_with("Streaming ForeachBatch worker ") ||
         line.starts_with("Streaming query listener worker ");
}

// The session's files before what the server was started with. Tasks of pooled workers name them.
std::string PythonPath(const PythonContext& context) {
  std::string path = context.files_directory;
  for (const std::string& archive : context.includes) {
    path += ":" + context.files_directory + "/" + archive;
  }
  const char* inherited = std::getenv("PYTHONPATH");
  if (inherited != nullptr && *inherited != '\0') path += std::string(":") + inherited;
  return path;
}

}  // namespace

Result<std::unique_ptr<SimpleWorker>> SimpleWorker::Start(const PythonContext& context,
                                                          const std::string& module,
                                                          const CancellationToken* cancellation) {
  ARROW_ASSIGN_OR_RAISE(auto listener, LoopbackListener::Open());
  const std::string secret = Random::System()->Uuid();
  std::map<std::string, std::string> variables = {
      {"PYTHON_WORKER_FACTORY_PORT", std::to_string(listener.port())},
      {"PYTHON_WORKER_FACTORY_SECRET", secret},
      {"SPARK_CONNECT_LOCAL_URL", context.runtime->server_url() + "/;user_id=" + context.user_id}};
  if (!context.files_directory.empty()) variables["PYTHONPATH"] = PythonPath(context);
  auto worker = std::unique_ptr<SimpleWorker>(new SimpleWorker);
  ARROW_ASSIGN_OR_RAISE(worker->process_,
                        ChildProcess::Start(context.Process({"-m", module}, std::move(variables))));
  worker->process_->Forward(
      [print = context.Printer()](const std::string& line) {
        if (!IsChatter(line)) print(line);
      },
      [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); });
  for (int waited = 0; waited < kStartMs; waited += kLookAroundMs) {
    const int socket = listener.Accept(kLookAroundMs);
    if (socket < 0) {
      if (cancellation != nullptr) ARROW_RETURN_NOT_OK(cancellation->Check());
      if (!worker->process_->exit_code()) continue;
      return worker->Explain(WorkerGone());
    }
    worker->stream_ = std::make_unique<WorkerStream>(socket);
    worker->stream_->set_cancellation(cancellation);
    // Anyone on this machine may have connected.
    auto answer = worker->stream_->ReadText();
    if (!answer.ok() || *answer != secret) continue;
    worker->stream_->PutText("ok");
    ARROW_RETURN_NOT_OK(worker->stream_->Flush());
    ARROW_RETURN_NOT_OK(worker->stream_->ReadInt());  // its process id
    return worker;
  }
  return MakeError(ErrorKind::kSpark, "STREAMING_PYTHON_RUNNER_INITIALIZATION_TIMEOUT_FAILURE",
                   "The Python worker process did not connect within " +
                       std::to_string(kStartMs / 1000) + " seconds.");
}

void SimpleWorker::End(int timeout_ms) {
  stream_->EndOutput();
  process_->AwaitExit(timeout_ms);
}

Status SimpleWorker::Explain(const Status& status) {
  if (!IsWorkerGone(status)) return status;
  // A thread of the program may keep a process alive that has given up.
  const bool ended = process_->AwaitExit(kExitMs).has_value();
  const std::string end = ended ? process_->DescribeEnd() : "it closed its connection";
  process_->Kill();
  const std::string errors = process_->AwaitErrors();
  const std::string traceback = LastTraceback(errors);
  return traceback.empty() ? WorkerDied(end, errors) : PythonRaised(traceback);
}

}  // namespace headrace

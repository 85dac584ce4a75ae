#include "python/listener_worker.h"

#include "base/log.h"
#include "python/python_error.h"
#include "python/python_task.h"

namespace headrace {
namespace {

constexpr char kListenerModule[] = "pyspark.sql.connect.streaming.worker.listener_worker";

constexpr int kPatienceMs = 10000;

}  // namespace

Result<std::unique_ptr<ListenerWorker>> ListenerWorker::Start(const PythonContext& context,
                                                              const PythonFunction& listener) {
  auto started = std::unique_ptr<ListenerWorker>(new ListenerWorker);
  ARROW_ASSIGN_OR_RAISE(const PythonInstallation installation,
                        context.runtime->Find(context.interpreter));
  started->answers_ = installation.generation > WorkerGeneration::k3_5;
  ARROW_ASSIGN_OR_RAISE(started->worker_, SimpleWorker::Start(context, kListenerModule, nullptr));
  WorkerStream& stream = started->worker_->stream();
  stream.PutText(listener.python_version);
  stream.PutText(context.session_id);
  stream.PutText(listener.command);
  auto load = [&]() -> Status {
    ARROW_RETURN_NOT_OK(stream.Flush());
    ARROW_ASSIGN_OR_RAISE(const int32_t outcome, stream.ReadInt());
    return CheckMarker(&stream, outcome);
  };
  const Status loaded = load();
  if (!loaded.ok()) return started->worker_->Explain(loaded);
  return started;
}

ListenerWorker::~ListenerWorker() {
  if (worker_ != nullptr) worker_->End(kPatienceMs);
}

void ListenerWorker::Deliver(ListenerEvent event, const std::string& json) {
  if (worker_ == nullptr) return;
  WorkerStream& stream = worker_->stream();
  stream.PutText(json);
  stream.PutInt(static_cast<int32_t>(event));
  Status status = stream.Flush();
  if (status.ok() && answers_) {
    auto outcome = stream.ReadInt();
    status = outcome.ok() ? CheckMarker(&stream, *outcome) : outcome.status();
  }
  if (status.ok()) return;
  LogError("python", "a StreamingQueryListener failed and hears no more events: " +
                         worker_->Explain(status).message());
  worker_.reset();
}

}  // namespace headrace

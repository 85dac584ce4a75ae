// What Python workers are to know of a session.
#include <cstdlib>

#include "session/session_state.h"

namespace headrace {
namespace {

constexpr std::string_view kEnvironmentPrefix = "spark.executorEnv.";

// "512m", "2g"; plain numbers are MiB, as Spark has it. 0: no limit.
int64_t MemoryBytes(const std::string& text) {
  char* unit = nullptr;
  const int64_t number = std::strtoll(text.c_str(), &unit, 10);
  switch (*unit) {
    case 'b':
    case 'B':
      return number;
    case 'k':
    case 'K':
      return number << 10;
    case 'g':
    case 'G':
      return number << 30;
    case 't':
    case 'T':
      return number << 40;
    default:
      return number << 20;
  }
}

// The workers' protocol numbers events otherwise than the listener bus does.
ListenerEvent WorkersEvent(QueryEventType type) {
  switch (type) {
    case QueryEventType::kStarted:
      return ListenerEvent::kStarted;
    case QueryEventType::kProgress:
      return ListenerEvent::kProgress;
    case QueryEventType::kIdle:
      return ListenerEvent::kIdle;
    case QueryEventType::kTerminated:
      break;
  }
  return ListenerEvent::kTerminated;
}

}  // namespace

Result<PythonContextPtr> Session::Impl::Python(const std::string& what) {
  ARROW_RETURN_NOT_OK(engine->python->CheckAllowed(what));
  auto context = std::make_shared<PythonContext>();
  context->runtime = engine->python;
  context->interpreter =
      configuration.Get("spark.pyspark.python").value_or(engine->python->default_interpreter());
  context->user_id = user_id;
  context->session_id = id;
  context->files_directory = files.directory();
  context->includes = files.archives();
  for (const auto& [key, value] : configuration.All()) {
    if (key.starts_with(kEnvironmentPrefix)) {
      context->environment[key.substr(kEnvironmentPrefix.size())] = value;
    }
  }
  for (const char* key :
       {"spark.sql.session.timeZone", "spark.sql.execution.arrow.maxRecordsPerBatch",
        "spark.sql.execution.pandas.convertToArrowArraySafely",
        "spark.sql.execution.pyspark.binaryAsBytes", "spark.sql.python.filterPushdown.enabled"}) {
    if (auto value = configuration.Get(key)) context->configuration[key] = *value;
  }
  if (auto memory = configuration.Get("spark.executor.pyspark.memory")) {
    context->memory_limit_bytes = MemoryBytes(*memory);
  }
  context->idle_limit_ms =
      1000 * configuration.GetInt("spark.sql.execution.pyspark.udf.idleTimeoutSeconds");
  return context;
}

Status Session::AddListener(const std::string& id, const PythonFunction& listener) {
  ARROW_ASSIGN_OR_RAISE(auto context, impl_->Python("StreamingQueryListener"));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<ListenerWorker> worker,
                        ListenerWorker::Start(*context, listener));
  const int handle =
      impl_->queries->AddListener([worker](QueryEventType type, const std::string& json) {
        worker->Deliver(WorkersEvent(type), json);
      });
  std::lock_guard lock(impl_->mutex);
  impl_->listeners[id] = {handle, std::move(worker)};
  return Status::OK();
}

void Session::RemoveListener(const std::string& id) {
  Impl::Listener listener;
  {
    std::lock_guard lock(impl_->mutex);
    const auto node = impl_->listeners.extract(id);
    if (node.empty()) return;
    listener = node.mapped();
  }
  impl_->queries->RemoveListener(listener.handle);
}

std::vector<std::string> Session::ListenerIds() const {
  std::lock_guard lock(impl_->mutex);
  std::vector<std::string> ids;
  for (const auto& [id, listener] : impl_->listeners) ids.push_back(id);
  return ids;
}

}  // namespace headrace

#include "python/python_runtime.h"

#include <cstdio>
#include <cstdlib>

#include "python/worker_environment.h"

namespace headrace {

PythonRuntime::PythonRuntime(PythonSettings settings) : settings_(std::move(settings)) {}

Status PythonRuntime::CheckAllowed(const std::string& what) const {
  if (settings_.allowed) return Status::OK();
  return NotSupported(what, "This server runs no Python code of its clients (--no-python).");
}

std::string PythonRuntime::default_interpreter() const {
  if (!settings_.interpreter.empty()) return settings_.interpreter;
  for (const char* variable : {"PYSPARK_PYTHON", "HEADRACE_PYTHON"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return value;
  }
  return "python3";
}

Result<PythonInstallation> PythonRuntime::Find(const std::string& interpreter) {
  {
    std::lock_guard lock(mutex_);
    const auto found = installations_.find(interpreter);
    if (found != installations_.end()) return found->second;
  }
  ARROW_ASSIGN_OR_RAISE(auto installation, InspectPython(interpreter));
  std::lock_guard lock(mutex_);
  installations_[interpreter] = installation;
  return installation;
}

void PythonRuntime::set_server_url(std::string url) {
  std::lock_guard lock(mutex_);
  server_url_ = std::move(url);
}

std::string PythonRuntime::server_url() const {
  std::lock_guard lock(mutex_);
  return server_url_;
}

ProcessRequest PythonContext::Process(std::vector<std::string> arguments,
                                      std::map<std::string, std::string> variables) const {
  for (const auto& [name, value] : environment) variables[name] = value;
  variables["PYTHONUNBUFFERED"] = "YES";
  variables["SPARK_BUFFER_SIZE"] = "65536";
  variables["SPARK_AUTH_SOCKET_TIMEOUT"] = "15";
  variables["SPARK_PYTHON_RUNTIME"] = "PYTHON_WORKER";
  // Modules of the pure client package look for it when they are imported, and need nothing there.
  const auto installation = runtime->Find(interpreter);
  if (installation.ok() && std::getenv("SPARK_HOME") == nullptr) {
    variables.try_emplace("SPARK_HOME", installation->pyspark_directory);
  }
  arguments.insert(arguments.begin(), interpreter);
  return {std::move(arguments), WorkerEnvironment(variables, runtime->settings().keep_secrets),
          memory_limit_bytes};
}

ChildProcess::LineConsumer PythonContext::Printer() const {
  return [print = runtime->settings().print](const std::string& line) {
    if (print) return print(line + "\n");
    std::fprintf(stdout, "%s\n", line.c_str());
    std::fflush(stdout);
  };
}

}  // namespace headrace

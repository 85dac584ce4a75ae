// What the process knows of Python: whether clients' code may run, which interpreters there are,
// and the workers that wait for work. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "python/python_installation.h"
#include "python/worker_pool.h"

namespace headrace {

struct PythonSettings {
  bool allowed = true;      // false: code of clients is refused by name
  std::string interpreter;  // "": PYSPARK_PYTHON, HEADRACE_PYTHON, python3
  bool keep_secrets = false;
  // A Unix socket behind which the program calls its own functions (submit); "": none.
  std::string program_functions;
  std::function<void(const std::string& line)> print;  // what workers print; null: stdout
};

class PythonRuntime {
 public:
  explicit PythonRuntime(PythonSettings settings = {});

  const PythonSettings& settings() const { return settings_; }
  // UNSUPPORTED_FEATURE naming `what` when no code of clients may run.
  Status CheckAllowed(const std::string& what) const;
  std::string default_interpreter() const;
  // Inspected once.
  Result<PythonInstallation> Find(const std::string& interpreter);
  WorkerPool& pool() { return pool_; }

  // Where workers reach the server: "sc://localhost:15002"; "" until there is one.
  void set_server_url(std::string url);
  std::string server_url() const;

 private:
  const PythonSettings settings_;
  mutable std::mutex mutex_;
  std::string server_url_;
  std::map<std::string, PythonInstallation> installations_;
  WorkerPool pool_;
};

// What of a session a worker depends on; values are fixed when a query is planned.
struct PythonContext {
  std::shared_ptr<PythonRuntime> runtime;
  std::string interpreter;
  std::string user_id, session_id;
  std::map<std::string, std::string> environment;  // spark.executorEnv.*
  std::string files_directory;                     // artifacts; "": none
  std::vector<std::string> includes;               // archives in it that are importable
  std::map<std::string, std::string> configuration;
  int64_t memory_limit_bytes = 0;
  int64_t idle_limit_ms = 0;

  // The process to be started with these arguments of the interpreter.
  ProcessRequest Process(std::vector<std::string> arguments,
                         std::map<std::string, std::string> variables) const;
  // Passes on what workers print; holds no reference to the runtime.
  ChildProcess::LineConsumer Printer() const;
};
using PythonContextPtr = std::shared_ptr<const PythonContext>;

}  // namespace headrace

// Workers of PySpark's daemon: one interpreter that has imported what all need, and forks a worker
// in milliseconds for whoever connects. Workers are used again and again, within one session.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "python/child_process.h"
#include "python/python_installation.h"
#include "python/worker_stream.h"

namespace headrace {

struct PythonContext;
class WorkerDaemon;

// One forked worker, for one task at a time. Dropping it ends the process.
class PythonWorker {
 public:
  PythonWorker(std::shared_ptr<WorkerDaemon> daemon, std::string key, int socket)
      : daemon_(std::move(daemon)), key_(std::move(key)), stream_(socket) {}
  ~PythonWorker();
  WorkerStream& stream() { return stream_; }
  WorkerGeneration generation() const;
  // Explains a failed exchange: what the worker printed before it ended.
  Status Explain(const Status& status);
  // A function has forked and left the child behind.
  bool has_children() const;

 private:
  friend class WorkerPool;
  std::shared_ptr<WorkerDaemon> daemon_;
  std::string key_;
  WorkerStream stream_;
  int32_t pid_ = 0;
};
using PythonWorkerPtr = std::unique_ptr<PythonWorker>;

// Thread-safe.
class WorkerPool {
 public:
  // An idle worker of the session or a new one. The daemon is started if need be.
  Result<PythonWorkerPtr> Acquire(const PythonContext& context,
                                  const CancellationToken* cancellation);
  // A worker that is ready for its next task. It ends if a function has left children behind: they
  // share its socket, and may be copies of it that answer the next task too.
  void Return(PythonWorkerPtr worker);
  // Ends the idle workers of a session.
  void CloseSession(const std::string& session_id);

 private:
  Result<std::shared_ptr<WorkerDaemon>> DaemonFor(const PythonContext& context);
  Result<PythonWorkerPtr> Fork(const std::shared_ptr<WorkerDaemon>& daemon, std::string key,
                               const CancellationToken* cancellation);

  std::mutex mutex_;
  std::mutex starting_;                                           // one daemon at a time
  std::map<std::string, std::shared_ptr<WorkerDaemon>> daemons_;  // by interpreter and environment
  std::list<PythonWorkerPtr> idle_;                               // the longest idle first
};

}  // namespace headrace

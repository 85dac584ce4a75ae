#include "python/worker_pool.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <arrow/util/endian.h>

#include "base/random.h"
#include "python/python_error.h"
#include "python/python_runtime.h"
#include "python/worker_daemon.h"

namespace headrace {
namespace {

constexpr int kStartMs = 60000;
constexpr size_t kIdleWorkers = 16;  // of all sessions

std::string DaemonKey(const PythonContext& context) {
  std::string key = context.interpreter + "\n" + std::to_string(context.memory_limit_bytes);
  for (const auto& [name, value] : context.environment) key += "\n" + name + "=" + value;
  return key;
}

// Modules that one session's functions imported are no business of another's.
std::string WorkerKey(const PythonContext& context) {
  return context.session_id + "\n" + DaemonKey(context);
}

}  // namespace

class WorkerDaemon {
 public:
  static Result<std::shared_ptr<WorkerDaemon>> Start(const PythonContext& context) {
    auto daemon = std::make_shared<WorkerDaemon>();
    ARROW_ASSIGN_OR_RAISE(const PythonInstallation installation,
                          context.runtime->Find(context.interpreter));
    daemon->generation = installation.generation;
    daemon->secret = Random::System()->Uuid();
    // Workers are told their module before each task; those of 3.5, which has no data sources, know
    // one only.
    const char* module =
        daemon->generation > WorkerGeneration::k3_5 ? "pyspark_headrace" : "pyspark.worker";
    ARROW_ASSIGN_OR_RAISE(daemon->process, ChildProcess::Start(context.Process(
                                               {"-c", kWorkerDaemonProgram, module},
                                               {{"PYTHON_WORKER_FACTORY_SECRET", daemon->secret},
                                                {"SPARK_REUSE_WORKER", "1"},
                                                {"PYTHON_UDF_BATCH_SIZE", "100"}})));
    const std::string header = daemon->process->ReadHeader(sizeof(int32_t), kStartMs);
    daemon->process->Forward(context.Printer(), [](const std::string& line) {
      std::fprintf(stderr, "%s\n", line.c_str());
    });
    int32_t port = 0;
    if (header.size() == sizeof port) std::memcpy(&port, header.data(), sizeof port);
    daemon->port = arrow::bit_util::FromBigEndian(port);
    if (daemon->port <= 0 || daemon->port > 65535) {
      // A site module that prints shifts the port number.
      daemon->process->AwaitExit(1000);
      const std::string end = daemon->process->DescribeEnd();
      daemon->process->Kill();
      return WorkerDied("the daemon did not tell its port: " + end, daemon->process->AwaitErrors());
    }
    return daemon;
  }

  std::unique_ptr<ChildProcess> process;
  WorkerGeneration generation = WorkerGeneration::k4_1;
  std::string secret;
  int port = 0;
};

PythonWorker::~PythonWorker() {
  // A worker that reads ends when its socket closes; one that is busy has to be killed. One that
  // has closed its socket is gone, and its id may belong to somebody else.
  ARROW_UNUSED(stream_.Poll());
  if (pid_ > 0 && !stream_.at_end()) ::kill(pid_, SIGKILL);
}

WorkerGeneration PythonWorker::generation() const { return daemon_->generation; }

Status PythonWorker::Explain(const Status& status) {
  if (!IsWorkerGone(status)) return status;
  return WorkerDied("its connection closed", LastTraceback(daemon_->process->last_error_lines()));
}

bool PythonWorker::has_children() const {
  std::error_code gone;
  const std::filesystem::directory_iterator threads("/proc/" + std::to_string(pid_) + "/task",
                                                    gone);
  if (gone) return false;
  return std::any_of(begin(threads), end(threads), [](const auto& thread) {
    std::ifstream children(thread.path() / "children");
    return children.peek() != std::ifstream::traits_type::eof();
  });
}

Result<std::shared_ptr<WorkerDaemon>> WorkerPool::DaemonFor(const PythonContext& context) {
  const std::string key = DaemonKey(context);
  std::lock_guard starting(starting_);
  {
    std::lock_guard lock(mutex_);
    const auto found = daemons_.find(key);
    if (found != daemons_.end() && !found->second->process->exit_code()) return found->second;
  }
  ARROW_ASSIGN_OR_RAISE(auto daemon, WorkerDaemon::Start(context));
  std::lock_guard lock(mutex_);
  daemons_[key] = daemon;
  return daemon;
}

Result<PythonWorkerPtr> WorkerPool::Fork(const std::shared_ptr<WorkerDaemon>& daemon,
                                         std::string key, const CancellationToken* cancellation) {
  ARROW_ASSIGN_OR_RAISE(const int socket, ConnectLoopback(daemon->port));
  auto worker = std::make_unique<PythonWorker>(daemon, std::move(key), socket);
  WorkerStream& stream = worker->stream();
  stream.set_cancellation(cancellation);
  ARROW_ASSIGN_OR_RAISE(const int32_t pid, stream.ReadInt());
  if (pid <= 0) return MakeError(ErrorKind::kSpark, "", "A Python worker could not be forked.");
  worker->pid_ = pid;
  stream.PutText(daemon->secret);
  ARROW_RETURN_NOT_OK(stream.Flush());
  ARROW_ASSIGN_OR_RAISE(const std::string answer, stream.ReadText());
  if (answer != "ok") return Status::IOError("a Python worker refused the connection");
  return worker;
}

Result<PythonWorkerPtr> WorkerPool::Acquire(const PythonContext& context,
                                            const CancellationToken* cancellation) {
  const std::string key = WorkerKey(context);
  std::list<PythonWorkerPtr> dead;
  {
    std::lock_guard lock(mutex_);
    for (auto it = idle_.end(); it != idle_.begin();) {
      --it;
      if ((*it)->key_ != key) continue;
      PythonWorkerPtr worker = std::move(*it);
      it = idle_.erase(it);
      ARROW_UNUSED(worker->stream().Poll());
      const bool answers_unasked = worker->stream().available() > 0;
      if (worker->stream().at_end() || answers_unasked) {
        dead.push_back(std::move(worker));
        continue;
      }
      worker->stream().set_cancellation(cancellation);
      return worker;
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto daemon, DaemonFor(context));
  auto worker = Fork(daemon, key, cancellation);
  if (worker.ok() || worker.status().IsCancelled()) return worker;
  // A daemon that somebody killed is replaced once.
  daemon->process->Kill();
  daemon->process->AwaitExit(kStartMs);
  ARROW_ASSIGN_OR_RAISE(daemon, DaemonFor(context));
  return Fork(daemon, key, cancellation);
}

void WorkerPool::Return(PythonWorkerPtr worker) {
  worker->stream().set_cancellation(nullptr);
  if (worker->has_children()) return;
  PythonWorkerPtr oldest;
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
  if (idle_.size() <= kIdleWorkers) return;
  oldest = std::move(idle_.front());
  idle_.pop_front();
}

void WorkerPool::CloseSession(const std::string& session_id) {
  std::list<PythonWorkerPtr> closed;
  std::lock_guard lock(mutex_);
  for (auto it = idle_.begin(); it != idle_.end();) {
    const auto next = std::next(it);
    if ((*it)->key_.starts_with(session_id + "\n")) closed.splice(closed.end(), idle_, it);
    it = next;
  }
}

}  // namespace headrace

// The process' fixed pool of worker threads, and cancellation.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "base/error.h"

namespace headrace {

// Shared by everything that works for one query or operation; checked once a batch.
class CancellationToken {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  // Cancelled Status when cancelled.
  Status Check() const;

 private:
  std::atomic<bool> cancelled_{false};
};

class TaskPool {
 public:
  virtual ~TaskPool() = default;
  virtual int thread_count() const = 0;
  // Runs all tasks and returns when the last has ended; the first error wins (by index). A single
  // task runs on the calling thread, without a wake-up. Tasks must not call RunAll themselves.
  virtual Status RunAll(std::vector<std::function<Status()>> tasks) = 0;

  static std::shared_ptr<TaskPool> Create(int threads);
  static std::shared_ptr<TaskPool> Process();  // one thread a core
};

}  // namespace headrace

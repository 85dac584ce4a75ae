// Makes snapshots on a thread of its own, one after the other.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.h"
#include "state/state_history.h"

namespace headrace {

class SnapshotThread {
 public:
  ~SnapshotThread() {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  // Calls `write`, then purges what no version from `oldest_needed` on needs.
  void Add(std::function<Status()> write, std::shared_ptr<StateHistory> history,
           int64_t oldest_needed) {
    std::lock_guard guard(mutex_);
    queue_.push_back({std::move(write), std::move(history), oldest_needed});
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    wake_.notify_all();
  }

 private:
  struct Work {
    std::function<Status()> write;
    std::shared_ptr<StateHistory> history;
    int64_t oldest_needed;
  };

  // What is asked for is done, even when the query ends: the next start is the quicker for it.
  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const Work work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      Status status = work.write();
      if (status.ok()) status = work.history->Purge(work.oldest_needed);
      // Without it the state is as safe as before, only slower to load.
      if (!status.ok()) LogWarn("state", "making a snapshot failed: " + status.message());
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace headrace

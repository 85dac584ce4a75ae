#include "base/task_pool.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/exception_boundary.h"

namespace headrace {

Status CancellationToken::Check() const {
  if (!cancelled()) return Status::OK();
  return Status(
      arrow::StatusCode::Cancelled,
      "[OPERATION_CANCELED] The operation was cancelled. SQLSTATE: HY008",
      std::make_shared<ErrorDetail>(ErrorKind::kSql, "OPERATION_CANCELED", ErrorParameters()));
}

namespace {

// The tasks of one RunAll. Threads take them by index until there are none left.
class Job {
 public:
  explicit Job(std::vector<std::function<Status()>> tasks)
      : count_(tasks.size()), tasks_(std::move(tasks)), results_(count_) {}

  void Work() {
    size_t done = 0;
    for (size_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_; ++done) {
      results_[i] = WithoutExceptions(tasks_[i]);
    }
    if (done == 0) return;
    std::lock_guard guard(mutex_);
    done_ += done;
    if (done_ == count_) all_done_.notify_all();
  }

  Status Wait() {
    std::unique_lock lock(mutex_);
    all_done_.wait(lock, [&] { return done_ == count_; });
    // A helper that comes too late may keep this job alive; what the tasks captured must not be.
    tasks_.clear();
    for (Status& result : results_) {
      if (!result.ok()) return std::move(result);
    }
    return Status::OK();
  }

 private:
  const size_t count_;
  std::vector<std::function<Status()>> tasks_;
  std::vector<Status> results_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable all_done_;
  size_t done_ = 0;
};

// The calling thread works too, so a pool of n threads starts n - 1 of its own.
class ThreadedTaskPool : public TaskPool {
 public:
  explicit ThreadedTaskPool(int threads) : thread_count_(std::max(threads, 1)) {
    for (int i = 1; i < thread_count_; ++i) threads_.emplace_back([this] { Help(); });
  }

  ~ThreadedTaskPool() override {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  int thread_count() const override { return thread_count_; }

  Status RunAll(std::vector<std::function<Status()>> tasks) override {
    if (tasks.empty()) return Status::OK();
    if (tasks.size() == 1) return WithoutExceptions(tasks[0]);
    const size_t helpers = std::min(tasks.size() - 1, threads_.size());
    auto job = std::make_shared<Job>(std::move(tasks));
    if (helpers > 0) {
      {
        std::lock_guard guard(mutex_);
        for (size_t i = 0; i < helpers; ++i) queue_.push_back(job);
      }
      helpers == 1 ? wake_.notify_one() : wake_.notify_all();
    }
    job->Work();
    return job->Wait();
  }

 private:
  void Help() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      std::shared_ptr<Job> job = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      job->Work();
      job.reset();
      lock.lock();
    }
  }

  const int thread_count_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

std::shared_ptr<TaskPool> TaskPool::Create(int threads) {
  return std::make_shared<ThreadedTaskPool>(threads);
}

std::shared_ptr<TaskPool> TaskPool::Process() {
  // Never destroyed: its threads may still run when the process exits.
  static const auto* const pool =
      new std::shared_ptr<TaskPool>(Create(static_cast<int>(std::thread::hardware_concurrency())));
  return *pool;
}

}  // namespace headrace

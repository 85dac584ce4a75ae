#include "connect/large_stack_threads.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <pthread.h>

#include "base/log.h"

namespace headrace {
namespace {

constexpr size_t kStackBytes = 64 << 20;
constexpr auto kIdleTime = std::chrono::seconds(10);

}  // namespace

struct LargeStackThreads::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable ended;
  std::deque<std::function<void()>> tasks;
  size_t idle = 0;
  size_t threads = 0;
  bool stopping = false;

  void Work() {
    std::unique_lock lock(mutex);
    for (;;) {
      if (tasks.empty()) {
        ++idle;
        wake.wait_for(lock, kIdleTime, [this] { return !tasks.empty() || stopping; });
        --idle;
        if (tasks.empty()) break;
      }
      auto task = std::move(tasks.front());
      tasks.pop_front();
      lock.unlock();
      task();
      task = nullptr;  // what it holds is let go here, on the large stack
      lock.lock();
    }
    --threads;
    ended.notify_all();
  }

  static void* Enter(void* argument) {
    std::unique_ptr<std::shared_ptr<State>> state(static_cast<std::shared_ptr<State>*>(argument));
    (*state)->Work();
    return nullptr;
  }
};

LargeStackThreads::LargeStackThreads() : state_(std::make_shared<State>()) {}

LargeStackThreads::~LargeStackThreads() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->wake.notify_all();
  state_->ended.wait(lock, [this] { return state_->threads == 0; });
}

void LargeStackThreads::Run(std::function<void()> task) {
  std::lock_guard lock(state_->mutex);
  state_->tasks.push_back(std::move(task));
  if (state_->idle >= state_->tasks.size()) {
    state_->wake.notify_one();
    return;
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  auto* argument = new std::shared_ptr<State>(state_);
  int error = pthread_create(&thread, &attributes, &State::Enter, argument);
  pthread_attr_destroy(&attributes);
  if (error == 0) {
    ++state_->threads;
    return;
  }
  delete argument;
  if (state_->threads == 0) {
    LogError("connect", "The system gives no threads; the server cannot answer requests.");
    std::abort();
  }
  // A thread that becomes free takes the task.
  LogWarn("connect", "The system gives no more threads; a request waits for a running one.");
}

}  // namespace headrace

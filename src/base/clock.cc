#include "base/clock.h"

#include <atomic>
#include <chrono>
#include <list>

namespace headrace {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

class SystemClock : public Clock {
 public:
  int64_t now_us() const override {
    return duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }

  int64_t monotonic_us() const override {
    return duration_cast<microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                 int64_t deadline_us, const std::function<bool()>& ready) override {
    if (deadline_us < 0) {
      condition.wait(lock, ready);
      return true;
    }
    const std::chrono::time_point<std::chrono::system_clock, microseconds> deadline{
        microseconds(deadline_us)};
    return condition.wait_until(lock, deadline, ready);
  }
};

}  // namespace

std::shared_ptr<Clock> Clock::System() {
  static const std::shared_ptr<Clock> clock = std::make_shared<SystemClock>();
  return clock;
}

// Locks are taken in the order `mutex`, then a waiter's own mutex. That is why WaitUntil lets go of
// its caller's lock to register, and why the time itself is atomic.
struct ManualClock::State {
  struct Waiter {
    std::mutex* mutex;
    std::condition_variable* condition;
  };

  std::atomic<int64_t> now_us;
  std::mutex mutex;
  std::list<Waiter> waiters;

  void WakeAll() {
    std::lock_guard guard(mutex);
    for (const Waiter& waiter : waiters) {
      // A waiter that has just read the old time must reach its wait before it is notified.
      std::lock_guard waiting(*waiter.mutex);
      waiter.condition->notify_all();
    }
  }
};

ManualClock::ManualClock(int64_t now_us) : state_(std::make_unique<State>()) {
  state_->now_us = now_us;
}

ManualClock::~ManualClock() = default;

int64_t ManualClock::now_us() const { return state_->now_us; }

int64_t ManualClock::monotonic_us() const { return state_->now_us; }

bool ManualClock::WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                            int64_t deadline_us, const std::function<bool()>& ready) {
  auto expired = [&] { return deadline_us >= 0 && state_->now_us >= deadline_us; };
  if (ready()) return true;
  if (expired()) return false;

  lock.unlock();
  std::list<State::Waiter>::iterator self;
  {
    std::lock_guard guard(state_->mutex);
    self = state_->waiters.insert(state_->waiters.end(), {lock.mutex(), &condition});
  }
  lock.lock();
  condition.wait(lock, [&] { return ready() || expired(); });
  lock.unlock();
  {
    std::lock_guard guard(state_->mutex);
    state_->waiters.erase(self);
  }
  lock.lock();
  return ready();
}

void ManualClock::Advance(int64_t microseconds) {
  state_->now_us += microseconds;
  state_->WakeAll();
}

void ManualClock::Set(int64_t now_us) {
  state_->now_us = now_us;
  state_->WakeAll();
}

}  // namespace headrace

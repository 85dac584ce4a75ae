// Wall-clock time and waiting, replaceable in tests.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace headrace {

// Thread-safe. `now_us` is microseconds since the epoch (UTC); `monotonic_us` never steps back
// and is for durations only.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t now_us() const = 0;
  virtual int64_t monotonic_us() const = 0;
  int64_t now_ms() const { return now_us() / 1000; }

  // Waits on `condition` until `ready()` holds or this clock reads `deadline_us` (wall time;
  // negative: no deadline). `lock` is held on entry, on return, and while `ready` runs. Returns
  // what `ready()` said last.
  virtual bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                         int64_t deadline_us, const std::function<bool()>& ready) = 0;

  static std::shared_ptr<Clock> System();
};

// A clock that moves only when told to. `Advance` wakes all waiters.
class ManualClock : public Clock {
 public:
  explicit ManualClock(int64_t now_us = 0);
  ~ManualClock() override;
  int64_t now_us() const override;
  int64_t monotonic_us() const override;
  bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                 int64_t deadline_us, const std::function<bool()>& ready) override;
  void Advance(int64_t microseconds);
  void Set(int64_t now_us);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace headrace

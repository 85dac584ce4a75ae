#include "base/clock.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(ClockTest, ManualClockReadsWhatItWasTold) {
  ManualClock clock(1'500'000);
  EXPECT_EQ(clock.now_us(), 1'500'000);
  EXPECT_EQ(clock.now_ms(), 1'500);
  clock.Advance(2'000);
  EXPECT_EQ(clock.now_us(), 1'502'000);
  clock.Set(0);
  EXPECT_EQ(clock.now_us(), 0);
}

TEST(ClockTest, WaitEndsAtOnceWhenReadyOrPastTheDeadline) {
  for (const bool manual : {true, false}) {
    ManualClock manual_clock(100);
    Clock& clock = manual ? static_cast<Clock&>(manual_clock) : *Clock::System();
    std::mutex mutex;
    std::condition_variable condition;
    std::unique_lock lock(mutex);
    EXPECT_TRUE(clock.WaitUntil(lock, condition, -1, [] { return true; }));
    EXPECT_FALSE(clock.WaitUntil(lock, condition, 100, [] { return false; }));
    EXPECT_TRUE(lock.owns_lock());
  }
}

TEST(ClockTest, AdvanceWakesWaitersWhoseDeadlineIsReached) {
  ManualClock clock(0);
  std::mutex mutex;
  std::condition_variable condition;
  std::atomic<bool> ended = false;
  std::atomic<int> asked = 0;
  std::thread waiter([&] {
    std::unique_lock lock(mutex);
    EXPECT_FALSE(clock.WaitUntil(lock, condition, 10, [&] {
      ++asked;
      return false;
    }));
    ended = true;
  });
  clock.Advance(9);
  // The waiter asks again each time it is woken; ten microseconds it has not seen.
  while (asked < 2) std::this_thread::yield();
  EXPECT_FALSE(ended);
  clock.Advance(1);
  waiter.join();
  EXPECT_TRUE(ended);
}

TEST(ClockTest, NotifyingTheConditionEndsAnEndlessWait) {
  for (const bool manual : {true, false}) {
    ManualClock manual_clock(100);
    Clock& clock = manual ? static_cast<Clock&>(manual_clock) : *Clock::System();
    std::mutex mutex;
    std::condition_variable condition;
    bool ready = false;
    std::thread waiter([&] {
      std::unique_lock lock(mutex);
      EXPECT_TRUE(clock.WaitUntil(lock, condition, -1, [&] { return ready; }));
    });
    {
      std::lock_guard guard(mutex);
      ready = true;
    }
    condition.notify_all();
    waiter.join();
  }
}

}  // namespace
}  // namespace headrace

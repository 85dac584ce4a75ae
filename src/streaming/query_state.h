// What the query's thread and its observers share: status, failure, the wish to stop, and who
// waits for what. All methods are thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task_pool.h"
#include "streaming/streaming_query.h"

namespace headrace {

class QueryState {
 public:
  explicit QueryState(std::shared_ptr<Clock> clock) : clock_(std::move(clock)) {}

  // For observers.
  QueryStatus status() const;
  bool active() const;
  std::optional<QueryFailure> failure() const;
  void RequestStop();  // cancels the running batch, wakes the loop
  // True once the query has ended; false at the deadline or when `cancelled` says so.
  bool AwaitEnd(std::optional<int64_t> timeout_ms, const CancellationToken* cancelled);
  // Returns when an iteration that began after the call found nothing to do, or the query ended.
  void AwaitIdle();

  // For the loop.
  const CancellationToken& cancellation() const { return cancellation_; }
  bool stopping() const { return cancellation_.cancelled(); }
  void SetMessage(std::string message);
  void SetTriggerActive(bool active);
  void SetDataAvailable(bool available);
  int64_t BeginIteration();
  void EndIteration(int64_t iteration, bool found_nothing);
  // A source may have data: ends SleepUntil.
  void Wake();
  // Sleeps until the deadline (negative: none), a stop, or — if `for_data` — a wake-up.
  void SleepUntil(int64_t deadline_us, bool for_data);
  // From here on the query is not active. Those who wait for that go on with WakeWaiters, so that
  // there is a time between the two for telling everybody else.
  void End(std::optional<QueryFailure> failure);
  void WakeWaiters();

 private:
  std::shared_ptr<Clock> clock_;
  CancellationToken cancellation_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  QueryStatus status_{"Initializing StreamExecution", false, false, true};
  std::optional<QueryFailure> failure_;
  bool ended_ = false;  // those who wait for the end may go on
  bool woken_ = false;
  int64_t iterations_ = 0;  // begun
  int64_t last_idle_iteration_ = -1;
};

}  // namespace headrace

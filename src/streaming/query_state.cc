#include "streaming/query_state.h"

#include <algorithm>
#include <utility>

namespace headrace {
namespace {
// How often a waiting client's cancellation is looked at; nothing else depends on it.
constexpr int64_t kCancellationPollUs = 50000;
}  // namespace

QueryStatus QueryState::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

bool QueryState::active() const {
  std::lock_guard lock(mutex_);
  return status_.is_active;
}

std::optional<QueryFailure> QueryState::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

void QueryState::RequestStop() {
  std::lock_guard lock(mutex_);
  cancellation_.Cancel();
  changed_.notify_all();
}

bool QueryState::AwaitEnd(std::optional<int64_t> timeout_ms, const CancellationToken* cancelled) {
  std::unique_lock lock(mutex_);
  const int64_t deadline_us = timeout_ms ? clock_->now_us() + *timeout_ms * 1000 : -1;
  while (!ended_) {
    if (cancelled && cancelled->cancelled()) return false;
    int64_t until_us = deadline_us;
    if (cancelled) {
      const int64_t poll_us = clock_->now_us() + kCancellationPollUs;
      until_us = deadline_us < 0 ? poll_us : std::min(deadline_us, poll_us);
    }
    clock_->WaitUntil(lock, changed_, until_us, [&] { return ended_; });
    if (deadline_us >= 0 && clock_->now_us() >= deadline_us) break;
  }
  return ended_;
}

void QueryState::AwaitIdle() {
  std::unique_lock lock(mutex_);
  const int64_t begun = iterations_;
  // The loop may sleep without any event to come: have it look once more.
  woken_ = true;
  changed_.notify_all();
  clock_->WaitUntil(lock, changed_, -1, [&] { return ended_ || last_idle_iteration_ >= begun; });
}

void QueryState::SetMessage(std::string message) {
  std::lock_guard lock(mutex_);
  status_.message = std::move(message);
}

void QueryState::SetTriggerActive(bool active) {
  std::lock_guard lock(mutex_);
  status_.is_trigger_active = active;
}

void QueryState::SetDataAvailable(bool available) {
  std::lock_guard lock(mutex_);
  status_.is_data_available = available;
}

int64_t QueryState::BeginIteration() {
  std::lock_guard lock(mutex_);
  woken_ = false;
  return iterations_++;
}

void QueryState::EndIteration(int64_t iteration, bool found_nothing) {
  std::lock_guard lock(mutex_);
  if (!found_nothing) return;
  last_idle_iteration_ = iteration;
  changed_.notify_all();
}

void QueryState::Wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void QueryState::SleepUntil(int64_t deadline_us, bool for_data) {
  std::unique_lock lock(mutex_);
  clock_->WaitUntil(lock, changed_, deadline_us,
                    [&] { return cancellation_.cancelled() || (for_data && woken_); });
}

void QueryState::End(std::optional<QueryFailure> failure) {
  std::lock_guard lock(mutex_);
  status_.message = failure ? "Terminated with exception: " + failure->cause.message() : "Stopped";
  status_.is_trigger_active = false;
  status_.is_data_available = false;
  status_.is_active = false;
  failure_ = std::move(failure);
}

void QueryState::WakeWaiters() {
  std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

}  // namespace headrace

#include "connectors/kafka/patience.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace headrace {

namespace {
using SteadyClock = std::chrono::steady_clock;
constexpr int64_t kSliceUs = 20000;
}  // namespace

Status Patience::Pause(int64_t duration_us) const {
  const auto end = SteadyClock::now() + std::chrono::microseconds(duration_us);
  while (true) {
    ARROW_RETURN_NOT_OK(Check());
    const auto rest = std::chrono::ceil<std::chrono::microseconds>(end - SteadyClock::now());
    if (rest.count() <= 0) return Status::OK();
    std::this_thread::sleep_for(std::min(rest, std::chrono::microseconds(kSliceUs)));
  }
}

Status Patience::Until(const std::function<Result<bool>(Status*)>& ask) const {
  const auto end = SteadyClock::now() + std::chrono::microseconds(timeout_us);
  while (true) {
    Status trouble;
    ARROW_ASSIGN_OR_RAISE(const bool done, ask(&trouble));
    if (done) return Status::OK();
    ARROW_RETURN_NOT_OK(Check());
    if (SteadyClock::now() >= end) return trouble;
    ARROW_RETURN_NOT_OK(Pause(kSliceUs));
  }
}

}  // namespace headrace

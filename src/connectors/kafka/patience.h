// Waiting for brokers: for how long, and no longer than until the query is stopped.
#pragma once

#include <functional>
#include <optional>

#include "base/task_pool.h"

namespace headrace {

struct Patience {
  int64_t timeout_us = 60000000;
  const CancellationToken* cancellation = nullptr;  // null: nobody stops what waits

  // What a single question to a broker may take; whoever stops a query waits for that, too.
  static constexpr int kRequestMs = 1000;

  Status Check() const { return cancellation == nullptr ? Status::OK() : cancellation->Check(); }
  // Sleeps, in slices.
  Status Pause(int64_t duration_us) const;
  // Calls `ask` until it gives true, or an error. False: it may be true later; `*trouble` says why
  // it is not, and is the error once the time is over.
  Status Until(const std::function<Result<bool>(Status* trouble)>& ask) const;
};

}  // namespace headrace

// How often, and how long, to try again when the server cannot be reached.
#pragma once

#include <chrono>

#include <grpcpp/support/status.h>

namespace headrace::client {

struct RetryPolicy {
  std::chrono::milliseconds first_wait{50};
  std::chrono::milliseconds longest_wait{60'000};
  int factor = 4;
  // A server that answered before may come back: about ten minutes, as long as PySpark waits.
  int attempts = 15;
  // One that never answered is more likely not there.
  std::chrono::milliseconds first_contact{5'000};
};

// Whether the same call may succeed later.
bool IsTransient(const grpc::Status& status);

// The waits of one call.
class Retry {
 public:
  explicit Retry(const RetryPolicy& policy) : policy_(policy), wait_(policy.first_wait) {}

  // Sleeps and answers true, or answers false when it is time to give up. `known`: the server has
  // answered this client before.
  bool WaitFor(const grpc::Status& status, bool known);
  // For a failure that is known to be transient.
  bool Wait(bool known);
  // The call got on: start counting anew.
  void Reset();

 private:
  const RetryPolicy& policy_;
  std::chrono::milliseconds wait_;
  std::chrono::milliseconds waited_{0};
  int failures_ = 0;
};

}  // namespace headrace::client

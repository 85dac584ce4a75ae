#include "client/retry_policy.h"

#include <algorithm>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace headrace::client {

bool IsTransient(const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return true;
  if (status.error_code() == grpc::StatusCode::INTERNAL &&
      status.error_message().find("INVALID_CURSOR.DISCONNECTED") != std::string::npos) {
    return true;
  }
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return false;
  return std::any_of(details.details().begin(), details.details().end(), [](const auto& detail) {
    return detail.template Is<google::rpc::RetryInfo>();
  });
}

bool Retry::WaitFor(const grpc::Status& status, bool known) {
  return IsTransient(status) && Wait(known);
}

bool Retry::Wait(bool known) {
  ++failures_;
  if (known ? failures_ > policy_.attempts : waited_ + wait_ > policy_.first_contact) return false;
  std::this_thread::sleep_for(wait_);
  waited_ += wait_;
  wait_ = std::min(wait_ * policy_.factor, policy_.longest_wait);
  // Until there was contact, small steps: a server that is just starting is found quickly.
  if (!known) wait_ = std::min(wait_, std::chrono::milliseconds(500));
  return true;
}

void Retry::Reset() {
  wait_ = policy_.first_wait;
  waited_ = std::chrono::milliseconds(0);
  failures_ = 0;
}

}  // namespace headrace::client

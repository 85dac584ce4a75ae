// Tells the server, in the background, which responses it need not keep any longer.
//
// Nothing depends on the answers, so nobody waits for them but the end of the program's session.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "spark/connect/base.grpc.pb.h"

namespace headrace::client {

class PendingReleases {
 public:
  // Prepares a call's context: authorisation, metadata.
  using Prepare = std::function<void(grpc::ClientContext*)>;

  PendingReleases(spark::connect::SparkConnectService::Stub* stub, Prepare prepare)
      : stub_(stub), prepare_(std::move(prepare)) {}
  // Waits for the calls on their way, each of which has a deadline.
  ~PendingReleases();

  // Everything up to and including that response.
  void ReleaseUntil(const spark::connect::ExecutePlanRequest& operation,
                    const std::string& response_id);
  // The operation itself: it is interrupted if it runs.
  void ReleaseAll(const spark::connect::ExecutePlanRequest& operation);

 private:
  struct Call;
  void Send(std::unique_ptr<Call> call);

  spark::connect::SparkConnectService::Stub* const stub_;
  const Prepare prepare_;
  std::mutex mutex_;
  std::condition_variable none_pending_;
  int pending_ = 0;
};

}  // namespace headrace::client

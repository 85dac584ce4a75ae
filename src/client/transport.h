// The way of messages to an engine: over gRPC, or to the service in this process.
//
// Failures are google.rpc.Status messages in the form that Spark Connect sends (an ErrorInfo with
// the exception's classes and condition among the details). All methods are thread-safe.
#pragma once

#include <functional>

#include "google/rpc/status.pb.h"

#include "client/messages.h"

namespace headrace::client {

class Transport {
 public:
  virtual ~Transport() = default;

  // The engine is in this process, so that it can call functions of the program.
  virtual bool in_process() const { return false; }

  // Takes a response; false ends the call (and the operation) early.
  using ResponseHandler = std::function<bool(const messages::ExecutePlanResponse&)>;

  // Returns when the operation has ended, also if it lasted for hours: a lost stream is found
  // again. Each response is handed over exactly once, in order; the one that tells completion is
  // not.
  virtual google::rpc::Status ExecutePlan(messages::ExecutePlanRequest request,
                                          const ResponseHandler& handler) = 0;
  virtual google::rpc::Status AnalyzePlan(const messages::AnalyzePlanRequest& request,
                                          messages::AnalyzePlanResponse* response) = 0;
  virtual google::rpc::Status Config(const messages::ConfigRequest& request,
                                     messages::ConfigResponse* response) = 0;
  virtual google::rpc::Status Interrupt(const messages::InterruptRequest& request,
                                        messages::InterruptResponse* response) = 0;
  virtual google::rpc::Status ReleaseSession(const messages::ReleaseSessionRequest& request,
                                             messages::ReleaseSessionResponse* response) = 0;
  virtual google::rpc::Status FetchErrorDetails(const messages::FetchErrorDetailsRequest& request,
                                                messages::FetchErrorDetailsResponse* response) = 0;
};

}  // namespace headrace::client

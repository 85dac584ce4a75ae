// A session with an engine: what SparkSession, DataFrame and StreamingQuery hold on to.
//
// Fills in what all requests have in common and turns failures into exceptions. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/messages.h"
#include "client/transport.h"

namespace headrace::client {

struct SessionIdentity {
  std::string session_id;
  std::string user_id;
};

class Connection {
 public:
  Connection(std::shared_ptr<Transport> transport, SessionIdentity identity);

  // `handler` as in Transport.
  void Execute(messages::Plan plan, const Transport::ResponseHandler& handler);
  // Answers the one response with the command's result; an empty one if the command has none.
  messages::ExecutePlanResponse ExecuteCommand(messages::Command command);
  messages::AnalyzePlanResponse Analyze(messages::AnalyzePlanRequest request);
  messages::ConfigResponse Config(messages::ConfigRequest::Operation operation);
  // The ids of the operations interrupted.
  std::vector<std::string> Interrupt(messages::InterruptRequest request);
  // Ends the session; further requests throw.
  void Release();
  bool released() const;
  bool in_process() const { return transport_->in_process(); }

  // Another session by the same way.
  std::shared_ptr<Connection> NewSession() const;

  // Operations that this thread starts carry its tags.
  std::vector<std::string>& tags_of_this_thread() const;

 private:
  template <typename Request>
  void FillIn(Request* request) const;
  template <typename Response>
  void Observe(const Response& response);
  void ThrowIfFailed(const google::rpc::Status& status);

  const std::shared_ptr<Transport> transport_;
  const SessionIdentity identity_;

  mutable std::mutex mutex_;
  // Sent back with each request, so that a restarted server does not pass for the old one.
  std::string server_side_session_id_;
  bool released_ = false;
};

}  // namespace headrace::client

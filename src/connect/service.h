// The Spark Connect service without a transport: plain methods over the protocol's messages.
//
// grpc_server.h puts it on the network; programs that embed the engine call it as it is. Unary
// methods may take as long as the work they stand for and need a large stack for deep plans (see
// threads()). All methods are thread-safe. Failures are Statuses; DescribeError makes of them what
// the protocol sends.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "connect/artifact_upload.h"
#include "connect/large_stack_threads.h"
#include "connect/messages.h"
#include "connect/operation.h"
#include "connect/session_table.h"

namespace google::rpc {
class Status;
}

namespace headrace {

class ConnectService {
 public:
  explicit ConnectService(std::shared_ptr<Engine> engine);
  Engine& engine() { return *engine_; }
  // Interrupts all operations and stops all queries.
  ~ConnectService();

  // The operation runs on a thread of its own until it ends, whatever becomes of the cursor; but
  // one that is not reattachable ends with its cursor.
  Result<std::unique_ptr<ResponseCursor>> ExecutePlan(messages::ExecutePlanRequest request);
  Result<std::unique_ptr<ResponseCursor>> ReattachExecute(messages::ReattachExecuteRequest request);
  Result<messages::ReleaseExecuteResponse> ReleaseExecute(
      const messages::ReleaseExecuteRequest& request);
  Result<messages::InterruptResponse> Interrupt(const messages::InterruptRequest& request);

  Result<messages::AnalyzePlanResponse> AnalyzePlan(const messages::AnalyzePlanRequest& request);
  Result<messages::ConfigResponse> Config(const messages::ConfigRequest& request);

  // Takes the requests of one AddArtifacts call.
  std::unique_ptr<ArtifactUpload> StartUpload();
  Result<messages::ArtifactStatusesResponse> ArtifactStatus(
      const messages::ArtifactStatusesRequest& request);

  Result<messages::ReleaseSessionResponse> ReleaseSession(
      const messages::ReleaseSessionRequest& request);
  Result<messages::FetchErrorDetailsResponse> FetchErrorDetails(
      const messages::FetchErrorDetailsRequest& request);
  Result<messages::CloneSessionResponse> CloneSession(const messages::CloneSessionRequest& request);
  Result<messages::GetStatusResponse> GetStatus(const messages::GetStatusRequest& request);

  // What to send for a failure; the session keeps the rest for FetchErrorDetails.
  google::rpc::Status DescribeError(const SessionKey& key, const Status& status);
  // Threads to call the above from.
  LargeStackThreads& threads() { return *threads_; }
  // Ends all streams, so that a server can shut down.
  void Stop();

 private:
  template <typename Request>
  Result<ConnectSessionPtr> SessionOf(const Request& request);
  void Maintain();

  const std::shared_ptr<Engine> engine_;
  SessionTable sessions_;
  std::unique_ptr<LargeStackThreads> threads_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread maintenance_;
};

template <typename Request>
SessionKey KeyOf(const Request& request) {
  return {request.user_context().user_id(), request.session_id()};
}

}  // namespace headrace

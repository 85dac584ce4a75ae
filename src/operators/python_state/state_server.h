// The socket behind which a worker finds the state of the groups that it works on.
//
// One worker connects, for one task. Its requests are answered by a thread of the server's while
// the caller sends rows and takes results, so nobody else may use the state meanwhile.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "operators/python_state/state_requests.h"

namespace headrace {

class StateServer {
 public:
  // `requests` must outlive the server.
  static Result<std::unique_ptr<StateServer>> Start(StateRequests* requests);
  ~StateServer() { Stop(); }
  int port() const { return listener_.port(); }
  // No request is answered from here on; the state is the caller's again.
  void Stop();

 private:
  StateServer(LoopbackListener listener, StateRequests* requests)
      : listener_(std::move(listener)), requests_(requests) {}
  void Serve();

  LoopbackListener listener_;
  StateRequests* const requests_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::unique_ptr<WorkerStream> stream_;  // guarded until it is set
  std::thread thread_;
};

}  // namespace headrace

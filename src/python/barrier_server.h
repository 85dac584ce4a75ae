// What the functions of a barrier stage ask each other: BarrierTaskContext's barrier() and
// allGather(). Such a stage is one task here, so it has nobody to wait for.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "python/worker_stream.h"

namespace headrace {

class BarrierServer {
 public:
  static Result<std::unique_ptr<BarrierServer>> Start();
  ~BarrierServer();
  // The worker shows `secret` on each connection to `port` of the loopback interface.
  int port() const { return listener_.port(); }
  const std::string& secret() const { return secret_; }

 private:
  explicit BarrierServer(LoopbackListener listener);
  void Serve();
  Status Answer(WorkerStream* stream) const;

  LoopbackListener listener_;
  const std::string secret_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  WorkerStream* stream_ = nullptr;  // the open connection
  std::thread thread_;
};

}  // namespace headrace

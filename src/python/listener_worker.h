// A StreamingQueryListener of a 3.5 client: the object lives in a worker process, which gets the
// events of its session. Clients from 4.0 on run their listeners themselves.
#pragma once

#include <memory>
#include <string>

#include "python/python_function.h"
#include "python/simple_worker.h"

namespace headrace {

enum class ListenerEvent { kStarted = 0, kProgress = 1, kIdle = 2, kTerminated = 3 };

class ListenerWorker {
 public:
  static Result<std::unique_ptr<ListenerWorker>> Start(const PythonContext& context,
                                                       const PythonFunction& listener);
  // Once the listener has seen what was delivered, unless that takes seconds.
  ~ListenerWorker();
  // One at a time. A listener that raised gets nothing more; the log says why.
  void Deliver(ListenerEvent event, const std::string& json);

 private:
  ListenerWorker() = default;
  std::unique_ptr<SimpleWorker> worker_;
  bool answers_ = false;
};

}  // namespace headrace

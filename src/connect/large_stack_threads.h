// Threads for requests: as many as run at once, each with a stack large enough for plans that are
// nested thousands of levels deep (only the touched part takes memory). A thread that has nothing
// to do waits a while for the next task, so that quick requests do not pay for making threads.
#pragma once

#include <functional>
#include <memory>

namespace headrace {

class LargeStackThreads {
 public:
  LargeStackThreads();
  // Waits for the tasks that run.
  ~LargeStackThreads();

  // Never blocks and never queues behind a running task.
  void Run(std::function<void()> task);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace headrace

// The stream of query events that a 4.x client's listeners feed on.
//
// The first command opens the bus: its operation stays open and sends the events of all queries of
// the session. The second command closes it. A start event is not sent but kept until the command
// that started the query takes it into its own answer.
//
// PySpark removes its last listener under the lock that it calls listeners with, and waits for the
// stream's end (clients 4.0 to 4.3): an event that arrives then hangs the program for good. So the
// answer to awaitTermination() and the like follows AwaitDelivery, after which a program may remove
// its listeners safely, and a bus that is being closed sends nothing more.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "connect/operation.h"
#include "streaming/streaming_query.h"

namespace headrace {

class ListenerBus {
 public:
  explicit ListenerBus(std::shared_ptr<Clock> clock) : clock_(std::move(clock)) {}

  // Runs until the bus is closed or the operation ends; at once if the bus is open already.
  Status Serve(QueryManager* queries, Operation* operation);
  void Close();
  // The start event of a run, once; "" without an open bus.
  std::string TakeStartedEvent(const std::string& run_id);
  // Returns when the client's listeners have run for every event posted so far. Not later than
  // a second from now: a listener may be what waits for this very answer.
  void AwaitDelivery();

 private:
  void Accept(QueryEventType type, const std::string& event_json);
  bool WaitForWork();  // false: the bus is being closed
  Status SendEvents(Operation* operation);

  const std::shared_ptr<Clock> clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  QueryManager* queries_ = nullptr;  // null: the bus is not open
  std::shared_ptr<Operation> operation_;
  bool closing_ = false;
  std::deque<messages::StreamingQueryListenerEvent> events_;
  std::map<std::string, std::string> started_;  // by run id
  // A fence is a response without events. The client releases it when it asks for the one after,
  // and thus when its listeners are done with the events before.
  int64_t fences_wanted_ = 0, fences_sent_ = 0;
};

}  // namespace headrace

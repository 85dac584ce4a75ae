// The stream of query events that a 4.x client's listeners feed on.
//
// The first command opens the bus: its operation stays open and sends the events of all queries of
// the session. The second command closes it. A start event is not sent but kept until the command
// that started the query takes it into its own answer.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "connect/operation.h"
#include "streaming/streaming_query.h"

namespace headrace {

class ListenerBus {
 public:
  // Runs until the bus is closed or the operation ends; at once if the bus is open already.
  Status Serve(QueryManager* queries, Operation* operation);
  void Close();
  // The start event of a run, once; "" without an open bus.
  std::string TakeStartedEvent(const std::string& run_id);

 private:
  void Accept(QueryEventType type, const std::string& event_json);
  bool WaitForEvents();  // true: the bus is being closed
  Status SendEvents(Operation* operation);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool closing_ = false;
  std::deque<messages::StreamingQueryListenerEvent> events_;
  std::map<std::string, std::string> started_;  // by run id
};

}  // namespace headrace

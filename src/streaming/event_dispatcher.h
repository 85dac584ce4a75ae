// Delivers query events to listeners in order, off the query's thread, so that a slow listener
// never holds up a batch. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "streaming/streaming_query.h"

namespace headrace {

class EventDispatcher {
 public:
  EventDispatcher() = default;
  ~EventDispatcher();  // delivers what is queued, then ends

  int Add(QueryEventListener listener);
  // What was posted before is delivered first; no call to the listener runs or begins once this
  // has returned. Not to be called by a listener.
  void Remove(int handle);
  // Returns when everything posted before has been delivered. Not to be called by a listener.
  void DeliverAll();
  void Post(QueryEventType type, std::string event_json);
  // On the calling thread, before it returns (the started event).
  void PostNow(QueryEventType type, const std::string& event_json);

 private:
  void Main();
  bool DeliverNext();  // delivery_mutex_ is held; false: nothing was queued
  void Deliver(QueryEventType type, const std::string& event_json);  // delivery_mutex_ is held

  std::mutex delivery_mutex_;  // held while listeners run
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, QueryEventListener> listeners_;
  std::deque<std::pair<QueryEventType, std::string>> events_;
  int next_handle_ = 1;
  bool ending_ = false;
  std::thread thread_;  // started with the first listener
};

}  // namespace headrace

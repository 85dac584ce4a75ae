#include "streaming/event_dispatcher.h"

namespace headrace {

EventDispatcher::~EventDispatcher() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

int EventDispatcher::Add(QueryEventListener listener) {
  std::lock_guard lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { Main(); });
  listeners_[next_handle_] = std::move(listener);
  return next_handle_++;
}

void EventDispatcher::Remove(int handle) {
  std::lock_guard delivery(delivery_mutex_);
  while (DeliverNext()) {
  }
  std::lock_guard lock(mutex_);
  listeners_.erase(handle);
}

void EventDispatcher::DeliverAll() {
  std::lock_guard delivery(delivery_mutex_);
  while (DeliverNext()) {
  }
}

void EventDispatcher::Post(QueryEventType type, std::string event_json) {
  std::lock_guard lock(mutex_);
  if (listeners_.empty()) return;
  events_.emplace_back(type, std::move(event_json));
  changed_.notify_all();
}

void EventDispatcher::PostNow(QueryEventType type, const std::string& event_json) {
  std::lock_guard delivery(delivery_mutex_);
  Deliver(type, event_json);
}

void EventDispatcher::Main() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ending_ || !events_.empty(); });
      if (events_.empty()) return;
    }
    // Taken from the queue and delivered in one go, so that the order holds whoever delivers.
    std::lock_guard delivery(delivery_mutex_);
    DeliverNext();
  }
}

bool EventDispatcher::DeliverNext() {
  std::pair<QueryEventType, std::string> event;
  {
    std::lock_guard lock(mutex_);
    if (events_.empty()) return false;
    event = std::move(events_.front());
    events_.pop_front();
  }
  Deliver(event.first, event.second);
  return true;
}

void EventDispatcher::Deliver(QueryEventType type, const std::string& event_json) {
  std::map<int, QueryEventListener> listeners;
  {
    std::lock_guard lock(mutex_);
    listeners = listeners_;
  }
  for (const auto& [handle, listener] : listeners) listener(type, event_json);
}

}  // namespace headrace

#include "connect/listener_bus.h"

#include <nlohmann/json.hpp>

namespace headrace {

Status ListenerBus::Serve(QueryManager* queries, Operation* operation) {
  {
    std::lock_guard lock(mutex_);
    if (open_) return Status::OK();
    open_ = true;
    closing_ = false;
    events_.clear();
    started_.clear();
  }
  // Interrupting the operation has to end the wait below. The bus outlives the operation: both
  // belong to the session.
  operation->OnInterrupt([this] { Close(); });
  int handle = queries->AddListener(
      [this](QueryEventType type, const std::string& json) { Accept(type, json); });
  messages::ExecutePlanResponse added;
  added.mutable_streaming_query_listener_events_result()->set_listener_bus_listener_added(true);
  Status status = operation->Send(std::move(added));
  while (status.ok() && !WaitForEvents()) status = SendEvents(operation);
  // Removing the listener delivers what happened before the bus was closed.
  queries->RemoveListener(handle);
  if (status.ok()) status = SendEvents(operation);
  std::lock_guard lock(mutex_);
  open_ = false;
  return status;
}

bool ListenerBus::WaitForEvents() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closing_ || !events_.empty(); });
  return closing_;
}

Status ListenerBus::SendEvents(Operation* operation) {
  messages::ExecutePlanResponse response;
  auto* result = response.mutable_streaming_query_listener_events_result();
  {
    std::lock_guard lock(mutex_);
    for (auto& event : events_) *result->add_events() = std::move(event);
    events_.clear();
  }
  return result->events().empty() ? Status::OK() : operation->Send(std::move(response));
}

void ListenerBus::Close() {
  std::lock_guard lock(mutex_);
  closing_ = true;
  changed_.notify_all();
}

std::string ListenerBus::TakeStartedEvent(const std::string& run_id) {
  std::lock_guard lock(mutex_);
  auto node = started_.extract(run_id);
  return node.empty() ? "" : std::move(node.mapped());
}

void ListenerBus::Accept(QueryEventType type, const std::string& event_json) {
  std::lock_guard lock(mutex_);
  if (type == QueryEventType::kStarted) {
    auto json = nlohmann::json::parse(event_json, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.contains("runId")) started_[json["runId"]] = event_json;
    return;
  }
  messages::StreamingQueryListenerEvent event;
  event.set_event_json(event_json);
  event.set_event_type(static_cast<messages::StreamingQueryEventType>(type));
  events_.push_back(std::move(event));
  changed_.notify_all();
}

}  // namespace headrace

#include "connect/listener_bus.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {
constexpr int64_t kLongestDeliveryMs = 1000;
}  // namespace

Status ListenerBus::Serve(QueryManager* queries, Operation* operation) {
  {
    std::lock_guard lock(mutex_);
    if (queries_ != nullptr) return Status::OK();
    queries_ = queries;
    operation_ = operation->shared_from_this();
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
  while (status.ok() && WaitForWork()) status = SendEvents(operation);
  queries->RemoveListener(handle);
  std::lock_guard lock(mutex_);
  queries_ = nullptr;
  operation_.reset();
  changed_.notify_all();
  return status;
}

bool ListenerBus::WaitForWork() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return closing_ || !events_.empty() || fences_sent_ < fences_wanted_; });
  return !closing_;
}

Status ListenerBus::SendEvents(Operation* operation) {
  messages::ExecutePlanResponse response;
  auto* result = response.mutable_streaming_query_listener_events_result();
  int64_t fence;
  bool fence_is_new;
  {
    std::lock_guard lock(mutex_);
    for (auto& event : events_) *result->add_events() = std::move(event);
    events_.clear();
    fence = fences_wanted_;
    fence_is_new = fences_sent_ < fence;
  }
  if (!result->events().empty()) ARROW_RETURN_NOT_OK(operation->Send(std::move(response)));
  if (!fence_is_new) return Status::OK();
  messages::ExecutePlanResponse empty;
  empty.mutable_streaming_query_listener_events_result();
  ARROW_RETURN_NOT_OK(operation->Send(std::move(empty)));
  std::lock_guard lock(mutex_);
  fences_sent_ = fence;
  changed_.notify_all();
  return Status::OK();
}

void ListenerBus::AwaitDelivery() {
  const int64_t deadline_us = clock_->now_us() + kLongestDeliveryMs * 1000;
  QueryManager* queries;
  std::shared_ptr<Operation> operation;
  {
    std::lock_guard lock(mutex_);
    if (queries_ == nullptr || closing_) return;
    queries = queries_;
    operation = operation_;
  }
  queries->DeliverEvents();
  {
    std::unique_lock lock(mutex_);
    const int64_t fence = ++fences_wanted_;
    changed_.notify_all();
    const bool sent = clock_->WaitUntil(lock, changed_, deadline_us, [&] {
      return fences_sent_ >= fence || operation_ != operation;
    });
    if (!sent) return;
  }
  operation->AwaitRelease(deadline_us);
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

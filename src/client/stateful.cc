// GroupState, the state variables and the handle: what functions over groups see.
#include "headrace/stateful.h"

#include "headrace/exceptions.h"

#include "client/exception_factory.h"
#include "client/group_functions.h"

namespace headrace::inline v1 {
namespace {

using client::StateEntry;
using client::StateVariableAccess;

void NeedTimeout(const client::GroupStateContent& content, GroupStateTimeout wanted,
                 const char* call, const char* name, const char* condition) {
  if (content.timeout == wanted) return;
  throw UnsupportedOperationException({.message = std::string(call) +
                                                  " needs GroupStateTimeout::" + name +
                                                  " where the function is given to the groups.",
                                       .condition = condition});
}

void RefuseEmptyList(const std::vector<Row>& values, const std::string& name) {
  if (!values.empty()) return;
  client::ThrowIllegalArgument(
      "ILLEGAL_STATE_STORE_VALUE.EMPTY_LIST_VALUE",
      "The list state " + name + " cannot be given no values at all; use clear().",
      {{"stateName", name}});
}

}  // namespace

bool GroupState::exists() const { return content_->state.has_value(); }
const Row& GroupState::get() const {
  if (!content_->state) {
    throw SparkNoSuchElementException(
        {.message = "The group has no state, or no more: ask exists(), or use getOption()."});
  }
  return *content_->state;
}
std::optional<Row> GroupState::getOption() const { return content_->state; }
void GroupState::update(const Row& state) {
  content_->state = client::Named(state, content_->state_names);
  content_->updated = true;
  content_->removed = false;
}
void GroupState::remove() {
  content_->state.reset();
  content_->updated = false;
  content_->removed = true;
}
bool GroupState::hasTimedOut() const { return content_->timed_out; }

void GroupState::setTimeoutDuration(std::chrono::milliseconds duration) {
  NeedTimeout(*content_, GroupStateTimeout::ProcessingTimeTimeout, "setTimeoutDuration()",
              "ProcessingTimeTimeout", "_LEGACY_ERROR_TEMP_2203");
  if (duration.count() <= 0) {
    client::ThrowIllegalArgument("", "A timeout duration must be positive, not " +
                                         std::to_string(duration.count()) + " ms.");
  }
  content_->timeout_ms = content_->processing_time_ms + duration.count();
}
void GroupState::setTimeoutTimestamp(int64_t timestampMs) {
  NeedTimeout(*content_, GroupStateTimeout::EventTimeTimeout, "setTimeoutTimestamp()",
              "EventTimeTimeout", "_LEGACY_ERROR_TEMP_2205");
  if (timestampMs <= 0) {
    client::ThrowIllegalArgument(
        "", "A timeout timestamp must be positive, not " + std::to_string(timestampMs) + ".");
  }
  if (timestampMs < content_->watermark_ms) {
    client::ThrowIllegalArgument("", "The timeout timestamp " + std::to_string(timestampMs) +
                                         " is earlier than the watermark " +
                                         std::to_string(content_->watermark_ms) + ".");
  }
  content_->timeout_ms = timestampMs;
}
int64_t GroupState::getCurrentWatermarkMs() const {
  if (!content_->has_watermark) {
    throw UnsupportedOperationException(
        {.message = "There is no watermark to tell: call withWatermark() before groupBy().",
         .condition = "_LEGACY_ERROR_TEMP_2204"});
  }
  return content_->watermark_ms;
}
int64_t GroupState::getCurrentProcessingTimeMs() const { return content_->processing_time_ms; }

bool ValueState::exists() const { return get().has_value(); }
std::optional<Row> ValueState::get() const {
  const std::vector<StateEntry> entries = access_->contents().Entries();
  return entries.empty() ? std::nullopt : std::optional(entries[0].value);
}
void ValueState::update(const Row& value) { access_->contents().Set(Row(), value); }
void ValueState::clear() { access_->contents().Clear(); }

bool ListState::exists() const { return access_->contents().HasEntries(); }
std::vector<Row> ListState::get() const {
  std::vector<Row> values;
  for (StateEntry& entry : access_->contents().Entries()) values.push_back(std::move(entry.value));
  return values;
}
void ListState::put(const std::vector<Row>& values) {
  RefuseEmptyList(values, access_->name);
  access_->contents().Clear();
  appendList(values);
}
void ListState::appendValue(const Row& value) { access_->contents().Append(value); }
void ListState::appendList(const std::vector<Row>& values) {
  RefuseEmptyList(values, access_->name);
  for (const Row& value : values) appendValue(value);
}
void ListState::clear() { access_->contents().Clear(); }

bool MapState::exists() const { return access_->contents().HasEntries(); }
std::optional<Row> MapState::getValue(const Row& key) const {
  return access_->contents().Find(key);
}
bool MapState::containsKey(const Row& key) const { return getValue(key).has_value(); }
void MapState::updateValue(const Row& key, const Row& value) {
  access_->contents().Set(key, value);
}
std::vector<std::pair<Row, Row>> MapState::iterator() const {
  std::vector<std::pair<Row, Row>> entries;
  for (StateEntry& entry : access_->contents().Entries()) {
    entries.emplace_back(std::move(entry.key), std::move(entry.value));
  }
  return entries;
}
std::vector<Row> MapState::keys() const {
  std::vector<Row> keys;
  for (StateEntry& entry : access_->contents().Entries()) keys.push_back(std::move(entry.key));
  return keys;
}
std::vector<Row> MapState::values() const {
  std::vector<Row> values;
  for (StateEntry& entry : access_->contents().Entries()) values.push_back(std::move(entry.value));
  return values;
}
void MapState::removeKey(const Row& key) { access_->contents().Remove(key); }
void MapState::clear() { access_->contents().Clear(); }

ValueState StatefulProcessorHandle::getValueState(const std::string& name,
                                                  const std::string& schema,
                                                  std::optional<TTLConfig> ttl) const {
  return ValueState(context_->Declare(StateVariableAccess::Kind::kValue, name, "", schema, ttl));
}
ListState StatefulProcessorHandle::getListState(const std::string& name, const std::string& schema,
                                                std::optional<TTLConfig> ttl) const {
  return ListState(context_->Declare(StateVariableAccess::Kind::kList, name, "", schema, ttl));
}
MapState StatefulProcessorHandle::getMapState(const std::string& name, const std::string& keySchema,
                                              const std::string& valueSchema,
                                              std::optional<TTLConfig> ttl) const {
  return MapState(
      context_->Declare(StateVariableAccess::Kind::kMap, name, keySchema, valueSchema, ttl));
}

void StatefulProcessorHandle::deleteIfExists(const std::string& name) const {
  context_->Delete(name);
}

void StatefulProcessorHandle::registerTimer(int64_t expiryTimestampMs) const {
  context_->Timers("register_timer").contents().AddTimer(expiryTimestampMs);
  ++context_->registered_timers;
}
void StatefulProcessorHandle::deleteTimer(int64_t expiryTimestampMs) const {
  context_->Timers("delete_timer").contents().RemoveTimer(expiryTimestampMs);
  ++context_->deleted_timers;
}
std::vector<int64_t> StatefulProcessorHandle::listTimers() const {
  std::vector<int64_t> times;
  for (const StateEntry& timer : context_->Timers("list_timers").contents().Entries()) {
    times.push_back(timer.time_ms);
  }
  return times;
}

std::vector<Row> StatefulProcessor::handleExpiredTimer(const Row&, const TimerValues&,
                                                       const ExpiredTimerInfo&) {
  return {};
}
void StatefulProcessor::handleInitialState(const Row&, const Row&, const TimerValues&) {}

}  // namespace headrace::inline v1

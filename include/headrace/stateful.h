// Functions of your own over the groups of a stream, with state that is kept from batch to batch:
// GroupedData::flatMapGroupsWithState(), mapGroupsWithState() and transformWithState().
//
// They run where the engine runs, so only in sessions of an engine in this process. Groups are
// called from several threads at once, but never one group, and never one StatefulProcessor.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "headrace/row.h"

namespace headrace::client {
struct GroupStateContent;
class StateVariableAccess;
class StatefulProcessorContext;
}  // namespace headrace::client

namespace headrace::inline v1 {

enum class GroupStateTimeout { NoTimeout, ProcessingTimeTimeout, EventTimeTimeout };
enum class TimeMode { None, ProcessingTime, EventTime };

// The state of one group during one call of a function. Times are milliseconds since the epoch.
class GroupState {
 public:
  explicit GroupState(client::GroupStateContent* content) : content_(content) {}

  bool exists() const;
  // SparkNoSuchElementException if there is no state.
  const Row& get() const;
  std::optional<Row> getOption() const;
  void update(const Row& state);
  void remove();

  // The call was made because the timeout has come, without rows.
  bool hasTimedOut() const;
  // A timeout holds until the next call of the group only; without one, there is none.
  void setTimeoutDuration(std::chrono::milliseconds duration);  // ProcessingTimeTimeout
  void setTimeoutTimestamp(int64_t timestampMs);                // EventTimeTimeout
  int64_t getCurrentWatermarkMs() const;
  int64_t getCurrentProcessingTimeMs() const;

 private:
  client::GroupStateContent* content_;
};

// Called once a micro-batch for each group that has rows, with all of them, and for groups whose
// timeout has come, with none. What they return is output.
using FlatMapGroupsFunction = std::function<std::vector<Row>(
    const Row& key, const std::vector<Row>& rows, GroupState& state)>;
using MapGroupsFunction =
    std::function<Row(const Row& key, const std::vector<Row>& rows, GroupState& state)>;

// State variables of a StatefulProcessor, each made once, in init(). They hold what belongs to the
// group that is being handled.
class ValueState {
 public:
  ValueState() = default;
  explicit ValueState(std::shared_ptr<client::StateVariableAccess> access)
      : access_(std::move(access)) {}

  bool exists() const;
  std::optional<Row> get() const;
  void update(const Row& value);
  void clear();

 private:
  std::shared_ptr<client::StateVariableAccess> access_;
};

class ListState {
 public:
  ListState() = default;
  explicit ListState(std::shared_ptr<client::StateVariableAccess> access)
      : access_(std::move(access)) {}

  bool exists() const;
  std::vector<Row> get() const;
  void put(const std::vector<Row>& values);  // instead of what is there
  void appendValue(const Row& value);
  void appendList(const std::vector<Row>& values);
  void clear();

 private:
  std::shared_ptr<client::StateVariableAccess> access_;
};

class MapState {
 public:
  MapState() = default;
  explicit MapState(std::shared_ptr<client::StateVariableAccess> access)
      : access_(std::move(access)) {}

  bool exists() const;
  std::optional<Row> getValue(const Row& key) const;
  bool containsKey(const Row& key) const;
  void updateValue(const Row& key, const Row& value);
  std::vector<std::pair<Row, Row>> iterator() const;
  std::vector<Row> keys() const;
  std::vector<Row> values() const;
  void removeKey(const Row& key);
  void clear();

 private:
  std::shared_ptr<client::StateVariableAccess> access_;
};

// How long a value (an element, an entry) is kept after it was written; TimeMode::ProcessingTime.
struct TTLConfig {
  std::chrono::milliseconds duration;
};

// What a processor may ask the engine for.
class StatefulProcessorHandle {
 public:
  StatefulProcessorHandle() = default;
  explicit StatefulProcessorHandle(std::shared_ptr<client::StatefulProcessorContext> context)
      : context_(std::move(context)) {}

  // Only in init(). Schemas are DDL text: "count BIGINT".
  ValueState getValueState(const std::string& name, const std::string& schema,
                           std::optional<TTLConfig> ttl = std::nullopt) const;
  ListState getListState(const std::string& name, const std::string& schema,
                         std::optional<TTLConfig> ttl = std::nullopt) const;
  MapState getMapState(const std::string& name, const std::string& keySchema,
                       const std::string& valueSchema,
                       std::optional<TTLConfig> ttl = std::nullopt) const;

  // Only in init(): drops a variable of an earlier run with all that every group has in it.
  // Declared again after that, it begins empty with each micro-batch.
  void deleteIfExists(const std::string& name) const;

  // Timers of the group that is being handled: milliseconds since the epoch, of the processing time
  // or the watermark as the TimeMode says. A group has many; registering one twice is once.
  void registerTimer(int64_t expiryTimestampMs) const;
  void deleteTimer(int64_t expiryTimestampMs) const;
  std::vector<int64_t> listTimers() const;

 private:
  std::shared_ptr<client::StatefulProcessorContext> context_;
};

struct TimerValues {
  int64_t currentProcessingTimeInMs = 0;
  int64_t currentWatermarkInMs = 0;

  int64_t getCurrentProcessingTimeInMs() const { return currentProcessingTimeInMs; }
  int64_t getCurrentWatermarkInMs() const { return currentWatermarkInMs; }
};

struct ExpiredTimerInfo {
  int64_t expiryTimeInMs = 0;

  int64_t getExpiryTimeInMs() const { return expiryTimeInMs; }
};

// What transformWithState() calls. There is a processor for each partition of a running query; it
// lives as long as the query, and its members must hold nothing but state variables, since a batch
// may be run again.
class StatefulProcessor {
 public:
  virtual ~StatefulProcessor() = default;

  // Makes the state variables. Also called when the query is started, to learn their names and
  // schemas.
  virtual void init(const StatefulProcessorHandle& handle) = 0;
  // All rows of a group in this micro-batch; what is returned is output.
  virtual std::vector<Row> handleInputRows(const Row& key, const std::vector<Row>& rows,
                                           const TimerValues& timerValues) = 0;
  // A timer has come: after the rows of all groups, in the order of the timers.
  virtual std::vector<Row> handleExpiredTimer(const Row& key, const TimerValues& timerValues,
                                              const ExpiredTimerInfo& expiredTimerInfo);
  // A row of the initial state, before the first micro-batch's rows.
  virtual void handleInitialState(const Row& key, const Row& initialState,
                                  const TimerValues& timerValues);
  virtual void close() {}
};

using StatefulProcessorFactory = std::function<std::unique_ptr<StatefulProcessor>()>;

}  // namespace headrace::inline v1

// Functions of the program over groups, on their way to the engine in this process.
//
// A message carries a token; the engine's side finds the function by it. Tokens are random and hold
// as long as a DataFrame refers to the function: nobody outside this process can name one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "headrace/stateful.h"

namespace headrace::client {

// One of the three is set.
struct GroupFunctionOfProgram {
  FlatMapGroupsFunction flat_map = nullptr;
  MapGroupsFunction map = nullptr;
  StatefulProcessorFactory make_processor = nullptr;
};

class FunctionToken {
 public:
  explicit FunctionToken(GroupFunctionOfProgram function);
  ~FunctionToken();
  FunctionToken(const FunctionToken&) = delete;
  FunctionToken& operator=(const FunctionToken&) = delete;

  const std::string& text() const { return text_; }

 private:
  const std::string text_;
};

// Null for an unknown token.
std::shared_ptr<const GroupFunctionOfProgram> FindGroupFunction(const std::string& token);

// Of the rows that the program gives without names.
using ColumnNames = std::shared_ptr<const std::vector<std::string>>;
Row Named(const Row& row, const ColumnNames& names);

// What a GroupState shows and notes down.
struct GroupStateContent {
  std::optional<Row> state;
  bool removed = false;
  bool updated = false;
  GroupStateTimeout timeout = GroupStateTimeout::NoTimeout;
  int64_t timeout_ms = -1;
  bool timed_out = false;
  bool has_watermark = false;
  int64_t watermark_ms = 0;
  int64_t processing_time_ms = 0;
  ColumnNames state_names;
};

// A value, an element, an entry of a map, or a timer (its time only).
struct StateEntry {
  Row key;
  Row value;
  int64_t time_ms = 0;  // when it expires, or fires
};

// What the group at hand has of a variable; the engine's side implements it.
class StateContents {
 public:
  virtual ~StateContents() = default;
  // Without what has expired; timers by time.
  virtual std::vector<StateEntry> Entries() = 0;
  virtual bool HasEntries() = 0;
  virtual std::optional<Row> Find(const Row& key) = 0;  // of a map
  // A value has no key.
  virtual void Set(const Row& key, const Row& value) = 0;
  virtual void Append(const Row& value) = 0;  // to a list
  virtual void Remove(const Row& key) = 0;    // from a map
  virtual void AddTimer(int64_t time_ms) = 0;
  virtual void RemoveTimer(int64_t time_ms) = 0;
  virtual void Clear() = 0;
};

// One state variable of a processor.
class StateVariableAccess {
 public:
  enum class Kind { kValue, kList, kMap, kTimers };

  StateVariableAccess(Kind kind, std::string name, std::string key_schema, std::string schema,
                      int64_t ttl_ms)
      : kind(kind),
        name(std::move(name)),
        key_schema(std::move(key_schema)),
        schema(std::move(schema)),
        ttl_ms(ttl_ms) {}

  const Kind kind;
  const std::string name, key_schema, schema;  // DDL
  const int64_t ttl_ms;                        // 0: none

  // Of the group at hand; throws if there is none.
  StateContents& contents() const;
  // Set by the engine's side; null: no group is being handled.
  StateContents* engine_contents = nullptr;
};

// What a StatefulProcessorHandle leads to.
class StatefulProcessorContext {
 public:
  explicit StatefulProcessorContext(TimeMode time_mode) : time_mode(time_mode) {}

  const TimeMode time_mode;
  bool in_init = true;
  std::vector<std::shared_ptr<StateVariableAccess>> variables;
  std::vector<std::string> deleted;
  std::shared_ptr<StateVariableAccess> timers;  // set if the time mode has timers
  int64_t registered_timers = 0, deleted_timers = 0;

  std::shared_ptr<StateVariableAccess> Declare(StateVariableAccess::Kind kind,
                                               const std::string& name, std::string key_schema,
                                               std::string schema, std::optional<TTLConfig> ttl);
  void Delete(const std::string& name);
  // STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_TIME_MODE without timers.
  StateVariableAccess& Timers(const std::string& operation) const;
};

}  // namespace headrace::client

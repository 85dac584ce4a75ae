// A function over the groups of a stream that keeps state: what flatMapGroupsWithState(),
// applyInPandasWithState() and transformWithState() run.
//
// The engine hands over batches of whole groups and stores what the function makes of their state.
// The function may be C++ of the embedding program or a worker process of another language.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "base/task_pool.h"
#include "connector/sink.h"
#include "types/spark_type.h"

namespace headrace {

// A column family of the state: a row a group. An operator's variables have stores of their names.
struct GroupVariable {
  enum class Kind {
    kValue,     // the fields; with a time to live: `value` (a struct), ttlExpirationMs
    kList,      // `list`: of structs of the fields, or of (value, ttlExpirationMs)
    kMap,       // `map`: a list of structs (key, value), or of (key, value, ttlExpirationMs)
    kTimers,    // `timestamps`: a list of milliseconds; made by the engine
    kTimeouts,  // groupState, timeoutTimestamp (milliseconds, -1: none)
  };
  std::string name;
  Kind kind = Kind::kValue;
  SchemaPtr schema;    // of the stored row
  int64_t ttl_ms = 0;  // 0: kept for ever
};
inline constexpr char kTtlExpirationField[] = "ttlExpirationMs";

// A value, list or map as a program declares it; `key` is a map's.
GroupVariable DeclareVariable(GroupVariable::Kind kind, std::string name, const SchemaPtr& key,
                              const SchemaPtr& value, int64_t ttl_ms);

// Groups that are handed over together; none occurs twice.
struct GroupBatch {
  enum class Call {
    kRows,          // groups with rows
    kTimers,        // groups whose timer or timeout has come
    kInitialState,  // groups with rows of the initial state
  };
  Call call = Call::kRows;
  std::shared_ptr<arrow::RecordBatch> keys;  // a row a group
  std::shared_ptr<arrow::RecordBatch> rows;  // the groups' rows, one group after the other
  std::vector<int64_t> begins;               // the first row of each group, and the end
  std::vector<int64_t> timers_ms;            // kTimers of transformWithState: which has come
  int64_t processing_time_ms = 0;
  int64_t watermark_ms = 0;
  bool has_watermark = false;
  int partition = 0;
  const CancellationToken* cancellation = nullptr;  // null: none
};

// The state of the groups of a GroupBatch.
class GroupStates {
 public:
  virtual ~GroupStates() = default;
  // Row i is group i's as it was last put, nulls where there is none: found[i] tells.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Get(int variable,
                                                          std::vector<uint8_t>* found) = 0;
  // Row i is stored for groups[i].
  virtual Status Put(int variable, const std::vector<uint32_t>& groups,
                     const arrow::RecordBatch& values) = 0;
  virtual Status Remove(int variable, const std::vector<uint32_t>& groups) = 0;
};

// One partition's function; called by one thread at a time.
class GroupProcessor {
 public:
  virtual ~GroupProcessor() = default;
  // About how many rows it likes to get at once; 0: as many as operators hand over anyway.
  virtual int64_t preferred_rows() const { return 0; }
  // Appends the rows of output, of the call's output schema.
  virtual Status Process(const GroupBatch& groups, GroupStates* states,
                         std::vector<std::shared_ptr<arrow::RecordBatch>>* output) = 0;
};

struct GroupFunctionCall;

// Makes processors. Thread-safe.
class GroupFunction {
 public:
  virtual ~GroupFunction() = default;
  // The state that the function keeps in a transformWithState; asked once, when a query is planned.
  virtual Result<std::vector<GroupVariable>> Variables(const GroupFunctionCall& call) const = 0;
  // Is it the first batch that fails, and not the start, if Variables does?
  virtual bool fails_with_first_batch() const { return false; }
  virtual Result<std::unique_ptr<GroupProcessor>> Make(
      std::shared_ptr<const GroupFunctionCall> call) const = 0;
};

// A function and how a query calls it.
struct GroupFunctionCall {
  enum class Kind {
    kMapGroupsWithState,
    kFlatMapGroupsWithState,
    kApplyInPandasWithState,
    kTransformWithState
  };
  enum class Timeout { kNone, kProcessingTime, kEventTime };

  std::shared_ptr<const GroupFunction> function;
  std::string name;           // for people
  std::string operator_name;  // of its state; "": that of the kind
  Kind kind = Kind::kFlatMapGroupsWithState;
  OutputMode output_mode = OutputMode::kAppend;
  Timeout timeout = Timeout::kNone;  // transformWithState: its time mode
  SchemaPtr output_schema;
  SchemaPtr state_schema;         // of a group's state; null for transformWithState
  std::string event_time_column;  // of the output; "" if none
  // Set by the analyser.
  SchemaPtr key_schema, row_schema;
  std::vector<int> key_positions;  // of each key among the rows' columns; -1: it is computed
  bool has_watermark = false;      // the input has an event-time column
  SchemaPtr initial_schema;        // null: no initial state
  std::vector<int> initial_key_positions;  // as key_positions
  // Set by the physical planner; the last is kTimers if the time mode has timers.
  std::vector<GroupVariable> variables;

  // Is there a watermark for the operators above?
  bool gives_watermark() const {
    return kind == Kind::kTransformWithState && timeout != Timeout::kProcessingTime;
  }
};

// "transformWithState", as programs call it.
const char* NameOf(GroupFunctionCall::Kind kind);

}  // namespace headrace

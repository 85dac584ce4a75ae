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

// A column family of the state. An operator's variables have stores of their names.
struct GroupVariable {
  // What a group has, and the columns of an entry: `fields` are those that the program declares,
  // or, with a time to live, `value` (a struct of them) and ttlExpirationMs.
  enum class Kind {
    kValue,     // one entry: the fields
    kList,      // entries in the order in which they were appended: the fields
    kMap,       // an entry a key: `key` (a struct); `value` (a struct), perhaps ttlExpirationMs
    kTimers,    // an entry a timer: expiryTimestampMs; made by the engine
    kTimeouts,  // one entry: groupState, timeoutTimestamp (milliseconds, -1: none)
  };
  std::string name;
  Kind kind = Kind::kValue;
  SchemaPtr schema;    // of an entry
  int64_t ttl_ms = 0;  // 0: kept for ever
  bool reset = false;  // deleted, then declared again: each batch begins without entries
};
inline constexpr char kTtlExpirationField[] = "ttlExpirationMs";
// May a group have several entries?
inline bool HasEntries(GroupVariable::Kind kind) {
  return kind == GroupVariable::Kind::kList || kind == GroupVariable::Kind::kMap ||
         kind == GroupVariable::Kind::kTimers;
}

// A value, list or map as a program declares it; `key` is a map's.
GroupVariable DeclareVariable(GroupVariable::Kind kind, std::string name, const SchemaPtr& key,
                              const SchemaPtr& value, int64_t ttl_ms);
// What a program declares of its state, and what it wants to be gone.
struct DeclaredVariables {
  std::vector<GroupVariable> variables;
  std::vector<std::string> deleted;

  // The program's deleteIfExists(): what is declared before is not, what is after begins empty.
  void Delete(const std::string& name);
  void Add(GroupVariable variable);
};
// The timers of an operator.
GroupVariable TimersVariable(std::string name);

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
  using Batch = std::shared_ptr<arrow::RecordBatch>;

  virtual ~GroupStates() = default;
  // Of what has one entry: row i is group i's, nulls where there is none: found[i] tells.
  virtual Result<Batch> Get(int variable, std::vector<uint8_t>* found) = 0;
  // Of what may have several: those of group i are the rows from begins[i] to begins[i + 1].
  // Elements of lists stand in their order, timers by time, entries of maps by their encoded keys
  // (types/row_encoding.h), which is Spark's order for keys of one column.
  virtual Result<Batch> Entries(int variable, std::vector<int64_t>* begins) = 0;
  // Which groups have any entries: found without reading them.
  virtual Status Has(int variable, std::vector<uint8_t>* has) = 0;
  // Of a map: row i is what groups[i] has under the key keys[i], nulls where that is nothing.
  virtual Result<Batch> Find(int variable, const std::vector<uint32_t>& groups,
                             const std::shared_ptr<arrow::Array>& keys,
                             std::vector<uint8_t>* found) = 0;
  // Row i is for groups[i]: instead of the entry that there is, or that has its key; after all
  // other elements of a list.
  virtual Status Put(int variable, const std::vector<uint32_t>& groups,
                     const arrow::RecordBatch& entries) = 0;
  // What groups[i] has under keys[i]: of maps and, by their times, timers.
  virtual Status RemoveKeys(int variable, const std::vector<uint32_t>& groups,
                            const std::shared_ptr<arrow::Array>& keys) = 0;
  // All that the groups have.
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
  virtual Result<DeclaredVariables> Variables(const GroupFunctionCall& call) const = 0;
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
  std::vector<std::string> deleted_variables;  // that are not in `variables`

  // Is there a watermark for the operators above?
  bool gives_watermark() const {
    return kind == Kind::kTransformWithState && timeout != Timeout::kProcessingTime;
  }
};

// "transformWithState", as programs call it.
const char* NameOf(GroupFunctionCall::Kind kind);

}  // namespace headrace

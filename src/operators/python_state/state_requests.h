// What a worker asks of the state of transformWithState, and the answers.
//
// A StatefulProcessor in a worker process sees its variables and timers through messages
// (StateMessage.proto of PySpark), one group at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "operators/python_state/python_variable.h"
#include "operators/python_state/state_answers.h"
#include "python/python_installation.h"
#include "python/worker_stream.h"

namespace headrace {

// One task's requests. With variables: the processor works on groups. Without: it is only asked
// what it declares.
class StateRequests {
 public:
  // `zone`: the session's, of timestamps in Arrow.
  StateRequests(const GroupFunctionCall* call, WorkerGeneration generation, std::string zone);
  // `variables` are those of the call, begun for `groups`. Both outlive this.
  Status Begin(std::vector<std::unique_ptr<PythonVariable>>* variables, const GroupBatch* groups);

  // Reads one request and puts its answer into the stream, which is flushed. An error ends the
  // conversation.
  Status AnswerNext(WorkerStream* stream);

  const DeclaredVariables& declared() const { return declared_; }
  // Why the state itself could not be read; the worker knows the text only.
  const Status& failure() const { return failure_; }

 private:
  // What is left of an iteration: later changes do not show in it.
  struct Iteration {
    std::vector<StateItem> items;
    size_t next = 0;
  };
  enum class Part { kElements, kTimers, kValues, kKeys, kEntries };

  Status Answer(const state_messages::StateRequest& request, WorkerStream* stream);
  Status AnswerProcessor(const state_messages::StatefulProcessorCall& call, WorkerStream* stream);
  Status AnswerTimers(const state_messages::TimerStateCallCommand& call, WorkerStream* stream);
  Status AnswerExpired(const state_messages::TimerRequest& request, WorkerStream* stream);
  Status AnswerValue(const state_messages::ValueStateCall& call, WorkerStream* stream);
  Status AnswerList(const state_messages::ListStateCall& call, WorkerStream* stream);
  Status AnswerMap(const state_messages::MapStateCall& call, WorkerStream* stream);
  Status SetKey(const std::string& pickle);

  Status Declare(GroupVariable::Kind kind, const state_messages::StateCallCommand& command);
  Status CheckTimers(const std::string& operation) const;
  Result<PythonVariable*> Find(GroupVariable::Kind kind, const std::string& name);
  Result<size_t> Group() const;

  // state_iterations.cc: several items in one answer. Workers of 4.0 speak Arrow there.
  bool in_arrow() const { return generation_ == WorkerGeneration::k4_0; }
  Status AnswerItems(const std::string& id, PythonVariable* variable, Part part,
                     WorkerStream* stream);
  Status PutItems(const std::vector<StateItem>& items, bool more, PythonVariable* variable,
                  Part part, WorkerStream* stream) const;
  Status PutItemsInArrow(const std::vector<StateItem>& items, PythonVariable* variable, Part part,
                         WorkerStream* stream) const;
  Status PutExpired(WorkerStream* stream) const;
  static Result<BatchPtr> ReadRows(const SchemaPtr& schema, WorkerStream* stream);

  const GroupFunctionCall* const call_;
  const WorkerGeneration generation_;
  const std::string zone_;
  DeclaredVariables declared_;
  std::vector<std::unique_ptr<PythonVariable>>* variables_ = nullptr;
  const GroupBatch* groups_ = nullptr;
  state_messages::HandleState handle_ = state_messages::CREATED;

  EncodedRows keys_;                                        // of the groups
  absl::flat_hash_map<std::string_view, size_t> group_of_;  // of keys_
  StateRows asked_keys_;
  int64_t group_ = -1;  // -1: none
  std::map<std::string, Iteration> iterations_;
  bool expired_given_ = false;
  Status failure_;
};

}  // namespace headrace

#include "operators/python_state/state_requests.h"

#include <utility>

#include "operators/python_state/state_answers.h"

namespace headrace {
namespace {

using Kind = GroupVariable::Kind;
namespace messages = state_messages;

const char* Title(Kind kind) {
  switch (kind) {
    case Kind::kList:
      return "List";
    case Kind::kMap:
      return "Map";
    default:
      return "Value";
  }
}

const char* OperationName(Kind kind) {
  switch (kind) {
    case Kind::kList:
      return "get_list_state";
    case Kind::kMap:
      return "get_map_state";
    default:
      return "get_value_state";
  }
}

const char* TimeModeName(GroupFunctionCall::Timeout timeout) {
  switch (timeout) {
    case GroupFunctionCall::Timeout::kNone:
      return "None";
    case GroupFunctionCall::Timeout::kProcessingTime:
      return "ProcessingTime";
    case GroupFunctionCall::Timeout::kEventTime:
      break;
  }
  return "EventTime";
}

Status Refused(std::string condition, std::string text, ErrorParameters parameters = {}) {
  return MakeError(ErrorKind::kUnsupportedOperation, std::move(condition), std::move(text),
                   std::move(parameters));
}

void PutFine(WorkerStream* stream) { PutStatus(kFine, "", stream); }

void PutValue(std::string pickle, WorkerStream* stream) {
  messages::StateResponse response;
  response.set_value(std::move(pickle));
  Put(response, stream);
}

}  // namespace

StateRequests::StateRequests(const GroupFunctionCall* call, WorkerGeneration generation,
                             std::string zone)
    : call_(call),
      generation_(generation),
      zone_(std::move(zone)),
      asked_keys_(call->key_schema, /*binary_as_bytes=*/true) {}

Status StateRequests::Begin(std::vector<std::unique_ptr<PythonVariable>>* variables,
                            const GroupBatch* groups) {
  variables_ = variables;
  groups_ = groups;
  ARROW_RETURN_NOT_OK(EncodeRows(groups->keys->columns(), groups->keys->num_rows(), &keys_));
  for (int64_t i = 0; i < keys_.size(); ++i) group_of_[keys_.row(i)] = static_cast<size_t>(i);
  return Status::OK();
}

Status StateRequests::AnswerNext(WorkerStream* stream) {
  ARROW_ASSIGN_OR_RAISE(const int32_t version, stream->ReadInt());
  if (version != 0) return Status::IOError("a Python worker sent a request of version ", version);
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, stream->ReadText());
  messages::StateRequest request;
  if (!request.ParseFromString(bytes)) {
    return Status::IOError("a Python worker sent a request that is none");
  }
  const Status answered = Answer(request, stream);
  if (!answered.ok()) {
    // What the processor did wrong is its program's to see; the rest is ours.
    if (ErrorDetail::Get(answered) == nullptr && failure_.ok()) failure_ = answered;
    PutStatus(kFailed, answered.message(), stream);
  }
  return stream->Flush();
}

Status StateRequests::Answer(const messages::StateRequest& request, WorkerStream* stream) {
  switch (request.method_case()) {
    case messages::StateRequest::kStatefulProcessorCall:
      return AnswerProcessor(request.statefulprocessorcall(), stream);
    case messages::StateRequest::kStateVariableRequest: {
      const auto& variable = request.statevariablerequest();
      if (variable.has_valuestatecall()) return AnswerValue(variable.valuestatecall(), stream);
      if (variable.has_liststatecall()) return AnswerList(variable.liststatecall(), stream);
      if (variable.has_mapstatecall()) return AnswerMap(variable.mapstatecall(), stream);
      break;
    }
    case messages::StateRequest::kImplicitGroupingKeyRequest: {
      const auto& key = request.implicitgroupingkeyrequest();
      iterations_.clear();
      group_ = -1;
      if (key.has_setimplicitkey()) ARROW_RETURN_NOT_OK(SetKey(key.setimplicitkey().key()));
      PutFine(stream);
      return Status::OK();
    }
    case messages::StateRequest::kTimerRequest: {
      const auto& timer = request.timerrequest();
      if (!timer.has_timervaluerequest()) return AnswerExpired(timer, stream);
      messages::StateResponseWithLongTypeVal response;
      response.set_value(-1);
      if (groups_ != nullptr) {
        response.set_value(timer.timervaluerequest().has_getwatermark()
                               ? groups_->watermark_ms
                               : groups_->processing_time_ms);
      }
      Put(response, stream);
      return Status::OK();
    }
    case messages::StateRequest::kUtilsRequest: {
      ARROW_ASSIGN_OR_RAISE(const SchemaPtr schema,
                            ParseSchema(request.utilsrequest().parsestringschema().schema()));
      messages::StateResponseWithStringTypeVal response;
      response.set_value(SchemaToJson(*schema));
      Put(response, stream);
      return Status::OK();
    }
    default:
      break;
  }
  return Status::IOError("a Python worker asked for what is not known of state");
}

Status StateRequests::AnswerProcessor(const messages::StatefulProcessorCall& call,
                                      WorkerStream* stream) {
  switch (call.method_case()) {
    case messages::StatefulProcessorCall::kSetHandleState:
      handle_ = call.sethandlestate().state();
      break;
    case messages::StatefulProcessorCall::kGetValueState:
      ARROW_RETURN_NOT_OK(Declare(Kind::kValue, call.getvaluestate()));
      break;
    case messages::StatefulProcessorCall::kGetListState:
      ARROW_RETURN_NOT_OK(Declare(Kind::kList, call.getliststate()));
      break;
    case messages::StatefulProcessorCall::kGetMapState:
      ARROW_RETURN_NOT_OK(Declare(Kind::kMap, call.getmapstate()));
      break;
    case messages::StatefulProcessorCall::kTimerStateCall:
      return AnswerTimers(call.timerstatecall(), stream);
    case messages::StatefulProcessorCall::kDeleteIfExists:
      declared_.Delete(call.deleteifexists().statename());
      break;
    default:
      return Status::IOError("a Python worker called what a processor's handle has not");
  }
  PutFine(stream);
  return Status::OK();
}

Status StateRequests::Declare(Kind kind, const messages::StateCallCommand& command) {
  const std::string& name = command.statename();
  if (handle_ != messages::CREATED && handle_ != messages::PRE_INIT) {
    return Refused("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE",
                   "State variables are made in init() only; " + name + " was asked for later.",
                   {{"operationType", OperationName(kind)},
                    {"handleState", messages::HandleState_Name(handle_)}});
  }
  for (const GroupVariable& variable : declared_.variables) {
    if (variable.name != name) continue;
    return Refused("STATEFUL_PROCESSOR_DUPLICATE_STATE_VARIABLE_DEFINED",
                   "There are two state variables called " + name + ".", {{"stateVarName", name}});
  }
  if (name.empty() || name[0] == '$' || name.find('/') != std::string::npos || name == "default") {
    return IllegalArgument("", "A state variable cannot be called '" + name +
                                   "': names do not begin with $, hold no slash and are not "
                                   "'default'.");
  }
  // A time to live of 0 is none. What is wrong with one shows when groups are handled, as in Spark.
  const int64_t ttl_ms = command.has_ttl() ? command.ttl().durationms() : 0;
  const bool checked = variables_ != nullptr && ttl_ms != 0;
  if (checked && call_->timeout != GroupFunctionCall::Timeout::kProcessingTime) {
    return Refused("STATEFUL_PROCESSOR_INCORRECT_TIME_MODE_TO_ASSIGN_TTL",
                   "The state variable " + name +
                       " has a time to live, which needs the time mode "
                       "ProcessingTime.",
                   {{"stateName", name}, {"timeMode", TimeModeName(call_->timeout)}});
  }
  if (checked && ttl_ms < 0) {
    return Refused(
        "STATEFUL_PROCESSOR_TTL_DURATION_MUST_BE_POSITIVE",
        "The time to live of the state variable " + name + " is not longer than nothing.",
        {{"operationType", OperationName(kind)}, {"stateName", name}});
  }
  ARROW_ASSIGN_OR_RAISE(SchemaPtr schema, ParseSchema(command.schema()));
  SchemaPtr key;
  if (kind == Kind::kMap) {
    key = std::move(schema);
    ARROW_ASSIGN_OR_RAISE(schema, ParseSchema(command.mapstatevalueschema()));
  }
  declared_.Add(DeclareVariable(kind, name, key, schema, ttl_ms));
  return Status::OK();
}

Status StateRequests::CheckTimers(const std::string& operation) const {
  if (call_->timeout == GroupFunctionCall::Timeout::kNone) {
    return Refused("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_TIME_MODE",
                   operation + " needs the time mode ProcessingTime or EventTime.",
                   {{"operationType", operation}, {"timeMode", "NoTime"}});
  }
  if (handle_ != messages::INITIALIZED && handle_ != messages::DATA_PROCESSED) {
    return Refused(
        "STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE",
        operation + " is for the methods that handle a group.",
        {{"operationType", operation}, {"handleState", messages::HandleState_Name(handle_)}});
  }
  return Status::OK();
}

Status StateRequests::AnswerTimers(const messages::TimerStateCallCommand& call,
                                   WorkerStream* stream) {
  if (call.has_list()) {
    ARROW_RETURN_NOT_OK(CheckTimers("list_timers"));
    ARROW_RETURN_NOT_OK(Group());
    return AnswerItems(call.list().iteratorid(), variables_->back().get(), Part::kTimers, stream);
  }
  const bool registers = call.has_register_();
  ARROW_RETURN_NOT_OK(CheckTimers(registers ? "register_timer" : "delete_timer"));
  ARROW_ASSIGN_OR_RAISE(const size_t group, Group());
  PythonVariable& timers = *variables_->back();
  if (registers) {
    timers.AddTimer(group, call.register_().expirytimestampms());
  } else {
    timers.RemoveTimer(group, call.delete_().expirytimestampms());
  }
  PutFine(stream);
  return Status::OK();
}

Status StateRequests::AnswerExpired(const messages::TimerRequest& request, WorkerStream* stream) {
  if (!request.has_expirytimerrequest()) {
    return Status::IOError("a Python worker asked for what is not known of timers");
  }
  if (expired_given_ || groups_ == nullptr || groups_->timers_ms.empty()) {
    // Workers of 4.0 take this for a failure, and that for the end.
    PutStatus(in_arrow() ? kFailed : kNothing, "no timer has expired", stream);
    return Status::OK();
  }
  expired_given_ = true;
  return PutExpired(stream);
}

Status StateRequests::SetKey(const std::string& pickle) {
  if (groups_ == nullptr) return Status::IOError("a Python worker set a key before it got any");
  // A NaN of floating-point columns is what it says, if there is such a group.
  for (const bool nan_is_null : {false, true}) {
    asked_keys_.Clear();
    ARROW_ASSIGN_OR_RAISE(const int64_t number, asked_keys_.AddKey(pickle, nan_is_null));
    ARROW_ASSIGN_OR_RAISE(const std::string encoded, asked_keys_.Encoding(number));
    const auto found = group_of_.find(encoded);
    if (found == group_of_.end()) continue;
    group_ = static_cast<int64_t>(found->second);
    return Status::OK();
  }
  return IllegalArgument("", "The key that is set is none of the groups at hand.");
}

Result<size_t> StateRequests::Group() const {
  if (group_ < 0 || variables_ == nullptr) {
    return Refused("",
                   "State belongs to a group: it can be used while a group is handled only, "
                   "not in init() or close().");
  }
  return static_cast<size_t>(group_);
}

Result<PythonVariable*> StateRequests::Find(Kind kind, const std::string& name) {
  ARROW_RETURN_NOT_OK(Group());
  for (const auto& variable : *variables_) {
    if (variable->variable().name == name && variable->variable().kind == kind) {
      return variable.get();
    }
  }
  return IllegalArgument("", std::string(Title(kind)) + " state " + name + " is not initialized.");
}

Status StateRequests::AnswerValue(const messages::ValueStateCall& call, WorkerStream* stream) {
  ARROW_ASSIGN_OR_RAISE(PythonVariable* const variable, Find(Kind::kValue, call.statename()));
  const auto group = static_cast<size_t>(group_);
  switch (call.method_case()) {
    case messages::ValueStateCall::kExists: {
      ARROW_ASSIGN_OR_RAISE(const bool exists, variable->HasItems(group));
      PutStatus(exists ? kFine : kNothing, "", stream);
      return Status::OK();
    }
    case messages::ValueStateCall::kGet: {
      ARROW_ASSIGN_OR_RAISE(const auto items, variable->Items(group));
      std::string pickle;
      if (!items.empty()) {
        ARROW_ASSIGN_OR_RAISE(pickle, variable->values().PickledTuple(items.front().value));
      }
      PutValue(std::move(pickle), stream);
      return Status::OK();
    }
    case messages::ValueStateCall::kValueStateUpdate:
      ARROW_RETURN_NOT_OK(variable->SetValue(group, call.valuestateupdate().value()));
      break;
    default:
      variable->Clear(group);
      break;
  }
  PutFine(stream);
  return Status::OK();
}

Status StateRequests::AnswerList(const messages::ListStateCall& call, WorkerStream* stream) {
  ARROW_ASSIGN_OR_RAISE(PythonVariable* const variable, Find(Kind::kList, call.statename()));
  const auto group = static_cast<size_t>(group_);
  const auto append = [&](const auto& values) -> Status {
    if (in_arrow()) {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, ReadRows(variable->values().schema(), stream));
      if (rows->num_rows() > 0) return variable->AppendElements(group, *rows);
    }
    for (const std::string& value : values) {
      ARROW_RETURN_NOT_OK(variable->AppendElement(group, value));
    }
    if (!values.empty()) return Status::OK();
    return IllegalArgument(
        "ILLEGAL_STATE_STORE_VALUE.EMPTY_LIST_VALUE",
        "The list state " + call.statename() + " cannot be given no values at all; use clear().",
        {{"stateName", call.statename()}});
  };
  switch (call.method_case()) {
    case messages::ListStateCall::kExists: {
      ARROW_ASSIGN_OR_RAISE(const bool exists, variable->HasItems(group));
      PutStatus(exists ? kFine : kNothing, "", stream);
      return Status::OK();
    }
    case messages::ListStateCall::kListStateGet:
      return AnswerItems(call.liststateget().iteratorid(), variable, Part::kElements, stream);
    case messages::ListStateCall::kListStatePut:
      variable->Clear(group);
      ARROW_RETURN_NOT_OK(append(call.liststateput().value()));
      break;
    case messages::ListStateCall::kAppendValue:
      ARROW_RETURN_NOT_OK(variable->AppendElement(group, call.appendvalue().value()));
      break;
    case messages::ListStateCall::kAppendList:
      ARROW_RETURN_NOT_OK(append(call.appendlist().value()));
      break;
    default:
      variable->Clear(group);
      break;
  }
  PutFine(stream);
  return Status::OK();
}

Status StateRequests::AnswerMap(const messages::MapStateCall& call, WorkerStream* stream) {
  ARROW_ASSIGN_OR_RAISE(PythonVariable* const variable, Find(Kind::kMap, call.statename()));
  const auto group = static_cast<size_t>(group_);
  switch (call.method_case()) {
    case messages::MapStateCall::kExists: {
      ARROW_ASSIGN_OR_RAISE(const bool exists, variable->HasItems(group));
      PutStatus(exists ? kFine : kNothing, "", stream);
      return Status::OK();
    }
    case messages::MapStateCall::kGetValue: {
      ARROW_ASSIGN_OR_RAISE(const StateItem* item,
                            variable->FindEntry(group, call.getvalue().userkey()));
      std::string pickle;
      if (item != nullptr) {
        ARROW_ASSIGN_OR_RAISE(pickle, variable->values().PickledRow(item->value));
      }
      PutValue(std::move(pickle), stream);
      return Status::OK();
    }
    case messages::MapStateCall::kContainsKey: {
      ARROW_ASSIGN_OR_RAISE(const StateItem* item,
                            variable->FindEntry(group, call.containskey().userkey()));
      PutStatus(item == nullptr ? kNothing : kFine, "", stream);
      return Status::OK();
    }
    case messages::MapStateCall::kUpdateValue:
      ARROW_RETURN_NOT_OK(
          variable->SetEntry(group, call.updatevalue().userkey(), call.updatevalue().value()));
      break;
    case messages::MapStateCall::kIterator:
      return AnswerItems(call.iterator().iteratorid(), variable, Part::kEntries, stream);
    case messages::MapStateCall::kKeys:
      return AnswerItems(call.keys().iteratorid(), variable, Part::kKeys, stream);
    case messages::MapStateCall::kValues:
      return AnswerItems(call.values().iteratorid(), variable, Part::kValues, stream);
    case messages::MapStateCall::kRemoveKey:
      ARROW_RETURN_NOT_OK(variable->RemoveEntry(group, call.removekey().userkey()));
      break;
    default:
      variable->Clear(group);
      break;
  }
  PutFine(stream);
  return Status::OK();
}

}  // namespace headrace

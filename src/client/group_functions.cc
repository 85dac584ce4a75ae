#include "client/group_functions.h"

#include <map>
#include <mutex>

#include "headrace/exceptions.h"

#include "base/random.h"

namespace headrace::client {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const GroupFunctionOfProgram>> functions;
};

// Never destroyed: what a program keeps in its own statics may hold functions until its end.
Registry& TheRegistry() {
  static Registry& registry = *new Registry;
  return registry;
}

[[noreturn]] void Refuse(const std::string& condition, const std::string& message,
                         std::map<std::string, std::string> parameters) {
  throw UnsupportedOperationException(
      {.message = message, .condition = condition, .parameters = std::move(parameters)});
}

}  // namespace

FunctionToken::FunctionToken(GroupFunctionOfProgram function) : text_(Random::System()->Uuid()) {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  registry.functions[text_] = std::make_shared<const GroupFunctionOfProgram>(std::move(function));
}

FunctionToken::~FunctionToken() {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  registry.functions.erase(text_);
}

std::shared_ptr<const GroupFunctionOfProgram> FindGroupFunction(const std::string& token) {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  const auto found = registry.functions.find(token);
  return found == registry.functions.end() ? nullptr : found->second;
}

Row Named(const Row& row, const ColumnNames& names) {
  if (names == nullptr || names->size() != row.size() || !row.names().empty()) return row;
  return Row::of(row.values(), names);
}

StateContents& StateVariableAccess::contents() const {
  if (engine_contents == nullptr) {
    throw SparkRuntimeException({.message = "The state variable " + name +
                                            " belongs to a group: it can be used in the calls "
                                            "that handle one, not in init().",
                                 .condition = "STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_"
                                              "INVALID_HANDLE_STATE"});
  }
  return *engine_contents;
}

void StatefulProcessorContext::Delete(const std::string& name) {
  if (!in_init) {
    Refuse("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE",
           "State variables are deleted in init() only; " + name + " was to be deleted later.",
           {{"operationType", "delete_if_exists"}, {"handleState", "INITIALIZED"}});
  }
  std::erase_if(variables, [&](const auto& variable) { return variable->name == name; });
  deleted.push_back(name);
}

std::shared_ptr<StateVariableAccess> StatefulProcessorContext::Declare(
    StateVariableAccess::Kind kind, const std::string& name, std::string key_schema,
    std::string schema, std::optional<TTLConfig> ttl) {
  if (!in_init) {
    Refuse("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE",
           "State variables are made in init() only; " + name + " was asked for later.",
           {{"operationType", "get_state"}, {"handleState", "INITIALIZED"}});
  }
  for (const auto& variable : variables) {
    if (variable->name != name) continue;
    Refuse("STATEFUL_PROCESSOR_DUPLICATE_STATE_VARIABLE_DEFINED",
           "There are two state variables called " + name + ".", {{"stateVarName", name}});
  }
  if (name.empty() || name[0] == '$' || name.find('/') != std::string::npos || name == "default") {
    throw IllegalArgumentException(
        {.message = "A state variable cannot be called '" + name +
                    "': names do not begin with $, hold no slash and are not 'default'."});
  }
  const int64_t ttl_ms = ttl ? ttl->duration.count() : 0;
  if (ttl && time_mode != TimeMode::ProcessingTime) {
    Refuse(
        "STATEFUL_PROCESSOR_INCORRECT_TIME_MODE_TO_ASSIGN_TTL",
        "The state variable " + name + " has a time to live, which needs TimeMode::ProcessingTime.",
        {{"stateName", name}, {"timeMode", time_mode == TimeMode::None ? "NoTime" : "EventTime"}});
  }
  if (ttl && ttl_ms <= 0) {
    Refuse("STATEFUL_PROCESSOR_TTL_DURATION_MUST_BE_POSITIVE",
           "The time to live of the state variable " + name + " is not longer than nothing.",
           {{"operationType", "get_state"}, {"stateName", name}});
  }
  variables.push_back(std::make_shared<StateVariableAccess>(kind, name, std::move(key_schema),
                                                            std::move(schema), ttl_ms));
  return variables.back();
}

StateVariableAccess& StatefulProcessorContext::Timers(const std::string& operation) const {
  if (timers == nullptr) {
    Refuse("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_TIME_MODE",
           operation + " needs TimeMode::ProcessingTime or TimeMode::EventTime.",
           {{"operationType", operation}, {"timeMode", "NoTime"}});
  }
  return *timers;
}

}  // namespace headrace::client

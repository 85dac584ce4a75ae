#include "plan/group_function.h"

#include <algorithm>
#include <utility>

namespace headrace {

GroupVariable DeclareVariable(GroupVariable::Kind kind, std::string name, const SchemaPtr& key,
                              const SchemaPtr& value, int64_t ttl_ms) {
  using Kind = GroupVariable::Kind;
  GroupVariable variable;
  variable.name = std::move(name);
  variable.kind = kind;
  variable.ttl_ms = ttl_ms;
  arrow::FieldVector fields;
  if (kind == Kind::kMap) {
    fields.push_back(arrow::field("key", arrow::struct_(key->fields()), false));
  }
  const bool wrapped = kind == Kind::kMap || ttl_ms > 0;
  if (wrapped) fields.push_back(arrow::field("value", arrow::struct_(value->fields()), false));
  if (ttl_ms > 0) fields.push_back(arrow::field(kTtlExpirationField, arrow::int64(), false));
  if (!wrapped) fields = value->fields();
  variable.schema = arrow::schema(std::move(fields));
  return variable;
}

void DeclaredVariables::Delete(const std::string& name) {
  std::erase_if(variables, [&](const GroupVariable& variable) { return variable.name == name; });
  if (std::find(deleted.begin(), deleted.end(), name) == deleted.end()) deleted.push_back(name);
}

void DeclaredVariables::Add(GroupVariable variable) {
  variable.reset = std::erase(deleted, variable.name) > 0;
  variables.push_back(std::move(variable));
}

GroupVariable TimersVariable(std::string name) {
  GroupVariable variable;
  variable.name = std::move(name);
  variable.kind = GroupVariable::Kind::kTimers;
  variable.schema = arrow::schema({arrow::field("expiryTimestampMs", arrow::int64(), false)});
  return variable;
}

const char* NameOf(GroupFunctionCall::Kind kind) {
  switch (kind) {
    case GroupFunctionCall::Kind::kMapGroupsWithState:
      return "mapGroupsWithState";
    case GroupFunctionCall::Kind::kFlatMapGroupsWithState:
      return "flatMapGroupsWithState";
    case GroupFunctionCall::Kind::kApplyInPandasWithState:
      return "applyInPandasWithState";
    case GroupFunctionCall::Kind::kTransformWithState:
      break;
  }
  return "transformWithState";
}

}  // namespace headrace

#include "plan/group_function.h"

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
  if (kind != Kind::kValue) {
    const auto element = arrow::field("element", arrow::struct_(std::move(fields)), false);
    fields = {arrow::field(kind == Kind::kMap ? "map" : "list", arrow::list(element))};
  }
  variable.schema = arrow::schema(std::move(fields));
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

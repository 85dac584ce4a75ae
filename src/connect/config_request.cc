#include "connect/config_request.h"

#include "connect/field_check.h"

namespace headrace {
namespace {

using Operation = messages::ConfigRequest::Operation;

void AddPair(messages::ConfigResponse* response, const std::string& key,
             const std::optional<std::string>& value) {
  auto* pair = response->add_pairs();
  pair->set_key(key);
  if (value.has_value()) pair->set_value(*value);
}

// A silent request never fails: what could not be set is told as a warning.
Status Set(Configuration* configuration, const messages::ConfigRequest::Set& request,
           messages::ConfigResponse* response) {
  ARROW_RETURN_NOT_OK(CheckFields(request, {"pairs", "silent"}));
  for (const auto& pair : request.pairs()) {
    Status status = configuration->Set(pair.key(), pair.value());
    if (!status.ok() && !request.silent()) return status;
    if (!status.ok()) {
      response->add_warnings(status.message());
      continue;
    }
    AddPair(response, pair.key(), pair.value());
  }
  return Status::OK();
}

}  // namespace

Status AnswerConfig(Configuration* configuration, const messages::ConfigRequest& request,
                    messages::ConfigResponse* response) {
  ARROW_RETURN_NOT_OK(CheckFields(request, {"session_id", "client_observed_server_side_session_id",
                                            "user_context", "operation", "client_type"}));
  const Operation& operation = request.operation();
  switch (operation.op_type_case()) {
    case Operation::kSet:
      return Set(configuration, operation.set(), response);
    case Operation::kGet:
      ARROW_RETURN_NOT_OK(CheckFields(operation.get(), {"keys"}));
      for (const auto& key : operation.get().keys()) {
        ARROW_ASSIGN_OR_RAISE(auto value, configuration->GetRequired(key));
        AddPair(response, key, value);
      }
      return Status::OK();
    case Operation::kGetWithDefault:
      ARROW_RETURN_NOT_OK(CheckFields(operation.get_with_default(), {"pairs"}));
      for (const auto& pair : operation.get_with_default().pairs()) {
        auto value = configuration->Get(pair.key());
        if (!value.has_value() && pair.has_value()) value = pair.value();
        AddPair(response, pair.key(), value);
      }
      return Status::OK();
    case Operation::kGetOption:
      ARROW_RETURN_NOT_OK(CheckFields(operation.get_option(), {"keys"}));
      for (const auto& key : operation.get_option().keys()) {
        AddPair(response, key, configuration->Get(key));
      }
      return Status::OK();
    case Operation::kGetAll: {
      ARROW_RETURN_NOT_OK(CheckFields(operation.get_all(), {"prefix"}));
      const std::string& prefix = operation.get_all().prefix();
      for (const auto& [key, value] : configuration->All()) {
        if (key.starts_with(prefix)) AddPair(response, key.substr(prefix.size()), value);
      }
      return Status::OK();
    }
    case Operation::kUnset:
      ARROW_RETURN_NOT_OK(CheckFields(operation.unset(), {"keys"}));
      for (const auto& key : operation.unset().keys()) {
        configuration->Unset(key);
        AddPair(response, key, std::nullopt);
      }
      return Status::OK();
    case Operation::kIsModifiable:
      ARROW_RETURN_NOT_OK(CheckFields(operation.is_modifiable(), {"keys"}));
      for (const auto& key : operation.is_modifiable().keys()) {
        AddPair(response, key, configuration->IsModifiable(key) ? "true" : "false");
      }
      return Status::OK();
    case Operation::OP_TYPE_NOT_SET:
      break;
  }
  // An operation of a newer client is named by its number.
  ARROW_RETURN_NOT_OK(CheckFields(operation, {}));
  return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.CONFIG_OPERATION",
                   "A Config request without an operation.");
}

}  // namespace headrace

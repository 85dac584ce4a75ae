#include "connect/field_check.h"

#include <algorithm>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

namespace headrace {
namespace {

std::string_view WithoutPackage(std::string_view full_name) {
  constexpr std::string_view kPackage = "spark.connect.";
  return full_name.starts_with(kPackage) ? full_name.substr(kPackage.size()) : full_name;
}

bool IsPassedOver(const google::protobuf::FieldDescriptor& field) {
  std::string_view message = WithoutPackage(field.containing_type()->full_name());
  const auto& all = PassedOverFields();
  return std::any_of(all.begin(), all.end(), [&](const PassedOverField& each) {
    return each.message == message && each.field == field.name();
  });
}

}  // namespace

std::string MessageName(const google::protobuf::Message& message) {
  return std::string(WithoutPackage(message.GetDescriptor()->full_name()));
}

Status CheckFields(const google::protobuf::Message& message,
                   std::initializer_list<std::string_view> handled) {
  const auto* reflection = message.GetReflection();
  const auto& unknown = reflection->GetUnknownFields(message);
  if (!unknown.empty()) {
    return NotSupported(
        "field " + std::to_string(unknown.field(0).number()) + " of message " +
            MessageName(message),
        "The client is newer than this server's definitions of Spark Connect's messages.");
  }
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (std::find(handled.begin(), handled.end(), field->name()) != handled.end()) continue;
    if (IsPassedOver(*field)) continue;
    return NotSupported("field " + field->name() + " of message " + MessageName(message));
  }
  return Status::OK();
}

}  // namespace headrace

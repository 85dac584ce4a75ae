// Refusing what a message asks for and nobody acts upon.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "base/error.h"

namespace headrace {

// NotSupported, naming message and field, if `message` has a field set that is neither in
// `handled` (field names) nor in PassedOverFields(), or one that the definitions this program was
// built with do not know (named by its number). To be called for every message that is read,
// with the fields that the caller acts upon.
Status CheckFields(const google::protobuf::Message& message,
                   std::initializer_list<std::string_view> handled);

// "Relation.zip", "field 48 of Relation": how messages are called towards users.
std::string MessageName(const google::protobuf::Message& message);

// A field that cannot change any result and is therefore not looked at.
struct PassedOverField {
  std::string_view message;  // full name without "spark.connect."
  std::string_view field;
  std::string_view reason;
};
const std::vector<PassedOverField>& PassedOverFields();

}  // namespace headrace

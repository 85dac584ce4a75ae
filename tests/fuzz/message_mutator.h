// Changes to protobuf messages that keep them messages: fields set, cleared, repeated, moved.
#pragma once

#include <google/protobuf/message.h>

#include "mutator.h"

namespace headrace::fuzz {

// One change somewhere in `message`. Sub-messages that it takes in come from `donor`, a message of
// any type; texts from `words`.
void MutateMessage(Mutator* mutator, google::protobuf::Message* message,
                   const google::protobuf::Message& donor, const std::vector<std::string>& words);

}  // namespace headrace::fuzz

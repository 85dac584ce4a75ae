// Messages from bytes, however deep they are nested.
//
// Protobuf refuses more than 100 levels and a DataFrame call adds two of them, so generated
// deserialisers cannot be used for plans. Parse (and destroy) such messages on a thread with a
// large stack: every level is a few stack frames.
#pragma once

#include <string_view>

#include <google/protobuf/io/zero_copy_stream.h>
#include <google/protobuf/message.h>

#include "base/error.h"

namespace headrace {

inline constexpr int kLargestMessageDepth = 4096;
inline constexpr int kLargestMessageBytes = 128 << 20;

// CONNECT_INVALID_PLAN.CANNOT_PARSE when the bytes are no such message or nested too deeply.
Status ParseMessage(google::protobuf::io::ZeroCopyInputStream* input,
                    google::protobuf::Message* message);
Status ParseMessage(std::string_view bytes, google::protobuf::Message* message);

}  // namespace headrace

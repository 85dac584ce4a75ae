// Failures as the protocol sends them, to the exceptions of headrace/exceptions.h.
#pragma once

#include <optional>
#include <string>

#include "google/rpc/status.pb.h"

#include "client/messages.h"

namespace headrace::client {

// The key under which the server keeps the whole error; "" when there is nothing more to fetch.
std::string ErrorIdOf(const google::rpc::Status& status);

// `details` is the answer to FetchErrorDetails, or null. The message there is not cut short.
[[noreturn]] void ThrowException(const google::rpc::Status& status,
                                 const messages::FetchErrorDetailsResponse* details);

}  // namespace headrace::client

// Exceptions that the client throws on its own account.
#pragma once

#include <map>
#include <string>

namespace headrace::client {

// IllegalArgumentException: the program called the API with something that cannot be.
[[noreturn]] void ThrowIllegalArgument(std::string condition, std::string message,
                                       std::map<std::string, std::string> parameters = {});
// SparkConnectException: the engine was not reached, or answered what the protocol does not allow.
[[noreturn]] void ThrowConnectError(std::string message);

}  // namespace headrace::client

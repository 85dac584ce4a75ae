#include "client/exception_factory.h"

#include "headrace/exceptions.h"

namespace headrace::client {

void ThrowIllegalArgument(std::string condition, std::string message,
                          std::map<std::string, std::string> parameters) {
  throw IllegalArgumentException(ErrorDescription{.message = "[" + condition + "] " + message,
                                                  .condition = condition,
                                                  .parameters = std::move(parameters)});
}

void ThrowConnectError(std::string message) {
  throw SparkConnectException(ErrorDescription{.message = std::move(message)});
}

}  // namespace headrace::client

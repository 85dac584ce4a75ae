// Errors that Spark hands on as a library of Java threw them, without a condition of its own.
#pragma once

#include <string>

#include "base/error.h"

namespace headrace {

// An IOError that reaches the client under the class `java_class`, a java.io.IOException.
Status JavaIoError(std::string java_class, std::string text);

// Null when `error` was not made by JavaIoError.
const std::string* JavaClassOf(const Status& error);

}  // namespace headrace

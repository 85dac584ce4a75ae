// Argument lists of function calls.
#pragma once

#include <vector>

#include "headrace/functions.h"

namespace headrace::client {

inline std::vector<Column> Arguments(const functions::Columns& columns) {
  return {columns.begin(), columns.end()};
}

inline std::vector<Column> Arguments(const Column& first, const functions::Columns& rest) {
  std::vector<Column> arguments = {first};
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  return arguments;
}

}  // namespace headrace::client

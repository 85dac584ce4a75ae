// Functions that Spark has and the engine has not, so that a call of one can be told from a
// misspelling.
#pragma once

#include <string>

namespace headrace {

// Case-insensitive. The list holds the names of Spark 4.3; registry_test.cc sees that none of them
// is registered.
bool IsMissingFunction(const std::string& name);
const char* const* MissingFunctions();  // ends with null

}  // namespace headrace

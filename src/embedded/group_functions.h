// The program's functions over groups, as the engine calls them.
#pragma once

#include <memory>
#include <string>

#include "plan/group_function.h"

namespace headrace {

// The function that the program gave away under this token; null if there is none.
std::shared_ptr<const GroupFunction> GroupFunctionOfToken(const std::string& token);

}  // namespace headrace

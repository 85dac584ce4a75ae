// Gives an object another name in its store.
#pragma once

#include <string>

#include "base/error.h"
#include "storage/store.h"

namespace headrace {

// Arrow's paths. Replaces `to`. Where Arrow cannot move, it copies and deletes: who dies in between
// leaves both.
Status MoveObject(const Store& store, const std::string& from, const std::string& to);

}  // namespace headrace

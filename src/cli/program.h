// What the program's commands share: its version, and how failures are told.
#pragma once

#include "base/error.h"

namespace headrace {

// "0.1.0"
extern const char kVersion[];

// Prints `headrace: <text>` to standard error; the exit code for it.
int Fail(const Status& status);

}  // namespace headrace

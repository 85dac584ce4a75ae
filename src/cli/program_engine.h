// The engine of this program: all connectors that are linked, and how failures are told.
#pragma once

#include <memory>
#include <string>

#include "session/session.h"

namespace headrace {

// "0.1.0"
extern const char kVersion[];

std::shared_ptr<Engine> MakeProgramEngine();
// Prints `headrace: <text>` to standard error; the exit code for it.
int Fail(const Status& status);

}  // namespace headrace

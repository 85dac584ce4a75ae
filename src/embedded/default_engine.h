// The engine with everything that is linked in.
#pragma once

#include <memory>

#include "session/session.h"

namespace headrace {

// All connectors registered; the process' task pool, which `pool` replaces if given.
std::shared_ptr<Engine> MakeDefaultEngine(std::shared_ptr<TaskPool> pool = nullptr);

}  // namespace headrace

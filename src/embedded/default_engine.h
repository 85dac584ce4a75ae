// The engine with everything that is linked in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "session/session.h"

namespace headrace {

// All connectors registered; the process' task pool, which `pool` replaces if given.
std::shared_ptr<Engine> MakeDefaultEngine(std::shared_ptr<TaskPool> pool = nullptr);

// Lets clients test their programs with the engine: the format of tests, injected crashes, and a
// clock that only they move if `clock_us` (since the epoch) is given. Before the first session.
void PrepareForTests(Engine* engine, std::optional<int64_t> clock_us);

}  // namespace headrace

// The provider of `format("headrace-memory-test")`.
#pragma once

#include "connectors/memory/memory.h"

namespace headrace {

std::shared_ptr<SourceProvider> MakeMemoryStreamProvider();

}  // namespace headrace

// The streaming side of Python data sources.
#pragma once

#include <memory>

#include "connector/source.h"
#include "python/data_source.h"

namespace headrace {

// The reader starts with the first question to it.
std::unique_ptr<Source> MakePythonStream(DataSourceCalls calls, DataSourceInstance instance);

}  // namespace headrace

// The provider of file sources of all formats; the format is in the specification.
#pragma once

#include "connector/source.h"

namespace headrace {

std::shared_ptr<SourceProvider> MakeFileSourceProvider();

}  // namespace headrace

// The error for text in a checkpoint that is no offset of the source that reads it.
#pragma once

#include <string>

#include "base/error.h"

namespace headrace {

// `expected`: what an offset of this source is, "a number of seconds". MALFORMED_LOG_FILE.
Status MalformedOffset(const std::string& text, const std::string& source,
                       const std::string& expected);

}  // namespace headrace

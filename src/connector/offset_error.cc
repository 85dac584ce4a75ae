#include "connector/offset_error.h"

namespace headrace {

Status MalformedOffset(const std::string& text, const std::string& source,
                       const std::string& expected) {
  return MakeError(ErrorKind::kSpark, "MALFORMED_LOG_FILE",
                   "'" + text + "' is no offset of a " + source + " source: it must be " +
                       expected + ". Restore the checkpoint from a copy, or start with a new one.",
                   {{"text", text}});
}

}  // namespace headrace

// Failures of Python code as the user's program is to see them.
#pragma once

#include <string>

#include "base/error.h"

namespace headrace {

// The first number of an answer instead of a length or a marker.
enum WorkerMarker : int32_t {
  kEndOfDataSection = -1,
  kPythonException = -2,
  kTimingData = -3,
  kEndOfStream = -4,
  kNullValue = -5,
  kStartArrowStream = -6,
  kStartOfInit = -8,
};

// A function raised: PythonException with the traceback.
Status PythonRaised(const std::string& traceback);
// The traceback of what a function raised; other failures' own text.
std::string ReasonOf(const Status& status);
// The worker process ended in the middle of its work. `errors`: what it printed last.
Status WorkerDied(const std::string& how, const std::string& errors);
// The traceback at the end of what a process printed to standard error; "" if there is none.
std::string LastTraceback(const std::string& errors);

}  // namespace headrace

#include "python/python_error.h"

namespace headrace {

Status PythonRaised(const std::string& traceback) {
  return MakeError(
      ErrorKind::kPython, "PYTHON_EXCEPTION",
      "An exception was thrown from the Python worker: " + traceback,
      {{"msg", "An exception was thrown from the Python worker:"}, {"traceback", traceback}});
}

std::string ReasonOf(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  if (detail == nullptr) return status.message();
  const auto traceback = detail->parameters().find("traceback");
  return traceback == detail->parameters().end() ? status.message() : traceback->second;
}

Status WorkerDied(const std::string& how, const std::string& errors) {
  std::string text = "Python worker exited unexpectedly (crashed): " + how;
  if (!errors.empty()) text += ". It printed last:\n" + errors;
  return MakeError(ErrorKind::kSpark, "", text);
}

std::string LastTraceback(const std::string& errors) {
  const size_t begin = errors.rfind("Traceback (most recent call last):");
  return begin == std::string::npos ? "" : errors.substr(begin);
}

}  // namespace headrace

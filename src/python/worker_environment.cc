#include "python/worker_environment.h"

#include <set>
#include <unistd.h>

#include "base/log.h"

namespace headrace {
namespace {

const std::set<std::string>& Misleading() {
  static const std::set<std::string> names = {
      "SPARK_REMOTE", "SPARK_TESTING",           "SPARK_CONNECT_MODE_ENABLED", "SPARK_API_MODE",
      "MASTER",       "HEADRACE_SUBMIT_WRAPPER", "HEADRACE_SUBMIT_SETTINGS",   "HEADRACE_INJECT"};
  return names;
}

}  // namespace

std::vector<std::string> WorkerEnvironment(const std::map<std::string, std::string>& added,
                                           bool keep_secrets) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = text.substr(0, equals);
    if (Misleading().contains(name) || (!keep_secrets && IsSecretKey(name))) continue;
    variables[name] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : added) variables[name] = value;
  std::vector<std::string> texts;
  for (const auto& [name, value] : variables) texts.push_back(name + "=" + value);
  return texts;
}

}  // namespace headrace

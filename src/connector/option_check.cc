#include "connector/option_check.h"

#include <mutex>

#include "base/log.h"
#include "types/spark_type.h"

namespace headrace {

namespace {

bool FirstTime(const std::string& connector, const std::string& key) {
  static std::mutex mutex;
  static auto* said = new std::set<std::string>;
  std::lock_guard lock(mutex);
  return said->insert(connector + '\n' + key).second;
}

// Options that the engine itself reads from a reader's or writer's options.
const std::set<std::string>& EngineOptions() {
  static const auto* names =
      new std::set<std::string>{"path", "checkpointlocation", "queryname", "__partition_columns"};
  return *names;
}

}  // namespace

void WarnUnknownOptions(const std::string& connector, const Options& options,
                        const std::set<std::string>& known) {
  for (const auto& [key, value] : options.values()) {
    const std::string lower = ToLower(key);
    if (known.contains(lower) || EngineOptions().contains(lower)) continue;
    if (FirstTime(connector, lower)) {
      LogWarn(connector, "option '" + key + "' is not known and has no effect");
    }
  }
}

Status InvalidOption(const std::string& option, const std::string& value, const std::string& rule) {
  return IllegalArgument(
      "", "Invalid value '" + value + "' for option '" + option + "': it " + rule + ".",
      {{"option", option}, {"value", value}});
}

}  // namespace headrace

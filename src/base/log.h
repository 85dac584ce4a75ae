// Log lines on standard error: `2026-11-21T10:00:00.000Z WARN streaming: text`.
//
// Values of options that look secret are redacted by `RedactOptions` before they get here.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace headrace {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

void SetLogLevel(LogLevel level);
LogLevel CurrentLogLevel();
void Log(LogLevel level, std::string_view component, std::string_view text);
inline void LogInfo(std::string_view component, std::string_view text) {
  Log(LogLevel::kInfo, component, text);
}
inline void LogWarn(std::string_view component, std::string_view text) {
  Log(LogLevel::kWarn, component, text);
}
inline void LogError(std::string_view component, std::string_view text) {
  Log(LogLevel::kError, component, text);
}

// Spark's `spark.redaction.regex` and what else holds secrets (sasl.jaas, credential, sas, …).
bool IsSecretKey(std::string_view key);
std::map<std::string, std::string> RedactOptions(std::map<std::string, std::string> options);

}  // namespace headrace

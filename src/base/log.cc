#include "base/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <unistd.h>

#include <fmt/format.h>

#include "base/ascii.h"

namespace headrace {
namespace {

std::atomic<LogLevel> current_level{LogLevel::kWarn};

const char* NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarn:
      return "WARN";
    default:
      return "ERROR";
  }
}

constexpr std::string_view kRedacted = "*********(redacted)";

// Spark's `spark.redaction.regex` is (?i)secret|password|token|access[.]?key; the rest is what
// Kafka, JDBC and cloud connectors call their secrets. Separators within a word are dropped first.
constexpr std::array<std::string_view, 11> kSecretParts = {
    "secret", "password",   "passwd", "token",      "accesskey", "accountkey",
    "jaas",   "credential", "apikey", "passphrase", "privatekey"};

}  // namespace

void SetLogLevel(LogLevel level) { current_level.store(level, std::memory_order_relaxed); }

LogLevel CurrentLogLevel() { return current_level.load(std::memory_order_relaxed); }

void Log(LogLevel level, std::string_view component, std::string_view text) {
  if (level < CurrentLogLevel() || level == LogLevel::kOff) return;
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const int64_t milliseconds = now.time_since_epoch().count() % 1000;
  std::tm utc;
  gmtime_r(&seconds, &utc);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  const std::string line =
      fmt::format("{}.{:03}Z {} {}: {}\n", date, milliseconds, NameOf(level), component, text);
  // One call a line, so that lines of several threads and processes do not mix.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

bool IsSecretKey(std::string_view key) {
  const std::string lower = AsciiLower(key);
  std::string joined;
  for (char c : lower) {
    if (c != '.' && c != '-' && c != '_') joined += c;
  }
  const auto contained = [&](std::string_view part) {
    return joined.find(part) != std::string::npos;
  };
  if (std::any_of(kSecretParts.begin(), kSecretParts.end(), contained)) return true;
  // "sas" only as a word of its own: `sasl.mechanism` is no secret.
  for (size_t start = 0; start <= lower.size();) {
    const size_t end = std::min(lower.find_first_of(".-_", start), lower.size());
    if (std::string_view(lower).substr(start, end - start) == "sas") return true;
    start = end + 1;
  }
  return false;
}

std::map<std::string, std::string> RedactOptions(std::map<std::string, std::string> options) {
  for (auto& [key, value] : options) {
    if (IsSecretKey(key)) value = kRedacted;
  }
  return options;
}

}  // namespace headrace

// Reader, writer and source options: text values under case-insensitive keys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

class Options {
 public:
  Options() = default;
  explicit Options(const std::map<std::string, std::string>& values);

  void Set(const std::string& key, std::string value);
  bool Has(const std::string& key) const;
  std::optional<std::string> Get(const std::string& key) const;
  std::string GetOr(const std::string& key, std::string fallback) const;
  // Typed reads: IllegalArgument naming option, value and what is accepted.
  Result<bool> GetBool(const std::string& key, bool fallback) const;
  Result<int64_t> GetInt(const std::string& key, int64_t fallback) const;
  Result<int64_t> GetPositiveInt(const std::string& key, int64_t fallback) const;
  // "10 seconds", "5m", "500ms" or plain milliseconds, in microseconds.
  Result<int64_t> GetDurationUs(const std::string& key, int64_t fallback) const;
  // As the user typed the keys, for messages and for handing on.
  const std::map<std::string, std::string>& values() const { return original_; }

 private:
  std::map<std::string, std::string> lower_;
  std::map<std::string, std::string> original_;
};

}  // namespace headrace

// Session configuration: every key that the engine knows is declared once, in configuration.cc.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

class TestControl;  // session/test_control.h

struct ConfigurationKey {
  std::string key;
  std::string default_value;      // 4.x
  std::string default_value_3_5;  // "" = same
  std::string documentation;
  bool has_effect = true;  // false: accepted, listed once in the log
};

class Configuration {
 public:
  // `client_version`: "3.5.9", "4.3.0" …; decides defaults.
  // `testing`: behind the keys `headrace.testing.…`; null: these are refused.
  explicit Configuration(std::string client_version = "4.1.0",
                         std::shared_ptr<TestControl> testing = nullptr);

  Status Set(const std::string& key, const std::string& value);  // bad values: IllegalArgument
  void Unset(const std::string& key);
  void CopyFrom(const Configuration& other);
  // Set value, else default of a known key; no value: unknown.
  std::optional<std::string> Get(const std::string& key) const;
  // SQL_CONF_NOT_FOUND for unknown keys.
  Result<std::string> GetRequired(const std::string& key) const;
  bool GetBool(const std::string& key) const;  // known keys only
  int64_t GetInt(const std::string& key) const;
  bool IsSet(const std::string& key) const;  // by the user
  bool IsModifiable(const std::string& key) const;
  std::map<std::string, std::string> All() const;  // set values and defaults

  static const std::vector<ConfigurationKey>& Keys();

 private:
  mutable std::mutex mutex_;
  std::string client_version_;
  std::shared_ptr<TestControl> testing_;
  std::map<std::string, std::string> values_;
};

}  // namespace headrace

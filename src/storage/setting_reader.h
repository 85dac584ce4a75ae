// Reads the settings of one store.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/store.h"

namespace headrace {

// A setting of one bucket, `<prefix>bucket.<bucket>.<name>`, goes before `<prefix><name>`.
class SettingReader {
 public:
  // `prefix`: "fs.s3a."
  SettingReader(const StoreSettings& settings, std::string prefix, const std::string& bucket);

  // By the name behind the prefix. No value: absent or empty.
  std::optional<std::string> Get(const std::string& name) const;
  Result<bool> GetBool(const std::string& name, bool fallback) const;
  // NotSupported for settings under the prefix that are neither in `known` nor begin with one of
  // `without_effect` (names that only speed, memory or logs depend on).
  Status Check(const std::set<std::string>& known,
               const std::set<std::string>& without_effect) const;

 private:
  // The setting's name behind the prefix, or behind that of the bucket; none: another bucket's.
  std::optional<std::string> NameOf(const std::string& key) const;

  const StoreSettings& settings_;
  const std::string prefix_;
  const std::string of_bucket_;  // "fs.s3a.bucket.b."
};

// `host:port` of what a setting says, which may be a URL of http or https: that changes `*scheme`.
Result<std::string> HostOf(const std::string& key, std::string address, std::string* scheme);

// The setting's value breaks this rule: "must be true or false".
Status BadSetting(const std::string& key, const std::string& rule);

}  // namespace headrace

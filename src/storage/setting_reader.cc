#include "storage/setting_reader.h"

#include <algorithm>

namespace headrace {

SettingReader::SettingReader(const StoreSettings& settings, std::string prefix,
                             const std::string& bucket)
    : settings_(settings),
      prefix_(std::move(prefix)),
      of_bucket_(prefix_ + "bucket." + bucket + ".") {}

std::optional<std::string> SettingReader::Get(const std::string& name) const {
  for (const std::string& key : {of_bucket_ + name, prefix_ + name}) {
    const auto found = settings_.find(key);
    if (found == settings_.end()) continue;
    const size_t first = found->second.find_first_not_of(" \t\n");
    if (first == std::string::npos) continue;
    const size_t last = found->second.find_last_not_of(" \t\n");
    return found->second.substr(first, last - first + 1);
  }
  return std::nullopt;
}

Result<bool> SettingReader::GetBool(const std::string& name, bool fallback) const {
  const auto value = Get(name);
  if (!value) return fallback;
  if (*value == "true") return true;
  if (*value == "false") return false;
  return BadSetting(prefix_ + name, "must be true or false, not '" + *value + "'");
}

std::optional<std::string> SettingReader::NameOf(const std::string& key) const {
  if (key.starts_with(of_bucket_)) return key.substr(of_bucket_.size());
  if (key.starts_with(prefix_ + "bucket.")) return std::nullopt;
  return key.substr(prefix_.size());
}

Status SettingReader::Check(const std::set<std::string>& known,
                            const std::set<std::string>& without_effect) const {
  for (auto setting = settings_.lower_bound(prefix_);
       setting != settings_.end() && setting->first.starts_with(prefix_); ++setting) {
    const auto name = NameOf(setting->first);
    if (!name || known.contains(*name) ||
        std::any_of(without_effect.begin(), without_effect.end(),
                    [&](const std::string& begin) { return name->starts_with(begin); })) {
      continue;
    }
    return NotSupported("setting " + setting->first,
                        "It could change what is read or written. Take it out, or see "
                        "docs/files.md for those that are known.");
  }
  return Status::OK();
}

Result<std::string> HostOf(const std::string& key, std::string address, std::string* scheme) {
  if (const size_t end = address.find("://"); end != std::string::npos) {
    *scheme = address.substr(0, end);
    address = address.substr(end + 3);
    if (*scheme != "http" && *scheme != "https") {
      return BadSetting(key, "must be a host, or a URL of http or https");
    }
  }
  while (address.ends_with('/')) address.pop_back();
  return address;
}

Status BadSetting(const std::string& key, const std::string& rule) {
  return IllegalArgument("", "The setting " + key + " " + rule + ".", {{"key", key}});
}

}  // namespace headrace

// Time zones by name: fixed offsets and regions of the system's database, as java.time names them.
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <unistd.h>
#include <unordered_map>

#include "types/time.h"
#include "types/wrapping.h"
#include "types/zone_names.h"
#include "types/zone_rules.h"

namespace headrace {

namespace {

class FixedZone final : public TimeZone {
 public:
  FixedZone(std::string name, int32_t offset_seconds)
      : name_(std::move(name)), offset_(offset_seconds) {}
  const std::string& name() const override { return name_; }
  int32_t OffsetAt(int64_t) const override { return offset_; }
  std::string AbbreviationAt(int64_t) const override { return name_; }
  int64_t LocalToInstant(int64_t local_us) const override { return AddSeconds(local_us, -offset_); }

 private:
  std::string name_;
  int32_t offset_;
};

class RegionZone final : public TimeZone {
 public:
  RegionZone(std::string name, ZoneRules rules)
      : name_(std::move(name)), rules_(std::move(rules)) {}
  const std::string& name() const override { return name_; }
  int32_t OffsetAt(int64_t instant_us) const override { return rules_.OffsetAt(instant_us); }
  std::string AbbreviationAt(int64_t instant_us) const override {
    return rules_.AbbreviationAt(instant_us);
  }
  int64_t LocalToInstant(int64_t local_us) const override {
    return rules_.LocalToInstant(local_us);
  }

 private:
  std::string name_;
  ZoneRules rules_;
};

// Three-letter names that java.time knows as ZoneId.SHORT_IDS.
const std::map<std::string, std::string>& ShortNames() {
  static const std::map<std::string, std::string> names = {
      {"ACT", "Australia/Darwin"},
      {"AET", "Australia/Sydney"},
      {"AGT", "America/Argentina/Buenos_Aires"},
      {"ART", "Africa/Cairo"},
      {"AST", "America/Anchorage"},
      {"BET", "America/Sao_Paulo"},
      {"BST", "Asia/Dhaka"},
      {"CAT", "Africa/Harare"},
      {"CNT", "America/St_Johns"},
      {"CST", "America/Chicago"},
      {"CTT", "Asia/Shanghai"},
      {"EAT", "Africa/Addis_Ababa"},
      {"ECT", "Europe/Paris"},
      {"IET", "America/Indiana/Indianapolis"},
      {"IST", "Asia/Kolkata"},
      {"JST", "Asia/Tokyo"},
      {"MIT", "Pacific/Apia"},
      {"NET", "Asia/Yerevan"},
      {"NST", "Pacific/Auckland"},
      {"PLT", "Asia/Karachi"},
      {"PNT", "America/Phoenix"},
      {"PRT", "America/Puerto_Rico"},
      {"PST", "America/Los_Angeles"},
      {"SST", "Pacific/Guadalcanal"},
      {"VST", "Asia/Ho_Chi_Minh"},
      {"EST", "-05:00"},
      {"MST", "-07:00"},
      {"HST", "-10:00"}};
  return names;
}

Status UnknownZone(const std::string& name) {
  return MakeError(ErrorKind::kDateTime, "INVALID_TIMEZONE",
                   "There is no time zone '" + name +
                       "'. Use a region such as 'Europe/Paris', an offset such as '+02:00', or "
                       "'UTC'.",
                   {{"timeZone", name}});
}

bool IsRegionName(const std::string& name) {
  if (name.size() < 2 || !std::isalpha(static_cast<unsigned char>(name[0]))) return false;
  for (char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("~/._+-").find(c) == std::string_view::npos) {
      return false;
    }
  }
  for (const char* other : {"..", "posix/", "right/", "localtime", "posixrules", "Factory"}) {
    if (name.find(other) != std::string::npos) return false;
  }
  return true;
}

Result<std::shared_ptr<const TimeZone>> LoadRegion(const std::string& name,
                                                   const std::string& shown) {
  if (!IsRegionName(name)) return UnknownZone(shown);
  const char* directory = std::getenv("TZDIR");
  std::ifstream file(
      std::string(directory != nullptr ? directory : "/usr/share/zoneinfo") + "/" + name,
      std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) return UnknownZone(shown);
  Result<ZoneRules> rules = ZoneRules::Parse(content.str());
  if (!rules.ok()) return UnknownZone(shown);
  return std::make_shared<RegionZone>(name, std::move(rules).ValueUnsafe());
}

Result<std::shared_ptr<const TimeZone>> Load(const std::string& name) {
  std::string resolved = name;
  if (const auto found = ShortNames().find(name); found != ShortNames().end()) {
    resolved = found->second;
  }
  if (resolved == "Z") return TimeZone::Utc();
  if (resolved == "UTC" || resolved == "GMT" || resolved == "UT") {
    return std::make_shared<FixedZone>(resolved, 0);
  }
  std::string_view prefix;
  std::string_view offset_text = resolved;
  for (std::string_view candidate : {"UTC", "GMT", "UT"}) {
    if (offset_text.size() > candidate.size() && offset_text.starts_with(candidate) &&
        (offset_text[candidate.size()] == '+' || offset_text[candidate.size()] == '-')) {
      prefix = candidate;
      offset_text.remove_prefix(candidate.size());
      break;
    }
  }
  if (offset_text[0] == '+' || offset_text[0] == '-') {
    const std::optional<int32_t> offset = ParseZoneOffset(offset_text);
    if (!offset.has_value()) return UnknownZone(name);
    return std::make_shared<FixedZone>(
        *offset == 0 && prefix.empty() ? "Z" : std::string(prefix) + FormatZoneOffset(*offset),
        *offset);
  }
  return LoadRegion(resolved, name);
}

}  // namespace

std::optional<int32_t> ParseZoneOffset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int32_t sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  // Parts of one or two digits with colons, or pairs of digits without.
  const bool colons = text.find(':') != std::string_view::npos;
  int32_t parts[3] = {0, 0, 0};
  int count = 0;
  size_t position = 0;
  if (!colons && text.size() > 2 && text.size() % 2 != 0) return std::nullopt;
  while (position < text.size()) {
    if (count == 3) return std::nullopt;
    size_t digits = 0;
    while (digits < 2 && position < text.size() && text[position] >= '0' && text[position] <= '9') {
      parts[count] = parts[count] * 10 + (text[position] - '0');
      ++position;
      ++digits;
    }
    // Spark lets hours and a closing minute have one digit.
    if (digits == 0 || (digits == 1 && count == 2)) return std::nullopt;
    ++count;
    if (position == text.size()) break;
    if (colons) {
      if (text[position] != ':') return std::nullopt;
      if (digits == 1 && count == 2) return std::nullopt;
      ++position;
      if (position == text.size()) return std::nullopt;
    }
  }
  if (count == 0 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
  const int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (seconds > 18 * 3600) return std::nullopt;
  return sign * seconds;
}

std::string FormatZoneOffset(int32_t offset_seconds) {
  if (offset_seconds == 0) return "Z";
  const int32_t magnitude = std::abs(offset_seconds);
  std::string text(1, offset_seconds < 0 ? '-' : '+');
  const auto append = [&text](int32_t value) {
    text += static_cast<char>('0' + value / 10);
    text += static_cast<char>('0' + value % 10);
  };
  append(magnitude / 3600);
  text += ':';
  append(magnitude / 60 % 60);
  if (magnitude % 60 != 0) {
    text += ':';
    append(magnitude % 60);
  }
  return text;
}

Result<std::shared_ptr<const TimeZone>> TimeZone::Find(const std::string& name) {
  static std::mutex mutex;
  static auto* zones = new std::unordered_map<std::string, std::shared_ptr<const TimeZone>>();
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (const auto found = zones->find(name); found != zones->end()) return found->second;
  }
  if (name.empty()) return UnknownZone(name);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const TimeZone> zone, Load(name));
  const std::lock_guard<std::mutex> lock(mutex);
  return zones->emplace(name, std::move(zone)).first->second;
}

const std::shared_ptr<const TimeZone>& TimeZone::Utc() {
  static const auto* utc =
      new std::shared_ptr<const TimeZone>(std::make_shared<FixedZone>("UTC", 0));
  return *utc;
}

std::string TimeZone::HostZoneName() {
  if (const char* variable = std::getenv("TZ"); variable != nullptr) {
    std::string name = variable[0] == ':' ? variable + 1 : variable;
    if (!name.empty() && Find(name).ok()) return name;
  }
  char target[4096];
  const ssize_t length = readlink("/etc/localtime", target, sizeof(target));
  if (length > 0) {
    const std::string_view path(target, length);
    constexpr std::string_view kMarker = "zoneinfo/";
    const size_t at = path.rfind(kMarker);
    if (at != std::string_view::npos) {
      std::string name(path.substr(at + kMarker.size()));
      if (Find(name).ok()) return name;
    }
  }
  std::ifstream file("/etc/timezone");
  std::string name;
  if (std::getline(file, name) && Find(name).ok()) return name;
  return "UTC";
}

}  // namespace headrace

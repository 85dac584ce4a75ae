#include "base/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/ascii.h"

namespace headrace {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kSpace) - start + 1);
}

// Spark has no error condition for these.
Status WrongValue(const std::string& key, const std::string& value, const std::string& accepted) {
  return IllegalArgument(
      "", "Invalid value '" + value + "' for option '" + key + "': " + accepted + ".",
      {{"option", key}, {"value", value}});
}

std::optional<int64_t> ParseInt(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

struct DurationUnit {
  std::string_view name;
  int64_t microseconds;
};

// Longer names are also taken in the plural.
constexpr std::array<DurationUnit, 16> kDurationUnits = {{{"us", 1},
                                                          {"microsecond", 1},
                                                          {"ms", 1'000},
                                                          {"millisecond", 1'000},
                                                          {"s", 1'000'000},
                                                          {"sec", 1'000'000},
                                                          {"second", 1'000'000},
                                                          {"m", 60'000'000},
                                                          {"min", 60'000'000},
                                                          {"minute", 60'000'000},
                                                          {"h", 3'600'000'000},
                                                          {"hour", 3'600'000'000},
                                                          {"d", 86'400'000'000},
                                                          {"day", 86'400'000'000},
                                                          {"w", 604'800'000'000},
                                                          {"week", 604'800'000'000}}};

std::optional<int64_t> MicrosecondsPer(std::string_view unit) {
  for (const DurationUnit& known : kDurationUnits) {
    if (unit == known.name) return known.microseconds;
    if (known.name.size() > 2 && unit.ends_with('s') &&
        unit.substr(0, unit.size() - 1) == known.name) {
      return known.microseconds;
    }
  }
  return std::nullopt;
}

// "10 seconds", "1 minute 30 seconds", "5m"; plain numbers are milliseconds.
std::optional<int64_t> ParseDurationUs(std::string_view text) {
  text = Trim(text);
  if (std::optional<int64_t> plain = ParseInt(text)) {
    int64_t us;
    if (__builtin_mul_overflow(*plain, int64_t{1000}, &us)) return std::nullopt;
    return us;
  }
  const std::string lower = AsciiLower(text);
  std::string_view rest = lower;
  if (rest.starts_with("interval ")) rest.remove_prefix(9);
  int64_t total = 0;
  bool any = false;
  for (rest = Trim(rest); !rest.empty(); rest = Trim(rest)) {
    int64_t number;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (parsed.ec != std::errc()) return std::nullopt;
    rest.remove_prefix(static_cast<size_t>(parsed.ptr - rest.data()));
    rest = Trim(rest);
    size_t length = 0;
    while (length < rest.size() && std::isalpha(static_cast<unsigned char>(rest[length]))) ++length;
    const std::optional<int64_t> unit = MicrosecondsPer(rest.substr(0, length));
    int64_t part;
    if (!unit || __builtin_mul_overflow(number, *unit, &part) ||
        __builtin_add_overflow(total, part, &total)) {
      return std::nullopt;
    }
    rest.remove_prefix(length);
    any = true;
  }
  return any ? std::optional<int64_t>(total) : std::nullopt;
}

}  // namespace

Options::Options(const std::map<std::string, std::string>& values) {
  for (const auto& [key, value] : values) Set(key, value);
}

void Options::Set(const std::string& key, std::string value) {
  const std::string lower = AsciiLower(key);
  // The last spelling of a key stands for all its spellings.
  std::erase_if(original_, [&](const auto& entry) { return AsciiLower(entry.first) == lower; });
  original_[key] = value;
  lower_[lower] = std::move(value);
}

bool Options::Has(const std::string& key) const { return lower_.contains(AsciiLower(key)); }

std::optional<std::string> Options::Get(const std::string& key) const {
  auto found = lower_.find(AsciiLower(key));
  if (found == lower_.end()) return std::nullopt;
  return found->second;
}

std::string Options::GetOr(const std::string& key, std::string fallback) const {
  return Get(key).value_or(std::move(fallback));
}

Result<bool> Options::GetBool(const std::string& key, bool fallback) const {
  const std::optional<std::string> text = Get(key);
  if (!text) return fallback;
  const std::string lower = AsciiLower(*text);
  if (lower == "true") return true;
  if (lower == "false") return false;
  return WrongValue(key, *text, "use 'true' or 'false'");
}

Result<int64_t> Options::GetInt(const std::string& key, int64_t fallback) const {
  const std::optional<std::string> text = Get(key);
  if (!text) return fallback;
  if (std::optional<int64_t> value = ParseInt(*text)) return *value;
  return WrongValue(key, *text, "it must be an integer");
}

Result<int64_t> Options::GetPositiveInt(const std::string& key, int64_t fallback) const {
  const std::optional<std::string> text = Get(key);
  if (!text) return fallback;
  const std::optional<int64_t> value = ParseInt(*text);
  if (value && *value > 0) return *value;
  return WrongValue(key, *text, "it must be a positive integer");
}

Result<int64_t> Options::GetDurationUs(const std::string& key, int64_t fallback) const {
  const std::optional<std::string> text = Get(key);
  if (!text) return fallback;
  if (std::optional<int64_t> value = ParseDurationUs(*text)) return *value;
  return WrongValue(key, *text,
                    "it must be a duration such as '10 seconds', '5m' or '500ms', or a number of "
                    "milliseconds");
}

}  // namespace headrace

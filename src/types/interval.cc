// Calendar intervals: "1 hour 30 minutes".
#include <cctype>

#include "base/ascii.h"
#include "base/time_units.h"
#include "types/spark_type.h"
#include "types/time.h"

namespace headrace {

namespace {

struct Unit {
  const char* name;
  int64_t months, days, microseconds;  // of one unit
};
constexpr Unit kUnits[] = {
    {"year", 12, 0, 0},
    {"month", 1, 0, 0},
    {"week", 0, 7, 0},
    {"day", 0, 1, 0},
    {"hour", 0, 0, 3600 * kMicrosPerSecond},
    {"minute", 0, 0, 60 * kMicrosPerSecond},
    {"second", 0, 0, kMicrosPerSecond},
    // Spark does not know the short forms; its users write them all the same.
    {"hr", 0, 0, 3600 * kMicrosPerSecond},
    {"min", 0, 0, 60 * kMicrosPerSecond},
    {"sec", 0, 0, kMicrosPerSecond},
    {"millisecond", 0, 0, 1000},
    {"microsecond", 0, 0, 1},
};

const Unit* FindUnit(std::string_view name) {
  if (name.ends_with('s')) name.remove_suffix(1);
  for (const Unit& unit : kUnits) {
    if (name == unit.name) return &unit;
  }
  return nullptr;
}

bool IsSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

Status CannotParse(std::string_view text, const std::string& reason) {
  return AnalysisError("CANNOT_PARSE_INTERVAL",
                       "The interval '" + std::string(text) + "' cannot be read: " + reason +
                           ". Write numbers with units, as in '10 minutes' or "
                           "'1 hour 30 minutes'.",
                       {{"intervalString", "'" + std::string(text) + "'"}});
}

// Adds value * scale to *sum.
template <typename Integer>
bool Accumulate(int64_t value, int64_t scale, Integer* sum) {
  int64_t product = 0;
  return !__builtin_mul_overflow(value, scale, &product) &&
         !__builtin_add_overflow(*sum, product, sum);
}

}  // namespace

Result<CalendarInterval> ParseInterval(std::string_view text) {
  const std::string lower = ToLower(text);
  std::string_view rest = lower;
  const auto skip_space = [&rest]() {
    const size_t before = rest.size();
    while (!rest.empty() && IsSpace(rest[0])) rest.remove_prefix(1);
    return rest.size() < before;
  };
  skip_space();
  if (rest.starts_with("interval")) {
    rest.remove_prefix(8);
    if (!skip_space()) return CannotParse(text, "nothing follows the word interval");
  }
  if (rest.empty()) return CannotParse(text, "it is empty");
  CalendarInterval interval;
  while (!rest.empty()) {
    int64_t sign = 1;
    if (rest[0] == '-' || rest[0] == '+') {
      sign = rest[0] == '-' ? -1 : 1;
      rest.remove_prefix(1);
      skip_space();
    }
    int64_t value = 0;
    int64_t nanoseconds = 0;
    bool digits = false;
    for (; !rest.empty() && IsDigit(rest[0]); rest.remove_prefix(1)) {
      digits = true;
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_sub_overflow(value, rest[0] - '0', &value)) {
        return CannotParse(text, "a number is too large");
      }
    }
    bool fraction = false;
    if (!rest.empty() && rest[0] == '.') {
      fraction = true;
      rest.remove_prefix(1);
      int64_t scale = 100000000;
      for (; !rest.empty() && IsDigit(rest[0]); rest.remove_prefix(1)) {
        if (scale == 0) return CannotParse(text, "a fraction has more than nine digits");
        digits = true;
        nanoseconds -= (rest[0] - '0') * scale;
        scale /= 10;
      }
    }
    if (!digits) return CannotParse(text, "a number is missing");
    if (!skip_space()) {
      return CannotParse(text, rest.empty() ? "a unit is missing"
                                            : "a number is not followed by "
                                              "a space and a unit");
    }
    size_t length = 0;
    while (length < rest.size() && !IsSpace(rest[length])) ++length;
    const std::string word(rest.substr(0, length));
    if (word.empty()) return CannotParse(text, "a unit is missing");
    const Unit* unit = FindUnit(word);
    if (unit == nullptr) return CannotParse(text, "'" + word + "' is not a unit of time");
    if (fraction && unit->microseconds != kMicrosPerSecond) {
      return CannotParse(text, "only seconds may have a fraction");
    }
    // The number was read as a negative one, since the negative range is wider by one.
    sign = -sign;
    if (!Accumulate(value, unit->months * sign, &interval.months) ||
        !Accumulate(value, unit->days * sign, &interval.days) ||
        !Accumulate(value, unit->microseconds * sign, &interval.microseconds) ||
        !Accumulate(nanoseconds / 1000, sign, &interval.microseconds)) {
      return CannotParse(text, "a number is too large");
    }
    rest.remove_prefix(length);
    skip_space();
  }
  return interval;
}

}  // namespace headrace

#include "types/zone_rules.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/time_units.h"
#include "types/time.h"
#include "types/wrapping.h"

namespace headrace {

namespace {

// 400 years of the Gregorian calendar: whole weeks, so that rules by weekday repeat too.
constexpr int64_t kCycleUs = 146097LL * 86400 * kMicrosPerSecond;

int64_t ReadBigEndian(const char* p, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(p[i]);
  if (bytes == 4) return static_cast<int32_t>(static_cast<uint32_t>(value));
  return static_cast<int64_t>(value);
}

struct Header {
  int64_t utc_flags, standard_flags, leaps, transitions, types, name_bytes;

  // `time_size` is 4 in the first part of a file, 8 in the second.
  int64_t BodySize(int time_size) const {
    return transitions * time_size + transitions + types * 6 + name_bytes +
           leaps * (time_size + 4) + standard_flags + utc_flags;
  }
};
constexpr size_t kHeaderSize = 44;

Status Damaged() { return Status::Invalid("The time zone file is damaged"); }

Result<Header> ReadHeader(std::string_view content) {
  if (content.size() < kHeaderSize || !content.starts_with("TZif")) return Damaged();
  const char* counts = content.data() + 20;
  return Header{ReadBigEndian(counts, 4),      ReadBigEndian(counts + 4, 4),
                ReadBigEndian(counts + 8, 4),  ReadBigEndian(counts + 12, 4),
                ReadBigEndian(counts + 16, 4), ReadBigEndian(counts + 20, 4)};
}

// Reader of POSIX rules: `CET-1CEST,M3.5.0,M10.5.0/3`.
class PosixRule {
 public:
  struct Change {
    enum { kMonthWeekDay, kJulianWithoutLeapDay, kDayOfYear } kind;
    int32_t month, week, day;
    int32_t seconds;  // local time of day at which the change happens
  };

  explicit PosixRule(std::string_view text) : rest_(text) {}

  bool Parse() {
    if (!Name(&standard_name) || !Seconds(&standard_offset)) return false;
    standard_offset = -standard_offset;
    if (rest_.empty()) return true;
    if (!Name(&summer_name)) return false;
    has_summer = true;
    summer_offset = standard_offset + 3600;
    if (!rest_.empty() && rest_[0] != ',') {
      if (!Seconds(&summer_offset)) return false;
      summer_offset = -summer_offset;
    }
    return ParseChange(&to_summer) && ParseChange(&to_standard) && rest_.empty();
  }

  // Seconds since 1970 of the local time of a change in `year`.
  static int64_t LocalSeconds(const Change& change, int32_t year) {
    int64_t days = 0;
    switch (change.kind) {
      case Change::kDayOfYear:
        days = DaysFromCivil(year, 1, 1) + change.day;
        break;
      case Change::kJulianWithoutLeapDay: {
        const bool leap = DaysFromCivil(year, 3, 1) - DaysFromCivil(year, 2, 1) == 29;
        days = DaysFromCivil(year, 1, 1) + change.day - 1 + (leap && change.day >= 60 ? 1 : 0);
        break;
      }
      case Change::kMonthWeekDay: {
        const int64_t first = DaysFromCivil(year, change.month, 1);
        // 1970-01-01 was a Thursday (4).
        const int64_t weekday = ((first + 4) % 7 + 7) % 7;
        days = first + (change.day - weekday + 7) % 7 + (change.week - 1) * 7;
        const int64_t next_month = change.month == 12 ? DaysFromCivil(year + 1, 1, 1)
                                                      : DaysFromCivil(year, change.month + 1, 1);
        while (days >= next_month) days -= 7;
        break;
      }
    }
    return days * 86400 + change.seconds;
  }

  bool has_summer = false;
  std::string_view standard_name;
  std::string_view summer_name;
  int32_t standard_offset = 0;
  int32_t summer_offset = 0;
  Change to_summer{};
  Change to_standard{};

 private:
  bool Accept(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool Name(std::string_view* name) {
    size_t length = 0;
    if (!rest_.empty() && rest_[0] == '<') {
      length = rest_.find('>');
      if (length == std::string_view::npos) return false;
      *name = rest_.substr(1, length - 1);
      ++length;
    } else {
      while (length < rest_.size() && std::isalpha(static_cast<unsigned char>(rest_[length]))) {
        ++length;
      }
      *name = rest_.substr(0, length);
    }
    rest_.remove_prefix(length);
    return length >= 3;
  }

  bool Number(int32_t* value) {
    if (rest_.empty() || !std::isdigit(static_cast<unsigned char>(rest_[0]))) return false;
    *value = 0;
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_[0])) &&
           *value < 100000) {
      *value = *value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return true;
  }

  // [+-]hh[:mm[:ss]]
  bool Seconds(int32_t* seconds) {
    int32_t sign = 1;
    if (Accept('-')) {
      sign = -1;
    } else {
      Accept('+');
    }
    int32_t hours = 0;
    int32_t minutes = 0;
    int32_t rest = 0;
    if (!Number(&hours)) return false;
    if (Accept(':') && !Number(&minutes)) return false;
    if (Accept(':') && !Number(&rest)) return false;
    *seconds = sign * (hours * 3600 + minutes * 60 + rest);
    return true;
  }

  bool ParseChange(Change* change) {
    if (!Accept(',')) return false;
    change->seconds = 2 * 3600;
    if (Accept('M')) {
      change->kind = Change::kMonthWeekDay;
      if (!Number(&change->month) || !Accept('.') || !Number(&change->week) || !Accept('.') ||
          !Number(&change->day) || change->month < 1 || change->month > 12) {
        return false;
      }
    } else if (Accept('J')) {
      change->kind = Change::kJulianWithoutLeapDay;
      if (!Number(&change->day)) return false;
    } else {
      change->kind = Change::kDayOfYear;
      if (!Number(&change->day)) return false;
    }
    return !Accept('/') || Seconds(&change->seconds);
  }

  std::string_view rest_;
};

}  // namespace

ZoneRules::ZoneRules(ZoneRules&& other) noexcept
    : periods_(std::move(other.periods_)),
      abbreviations_(std::move(other.abbreviations_)),
      wrap_end_us_(other.wrap_end_us_) {}

Result<ZoneRules> ZoneRules::Parse(std::string_view content) {
  ARROW_ASSIGN_OR_RAISE(Header header, ReadHeader(content));
  int time_size = 4;
  if (content[4] >= '2') {
    // The first part is for readers of 32-bit times only.
    const size_t first_part = kHeaderSize + header.BodySize(4);
    if (content.size() < first_part) return Damaged();
    content.remove_prefix(first_part);
    ARROW_ASSIGN_OR_RAISE(header, ReadHeader(content));
    time_size = 8;
  }
  content.remove_prefix(kHeaderSize);
  if (header.types < 1 || static_cast<int64_t>(content.size()) < header.BodySize(time_size)) {
    return Damaged();
  }
  const char* times = content.data();
  const char* indices = times + header.transitions * time_size;
  const char* types = indices + header.transitions;

  ZoneRules rules;
  const auto offset_of = [&](int64_t type) {
    return static_cast<int32_t>(ReadBigEndian(types + type * 6, 4));
  };
  const std::string_view names(types + header.types * 6, header.name_bytes);
  const auto name_of = [&](int64_t type) {
    const std::string_view tail = names.substr(
        std::min<size_t>(static_cast<unsigned char>(types[type * 6 + 5]), names.size()));
    return tail.substr(0, tail.find('\0'));
  };
  rules.periods_.push_back(
      {INT64_MIN, INT64_MAX, offset_of(0), rules.AbbreviationIndex(name_of(0))});
  for (int64_t i = 0; i < header.transitions; ++i) {
    const auto type = static_cast<unsigned char>(indices[i]);
    if (type >= header.types) return Damaged();
    rules.AddPeriod(ReadBigEndian(times + i * time_size, time_size), offset_of(type),
                    name_of(type));
  }
  if (time_size == 8) {
    std::string_view footer = content.substr(header.BodySize(time_size));
    if (footer.size() >= 2 && footer.front() == '\n' && footer.back() == '\n') {
      footer = footer.substr(1, footer.size() - 2);
      if (!footer.empty()) ARROW_RETURN_NOT_OK(rules.AddRule(footer));
    }
  }
  rules.Finish();
  return rules;
}

uint32_t ZoneRules::AbbreviationIndex(std::string_view abbreviation) {
  const auto found = std::find(abbreviations_.begin(), abbreviations_.end(), abbreviation);
  if (found != abbreviations_.end()) return found - abbreviations_.begin();
  abbreviations_.emplace_back(abbreviation);
  return abbreviations_.size() - 1;
}

void ZoneRules::AddPeriod(int64_t start_seconds, int32_t offset_seconds,
                          std::string_view abbreviation) {
  const uint32_t index = AbbreviationIndex(abbreviation);
  if (offset_seconds == periods_.back().offset_seconds && index == periods_.back().abbreviation) {
    return;
  }
  // Files may begin with a moment before the universe.
  constexpr int64_t kEarliest = -200000LL * 366 * 86400;
  if (start_seconds < kEarliest) {
    periods_.back().offset_seconds = offset_seconds;
    periods_.back().abbreviation = index;
    return;
  }
  periods_.push_back({start_seconds * kMicrosPerSecond, INT64_MAX, offset_seconds, index});
}

Status ZoneRules::AddRule(std::string_view text) {
  PosixRule rule(text);
  if (!rule.Parse()) return Damaged();
  if (!rule.has_summer) return Status::OK();
  const int64_t last_us = periods_.back().start_us;
  const int32_t first_year = last_us < 0 ? 1970 : CivilFromMicros(last_us).year;
  constexpr int32_t kYears = 402;
  for (int32_t year = first_year; year < first_year + kYears; ++year) {
    std::tuple<int64_t, int32_t, std::string_view> changes[] = {
        {PosixRule::LocalSeconds(rule.to_summer, year) - rule.standard_offset, rule.summer_offset,
         rule.summer_name},
        {PosixRule::LocalSeconds(rule.to_standard, year) - rule.summer_offset, rule.standard_offset,
         rule.standard_name}};
    std::sort(std::begin(changes), std::end(changes));
    for (const auto& [start, offset, name] : changes) {
      if (start * kMicrosPerSecond > last_us) AddPeriod(start, offset, name);
    }
  }
  wrap_end_us_ = MicrosFromCivil({.year = first_year + kYears - 1});
  return Status::OK();
}

void ZoneRules::Finish() {
  for (size_t i = 0; i + 1 < periods_.size(); ++i) {
    const int32_t widest = std::max(periods_[i].offset_seconds, periods_[i + 1].offset_seconds);
    periods_[i].local_end_us = periods_[i + 1].start_us + widest * kMicrosPerSecond;
  }
}

int64_t ZoneRules::Wrap(int64_t us) const {
  if (us < wrap_end_us_) return us;
  return wrap_end_us_ - kCycleUs + (us - wrap_end_us_) % kCycleUs;
}

const ZoneRules::Period& ZoneRules::PeriodAt(int64_t instant_us) const {
  const int64_t us = Wrap(instant_us);
  const uint32_t hint = last_.load(std::memory_order_relaxed);
  if (us >= periods_[hint].start_us &&
      (hint + 1 == periods_.size() || us < periods_[hint + 1].start_us)) {
    return periods_[hint];
  }
  const auto next =
      std::upper_bound(periods_.begin(), periods_.end(), us,
                       [](int64_t value, const Period& period) { return value < period.start_us; });
  const auto found = static_cast<uint32_t>(next - periods_.begin() - 1);
  last_.store(found, std::memory_order_relaxed);
  return periods_[found];
}

int32_t ZoneRules::OffsetAt(int64_t instant_us) const {
  return PeriodAt(instant_us).offset_seconds;
}

const std::string& ZoneRules::AbbreviationAt(int64_t instant_us) const {
  return abbreviations_[PeriodAt(instant_us).abbreviation];
}

int64_t ZoneRules::LocalToInstant(int64_t local_us) const {
  const int64_t us = Wrap(local_us);
  const uint32_t hint = last_.load(std::memory_order_relaxed);
  uint32_t found = hint;
  if (us >= periods_[hint].local_end_us || (hint > 0 && us < periods_[hint - 1].local_end_us)) {
    const auto period = std::upper_bound(
        periods_.begin(), periods_.end(), us,
        [](int64_t value, const Period& candidate) { return value < candidate.local_end_us; });
    found = static_cast<uint32_t>(std::min<size_t>(period - periods_.begin(), periods_.size() - 1));
    last_.store(found, std::memory_order_relaxed);
  }
  return AddSeconds(local_us, -periods_[found].offset_seconds);
}

}  // namespace headrace

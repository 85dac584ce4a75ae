#include "types/time.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace headrace {

namespace {

constexpr int64_t kSecond = 1000000;

std::shared_ptr<const TimeZone> Zone(const std::string& name) {
  return TimeZone::Find(name).ValueOrDie();
}

TEST(CalendarTest, EveryDayOf800Years) {
  // Counted day by day from a known one.
  int32_t year = 1600;
  int32_t month = 1;
  int32_t day = 1;
  for (int32_t days = -135140; year < 2400; ++days) {
    int32_t y = 0;
    int32_t m = 0;
    int32_t d = 0;
    CivilFromDays(days, &y, &m, &d);
    ASSERT_EQ(std::tie(y, m, d), std::tie(year, month, day)) << days;
    ASSERT_EQ(DaysFromCivil(year, month, day), days);
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    const int32_t length = month == 2 ? (leap ? 29 : 28)
                           : month == 4 || month == 6 || month == 9 || month == 11 ? 30
                                                                                   : 31;
    if (++day > length) {
      day = 1;
      if (++month > 12) {
        month = 1;
        ++year;
      }
    }
  }
}

TEST(CalendarTest, MicrosAndBack) {
  for (const int64_t micros : {0L, -1L, 1704067200123456L, -62135596800000001L, 253402300799999999L,
                               -9223372036854775807L, 9223372036854775807L}) {
    EXPECT_EQ(MicrosFromCivil(CivilFromMicros(micros)), micros);
  }
  const CivilTime civil = CivilFromMicros(-1);
  EXPECT_EQ(civil.year, 1969);
  EXPECT_EQ(civil.second, 59);
  EXPECT_EQ(civil.microsecond, 999999);
}

TEST(CalendarTest, IsoMillis) {
  EXPECT_EQ(FormatIsoMillis(1767225600000), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatIsoMillis(7), "1970-01-01T00:00:00.007Z");
  EXPECT_EQ(FormatIsoMillis(-1), "1969-12-31T23:59:59.999Z");
}

TEST(TimeZoneTest, FixedOffsets) {
  for (const auto& [name, seconds] :
       std::initializer_list<std::pair<const char*, int32_t>>{{"UTC", 0},
                                                              {"Z", 0},
                                                              {"GMT", 0},
                                                              {"+02:00", 7200},
                                                              {"+2", 7200},
                                                              {"-0230", -9000},
                                                              {"UTC+1", 3600},
                                                              {"GMT-03:30", -12600},
                                                              {"UT+05:30", 19800},
                                                              {"-01:02:03", -3723},
                                                              {"EST", -18000},
                                                              {"+18:00", 64800}}) {
    const auto zone = TimeZone::Find(name);
    ASSERT_TRUE(zone.ok()) << name;
    EXPECT_EQ((*zone)->OffsetAt(0), seconds) << name;
    EXPECT_EQ((*zone)->LocalToInstant(seconds * kSecond), 0) << name;
  }
}

TEST(TimeZoneTest, UnknownNames) {
  for (const char* name : {"", "Mars/Olympus", "utc", "+19:00", "+1:2:3:4", "../UTC", "UTC+",
                           "/etc/passwd", "Europe", "right/UTC", "+", "GMT+99"}) {
    const auto zone = TimeZone::Find(name);
    ASSERT_FALSE(zone.ok()) << name;
    EXPECT_EQ(ErrorDetail::Get(zone.status())->condition(), "INVALID_TIMEZONE") << name;
  }
}

TEST(TimeZoneTest, RulesGoOnForEver) {
  // The calendar repeats after 400 years, and so do the rules.
  const auto paris = Zone("Europe/Paris");
  const int64_t summer_2024 = MicrosFromCivil({.year = 2024, .month = 7});
  const int64_t winter_2024 = MicrosFromCivil({.year = 2024, .month = 1});
  const int64_t cycle = 146097LL * 86400 * kSecond;
  for (int i = 1; i < 30; ++i) {
    EXPECT_EQ(paris->OffsetAt(summer_2024 + i * cycle), 7200) << i;
    EXPECT_EQ(paris->OffsetAt(winter_2024 + i * cycle), 3600) << i;
    EXPECT_EQ(paris->LocalToInstant(summer_2024 + i * cycle),
              summer_2024 + i * cycle - 7200 * kSecond);
  }
  // Changes at the same moments, to the microsecond.
  const int64_t change = MicrosFromCivil({.year = 2024, .month = 3, .day = 31, .hour = 1});
  for (const int64_t moment : {change, change + cycle, change + 5 * cycle}) {
    EXPECT_EQ(paris->OffsetAt(moment - 1), 3600);
    EXPECT_EQ(paris->OffsetAt(moment), 7200);
  }
}

TEST(TimeZoneTest, LookUpsInAnyOrderAgree) {
  // The remembered period must not change an answer.
  const auto zone = Zone("America/New_York");
  const auto fresh = [](int64_t instant) {
    // A zone without rules of its own shares none of the state.
    return std::pair(Zone("US/Eastern")->OffsetAt(instant), instant);
  };
  uint64_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const int64_t instant = static_cast<int64_t>(state >> 20) % (200LL * 365 * 86400) * kSecond -
                            100LL * 365 * 86400 * kSecond;
    EXPECT_EQ(zone->OffsetAt(instant), fresh(instant).first);
    const int64_t local = zone->InstantToLocal(instant);
    const int64_t back = zone->LocalToInstant(local);
    // In an overlap the earlier instant is taken.
    if (back != instant) {
      EXPECT_LT(back, instant);
      EXPECT_EQ(zone->InstantToLocal(back), local);
    }
  }
}

TEST(TimeZoneTest, Abbreviations) {
  const auto paris = Zone("Europe/Paris");
  EXPECT_EQ(paris->AbbreviationAt(MicrosFromCivil({.year = 2024, .month = 1})), "CET");
  EXPECT_EQ(paris->AbbreviationAt(MicrosFromCivil({.year = 2050, .month = 7})), "CEST");
  EXPECT_EQ(TimeZone::Utc()->AbbreviationAt(0), "UTC");
}

TEST(TimeZoneTest, HostZone) {
  const char* before = std::getenv("TZ");
  const std::string saved = before == nullptr ? "" : before;
  setenv("TZ", "Asia/Tokyo", 1);
  EXPECT_EQ(TimeZone::HostZoneName(), "Asia/Tokyo");
  setenv("TZ", ":Europe/Paris", 1);
  EXPECT_EQ(TimeZone::HostZoneName(), "Europe/Paris");
  setenv("TZ", "nonsense", 1);
  EXPECT_TRUE(TimeZone::Find(TimeZone::HostZoneName()).ok());
  if (before == nullptr) {
    unsetenv("TZ");
  } else {
    setenv("TZ", saved.c_str(), 1);
  }
}

TEST(ParseTimestampTest, FastAndSlowLayoutsAgree) {
  // A leading space sends the text through the general parser.
  for (const char* text : {"2024-01-31 10:11:12", "2024-01-31T10:11:12.123456Z",
                           "2024-01-31 10:11:12.123456789", "2024-02-30 10:11:12",
                           "2024-01-31 24:00:00", "2024-01-31 10:11:12.", "2024-01-31 10:11:1x"}) {
    const auto zone = Zone("Europe/Paris");
    EXPECT_EQ(ParseTimestamp(text, *zone), ParseTimestamp(std::string(" ") + text, *zone)) << text;
    EXPECT_EQ(ParseTimestampNtz(text), ParseTimestampNtz(std::string(" ") + text)) << text;
  }
  EXPECT_EQ(ParseDate("2024-02-29"), ParseDate(" 2024-02-29"));
  EXPECT_EQ(ParseDate("2024-02-30"), ParseDate(" 2024-02-30"));
}

TEST(ParseTimestampTest, TimeAloneIsToday) {
  const TimeZone& utc = *TimeZone::Utc();
  const auto time = ParseTimestamp("10:11:12", utc);
  ASSERT_TRUE(time.has_value());
  const CivilTime civil = CivilFromMicros(*time);
  EXPECT_EQ(civil.hour, 10);
  EXPECT_EQ(civil.second, 12);
  EXPECT_GE(civil.year, 2024);
  EXPECT_TRUE(ParseTimestamp("T10:11", utc).has_value());
  EXPECT_FALSE(ParseTimestamp("+10:11:12", utc).has_value());
  EXPECT_FALSE(ParseTimestampNtz("10:11:12").has_value());
}

std::string Describe(const std::string& text) {
  const auto interval = ParseInterval(text);
  if (!interval.ok()) return ErrorDetail::Get(interval.status())->condition();
  return std::to_string(interval->months) + " " + std::to_string(interval->days) + " " +
         std::to_string(interval->microseconds);
}

TEST(ParseIntervalTest, WhatSparkTakes) {
  EXPECT_EQ(Describe("10 minutes"), "0 0 600000000");
  EXPECT_EQ(Describe("1 hour 30 minutes"), "0 0 5400000000");
  EXPECT_EQ(Describe("1.5 seconds"), "0 0 1500000");
  EXPECT_EQ(Describe("-5 minutes"), "0 0 -300000000");
  EXPECT_EQ(Describe("- 1.5 seconds"), "0 0 -1500000");
  EXPECT_EQ(Describe("+ 10 minutes"), "0 0 600000000");
  EXPECT_EQ(Describe("INTERVAL 5 DAYS"), "0 5 0");
  EXPECT_EQ(Describe("1 month"), "1 0 0");
  EXPECT_EQ(Describe("2 years 1 week"), "24 7 0");
  EXPECT_EQ(Describe("  10   minutes  "), "0 0 600000000");
  EXPECT_EQ(Describe("10\tminutes"), "0 0 600000000");
  EXPECT_EQ(Describe(".5 second"), "0 0 500000");
  EXPECT_EQ(Describe("1. second"), "0 0 1000000");
  EXPECT_EQ(Describe("1 millisecond 1 microsecond"), "0 0 1001");
  EXPECT_EQ(Describe("-9223372036854775808 microseconds"), "0 0 -9223372036854775808");
}

TEST(ParseIntervalTest, ShortUnits) {
  EXPECT_EQ(Describe("10 sec"), "0 0 10000000");
  EXPECT_EQ(Describe("5 mins"), "0 0 300000000");
  EXPECT_EQ(Describe("2 hr"), "0 0 7200000000");
}

TEST(ParseIntervalTest, WhatSparkRefuses) {
  for (const char* text :
       {"", " ", "abc", "10", "10 minutes 5", "10min", "1.5 minutes", "5 fortnights",
        "1 minute,2 seconds", "1.1234567891 seconds", "9223372036854775807 days", "interval",
        "interval10 minutes", "1 minutess", "9223372036854775808 microseconds", "-", ". seconds"}) {
    EXPECT_EQ(Describe(text), "CANNOT_PARSE_INTERVAL") << text;
  }
}

}  // namespace

}  // namespace headrace

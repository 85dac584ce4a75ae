// English names in dates: java.time's for the root and US locales.
#include "types/datetime_elements.h"

namespace headrace {

DateTimeNames NamesOf(DateTimeField field, bool full) {
  switch (field) {
    case DateTimeField::kMonth:
      if (full) {
        return {{"January", "February", "March", "April", "May", "June", "July", "August",
                 "September", "October", "November", "December"},
                1};
      }
      return {{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
              1};
    case DateTimeField::kWeekday:
      if (full) {
        return {{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}, 1};
      }
      return {{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, 1};
    case DateTimeField::kQuarter:
      if (full) return {{"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"}, 1};
      return {{"Q1", "Q2", "Q3", "Q4"}, 1};
    case DateTimeField::kEra:
      if (full) return {{"Before Christ", "Anno Domini"}, 0};
      return {{"BC", "AD"}, 0};
    case DateTimeField::kAmPm:
      return {{"AM", "PM"}, 0};
    default:
      return {};
  }
}

namespace {

struct ZoneName {
  std::string_view abbreviation, full, region;
};

constexpr ZoneName kZoneNames[] = {
    {"UTC", "Coordinated Universal Time", "UTC"},
    {"GMT", "Greenwich Mean Time", "GMT"},
    {"BST", "British Summer Time", "Europe/London"},
    {"WET", "Western European Standard Time", "Europe/Lisbon"},
    {"WEST", "Western European Summer Time", "Europe/Lisbon"},
    {"CET", "Central European Standard Time", "Europe/Paris"},
    {"CEST", "Central European Summer Time", "Europe/Paris"},
    {"EET", "Eastern European Standard Time", "Europe/Athens"},
    {"EEST", "Eastern European Summer Time", "Europe/Athens"},
    {"MSK", "Moscow Standard Time", "Europe/Moscow"},
    {"EST", "Eastern Standard Time", "America/New_York"},
    {"EDT", "Eastern Daylight Time", "America/New_York"},
    {"CST", "Central Standard Time", "America/Chicago"},
    {"CDT", "Central Daylight Time", "America/Chicago"},
    {"MST", "Mountain Standard Time", "America/Denver"},
    {"MDT", "Mountain Daylight Time", "America/Denver"},
    {"PST", "Pacific Standard Time", "America/Los_Angeles"},
    {"PDT", "Pacific Daylight Time", "America/Los_Angeles"},
    {"NST", "Newfoundland Standard Time", "America/St_Johns"},
    {"NDT", "Newfoundland Daylight Time", "America/St_Johns"},
    {"IST", "India Standard Time", "Asia/Kolkata"},
    {"JST", "Japan Standard Time", "Asia/Tokyo"},
    {"KST", "Korean Standard Time", "Asia/Seoul"},
    {"AEST", "Australian Eastern Standard Time", "Australia/Sydney"},
    {"AEDT", "Australian Eastern Daylight Time", "Australia/Sydney"},
};

}  // namespace

std::string_view FullZoneName(std::string_view abbreviation) {
  for (const ZoneName& name : kZoneNames) {
    if (name.abbreviation == abbreviation) return name.full;
  }
  return "";
}

std::string_view RegionOfAbbreviation(std::string_view abbreviation) {
  for (const ZoneName& name : kZoneNames) {
    if (name.abbreviation == abbreviation) return name.region;
  }
  return "";
}

}  // namespace headrace

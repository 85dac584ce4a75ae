// trunc(date, unit) and date_trunc(unit, timestamp).
#include "base/time_units.h"
#include "functions/datetime/calendar.h"
#include "functions/datetime/datetime_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

using std::string_view;

enum class Unit {
  kNone,
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
};

Unit FindUnit(string_view name) {
  static const std::pair<const char*, Unit> kNames[] = {{"MICROSECOND", Unit::kMicrosecond},
                                                        {"MILLISECOND", Unit::kMillisecond},
                                                        {"SECOND", Unit::kSecond},
                                                        {"MINUTE", Unit::kMinute},
                                                        {"HOUR", Unit::kHour},
                                                        {"DAY", Unit::kDay},
                                                        {"DD", Unit::kDay},
                                                        {"WEEK", Unit::kWeek},
                                                        {"MON", Unit::kMonth},
                                                        {"MONTH", Unit::kMonth},
                                                        {"MM", Unit::kMonth},
                                                        {"QUARTER", Unit::kQuarter},
                                                        {"YEAR", Unit::kYear},
                                                        {"YYYY", Unit::kYear},
                                                        {"YY", Unit::kYear}};
  for (const auto& [text, unit] : kNames) {
    if (EqualsIgnoreCase(name, text)) return unit;
  }
  return Unit::kNone;
}

int32_t TruncateDate(int32_t days, Unit unit) {
  if (unit == Unit::kWeek) {
    int32_t weekday = (days + 3) % 7;
    if (weekday < 0) weekday += 7;
    return days - weekday;
  }
  int32_t year, month, day;
  CivilFromDays(days, &year, &month, &day);
  if (unit == Unit::kYear) month = 1;
  if (unit == Unit::kQuarter) month = (month - 1) / 3 * 3 + 1;
  return DaysFromCivil(year, month, 1);
}

int64_t FloorTo(int64_t value, int64_t step) {
  const int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

int64_t TruncateInstant(int64_t instant, Unit unit, const TimeZone& zone) {
  switch (unit) {
    case Unit::kMicrosecond:
      return instant;
    case Unit::kMillisecond:
      return FloorTo(instant, 1000);
    case Unit::kSecond:
      return FloorTo(instant, 1000000);
    default:
      break;
  }
  const int64_t local = zone.InstantToLocal(instant);
  if (unit == Unit::kMinute || unit == Unit::kHour) {
    // The offset of the instant itself, so that a repeated hour is not mistaken for the other.
    const int64_t step = unit == Unit::kMinute ? 60000000 : 3600000000;
    return instant - (local - FloorTo(local, step));
  }
  const int32_t days = DaysOfLocal(local);
  const int64_t truncated = unit == Unit::kDay ? days : TruncateDate(days, unit);
  return zone.LocalToInstant(truncated * kMicrosPerDay);
}

}  // namespace

void RegisterTruncationFunctions(FunctionRegistry* registry) {
  AddSimple(
      registry, {"trunc"},
      {"trunc(date, unit) -> date",
       "The first day of the date's WEEK, MONTH, QUARTER or YEAR; null for another unit.",
       "trunc('2009-02-12', 'MM')"},
      {arrow::date32(), arrow::utf8()}, arrow::date32(),
      RowKernel<int32_t, int32_t, string_view>(arrow::date32(),
                                               [](int32_t* out, int32_t days, string_view name) {
                                                 const Unit unit = FindUnit(name);
                                                 if (unit < Unit::kWeek) return false;
                                                 *out = TruncateDate(days, unit);
                                                 return true;
                                               }),
      NullBehaviour::kCustom);

  ScalarFunction date_trunc;
  date_trunc.names = {"date_trunc"};
  date_trunc.documentation = {"date_trunc(unit, timestamp) -> timestamp",
                              "The timestamp cut to a unit from MICROSECOND to YEAR; null for "
                              "another unit.",
                              "date_trunc('HOUR', '2015-03-05T09:32:05.359')"};
  date_trunc.nulls = NullBehaviour::kCustom;
  date_trunc.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("date_trunc", arguments.size(), 2, 2));
    ARROW_ASSIGN_OR_RAISE(arguments[0],
                          Coerce("date_trunc", 0, arguments[0], arrow::utf8(), context));
    ARROW_ASSIGN_OR_RAISE(arguments[1],
                          Coerce("date_trunc", 1, arguments[1], TimestampType(), context));
    return MakeCall("date_trunc", TimestampType(), true, std::move(arguments),
                    RowKernel<int64_t, string_view, int64_t>(
                        TimestampType(),
                        [zone = context.zone](int64_t* out, string_view name, int64_t instant) {
                          const Unit unit = FindUnit(name);
                          if (unit == Unit::kNone) return false;
                          *out = TruncateInstant(instant, unit, *zone);
                          return true;
                        }));
  };
  registry->Add(std::move(date_trunc));
}

}  // namespace headrace

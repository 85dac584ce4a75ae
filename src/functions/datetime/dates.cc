// Arithmetic on dates: date_add, datediff, add_months, months_between, last_day, next_day,
// make_date.
#include <cmath>

#include <fmt/format.h>

#include "base/time_units.h"
#include "functions/datetime/calendar.h"
#include "functions/datetime/datetime_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

using std::string_view;

// Monday is 0; no value for what names no day.
std::optional<int32_t> DayOfWeek(string_view name) {
  static const std::pair<const char*, int32_t> kNames[] = {
      {"MO", 0}, {"MON", 0}, {"MONDAY", 0},    {"TU", 1}, {"TUE", 1}, {"TUESDAY", 1},
      {"WE", 2}, {"WED", 2}, {"WEDNESDAY", 2}, {"TH", 3}, {"THU", 3}, {"THURSDAY", 3},
      {"FR", 4}, {"FRI", 4}, {"FRIDAY", 4},    {"SA", 5}, {"SAT", 5}, {"SATURDAY", 5},
      {"SU", 6}, {"SUN", 6}, {"SUNDAY", 6}};
  for (const auto& [text, day] : kNames) {
    if (EqualsIgnoreCase(name, text)) return day;
  }
  return std::nullopt;
}

void AddNextDay(FunctionRegistry* registry) {
  FixedFunction next_day;
  next_day.names = {"next_day"};
  next_day.documentation = {"next_day(date, day) -> date",
                            "The first date after the given one that is such a day of the week.",
                            "next_day('2015-01-14', 'TU')"};
  next_day.parameters = {arrow::date32(), arrow::utf8()};
  next_day.result = arrow::date32();
  next_day.nulls = NullBehaviour::kCustom;
  next_day.make = [](Arguments*, const BindContext& context) -> Result<ScalarKernel> {
    const bool ansi = context.ansi;
    return ColumnKernel([ansi](const Columns& columns,
                               const EvaluationContext& evaluation) -> Result<ArrayPtr> {
      ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, evaluation.pool));
      ValidityWriter validity(std::move(combined), columns.rows, evaluation.pool);
      Writer<int32_t> writer;
      ARROW_RETURN_NOT_OK(writer.Open(columns.rows, evaluation.pool));
      const Reader<int32_t> dates(columns[0]);
      const Reader<string_view> names(columns[1]);
      for (int64_t i = 0; i < columns.rows; ++i) {
        writer.Null(i);
        if (!validity.IsValid(i)) continue;
        const auto day = DayOfWeek(names[i]);
        if (day) {
          const int32_t ahead = (*day - Weekday(dates[i]) + 6) % 7 + 1;
          writer.Write(i, [&](int32_t* out) { *out = dates[i] + ahead; });
        } else if (ansi) {
          return MakeError(ErrorKind::kIllegalArgument, "ILLEGAL_DAY_OF_WEEK",
                           fmt::format("`next_day`: '{}' is no day of the week; use MO, TU, … or "
                                       "full names",
                                       names[i]),
                           {{"string", std::string(names[i])}});
        } else {
          ARROW_RETURN_NOT_OK(validity.SetNull(i));
        }
      }
      return writer.Finish(arrow::date32(), columns.rows, validity.Take());
    });
  };
  AddFixed(registry, std::move(next_day));
}

bool IsLastOfMonth(const CivilTime& time) { return time.day == DaysInMonth(time.year, time.month); }

double MonthsBetween(int64_t left_local, int64_t right_local, bool round_off) {
  const CivilTime left = CivilFromMicros(left_local), right = CivilFromMicros(right_local);
  const double months = (left.year - right.year) * 12.0 + (left.month - right.month);
  if (left.day == right.day || (IsLastOfMonth(left) && IsLastOfMonth(right))) return months;
  const int64_t seconds = (left.day - right.day) * int64_t{86400} +
                          LocalTimeOfDay(left_local) / 1000000 -
                          LocalTimeOfDay(right_local) / 1000000;
  const double difference = months + static_cast<double>(seconds) / (31.0 * 86400);
  return round_off ? std::round(difference * 1e8) / 1e8 : difference;
}

void AddMonthsBetween(FunctionRegistry* registry) {
  FixedFunction between;
  between.names = {"months_between"};
  between.documentation = {"months_between(a, b[, round]) -> double",
                           "How many months a is after b; whole if both are ends of months.",
                           "months_between('1997-02-28 10:30:00', '1996-10-30')"};
  between.parameters = {TimestampType(), TimestampType(), arrow::boolean()};
  between.required = 2;
  between.result = arrow::float64();
  between.display = [](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 2) shown.push_back("true");
    return CallText("months_between", shown);
  };
  between.make = [](Arguments* arguments, const BindContext& context) -> Result<ScalarKernel> {
    if (arguments->size() == 2) {
      arguments->push_back(MakeLiteral(std::make_shared<arrow::BooleanScalar>(true)));
    }
    return RowKernel<double, int64_t, int64_t, bool>(
        arrow::float64(),
        [zone = context.zone](double* out, int64_t left, int64_t right, bool round_off) {
          *out = MonthsBetween(zone->InstantToLocal(left), zone->InstantToLocal(right), round_off);
        });
  };
  AddFixed(registry, std::move(between));
}

Status OutOfBounds(const std::string& what) {
  return MakeError(ErrorKind::kDateTime, "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
                   what + "; use the `try_` function to get NULL instead",
                   {{"rangeMessage", what}, {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
}

void AddMakeDate(FunctionRegistry* registry) {
  FixedFunction make_date;
  make_date.names = {"make_date"};
  make_date.documentation = {"make_date(year, month, day) -> date", "The date of three numbers.",
                             "make_date(2013, 7, 15)"};
  make_date.parameters = {arrow::int32(), arrow::int32(), arrow::int32()};
  make_date.result = arrow::date32();
  make_date.nulls = NullBehaviour::kCustom;
  make_date.make = [](Arguments*, const BindContext& context) -> Result<ScalarKernel> {
    const bool ansi = context.ansi;
    return ColumnKernel(
        [ansi](const Columns& columns, const EvaluationContext& evaluation) -> Result<ArrayPtr> {
          ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, evaluation.pool));
          ValidityWriter validity(std::move(combined), columns.rows, evaluation.pool);
          Writer<int32_t> writer;
          ARROW_RETURN_NOT_OK(writer.Open(columns.rows, evaluation.pool));
          const Reader<int32_t> years(columns[0]), months(columns[1]), days(columns[2]);
          for (int64_t i = 0; i < columns.rows; ++i) {
            writer.Null(i);
            if (!validity.IsValid(i)) continue;
            const int32_t year = years[i], month = months[i], day = days[i];
            if (month >= 1 && month <= 12 && day >= 1 && day <= DaysInMonth(year, month)) {
              writer.Write(i, [&](int32_t* out) { *out = DaysFromCivil(year, month, day); });
            } else if (ansi) {
              return OutOfBounds(fmt::format("there is no date {}-{}-{}", year, month, day));
            } else {
              ARROW_RETURN_NOT_OK(validity.SetNull(i));
            }
          }
          return writer.Finish(arrow::date32(), columns.rows, validity.Take());
        });
  };
  AddFixed(registry, std::move(make_date));
}

}  // namespace

void RegisterDateFunctions(FunctionRegistry* registry) {
  const DataTypePtr date = arrow::date32(), number = arrow::int32();
  const auto add = TotalKernel<int32_t, int32_t, int32_t>(date, [](int32_t day, int32_t count) {
    return static_cast<int32_t>(static_cast<int64_t>(day) + count);
  });
  AddSimple(
      registry, {"date_add"},
      {"date_add(date, days) -> date", "The date some days later.", "date_add('2016-07-30', 1)"},
      {date, number}, date, add);
  AddSimple(
      registry, {"date_sub"},
      {"date_sub(date, days) -> date", "The date some days earlier.", "date_sub('2016-07-30', 1)"},
      {date, number}, date,
      TotalKernel<int32_t, int32_t, int32_t>(date, [](int32_t day, int32_t count) {
        return static_cast<int32_t>(static_cast<int64_t>(day) - count);
      }));
  AddSimple(
      registry, {"add_months"},
      {"add_months(date, months) -> date",
       "The date some months later; the day is cut to the month's length.",
       "add_months('2016-08-31', 1)"},
      {date, number}, date,
      RowKernel<int32_t, int32_t, int32_t>(
          date, [](int32_t* out, int32_t day, int32_t months) { *out = AddMonths(day, months); }));
  AddSimple(
      registry, {"last_day"},
      {"last_day(date) -> date", "The last day of the date's month.", "last_day('2009-01-12')"},
      {date}, date, RowKernel<int32_t, int32_t>(date, [](int32_t* out, int32_t day) {
        int32_t year, month, of_month;
        CivilFromDays(day, &year, &month, &of_month);
        *out = day + DaysInMonth(year, month) - of_month;
      }));
  AddNextDay(registry);
  AddMonthsBetween(registry);
  AddMakeDate(registry);
  AddSimple(registry, {"unix_date"},
            {"unix_date(date) -> int", "Days since 1970-01-01.", "unix_date(DATE '1970-01-02')"},
            {date}, number, TotalKernel<int32_t, int32_t>(number, [](int32_t day) { return day; }));
  AddSimple(registry, {"date_from_unix_date"},
            {"date_from_unix_date(days) -> date", "The date some days after 1970-01-01.",
             "date_from_unix_date(1)"},
            {number}, date, TotalKernel<int32_t, int32_t>(date, [](int32_t day) { return day; }));
}

}  // namespace headrace

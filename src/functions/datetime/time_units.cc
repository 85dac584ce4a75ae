// timestampadd, timestampdiff, datediff, make_timestamp, make_dt_interval, make_ym_interval.
#include "base/time_units.h"

#include <cmath>

#include <fmt/format.h>

#include "functions/ansi_errors.h"
#include "functions/datetime/calendar.h"
#include "functions/datetime/datetime_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

using std::string_view;

struct TimeUnit {
  int64_t months = 0;  // either months or microseconds
  int64_t micros = 0;
};

Result<TimeUnit> FindUnit(const std::string& function, const Expression& argument) {
  static const std::pair<const char*, TimeUnit> kUnits[] = {{"MICROSECOND", {0, 1}},
                                                            {"MILLISECOND", {0, 1000}},
                                                            {"SECOND", {0, 1000000}},
                                                            {"MINUTE", {0, 60000000}},
                                                            {"HOUR", {0, 3600000000}},
                                                            {"DAY", {0, kMicrosPerDay}},
                                                            {"DAYOFYEAR", {0, kMicrosPerDay}},
                                                            {"WEEK", {0, 7 * kMicrosPerDay}},
                                                            {"MONTH", {1, 0}},
                                                            {"QUARTER", {3, 0}},
                                                            {"YEAR", {12, 0}}};
  ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(argument));
  for (const auto& [name, unit] : kUnits) {
    if (text && EqualsIgnoreCase(*text, name)) return unit;
  }
  return MakeError(ErrorKind::kRuntime, "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                   fmt::format("`{}`: '{}' is no unit; use YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, "
                               "MINUTE, SECOND, MILLISECOND or MICROSECOND",
                               function, text.value_or("NULL")),
                   {{"functionName", "`" + function + "`"},
                    {"parameter", "`unit`"},
                    {"invalidValue", "'" + text.value_or("NULL") + "'"}});
}

Result<ExpressionPtr> BindTimestampAdd(const std::string& name, Arguments arguments,
                                       const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 3, 3));
  ARROW_ASSIGN_OR_RAISE(const TimeUnit unit, FindUnit(name, *arguments[0]));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr count,
                        Coerce(name, 1, arguments[1], arrow::int64(), context));
  ExpressionPtr instant = arguments[2];
  if (!IsTimestampNtz(*instant->type())) {
    ARROW_ASSIGN_OR_RAISE(instant, Coerce(name, 2, instant, TimestampType(), context));
  }
  const DataTypePtr type = instant->type();
  auto zone = IsTimestampNtz(*type) ? TimeZone::Utc() : context.zone;
  Arguments used = {std::move(count), std::move(instant)};
  const bool nullable = AnyNullable(used);
  return MakeCall(
      name, type, nullable, std::move(used),
      RowKernel<int64_t, int64_t, int64_t>(
          type, [unit, zone, type](int64_t* out, int64_t amount, int64_t start) -> Status {
            int64_t distance;
            if (__builtin_mul_overflow(amount, unit.months + unit.micros, &distance)) {
              return ArithmeticOverflow(*type, fmt::format("timestampadd of {} units", amount), "");
            }
            if (unit.months != 0) {
              *out = AddMonthsToInstant(start, distance, *zone);
            } else if (unit.micros % kMicrosPerDay == 0) {
              *out = AddDayTimeToInstant(start, distance, *zone);
            } else {
              *out = start + distance;
            }
            return Status::OK();
          }));
}

int64_t WholeMonths(int64_t from, int64_t to) {
  const CivilTime a = CivilFromMicros(from), b = CivilFromMicros(to);
  int64_t months = (b.year - a.year) * int64_t{12} + b.month - a.month;
  const int64_t rest_a = a.day * kMicrosPerDay + LocalTimeOfDay(from);
  const int64_t rest_b = b.day * kMicrosPerDay + LocalTimeOfDay(to);
  if (months > 0 && rest_b < rest_a) --months;
  if (months < 0 && rest_b > rest_a) ++months;
  return months;
}

Result<ExpressionPtr> BindTimestampDiff(const std::string& name, Arguments arguments,
                                        const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 3, 3));
  ARROW_ASSIGN_OR_RAISE(const TimeUnit unit, FindUnit(name, *arguments[0]));
  Arguments used = {arguments[1], arguments[2]};
  for (int i = 0; i < 2; ++i) {
    ARROW_ASSIGN_OR_RAISE(used[i], Coerce(name, i + 1, used[i], TimestampType(), context));
  }
  const bool nullable = AnyNullable(used);
  return MakeCall(
      name, arrow::int64(), nullable, std::move(used),
      RowKernel<int64_t, int64_t, int64_t>(
          arrow::int64(), [unit, zone = context.zone](int64_t* out, int64_t start, int64_t end) {
            const int64_t from = zone->InstantToLocal(start);
            const int64_t to = zone->InstantToLocal(end);
            *out =
                unit.months != 0 ? WholeMonths(from, to) / unit.months : (to - from) / unit.micros;
          }));
}

// datediff(end, start) in days, or datediff(unit, start, end).
Result<ExpressionPtr> BindDateDiff(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("datediff", arguments.size(), 2, 3));
  if (arguments.size() == 3) return BindTimestampDiff("timestampdiff", arguments, context);
  for (int i = 0; i < 2; ++i) {
    ARROW_ASSIGN_OR_RAISE(arguments[i],
                          Coerce("datediff", i, arguments[i], arrow::date32(), context));
  }
  const bool nullable = AnyNullable(arguments);
  return MakeCall("datediff", arrow::int32(), nullable, std::move(arguments),
                  TotalKernel<int32_t, int32_t, int32_t>(
                      arrow::int32(), [](int32_t end, int32_t start) { return end - start; }));
}

// make_timestamp(year, month, day, hour, minute, second with fraction[, zone]).
void AddMakeTimestamp(FunctionRegistry* registry, const std::string& name, DataTypePtr type,
                      bool tries) {
  FixedFunction make;
  make.names = {name};
  make.documentation = {name + "(year, month, day, hour, minute, second[, zone]) -> timestamp",
                        "The timestamp of its fields.", name + "(2014, 12, 28, 6, 30, 45.887)"};
  const DataTypePtr number = arrow::int32();
  make.parameters = {number,       number, number, number, number, arrow::decimal128(16, 6),
                     arrow::utf8()};
  make.required = 6;
  make.result = type;
  make.nulls = NullBehaviour::kCustom;
  make.make = [name, type, tries](Arguments* arguments,
                                  const BindContext& context) -> Result<ScalarKernel> {
    const bool error = context.ansi && !tries;
    const bool zoned = arguments->size() == 7;
    const bool ntz = IsTimestampNtz(*type);
    return ColumnKernel([=, zone = context.zone](
                            const Columns& columns,
                            const EvaluationContext& evaluation) -> Result<ArrayPtr> {
      ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, evaluation.pool));
      ValidityWriter validity(std::move(combined), columns.rows, evaluation.pool);
      Writer<int64_t> writer;
      ARROW_RETURN_NOT_OK(writer.Open(columns.rows, evaluation.pool));
      const Reader<int32_t> years(columns[0]), months(columns[1]), days(columns[2]),
          hours(columns[3]), minutes(columns[4]);
      const Reader<arrow::Decimal128> seconds(columns[5]);
      for (int64_t i = 0; i < columns.rows; ++i) {
        writer.Null(i);
        if (!validity.IsValid(i)) continue;
        const int32_t year = years[i], month = months[i], day = days[i];
        const auto micros = static_cast<int64_t>(seconds[i].low_bits());
        const bool fits = month >= 1 && month <= 12 && day >= 1 &&
                          day <= DaysInMonth(year, month) && hours[i] >= 0 && hours[i] < 24 &&
                          minutes[i] >= 0 && minutes[i] < 60 && micros >= 0 && micros <= 60000000;
        if (!fits) {
          if (error) {
            return MakeError(
                ErrorKind::kDateTime, "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
                fmt::format("`{}`: there is no time {}-{}-{} {}:{}:{}; use "
                            "`try_make_timestamp` to get NULL instead",
                            name, year, month, day, hours[i], minutes[i], seconds[i].ToString(6)),
                {{"rangeMessage", "out of range"}, {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
          }
          ARROW_RETURN_NOT_OK(validity.SetNull(i));
          continue;
        }
        const int64_t local = DaysFromCivil(year, month, day) * kMicrosPerDay +
                              (hours[i] * int64_t{60} + minutes[i]) * 60000000 + micros;
        int64_t instant = ntz ? local : zone->LocalToInstant(local);
        if (zoned) {
          const Reader<string_view> zones(columns[6]);
          ARROW_ASSIGN_OR_RAISE(auto other, TimeZone::Find(std::string(zones[i])));
          instant = other->LocalToInstant(local);
        }
        writer.Write(i, [&](int64_t* out) { *out = instant; });
      }
      return writer.Finish(type, columns.rows, validity.Take());
    });
  };
  AddFixed(registry, std::move(make));
}

Status IntervalOverflow(const std::string& name) {
  return MakeError(ErrorKind::kArithmetic, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
                   "`" + name + "`: the numbers exceed the range of intervals");
}

void AddMakeIntervals(FunctionRegistry* registry) {
  FixedFunction months;
  months.names = {"make_ym_interval"};
  months.documentation = {"make_ym_interval([years[, months]]) -> interval year to month",
                          "The interval of years and months.", "make_ym_interval(1, 2)"};
  months.parameters = {arrow::int32(), arrow::int32()};
  months.required = 0;
  months.result = arrow::month_interval();
  months.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    while (arguments->size() < 2) {
      arguments->push_back(MakeLiteral(std::make_shared<arrow::Int32Scalar>(0)));
    }
    return RowKernel<int32_t, int32_t, int32_t>(
        arrow::month_interval(), [](int32_t* out, int32_t years, int32_t count) -> Status {
          if (__builtin_mul_overflow(years, 12, out) || __builtin_add_overflow(*out, count, out)) {
            return IntervalOverflow("make_ym_interval");
          }
          return Status::OK();
        });
  };
  AddFixed(registry, std::move(months));

  FixedFunction days;
  days.names = {"make_dt_interval"};
  days.documentation = {
      "make_dt_interval([days[, hours[, minutes[, seconds]]]]) -> interval day to second",
      "The interval of days, hours, minutes and seconds.", "make_dt_interval(1, 12, 30, 1.001001)"};
  days.parameters = {arrow::int32(), arrow::int32(), arrow::int32(), arrow::decimal128(18, 6)};
  days.required = 0;
  days.result = arrow::duration(arrow::TimeUnit::MICRO);
  days.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    while (arguments->size() < 3) {
      arguments->push_back(MakeLiteral(std::make_shared<arrow::Int32Scalar>(0)));
    }
    if (arguments->size() < 4) {
      arguments->push_back(MakeLiteral(std::make_shared<arrow::Decimal128Scalar>(
          arrow::Decimal128(0), arrow::decimal128(18, 6))));
    }
    return RowKernel<int64_t, int32_t, int32_t, int32_t, arrow::Decimal128>(
        arrow::duration(arrow::TimeUnit::MICRO),
        [](int64_t* out, int32_t day, int32_t hour, int32_t minute,
           arrow::Decimal128 seconds) -> Status {
          const __int128 total = static_cast<__int128>(day) * kMicrosPerDay +
                                 static_cast<__int128>(hour) * 3600000000 +
                                 static_cast<__int128>(minute) * 60000000 +
                                 static_cast<int64_t>(seconds.low_bits());
          *out = static_cast<int64_t>(total);
          return *out == total ? Status::OK() : IntervalOverflow("make_dt_interval");
        });
  };
  AddFixed(registry, std::move(days));
}

}  // namespace

void RegisterTimeUnitFunctions(FunctionRegistry* registry) {
  for (const std::string name : {"timestampadd", "dateadd"}) {
    ScalarFunction add;
    add.names = {name};
    add.documentation = {name + "(unit, count, timestamp) -> timestamp",
                         "The timestamp some units later.",
                         name + "(HOUR, 8, TIMESTAMP '2022-02-14 20:30:00')"};
    add.bind = [name, registry](Arguments arguments,
                                const BindContext& context) -> Result<ExpressionPtr> {
      if (arguments.size() == 2) return registry->Call("date_add", std::move(arguments), context);
      return BindTimestampAdd(name, std::move(arguments), context);
    };
    registry->Add(std::move(add));
  }
  ScalarFunction diff;
  diff.names = {"timestampdiff"};
  diff.documentation = {"timestampdiff(unit, start, end) -> bigint",
                        "How many whole units lie between two timestamps.",
                        "timestampdiff(MONTH, TIMESTAMP '2022-01-01 00:00:00', "
                        "TIMESTAMP '2022-03-31 00:00:00')"};
  diff.bind = [](Arguments arguments, const BindContext& context) {
    return BindTimestampDiff("timestampdiff", std::move(arguments), context);
  };
  registry->Add(std::move(diff));
  for (const std::string name : {"datediff", "date_diff"}) {
    ScalarFunction days;
    days.names = {name};
    days.documentation = {name + "(end, start) -> int", "How many days lie between two dates.",
                          name + "('2009-07-31', '2009-07-30')"};
    days.bind = BindDateDiff;
    registry->Add(std::move(days));
  }
  AddMakeTimestamp(registry, "make_timestamp", TimestampType(), false);
  AddMakeTimestamp(registry, "make_timestamp_ltz", TimestampType(), false);
  AddMakeTimestamp(registry, "make_timestamp_ntz", TimestampNtzType(), false);
  AddMakeTimestamp(registry, "try_make_timestamp", TimestampType(), true);
  AddMakeTimestamp(registry, "try_make_timestamp_ltz", TimestampType(), true);
  AddMakeTimestamp(registry, "try_make_timestamp_ntz", TimestampNtzType(), true);
  AddMakeIntervals(registry);
}

}  // namespace headrace

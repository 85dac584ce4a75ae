// year, month, …, second, extract, date_part, dayname, monthname.
#include "functions/datetime/time_fields.h"

#include <fmt/format.h>

#include "functions/datetime/calendar.h"
#include "functions/datetime/datetime_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

// ISO 8601: the week belongs to the year that holds its Thursday.
void IsoWeek(int32_t days, int32_t* year, int32_t* week) {
  const int32_t thursday = days - Weekday(days) + 3;
  int32_t month, day;
  CivilFromDays(thursday, year, &month, &day);
  *week = (thursday - DaysFromCivil(*year, 1, 1)) / 7 + 1;
}

ScalarKernel FieldKernel(TimeField field, const DataType& type, const BindContext& context) {
  if (!IsTimeOfDay(field)) {
    return RowKernel<int32_t, int32_t>(
        arrow::int32(), [field](int32_t* out, int32_t days) { *out = DateFieldOf(field, days); });
  }
  auto zone = IsTimestampNtz(type) ? TimeZone::Utc() : context.zone;
  return RowKernel<int32_t, int64_t>(arrow::int32(), [field, zone](int32_t* out, int64_t instant) {
    *out = TimeFieldOf(field, zone->InstantToLocal(instant));
  });
}

// Casts to what the field is taken from: a date, or a timestamp with or without zone.
Result<ExpressionPtr> FieldSource(const std::string& name, int index, ExpressionPtr source,
                                  TimeField field, const BindContext& context) {
  if (!IsTimeOfDay(field)) return Coerce(name, index, source, arrow::date32(), context);
  if (IsTimestampNtz(*source->type())) return source;
  return Coerce(name, index, source, TimestampType(), context);
}

void AddField(FunctionRegistry* registry, std::vector<std::string> names, TimeField field,
              FunctionDocumentation documentation) {
  for (const std::string& name : names) {
    ScalarFunction function;
    function.names = {name};
    function.documentation = documentation;
    function.bind = [name, field](Arguments arguments,
                                  const BindContext& context) -> Result<ExpressionPtr> {
      ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
      ARROW_ASSIGN_OR_RAISE(arguments[0], FieldSource(name, 0, arguments[0], field, context));
      ScalarKernel kernel = FieldKernel(field, *arguments[0]->type(), context);
      const bool nullable = AnyNullable(arguments);
      return MakeCall(name, arrow::int32(), nullable, std::move(arguments), std::move(kernel));
    };
    registry->Add(std::move(function));
  }
}

// Seconds with their fraction, as decimal(8, 6).
ScalarKernel SecondsKernel(const DataType& type, const BindContext& context) {
  auto zone = IsTimestampNtz(type) ? TimeZone::Utc() : context.zone;
  return RowKernel<arrow::Decimal128, int64_t>(
      arrow::decimal128(8, 6), [zone](arrow::Decimal128* out, int64_t instant) {
        *out = arrow::Decimal128(LocalTimeOfDay(zone->InstantToLocal(instant)) % 60000000);
      });
}

Result<ExpressionPtr> BindExtract(const std::string& name, Arguments arguments,
                                  const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
  ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(*arguments[0]));
  if (!text) {
    return AnalysisError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                         fmt::format("the field of `{}` must be a string literal", name),
                         {{"inputName", "`field`"}, {"inputType", "\"STRING\""}});
  }
  const auto field = FindTimeField(*text);
  if (!field) {
    return AnalysisError(
        "INVALID_EXTRACT_FIELD",
        fmt::format("'{}' is no field that `{}` knows; use YEAR, QUARTER, MONTH, WEEK, DAY, DOW, "
                    "DOY, HOUR, MINUTE or SECOND",
                    *text, name),
        {{"field", "'" + *text + "'"}, {"expr", "\"" + arguments[1]->ToString() + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr source, FieldSource(name, 1, arguments[1], *field, context));
  const bool seconds = *field == TimeField::kSecond;
  ScalarKernel kernel = seconds ? SecondsKernel(*source->type(), context)
                                : FieldKernel(*field, *source->type(), context);
  DataTypePtr type = seconds ? arrow::decimal128(8, 6) : arrow::int32();
  const bool nullable = source->nullable();
  return MakeCall(name, std::move(type), nullable, {std::move(source)}, std::move(kernel));
}

void AddName(FunctionRegistry* registry, const std::string& name, TimeField field,
             std::vector<std::string> texts, FunctionDocumentation documentation) {
  AddSimple(registry, {name}, std::move(documentation), {arrow::date32()}, arrow::utf8(),
            RowKernel<std::string, int32_t>(
                arrow::utf8(), [field, texts](std::string* out, int32_t days) {
                  const int32_t first = field == TimeField::kMonth ? 1 : 0;
                  out->append(texts[static_cast<size_t>(DateFieldOf(field, days) - first)]);
                }));
}

}  // namespace

std::optional<TimeField> FindTimeField(std::string_view name) {
  static const std::pair<const char*, TimeField> kNames[] = {
      {"YEAR", TimeField::kYear},
      {"Y", TimeField::kYear},
      {"YEARS", TimeField::kYear},
      {"YR", TimeField::kYear},
      {"YRS", TimeField::kYear},
      {"YEAROFWEEK", TimeField::kYearOfWeek},
      {"QUARTER", TimeField::kQuarter},
      {"QTR", TimeField::kQuarter},
      {"MONTH", TimeField::kMonth},
      {"MON", TimeField::kMonth},
      {"MONS", TimeField::kMonth},
      {"MONTHS", TimeField::kMonth},
      {"WEEK", TimeField::kWeek},
      {"W", TimeField::kWeek},
      {"WEEKS", TimeField::kWeek},
      {"DAY", TimeField::kDay},
      {"D", TimeField::kDay},
      {"DAYS", TimeField::kDay},
      {"DAYOFWEEK", TimeField::kDayOfWeek},
      {"DOW", TimeField::kDayOfWeek},
      {"DAYOFWEEK_ISO", TimeField::kDayOfWeekIso},
      {"DOW_ISO", TimeField::kDayOfWeekIso},
      {"DOY", TimeField::kDayOfYear},
      {"DAYOFYEAR", TimeField::kDayOfYear},
      {"HOUR", TimeField::kHour},
      {"H", TimeField::kHour},
      {"HOURS", TimeField::kHour},
      {"HR", TimeField::kHour},
      {"HRS", TimeField::kHour},
      {"MINUTE", TimeField::kMinute},
      {"M", TimeField::kMinute},
      {"MIN", TimeField::kMinute},
      {"MINS", TimeField::kMinute},
      {"MINUTES", TimeField::kMinute},
      {"SECOND", TimeField::kSecond},
      {"S", TimeField::kSecond},
      {"SEC", TimeField::kSecond},
      {"SECONDS", TimeField::kSecond},
      {"SECS", TimeField::kSecond}};
  for (const auto& [text, field] : kNames) {
    if (EqualsIgnoreCase(name, text)) return field;
  }
  return std::nullopt;
}

bool IsTimeOfDay(TimeField field) {
  return field == TimeField::kHour || field == TimeField::kMinute || field == TimeField::kSecond;
}

int32_t DateFieldOf(TimeField field, int32_t days) {
  int32_t year, month, day;
  switch (field) {
    case TimeField::kDayOfWeek:
      return (Weekday(days) + 1) % 7 + 1;
    case TimeField::kDayOfWeekIso:
      return Weekday(days) + 1;
    case TimeField::kWeekday:
      return Weekday(days);
    case TimeField::kWeek:
      IsoWeek(days, &year, &day);
      return day;
    case TimeField::kYearOfWeek:
      IsoWeek(days, &year, &day);
      return year;
    default:
      break;
  }
  CivilFromDays(days, &year, &month, &day);
  switch (field) {
    case TimeField::kYear:
      return year;
    case TimeField::kQuarter:
      return (month - 1) / 3 + 1;
    case TimeField::kMonth:
      return month;
    case TimeField::kDayOfYear:
      return days - DaysFromCivil(year, 1, 1) + 1;
    default:
      return day;
  }
}

int32_t TimeFieldOf(TimeField field, int64_t local_us) {
  const int64_t seconds = LocalTimeOfDay(local_us) / 1000000;
  switch (field) {
    case TimeField::kHour:
      return static_cast<int32_t>(seconds / 3600);
    case TimeField::kMinute:
      return static_cast<int32_t>(seconds / 60 % 60);
    default:
      return static_cast<int32_t>(seconds % 60);
  }
}

void RegisterTimeFieldFunctions(FunctionRegistry* registry) {
  AddField(registry, {"year"}, TimeField::kYear,
           {"year(date) -> int", "The year.", "year('2016-07-30')"});
  AddField(registry, {"quarter"}, TimeField::kQuarter,
           {"quarter(date) -> int", "The quarter, 1 to 4.", "quarter('2016-08-31')"});
  AddField(registry, {"month"}, TimeField::kMonth,
           {"month(date) -> int", "The month, 1 to 12.", "month('2016-07-30')"});
  AddField(registry, {"day", "dayofmonth"}, TimeField::kDay,
           {"day(date) -> int", "The day of the month.", "day('2009-07-30')"});
  AddField(registry, {"dayofyear"}, TimeField::kDayOfYear,
           {"dayofyear(date) -> int", "The day of the year.", "dayofyear('2016-04-09')"});
  AddField(
      registry, {"dayofweek"}, TimeField::kDayOfWeek,
      {"dayofweek(date) -> int", "The day of the week; Sunday is 1.", "dayofweek('2009-07-30')"});
  AddField(registry, {"weekday"}, TimeField::kWeekday,
           {"weekday(date) -> int", "The day of the week; Monday is 0.", "weekday('2009-07-30')"});
  AddField(registry, {"weekofyear"}, TimeField::kWeek,
           {"weekofyear(date) -> int", "The week of the year as in ISO 8601.",
            "weekofyear('2008-02-20')"});
  AddField(registry, {"hour"}, TimeField::kHour,
           {"hour(timestamp) -> int", "The hour.", "hour('2009-07-30 12:58:59')"});
  AddField(registry, {"minute"}, TimeField::kMinute,
           {"minute(timestamp) -> int", "The minute.", "minute('2009-07-30 12:58:59')"});
  AddField(registry, {"second"}, TimeField::kSecond,
           {"second(timestamp) -> int", "The second.", "second('2009-07-30 12:58:59')"});
  for (const std::string name : {"extract", "date_part", "datepart"}) {
    ScalarFunction function;
    function.names = {name};
    function.documentation = {name + "(field, source) -> int or decimal",
                              "A field of a date or timestamp; seconds with their fraction.",
                              name == "extract"
                                  ? "extract(YEAR FROM TIMESTAMP '2019-08-12 01:00:00.123456')"
                                  : name + "('YEAR', TIMESTAMP '2019-08-12 01:00:00.123456')"};
    if (name == "extract") {
      function.display = [](const std::vector<std::string>& arguments) {
        return "extract(" + arguments[0] + " FROM " + arguments[1] + ")";
      };
    }
    function.bind = [name](Arguments arguments, const BindContext& context) {
      return BindExtract(name, std::move(arguments), context);
    };
    registry->Add(std::move(function));
  }
  AddName(registry, "dayname", TimeField::kWeekday,
          {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
          {"dayname(date) -> string", "The short name of the day of the week.",
           "dayname(DATE '2008-02-20')"});
  AddName(registry, "monthname", TimeField::kMonth,
          {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
          {"monthname(date) -> string", "The short name of the month.",
           "monthname(DATE '2008-02-20')"});
}

}  // namespace headrace

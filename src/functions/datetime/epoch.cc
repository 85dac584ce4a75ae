// Instants as numbers, and between time zones.
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

// Time zones by name; most columns repeat a few.
class Zones {
 public:
  Result<const TimeZone*> Find(string_view name) {
    if (!zone_ || name != name_) {
      name_ = std::string(name);
      ARROW_ASSIGN_OR_RAISE(zone_, TimeZone::Find(name_));
    }
    return zone_.get();
  }

 private:
  std::string name_;
  std::shared_ptr<const TimeZone> zone_;
};

void AddFromNumber(FunctionRegistry* registry, const std::string& name, int64_t scale,
                   const std::string& unit) {
  AddSimple(registry, {name},
            {name + "(number) -> timestamp", "The instant some " + unit + " after 1970 UTC.",
             name + "(1230219000)"},
            {arrow::int64()}, TimestampType(),
            RowKernel<int64_t, int64_t>(
                TimestampType(), [scale, name](int64_t* out, int64_t value) -> Status {
                  if (__builtin_mul_overflow(value, scale, out)) {
                    return ArithmeticOverflow(*TimestampType(), fmt::format("{}({})", name, value),
                                              "");
                  }
                  return Status::OK();
                }));
}

// Seconds may have a fraction.
void AddTimestampSeconds(FunctionRegistry* registry) {
  ScalarFunction function;
  function.names = {"timestamp_seconds"};
  function.documentation = {"timestamp_seconds(number) -> timestamp",
                            "The instant some seconds after 1970 UTC.",
                            "timestamp_seconds(1230219000.123)"};
  function.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("timestamp_seconds", arguments.size(), 1, 1));
    const DataType& type = *arguments[0]->type();
    if (!IsNumeric(type) && !IsNullType(type)) {
      return UnexpectedInputType("timestamp_seconds", 0, "NUMERIC", *arguments[0]);
    }
    return MakeCast(arguments[0], TimestampType(), context.cast_options());
  };
  registry->Add(std::move(function));
}

void AddToNumber(FunctionRegistry* registry, const std::string& name, int64_t scale,
                 const std::string& unit) {
  AddSimple(registry, {name},
            {name + "(timestamp) -> bigint", "Whole " + unit + " since 1970 UTC.",
             name + "(TIMESTAMP '1970-01-01 00:00:01Z')"},
            {TimestampType()}, arrow::int64(),
            RowKernel<int64_t, int64_t>(arrow::int64(), [scale](int64_t* out, int64_t micros) {
              *out = micros / scale - (micros % scale < 0 ? 1 : 0);
            }));
}

void AddZoneShift(FunctionRegistry* registry, const std::string& name, bool from_utc,
                  const std::string& description) {
  FixedFunction function;
  function.names = {name};
  function.documentation = {name + "(timestamp, zone) -> timestamp", description,
                            name + "('2016-08-31', 'Asia/Seoul')"};
  function.parameters = {TimestampType(), arrow::utf8()};
  function.result = TimestampType();
  function.make = [from_utc](Arguments*, const BindContext&) -> Result<ScalarKernel> {
    return RowKernel<int64_t, int64_t, string_view>(
        TimestampType(),
        [from_utc, zones = Zones()](int64_t* out, int64_t instant,
                                    string_view name) mutable -> Status {
          ARROW_ASSIGN_OR_RAISE(const TimeZone* zone, zones.Find(name));
          *out = from_utc ? zone->InstantToLocal(instant) : zone->LocalToInstant(instant);
          return Status::OK();
        });
  };
  AddFixed(registry, std::move(function));
}

Result<ExpressionPtr> BindConvertTimezone(Arguments arguments, const BindContext& context) {
  const std::string name = "convert_timezone";
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 3));
  if (arguments.size() == 2) {
    arguments.insert(arguments.begin(),
                     MakeLiteral(std::make_shared<arrow::StringScalar>(context.zone->name())));
  }
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::utf8(), context));
  ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::utf8(), context));
  ARROW_ASSIGN_OR_RAISE(arguments[2], Coerce(name, 2, arguments[2], TimestampNtzType(), context));
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      name, TimestampNtzType(), nullable, std::move(arguments),
      RowKernel<int64_t, string_view, string_view, int64_t>(
          TimestampNtzType(),
          [sources = Zones(), targets = Zones()](int64_t* out, string_view from, string_view to,
                                                 int64_t local) mutable -> Status {
            ARROW_ASSIGN_OR_RAISE(const TimeZone* source, sources.Find(from));
            ARROW_ASSIGN_OR_RAISE(const TimeZone* target, targets.Find(to));
            *out = target->InstantToLocal(source->LocalToInstant(local));
            return Status::OK();
          }));
}

}  // namespace

void RegisterEpochFunctions(FunctionRegistry* registry) {
  AddTimestampSeconds(registry);
  AddFromNumber(registry, "timestamp_millis", 1000, "milliseconds");
  AddFromNumber(registry, "timestamp_micros", 1, "microseconds");
  AddToNumber(registry, "unix_seconds", 1000000, "seconds");
  AddToNumber(registry, "unix_millis", 1000, "milliseconds");
  AddToNumber(registry, "unix_micros", 1, "microseconds");
  AddZoneShift(registry, "from_utc_timestamp", true,
               "The wall-clock time in a zone of a UTC time.");
  AddZoneShift(registry, "to_utc_timestamp", false, "The UTC time of a wall-clock time in a zone.");
  ScalarFunction convert;
  convert.names = {"convert_timezone"};
  convert.documentation = {"convert_timezone([source, ]target, timestamp_ntz) -> timestamp_ntz",
                           "A local time of one zone as local time of another.",
                           "convert_timezone('Europe/Brussels', 'America/Los_Angeles', "
                           "timestamp_ntz'2021-12-06 00:00:00')"};
  convert.bind = BindConvertTimezone;
  registry->Add(std::move(convert));
}

}  // namespace headrace

// Dates and times from and to text: to_date, to_timestamp, unix_timestamp, date_format, ….
#include <fmt/format.h>

#include "functions/datetime/calendar.h"
#include "functions/datetime/datetime_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

using std::string_view;
using PatternPtr = std::shared_ptr<const DateTimePattern>;

constexpr char kDefaultPattern[] = "yyyy-MM-dd HH:mm:ss";

// The pattern of a row: a constant one was compiled when the function was bound.
class Patterns {
 public:
  using Use = DateTimePattern::Use;
  static Result<Patterns> Make(const Expression& argument, Use use) {
    Patterns patterns;
    patterns.use_ = use;
    ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(argument));
    if (text) {
      ARROW_ASSIGN_OR_RAISE(patterns.constant_, DateTimePattern::Compile(*text, use));
    }
    return patterns;
  }
  Result<const DateTimePattern*> Find(string_view text) {
    if (constant_) return constant_.get();
    if (!last_ || text != last_text_) {
      last_text_ = std::string(text);
      ARROW_ASSIGN_OR_RAISE(last_, DateTimePattern::Compile(last_text_, use_));
    }
    return last_.get();
  }

 private:
  Use use_ = Use::kFormat;
  PatternPtr constant_, last_;
  std::string last_text_;
};

ExpressionPtr Text(const std::string& text) {
  return MakeLiteral(std::make_shared<arrow::StringScalar>(text));
}

Status CannotParse(const std::string& function, string_view text, string_view pattern) {
  return MakeError(ErrorKind::kDateTime, "CANNOT_PARSE_TIMESTAMP",
                   fmt::format("'{}' does not match the pattern '{}'; use `{}` to get NULL instead",
                               text, pattern, function),
                   {{"message", fmt::format("Text '{}' could not be parsed", text)},
                    {"func", "`" + function + "`"},
                    {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
}

// Parses text by pattern. `convert` makes the result of microseconds.
template <typename Out, typename Convert>
ScalarKernel ParseKernel(DataTypePtr type, Patterns patterns, bool ntz, bool error,
                         std::shared_ptr<const TimeZone> zone, std::string alternative,
                         Convert convert) {
  return ColumnKernel(
      [=](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, context.pool));
        ValidityWriter validity(std::move(combined), columns.rows, context.pool);
        Writer<Out> writer;
        ARROW_RETURN_NOT_OK(writer.Open(columns.rows, context.pool));
        Patterns used = patterns;
        const Reader<string_view> texts(columns[0]), formats(columns[1]);
        for (int64_t i = 0; i < columns.rows; ++i) {
          writer.Null(i);
          if (!validity.IsValid(i)) continue;
          ARROW_ASSIGN_OR_RAISE(const DateTimePattern* pattern, used.Find(formats[i]));
          const auto micros = pattern->ParseMicros(texts[i], *zone, ntz);
          if (micros) {
            writer.Write(i, [&](Out* out) { *out = convert(*micros); });
          } else if (error) {
            return CannotParse(alternative, texts[i], formats[i]);
          } else {
            ARROW_RETURN_NOT_OK(validity.SetNull(i));
          }
        }
        return writer.Finish(type, columns.rows, validity.Take());
      });
}

int64_t FloorSeconds(int64_t micros) { return micros / 1000000 - (micros % 1000000 < 0 ? 1 : 0); }

// to_date, to_timestamp and their kin: a cast without a pattern.
void AddParser(FunctionRegistry* registry, std::vector<std::string> names,
               FunctionDocumentation documentation, DataTypePtr type, bool tries) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kCustom;
  const std::string name = function.names.front();
  function.bind = [name, type, tries](Arguments arguments,
                                      const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 2));
    CastOptions cast = context.cast_options();
    if (tries) cast.mode = CastMode::kTry;
    if (arguments.size() == 1 || !IsString(*arguments[0]->type())) {
      const DataTypePtr& from = arguments[0]->type();
      const bool number =
          IsNumeric(*from) && type->id() == arrow::Type::TIMESTAMP && IsTimestampLtz(*type);
      if (!number && !CanCoerce(*from, *type)) {
        return UnexpectedInputType(name, 0, "(\"STRING\" or \"DATE\" or \"TIMESTAMP\")",
                                   *arguments[0]);
      }
      return MakeCast(arguments[0], type, cast);
    }
    ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::utf8(), context));
    ARROW_ASSIGN_OR_RAISE(Patterns patterns, Patterns::Make(*arguments[1], Patterns::Use::kParse));
    const bool error = context.ansi && !tries;
    const std::string alternative =
        type->id() == arrow::Type::DATE32 ? "try_to_date" : "try_to_timestamp";
    ScalarKernel kernel;
    if (type->id() == arrow::Type::DATE32) {
      kernel = ParseKernel<int32_t>(type, patterns, true, error, TimeZone::Utc(), alternative,
                                    [](int64_t micros) { return DaysOfLocal(micros); });
    } else {
      kernel = ParseKernel<int64_t>(type, patterns, IsTimestampNtz(*type), error, context.zone,
                                    alternative, [](int64_t micros) { return micros; });
    }
    return MakeCall(name, type, true, std::move(arguments), std::move(kernel));
  };
  registry->Add(std::move(function));
}

ScalarKernel SecondsKernel() {
  return RowKernel<int64_t, int64_t>(
      arrow::int64(), [](int64_t* out, int64_t micros) { *out = FloorSeconds(micros); });
}

DisplayName WithPattern(std::string name) {
  return [name = std::move(name)](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.empty()) shown.push_back("current_timestamp()");
    if (shown.size() == 1) shown.push_back(kDefaultPattern);
    return CallText(name, shown);
  };
}

void AddUnixTimestamp(FunctionRegistry* registry, const std::string& name, bool no_arguments) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = {name + "([time[, pattern]]) -> bigint",
                            "Seconds since 1970-01-01 UTC of a text or timestamp, or of now.",
                            name + "('2016-04-08', 'yyyy-MM-dd')"};
  function.nulls = NullBehaviour::kCustom;
  function.display = WithPattern(name);
  function.bind = [name, registry, no_arguments](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), no_arguments ? 0 : 1, 2));
    if (arguments.empty()) {
      ARROW_ASSIGN_OR_RAISE(auto now, registry->Call("current_timestamp", {}, context));
      arguments.push_back(std::move(now));
    }
    if (!IsString(*arguments[0]->type())) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr instant,
                            Coerce(name, 0, arguments[0], TimestampType(), context));
      const bool nullable = instant->nullable();
      return MakeCall(name, arrow::int64(), nullable, {std::move(instant)}, SecondsKernel());
    }
    if (arguments.size() == 1) arguments.push_back(Text(kDefaultPattern));
    ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::utf8(), context));
    ARROW_ASSIGN_OR_RAISE(Patterns patterns, Patterns::Make(*arguments[1], Patterns::Use::kParse));
    return MakeCall(name, arrow::int64(), true, std::move(arguments),
                    ParseKernel<int64_t>(arrow::int64(), patterns, false, context.ansi,
                                         context.zone, "try_to_timestamp", FloorSeconds));
  };
  registry->Add(std::move(function));
}

// Formats instants by pattern; `scale` makes microseconds of the first argument.
ScalarKernel FormatKernel(Patterns patterns, std::shared_ptr<const TimeZone> zone, int64_t scale) {
  return RowKernel<std::string, int64_t, string_view>(
      arrow::utf8(),
      [patterns, zone, scale](std::string* out, int64_t value, string_view text) mutable -> Status {
        ARROW_ASSIGN_OR_RAISE(const DateTimePattern* pattern, patterns.Find(text));
        pattern->Format(value * scale, *zone, out);
        return Status::OK();
      });
}

}  // namespace

void RegisterTimeTextFunctions(FunctionRegistry* registry) {
  AddParser(registry, {"to_date"},
            {"to_date(text[, pattern]) -> date", "The date that a text tells.",
             "to_date('2016-12-31', 'yyyy-MM-dd')"},
            arrow::date32(), false);
  AddParser(registry, {"try_to_date"},
            {"try_to_date(text[, pattern]) -> date", "The date that a text tells, or null.",
             "try_to_date('foo', 'yyyy-MM-dd')"},
            arrow::date32(), true);
  AddParser(registry, {"to_timestamp", "to_timestamp_ltz"},
            {"to_timestamp(text[, pattern]) -> timestamp", "The instant that a text tells.",
             "to_timestamp('2016-12-31 00:12:00')"},
            TimestampType(), false);
  AddParser(registry, {"try_to_timestamp"},
            {"try_to_timestamp(text[, pattern]) -> timestamp",
             "The instant that a text tells, or null.", "try_to_timestamp('foo', 'yyyy-MM-dd')"},
            TimestampType(), true);
  AddParser(registry, {"to_timestamp_ntz"},
            {"to_timestamp_ntz(text[, pattern]) -> timestamp_ntz",
             "The local time that a text tells.", "to_timestamp_ntz('2016-12-31 00:12:00')"},
            TimestampNtzType(), false);
  AddUnixTimestamp(registry, "unix_timestamp", true);
  AddUnixTimestamp(registry, "to_unix_timestamp", false);

  FixedFunction from_unixtime;
  from_unixtime.names = {"from_unixtime"};
  from_unixtime.documentation = {"from_unixtime(seconds[, pattern]) -> string",
                                 "The text of an instant that is given in seconds since 1970.",
                                 "from_unixtime(0, 'yyyy-MM-dd HH:mm:ss')"};
  from_unixtime.parameters = {arrow::int64(), arrow::utf8()};
  from_unixtime.required = 1;
  from_unixtime.result = arrow::utf8();
  from_unixtime.display = WithPattern("from_unixtime");
  from_unixtime.make = [](Arguments* arguments,
                          const BindContext& context) -> Result<ScalarKernel> {
    if (arguments->size() == 1) arguments->push_back(Text(kDefaultPattern));
    ARROW_ASSIGN_OR_RAISE(Patterns patterns,
                          Patterns::Make(*(*arguments)[1], Patterns::Use::kFormat));
    return FormatKernel(patterns, context.zone, 1000000);
  };
  AddFixed(registry, std::move(from_unixtime));

  ScalarFunction format;
  format.names = {"date_format"};
  format.documentation = {"date_format(timestamp, pattern) -> string", "The text of a timestamp.",
                          "date_format('2016-04-08', 'y')"};
  format.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("date_format", arguments.size(), 2, 2));
    ARROW_ASSIGN_OR_RAISE(arguments[0],
                          Coerce("date_format", 0, arguments[0], TimestampType(), context));
    ARROW_ASSIGN_OR_RAISE(arguments[1],
                          Coerce("date_format", 1, arguments[1], arrow::utf8(), context));
    ARROW_ASSIGN_OR_RAISE(Patterns patterns, Patterns::Make(*arguments[1], Patterns::Use::kFormat));
    const bool nullable = AnyNullable(arguments);
    return MakeCall("date_format", arrow::utf8(), nullable, std::move(arguments),
                    FormatKernel(patterns, context.zone, 1));
  };
  registry->Add(std::move(format));
}

}  // namespace headrace

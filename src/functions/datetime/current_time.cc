// The time of the batch: the same for all of its rows.
#include "functions/datetime/calendar.h"
#include "functions/datetime/datetime_topics.h"
#include "functions/signature.h"

namespace headrace {
namespace {

using Maker = std::function<std::shared_ptr<arrow::Scalar>(int64_t now_us, const TimeZone& zone)>;

void AddCurrent(FunctionRegistry* registry, std::vector<std::string> names,
                FunctionDocumentation documentation, DataTypePtr type, Maker make) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kNeverNull;
  function.bind = [name = function.names.front(), type, make](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 0, 0));
    auto kernel = [make, zone = context.zone](
                      const std::vector<Datum>&, int64_t,
                      const EvaluationContext& evaluation) -> Result<Datum> {
      return Datum(make(evaluation.batch_timestamp_us, *zone));
    };
    return std::make_shared<FunctionCall>(name, type, false, Arguments{}, std::move(kernel),
                                          /*deterministic=*/true, /*depends_on_batch=*/true);
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterCurrentTimeFunctions(FunctionRegistry* registry) {
  AddCurrent(registry, {"current_timestamp"},
             {"current_timestamp() -> timestamp", "The time of the batch.", ""}, TimestampType(),
             [](int64_t now, const TimeZone&) {
               return std::make_shared<arrow::TimestampScalar>(now, TimestampType());
             });
  AddCurrent(registry, {"now"}, {"now() -> timestamp", "The time of the batch.", ""},
             TimestampType(), [](int64_t now, const TimeZone&) {
               return std::make_shared<arrow::TimestampScalar>(now, TimestampType());
             });
  AddCurrent(registry, {"localtimestamp"},
             {"localtimestamp() -> timestamp_ntz", "The local time of the batch.", ""},
             TimestampNtzType(), [](int64_t now, const TimeZone& zone) {
               return std::make_shared<arrow::TimestampScalar>(zone.InstantToLocal(now),
                                                               TimestampNtzType());
             });
  const auto today = [](int64_t now, const TimeZone& zone) {
    return std::make_shared<arrow::Date32Scalar>(DaysOfInstant(now, zone));
  };
  AddCurrent(registry, {"current_date"}, {"current_date() -> date", "The date of the batch.", ""},
             arrow::date32(), today);
  AddCurrent(registry, {"curdate"}, {"curdate() -> date", "The date of the batch.", ""},
             arrow::date32(), today);

  ScalarFunction zone;
  zone.names = {"current_timezone"};
  zone.documentation = {"current_timezone() -> string", "The session's time zone.",
                        "current_timezone()"};
  zone.nulls = NullBehaviour::kNeverNull;
  zone.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("current_timezone", arguments.size(), 0, 0));
    return MakeLiteral(std::make_shared<arrow::StringScalar>(context.zone->name()));
  };
  registry->Add(std::move(zone));
}

}  // namespace headrace

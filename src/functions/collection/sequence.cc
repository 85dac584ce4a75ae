// sequence(start, stop[, step]) of integers, dates and timestamps.
#include <fmt/format.h>

#include "base/time_units.h"
#include "functions/collection/collection_topics.h"
#include "functions/collection/list_kernel.h"
#include "functions/datetime/calendar.h"
#include "functions/signature.h"

namespace headrace {
namespace {

constexpr int64_t kLongest = 2147483632;  // elements, as in Spark

Status BadBoundaries(const std::string& start, const std::string& stop, const std::string& step) {
  return MakeError(ErrorKind::kIllegalArgument, "_LEGACY_ERROR_TEMP_3242",
                   fmt::format("`sequence` never gets from {} to {} by steps of {}; change the "
                               "sign of the step",
                               start, stop, step),
                   {{"start", start}, {"stop", stop}, {"step", step}});
}

Status TooLong(int64_t length) {
  return MakeError(ErrorKind::kRuntime, "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
                   fmt::format("`sequence` would have {} elements, more than {}", length, kLongest),
                   {{"numberOfElements", std::to_string(length)},
                    {"functionName", "`sequence`"},
                    {"maxRoundedArrayLength", std::to_string(kLongest)},
                    {"parameter", "`count`"}});
}

template <typename T, typename BuilderType>
ScalarKernel IntegerKernel(DataTypePtr type) {
  return ListKernel(
      std::move(type), [](const Columns& columns, int64_t i, ListColumnBuilder* builder) -> Status {
        const int64_t start = Reader<T>(columns[0])[i], stop = Reader<T>(columns[1])[i];
        const int64_t step =
            columns.size() > 2 ? Reader<T>(columns[2])[i] : (start <= stop ? 1 : -1);
        if (step == 0 ? start != stop : (step > 0 ? start > stop : start < stop)) {
          return BadBoundaries(std::to_string(start), std::to_string(stop), std::to_string(step));
        }
        const __int128 length = step == 0 ? 1 : (static_cast<__int128>(stop) - start) / step + 1;
        if (length > kLongest) return TooLong(static_cast<int64_t>(length));
        auto* items = static_cast<BuilderType*>(builder->item_builder());
        ARROW_RETURN_NOT_OK(items->Reserve(static_cast<int64_t>(length)));
        for (int64_t k = 0; k < length; ++k) items->UnsafeAppend(static_cast<T>(start + k * step));
        return Status::OK();
      });
}

// Steps of time: months, or days and microseconds.
struct Step {
  int64_t months = 0, micros = 0;
};

template <typename Emit>
Status Walk(int64_t start, int64_t stop, const Step& step, const TimeZone& zone, Emit emit) {
  const bool forward = step.months + step.micros > 0;
  if (step.months == 0 && step.micros == 0 && start == stop) return emit(start);
  if ((step.months == 0 && step.micros == 0) || (forward ? start > stop : start < stop)) {
    return BadBoundaries("the start", "the stop", "the interval");
  }
  // Each element is counted from the start, so that months are not cut twice.
  for (int64_t k = 0; k < kLongest; ++k) {
    const int64_t at = step.months != 0 ? AddMonthsToInstant(start, step.months * k, zone)
                                        : AddDayTimeToInstant(start, step.micros * k, zone);
    if (forward ? at > stop : at < stop) return Status::OK();
    ARROW_RETURN_NOT_OK(emit(at));
  }
  return TooLong(kLongest);
}

ScalarKernel TimeKernel(DataTypePtr type, std::shared_ptr<const TimeZone> zone) {
  const bool dates = type->field(0)->type()->id() == arrow::Type::DATE32;
  return ListKernel(
      type, [dates, zone](const Columns& columns, int64_t i, ListColumnBuilder* builder) -> Status {
        const auto instant = [&](const Column& column) -> int64_t {
          return dates ? Reader<int32_t>(column)[i] * kMicrosPerDay : Reader<int64_t>(column)[i];
        };
        const int64_t start = instant(columns[0]), stop = instant(columns[1]);
        Step step{0, start <= stop ? kMicrosPerDay : -kMicrosPerDay};
        if (columns.size() > 2) {
          const bool months = columns[2].array->type_id() == arrow::Type::INTERVAL_MONTHS;
          step = months ? Step{Reader<int32_t>(columns[2])[i], 0}
                        : Step{0, Reader<int64_t>(columns[2])[i]};
        }
        return Walk(start, stop, step, *zone, [&](int64_t at) -> Status {
          if (dates) {
            return static_cast<arrow::Date32Builder*>(builder->item_builder())
                ->Append(DaysOfLocal(at));
          }
          return static_cast<arrow::TimestampBuilder*>(builder->item_builder())->Append(at);
        });
      });
}

Result<ExpressionPtr> BindSequence(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("sequence", arguments.size(), 2, 3));
  const DataType& first = *arguments[0]->type();
  const bool times = first.id() == arrow::Type::DATE32 || first.id() == arrow::Type::TIMESTAMP;
  if (!times) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      const DataType& type = *arguments[i]->type();
      if (!IsIntegral(type) && !IsNullType(type)) {
        return UnexpectedInputType("sequence", static_cast<int>(i), "INTEGRAL", *arguments[i]);
      }
    }
    ARROW_ASSIGN_OR_RAISE(DataTypePtr element,
                          CoerceToCommonType("sequence", &arguments, 0, context));
    if (IsNullType(*element)) element = arrow::int32();
    const DataTypePtr type = ArrayOf(element, false);
    ScalarKernel kernel;
    switch (element->id()) {
      case arrow::Type::INT8:
        kernel = IntegerKernel<int8_t, arrow::Int8Builder>(type);
        break;
      case arrow::Type::INT16:
        kernel = IntegerKernel<int16_t, arrow::Int16Builder>(type);
        break;
      case arrow::Type::INT32:
        kernel = IntegerKernel<int32_t, arrow::Int32Builder>(type);
        break;
      default:
        kernel = IntegerKernel<int64_t, arrow::Int64Builder>(type);
    }
    const bool nullable = AnyNullable(arguments);
    return MakeCall("sequence", type, nullable, std::move(arguments), std::move(kernel));
  }
  DataTypePtr element = CommonType(arguments[0]->type(), arguments[1]->type(), context.ansi);
  if (element == nullptr) {
    return UnexpectedInputType("sequence", 1, SqlName(first), *arguments[1]);
  }
  if (arguments.size() > 2) {
    const DataType& step = *arguments[2]->type();
    if (step.id() != arrow::Type::DURATION && step.id() != arrow::Type::INTERVAL_MONTHS) {
      return UnexpectedInputType("sequence", 2, "INTERVAL", *arguments[2]);
    }
  }
  for (int i : {0, 1}) {
    ARROW_ASSIGN_OR_RAISE(arguments[i], MakeCast(arguments[i], element, context.cast_options()));
  }
  const bool zoned = IsTimestampLtz(*element);
  const DataTypePtr type = ArrayOf(element, false);
  const bool nullable = AnyNullable(arguments);
  return MakeCall("sequence", type, nullable, std::move(arguments),
                  TimeKernel(type, zoned ? context.zone : TimeZone::Utc()));
}

}  // namespace

void RegisterSequenceFunctions(FunctionRegistry* registry) {
  ScalarFunction sequence;
  sequence.names = {"sequence"};
  sequence.documentation = {"sequence(start, stop[, step]) -> array",
                            "The values from start to stop, both included.", "sequence(1, 5)"};
  sequence.bind = BindSequence;
  registry->Add(std::move(sequence));
}

}  // namespace headrace

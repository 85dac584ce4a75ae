// window(time, duration[, slide[, start]]): the half-open windows that an event time falls into.
//
// The grid has its origin at 1970-01-01 00:00:00 UTC plus `start`. The scalar function makes
// tumbling windows; rows of sliding ones are multiplied by the generator __sliding_window, latest
// window first.
//
// session_window(time, gap): the session of one row; aggregation merges those that touch.
#include <fmt/format.h>

#include "base/time_units.h"
#include "functions/datetime/calendar.h"
#include "functions/datetime/datetime_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

struct WindowShape {
  int64_t duration = 0, slide = 0, start = 0;  // microseconds

  int64_t LastStart(int64_t time) const {
    const int64_t rest = (time - start) % slide;
    return time - (rest < 0 ? rest + slide : rest);
  }
};

// An interval text, a day-time interval, or microseconds.
Result<int64_t> Microseconds(const std::string& what, const Expression& argument) {
  if (!argument.foldable()) {
    return AnalysisError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                         fmt::format("the {} of `window` must be a constant", what),
                         {{"inputName", "`" + what + "`"}, {"inputType", "\"STRING\""}});
  }
  ARROW_ASSIGN_OR_RAISE(auto value, Fold(argument));
  if (value->is_valid && IsString(*value->type)) {
    const std::string text = static_cast<const arrow::StringScalar&>(*value).value->ToString();
    ARROW_ASSIGN_OR_RAISE(const CalendarInterval interval, ParseInterval(text));
    if (interval.months != 0) {
      return MakeError(ErrorKind::kIllegalArgument, "_LEGACY_ERROR_TEMP_3231",
                       fmt::format("the {} of `window`, '{}', has months, whose length varies; "
                                   "give it in days or less",
                                   what, text),
                       {{"interval", text}});
    }
    return interval.days * kMicrosPerDay + interval.microseconds;
  }
  if (value->is_valid && value->type->id() == arrow::Type::DURATION) {
    return static_cast<const arrow::DurationScalar&>(*value).value;
  }
  if (value->is_valid && IsIntegral(*value->type)) {
    ARROW_ASSIGN_OR_RAISE(auto wide, value->CastTo(arrow::int64()));
    return static_cast<const arrow::Int64Scalar&>(*wide).value;
  }
  return UnexpectedInputType("window", 1, "STRING\" or \"INTERVAL DAY TO SECOND", argument);
}

Result<WindowShape> ShapeOf(const Arguments& arguments) {
  WindowShape shape;
  ARROW_ASSIGN_OR_RAISE(shape.duration, Microseconds("windowDuration", *arguments[1]));
  shape.slide = shape.duration;
  if (arguments.size() > 2) {
    ARROW_ASSIGN_OR_RAISE(shape.slide, Microseconds("slideDuration", *arguments[2]));
  }
  if (arguments.size() > 3) {
    ARROW_ASSIGN_OR_RAISE(shape.start, Microseconds("startTime", *arguments[3]));
  }
  for (const auto& [name, value] :
       {std::pair<const char*, int64_t>("window_duration", shape.duration),
        {"slide_duration", shape.slide}}) {
    if (value > 0) continue;
    return AnalysisError(
        "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
        fmt::format("the {} of `window` must be positive, not {} microseconds", name, value),
        {{"exprName", std::string("`") + name + "`"},
         {"valueRange", "(0, 9223372036854775807]"},
         {"currentValue", fmt::format("{}L", value)}});
  }
  if (shape.slide > shape.duration || std::abs(shape.start) >= shape.slide) {
    const bool slide = shape.slide > shape.duration;
    return AnalysisError(
        "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
        slide ? "the slide of `window` must not exceed its duration"
              : "the start of `window` must be less than its slide",
        {{"leftExprName", slide ? "`slide_duration`" : "`abs(start_time)`"},
         {"leftExprValue", fmt::format("{}L", slide ? shape.slide : std::abs(shape.start))},
         {"constraint", slide ? "<=" : "<"},
         {"rightExprName", slide ? "`window_duration`" : "`slide_duration`"},
         {"rightExprValue", fmt::format("{}L", slide ? shape.duration : shape.slide)}});
  }
  return shape;
}

Result<ExpressionPtr> TimeArgument(const ExpressionPtr& argument, const BindContext& context) {
  if (argument->type()->id() == arrow::Type::TIMESTAMP) return argument;
  return Coerce("window", 0, argument, TimestampType(), context);
}

DataTypePtr WindowType(const DataTypePtr& time) {
  return arrow::struct_({arrow::field("start", time), arrow::field("end", time)});
}

ArrayPtr WindowArray(const DataTypePtr& type, int64_t rows, const Validity& validity,
                     std::shared_ptr<arrow::Buffer> starts, std::shared_ptr<arrow::Buffer> ends) {
  const DataTypePtr& time = type->field(0)->type();
  ArrayPtr start = MakeFixedArray(time, rows, validity, std::move(starts));
  ArrayPtr end = MakeFixedArray(time, rows, validity, std::move(ends));
  return arrow::MakeArray(
      arrow::ArrayData::Make(type, rows, {nullptr}, {start->data(), end->data()}, 0));
}

Result<ExpressionPtr> BindWindow(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("window", arguments.size(), 2, 4));
  ARROW_ASSIGN_OR_RAISE(const WindowShape shape, ShapeOf(arguments));
  if (shape.slide != shape.duration) {
    return NotSupported("sliding windows inside of an expression",
                        "make the window a column of its own first");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr time, TimeArgument(arguments[0], context));
  const DataTypePtr type = WindowType(time->type());
  return MakeCall(
      "window", type, false, {std::move(time)},
      ColumnKernel([shape, type](const Columns& columns,
                                 const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, evaluation.pool));
        const int64_t bytes = columns.rows * static_cast<int64_t>(sizeof(int64_t));
        ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> starts,
                              arrow::AllocateBuffer(bytes, evaluation.pool));
        ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> ends,
                              arrow::AllocateBuffer(bytes, evaluation.pool));
        auto* start = reinterpret_cast<int64_t*>(starts->mutable_data());
        auto* end = reinterpret_cast<int64_t*>(ends->mutable_data());
        if (validity.null_count == columns.rows) {
          std::memset(start, 0, static_cast<size_t>(bytes));
          std::memset(end, 0, static_cast<size_t>(bytes));
        } else {
          const Reader<int64_t> times(columns[0]);
          // Neighbouring events mostly fall into one window.
          int64_t from = 1, to = 0;
          for (int64_t i = 0; i < columns.rows; ++i) {
            const int64_t instant = times[i];
            if (instant < from || instant >= to) {
              from = shape.LastStart(instant);
              to = from + shape.duration;
            }
            start[i] = from;
            end[i] = to;
          }
        }
        return WindowArray(type, columns.rows, validity, std::move(starts), std::move(ends));
      }));
}

Result<BoundGenerator> BindSlidingWindow(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("window", arguments.size(), 2, 4));
  ARROW_ASSIGN_OR_RAISE(const WindowShape shape, ShapeOf(arguments));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr time, TimeArgument(arguments[0], context));
  const DataTypePtr type = WindowType(time->type());
  BoundGenerator bound;
  bound.name = "__sliding_window";
  bound.output = {arrow::field("window", type, false)};
  // The planner reads the literals: an aggregate may compute panes instead.
  bound.arguments = std::move(arguments);
  bound.arguments[0] = std::move(time);
  bound.generate = [shape, type](const std::vector<ArrayPtr>& arrays, int64_t length, bool,
                                 std::vector<int64_t>* parents,
                                 std::vector<ArrayPtr>* columns) -> Status {
    const arrow::Array& times = *arrays[0];
    const auto* values = times.data()->GetValues<int64_t>(1);
    const int64_t count = (shape.duration + shape.slide - 1) / shape.slide;
    std::vector<int64_t> starts, ends;
    starts.reserve(static_cast<size_t>(length * count));
    ends.reserve(static_cast<size_t>(length * count));
    for (int64_t i = 0; i < length; ++i) {
      if (times.IsNull(i)) continue;
      const int64_t last = shape.LastStart(values[i]);
      for (int64_t k = 0; k < count; ++k) {
        const int64_t start = last - k * shape.slide, end = start + shape.duration;
        if (values[i] >= end) continue;
        starts.push_back(start);
        ends.push_back(end);
        parents->push_back(i);
      }
    }
    const auto rows = static_cast<int64_t>(starts.size());
    columns->push_back(WindowArray(type, rows, Validity{},
                                   arrow::Buffer::FromVector(std::move(starts)),
                                   arrow::Buffer::FromVector(std::move(ends))));
    return Status::OK();
  };
  return bound;
}

// A session of one row: its time, and its time plus the gap; the end is null where the gap is.
Result<ExpressionPtr> BindSessionWindow(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("session_window", arguments.size(), 2, 2));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr time, TimeArgument(arguments[0], context));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr gap,
                        Coerce("session_window", 1, arguments[1], arrow::utf8(), context));
  const DataTypePtr type = WindowType(time->type());
  const std::shared_ptr<const TimeZone> zone =
      IsTimestampNtz(*time->type()) ? TimeZone::Utc() : context.zone;
  return MakeCall(
      "session_window", type, false, {std::move(time), std::move(gap)},
      ColumnKernel([zone, type](const Columns& columns,
                                const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        const int64_t bytes = columns.rows * static_cast<int64_t>(sizeof(int64_t));
        ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> starts,
                              arrow::AllocateBuffer(bytes, evaluation.pool));
        auto* start = reinterpret_cast<int64_t*>(starts->mutable_data());
        arrow::TimestampBuilder ends(type->field(1)->type(), evaluation.pool);
        ARROW_RETURN_NOT_OK(ends.Reserve(columns.rows));
        bool read = false;
        std::string last_text;
        std::optional<CalendarInterval> gap;  // of last_text
        const Reader<int64_t> times(columns[0]);
        const Reader<std::string_view> gaps(columns[1]);
        for (int64_t i = 0; i < columns.rows; ++i) {
          start[i] = 0;
          if (columns[0].IsNull(i) || columns[1].IsNull(i)) {
            ends.UnsafeAppendNull();
            continue;
          }
          start[i] = times[i];
          // Neighbouring rows mostly have one gap. A text that is no interval is a null gap.
          if (const std::string_view text = gaps[i]; !read || text != last_text) {
            read = true;
            last_text = text;
            const Result<CalendarInterval> parsed = ParseInterval(text);
            gap = parsed.ok() ? std::optional(*parsed) : std::nullopt;
          }
          if (!gap) {
            ends.UnsafeAppendNull();
            continue;
          }
          int64_t end = start[i];
          if (gap->months != 0) end = AddMonthsToInstant(end, gap->months, *zone);
          if (gap->days != 0) {
            end = zone->LocalToInstant(zone->InstantToLocal(end) + gap->days * kMicrosPerDay);
          }
          ends.UnsafeAppend(end + gap->microseconds);
        }
        ARROW_ASSIGN_OR_RAISE(ArrayPtr end, ends.Finish());
        ArrayPtr begin = MakeFixedArray(type->field(0)->type(), columns.rows, Validity{}, starts);
        return arrow::MakeArray(
            arrow::ArrayData::Make(type, columns.rows, {nullptr}, {begin->data(), end->data()}, 0));
      }));
}

}  // namespace

void RegisterTimeWindowFunctions(FunctionRegistry* registry) {
  ScalarFunction window;
  window.names = {"window"};
  window.documentation = {"window(time, duration[, slide[, start]]) -> struct<start, end>",
                          "The window of time that the event time falls into.", ""};
  window.nulls = NullBehaviour::kNeverNull;
  window.display = [](const std::vector<std::string>&) { return std::string("window"); };
  window.bind = BindWindow;
  registry->Add(std::move(window));

  ScalarFunction session;
  session.names = {"session_window"};
  session.documentation = {"session_window(time, gap) -> struct<start, end>",
                           "The session that the event time opens; groups by sessions that touch "
                           "are merged.",
                           ""};
  session.display = [](const std::vector<std::string>&) { return std::string("session_window"); };
  session.nulls = NullBehaviour::kNeverNull;
  session.bind = BindSessionWindow;
  registry->Add(std::move(session));

  GeneratorFunction sliding;
  sliding.names = {"__sliding_window"};
  sliding.documentation = {"__sliding_window(time, duration, slide[, start]) -> rows",
                           "A row for each window that the event time falls into; the analyser "
                           "puts it in place of window().",
                           ""};
  sliding.bind = BindSlidingWindow;
  registry->Add(std::move(sliding));
}

}  // namespace headrace

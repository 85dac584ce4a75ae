#include "plan/analysis/time_columns.h"

#include <utility>

#include "plan/analysis/resolution_errors.h"
#include "types/time.h"

namespace headrace {
namespace {

constexpr int64_t kDayUs = 86400LL * 1000000;

// The input attribute that `expression` is, or null.
const Attribute* AsAttribute(const ExpressionPtr& expression, const std::vector<Attribute>& input) {
  const auto* reference = dynamic_cast<const AttributeReference*>(expression.get());
  return reference ? FindAttribute(input, reference->id()) : nullptr;
}

Result<int64_t> DurationUs(const ExpressionPtr& argument, const std::string& what) {
  auto not_constant = [&] {
    return AnalysisError("_LEGACY_ERROR_TEMP_3230",
                         "The " + what +
                             " of window() must be a constant interval such as "
                             "'10 minutes', not \"" +
                             UserText(*argument) + "\".");
  };
  if (!argument->foldable()) return not_constant();
  ARROW_ASSIGN_OR_RAISE(auto value, Fold(*argument));
  if (!value->is_valid) return not_constant();
  switch (value->type->id()) {
    case arrow::Type::STRING: {
      const std::string text = value->ToString();
      ARROW_ASSIGN_OR_RAISE(const CalendarInterval interval, ParseInterval(text));
      if (interval.months != 0) {
        return IllegalArgument("_LEGACY_ERROR_TEMP_3231",
                               "The " + what + " of window() may not have months or years ('" +
                                   text +
                                   "'): they are not equally long. Give it in weeks, days or less.",
                               {{"interval", text}});
      }
      return interval.days * kDayUs + interval.microseconds;
    }
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(*value).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(*value).value;
    case arrow::Type::DURATION:
      return static_cast<const arrow::DurationScalar&>(*value).value;
    default:
      return not_constant();
  }
}

Status CheckDurations(int64_t duration, int64_t slide, int64_t start) {
  auto out_of_range = [](const std::string& name, int64_t value) {
    return AnalysisError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                         "The " + name + " of window() must be longer than nothing, but it is " +
                             std::to_string(value) + " microseconds.",
                         {{"sqlExpr", "\"window\""},
                          {"exprName", "`" + name + "`"},
                          {"valueRange", "(0, 9223372036854775807]"},
                          {"currentValue", std::to_string(value) + "L"}});
  };
  auto violated = [](const std::string& left, int64_t left_value, const std::string& constraint,
                     const std::string& right, int64_t right_value) {
    return AnalysisError("DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
                         "In window(), " + left + " (" + std::to_string(left_value) +
                             " microseconds) must be " + constraint + " " + right + " (" +
                             std::to_string(right_value) + " microseconds).",
                         {{"sqlExpr", "\"window\""},
                          {"leftExprName", "`" + left + "`"},
                          {"leftExprValue", std::to_string(left_value) + "L"},
                          {"constraint", constraint},
                          {"rightExprName", "`" + right + "`"},
                          {"rightExprValue", std::to_string(right_value) + "L"}});
  };
  if (duration <= 0) return out_of_range("window_duration", duration);
  if (slide <= 0) return out_of_range("slide_duration", slide);
  if (slide > duration) {
    return violated("slide_duration", slide, "<=", "window_duration", duration);
  }
  if (std::abs(start) >= slide) {
    return violated("abs(start_time)", std::abs(start), "<", "slide_duration", slide);
  }
  return Status::OK();
}

ExpressionPtr IntervalLiteral(int64_t microseconds) {
  return MakeLiteral(
      std::make_shared<arrow::StringScalar>(std::to_string(microseconds) + " microseconds"));
}

}  // namespace

Result<ExpressionPtr> TimeColumns::WindowEndMinusOne(const ExpressionPtr& window) const {
  const auto microsecond =
      std::make_shared<arrow::DurationScalar>(1, arrow::duration(arrow::TimeUnit::MICRO));
  return context_->functions->Call("-", {MakeStructField(window, 1), MakeLiteral(microsecond)},
                                   context_->bind);
}

Result<ExpressionPtr> TimeColumns::TimeOf(const ExpressionPtr& argument,
                                          const std::vector<Attribute>& input,
                                          Attribute* tagged) const {
  if (const Attribute* attribute = AsAttribute(argument, input)) *tagged = *attribute;
  const DataType& type = *argument->type();
  switch (type.id()) {
    case arrow::Type::TIMESTAMP:
      return argument;
    case arrow::Type::DATE32:
    case arrow::Type::STRING:
    case arrow::Type::NA:
      *tagged = Attribute();
      return MakeCast(argument, TimestampType(), context_->bind.cast_options());
    case arrow::Type::STRUCT:
      if (tagged->is_window) return WindowEndMinusOne(argument);
      break;
    default:
      break;
  }
  const std::string text = UserText(*argument);
  return AnalysisError(
      "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
      "The time of window() must be a TIMESTAMP or another window, but \"" + text + "\" is " +
          SqlName(type) + ". Convert it, for example with timestamp_seconds() or to_timestamp().",
      {{"sqlExpr", "\"window(" + text + ")\""},
       {"paramIndex", "first"},
       {"inputSql", "\"" + text + "\""},
       {"inputType", "\"" + SqlName(type) + "\""},
       {"requiredType",
        "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \"STRUCT<start: TIMESTAMP, end: "
        "TIMESTAMP>\" or \"STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>\")"}});
}

Result<ExpressionPtr> TimeColumns::AddWindow(const std::vector<ExpressionPtr>& arguments,
                                             const std::vector<Attribute>& input) {
  if (arguments.size() < 2 || arguments.size() > 4) {
    return WrongNumberOfArguments("window", "[2, 3, 4]", arguments.size());
  }
  Window window;
  Attribute tagged;
  ARROW_ASSIGN_OR_RAISE(window.time, TimeOf(arguments[0], input, &tagged));
  ARROW_ASSIGN_OR_RAISE(window.duration_us, DurationUs(arguments[1], "duration"));
  window.slide_us = window.duration_us;
  if (arguments.size() > 2) {
    ARROW_ASSIGN_OR_RAISE(window.slide_us, DurationUs(arguments[2], "slide duration"));
  }
  if (arguments.size() > 3) {
    ARROW_ASSIGN_OR_RAISE(window.start_us, DurationUs(arguments[3], "start time"));
  }
  ARROW_RETURN_NOT_OK(CheckDurations(window.duration_us, window.slide_us, window.start_us));
  if (window_) {
    if (SameExpression(*window_->time, *window.time) &&
        window_->duration_us == window.duration_us && window_->slide_us == window.slide_us &&
        window_->start_us == window.start_us) {
      return ToReference(window_->attribute);
    }
    return AnalysisError("_LEGACY_ERROR_TEMP_1039",
                         "Two different window() or session_window() expressions stand in one "
                         "operation: their rows would be multiplied by each other. Use one of "
                         "them, or do the second in another select above.");
  }
  const DataTypePtr& time = window.time->type();
  window.attribute.id = NextAttributeId();
  window.attribute.name = "window";
  window.attribute.type = arrow::struct_({arrow::field("start", time), arrow::field("end", time)});
  window.attribute.nullable = false;
  window.attribute.is_window = true;
  window.attribute.watermark_delay_us = tagged.watermark_delay_us;
  window.attribute.metadata = tagged.metadata;
  window_ = std::move(window);
  return ToReference(window_->attribute);
}

Result<ExpressionPtr> TimeColumns::AddWindowTime(const std::vector<ExpressionPtr>& arguments,
                                                 const std::vector<Attribute>& input) {
  if (arguments.size() != 1) return WrongNumberOfArguments("window_time", "1", arguments.size());
  if (arguments[0]->type()->id() != arrow::Type::STRUCT) {
    return ForUser(UnexpectedInputType("window_time", 0, "STRUCT", *arguments[0]),
                   "window_time(" + UserText(*arguments[0]) + ")");
  }
  const Attribute* window = AsAttribute(arguments[0], input);
  if (!window || !window->is_window) {
    return AnalysisError("_LEGACY_ERROR_TEMP_3101",
                         "window_time() takes a column that window() or session_window() made; \"" +
                             UserText(*arguments[0]) + "\" is none.",
                         {{"windowTime", UserText(*arguments[0])}});
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr time, WindowEndMinusOne(arguments[0]));
  NamedExpression column = Computed(std::move(time), "window_time");
  column.attribute.watermark_delay_us = window->watermark_delay_us;
  column.attribute.metadata = window->metadata;
  columns_.push_back(column);
  return ToReference(column.attribute);
}

std::vector<Attribute> TimeColumns::attributes() const {
  std::vector<Attribute> attributes;
  for (const NamedExpression& column : columns_) attributes.push_back(column.attribute);
  if (window_) attributes.push_back(window_->attribute);
  return attributes;
}

Result<ResolvedPlanPtr> TimeColumns::Apply(ResolvedPlanPtr child) const {
  if (!columns_.empty()) {
    std::vector<NamedExpression> projections = PassThrough(child->output);
    projections.insert(projections.end(), columns_.begin(), columns_.end());
    child = MakeProject(std::move(child), std::move(projections));
  }
  if (!window_) return child;
  const FunctionRegistry& functions = *context_->functions;
  if (window_->time->nullable()) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr has_time,
                          functions.Call("isnotnull", {window_->time}, context_->bind));
    child = MakeFilter(std::move(child), std::move(has_time));
  }
  const std::vector<ExpressionPtr> arguments = {
      window_->time, IntervalLiteral(window_->duration_us), IntervalLiteral(window_->slide_us),
      IntervalLiteral(window_->start_us)};
  if (window_->slide_us == window_->duration_us) {
    NamedExpression column;
    ARROW_ASSIGN_OR_RAISE(column.expression, functions.Call("window", arguments, context_->bind));
    column.attribute = window_->attribute;
    std::vector<NamedExpression> projections = PassThrough(child->output);
    projections.push_back(std::move(column));
    return MakeProject(std::move(child), std::move(projections));
  }
  const GeneratorFunction* sliding = functions.FindGenerator("__sliding_window");
  if (!sliding) return NotSupported("sliding windows");
  ARROW_ASSIGN_OR_RAISE(BoundGenerator generator, sliding->bind(arguments, context_->bind));
  return MakeGenerate(std::move(child), std::move(generator), {window_->attribute});
}

}  // namespace headrace

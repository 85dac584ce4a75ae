#include "plan/analysis/time_columns.h"

#include <utility>

#include "base/time_units.h"
#include "plan/analysis/resolution_errors.h"
#include "types/time.h"

namespace headrace {
namespace {

Status NotAWindow(const Expression& expression) {
  return AnalysisError("_LEGACY_ERROR_TEMP_3101",
                       "A column that window() or session_window() made is needed here; \"" +
                           UserText(expression) + "\" is none.",
                       {{"windowTime", UserText(expression)}});
}

Status NotALiteral() {
  return AnalysisError("_LEGACY_ERROR_TEMP_1207",
                       "The durations of window() must be literals: an interval's text such as "
                       "'10 minutes', or a whole number of microseconds.");
}

Result<int64_t> DurationUs(const ExpressionPtr& argument, const std::string& what) {
  const auto* literal = dynamic_cast<const Literal*>(argument.get());
  if (!literal || !literal->value()->is_valid) return NotALiteral();
  const arrow::Scalar& value = *literal->value();
  switch (value.type->id()) {
    case arrow::Type::STRING: {
      const std::string text = value.ToString();
      ARROW_ASSIGN_OR_RAISE(const CalendarInterval interval, ParseInterval(text));
      if (interval.months != 0) {
        return IllegalArgument("_LEGACY_ERROR_TEMP_3231",
                               "The " + what + " of window() may not have months or years ('" +
                                   text +
                                   "'): they are not equally long. Give it in weeks, days or less.",
                               {{"interval", text}});
      }
      return interval.days * kMicrosPerDay + interval.microseconds;
    }
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(value).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(value).value;
    default:
      return NotALiteral();
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

DataTypePtr WindowType(const DataTypePtr& time) {
  return arrow::struct_({arrow::field("start", time), arrow::field("end", time)});
}

}  // namespace

const Attribute* TimeColumns::Find(const ExpressionPtr& expression,
                                   const std::vector<Attribute>& input) const {
  const auto* reference = dynamic_cast<const AttributeReference*>(expression.get());
  if (!reference) return nullptr;
  for (const Column& column : columns_) {
    if (column.attribute.id == reference->id()) return &column.attribute;
  }
  return FindAttribute(input, reference->id());
}

Result<ExpressionPtr> TimeColumns::WindowEndMinusOne(const ExpressionPtr& window) const {
  const auto microsecond =
      std::make_shared<arrow::DurationScalar>(1, arrow::duration(arrow::TimeUnit::MICRO));
  return context_->functions->Call("-", {MakeStructField(window, 1), MakeLiteral(microsecond)},
                                   context_->bind);
}

Result<ExpressionPtr> TimeColumns::TimeOf(const std::string& name, const ExpressionPtr& argument,
                                          const std::vector<Attribute>& input,
                                          Attribute* tagged) const {
  if (const Attribute* attribute = Find(argument, input)) *tagged = *attribute;
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
      if (type.num_fields() == 2 && type.field(0)->type()->id() == arrow::Type::TIMESTAMP &&
          SameType(*type.field(0)->type(), *type.field(1)->type())) {
        return NotAWindow(*argument);
      }
      break;
    default:
      break;
  }
  const std::string text = UserText(*argument);
  return AnalysisError(
      "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
      "The time of " + name + "() must be a TIMESTAMP or another window, but \"" + text + "\" is " +
          SqlName(type) + ". Convert it, for example with timestamp_seconds() or to_timestamp().",
      {{"sqlExpr", "\"" + name + "(" + text + ")\""},
       {"paramIndex", "first"},
       {"inputSql", "\"" + text + "\""},
       {"inputType", "\"" + SqlName(type) + "\""},
       {"requiredType",
        "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \"STRUCT<start: TIMESTAMP, end: "
        "TIMESTAMP>\" or \"STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>\")"}});
}

Result<ExpressionPtr> TimeColumns::Add(Column added, const std::string& name,
                                       const Attribute& tagged) {
  const AttributeSet used = ReferencesOf(added.value);
  for (const Column& column : columns_) {
    if (column.kind == Kind::kComputed) continue;
    const bool same_gap = !added.gap || !column.gap || SameExpression(*added.gap, *column.gap);
    if (column.kind == added.kind && SameExpression(*column.value, *added.value) && same_gap &&
        column.duration_us == added.duration_us && column.slide_us == added.slide_us &&
        column.start_us == added.start_us) {
      return ToReference(column.attribute);
    }
    if (used.contains(column.attribute.id)) continue;  // a window of that window
    return AnalysisError("_LEGACY_ERROR_TEMP_1039",
                         "Two different window() or session_window() expressions stand in one "
                         "operation: their rows would be multiplied by each other. Use one of "
                         "them, or do the second in another select above.");
  }
  added.attribute.id = NextAttributeId();
  added.attribute.name = name;
  added.attribute.type = WindowType(added.value->type());
  // As in Spark: the windows that a row is multiplied by are nullable.
  added.attribute.nullable = added.slide_us != added.duration_us;
  added.attribute.is_window = true;
  added.attribute.is_session = added.kind == Kind::kSession;
  added.attribute.watermark_delay_us = tagged.watermark_delay_us;
  added.attribute.metadata = tagged.metadata;
  columns_.push_back(std::move(added));
  return ToReference(columns_.back().attribute);
}

Result<ExpressionPtr> TimeColumns::AddWindow(const std::vector<ExpressionPtr>& arguments,
                                             const std::vector<Attribute>& input) {
  if (arguments.size() < 2 || arguments.size() > 4) {
    return WrongNumberOfArguments("window", "[2, 3, 4]", arguments.size());
  }
  Column window;
  window.kind = Kind::kWindow;
  Attribute tagged;
  ARROW_ASSIGN_OR_RAISE(window.duration_us, DurationUs(arguments[1], "duration"));
  window.slide_us = window.duration_us;
  if (arguments.size() > 2) {
    ARROW_ASSIGN_OR_RAISE(window.slide_us, DurationUs(arguments[2], "slide duration"));
  }
  if (arguments.size() > 3) {
    ARROW_ASSIGN_OR_RAISE(window.start_us, DurationUs(arguments[3], "start time"));
  }
  ARROW_ASSIGN_OR_RAISE(window.value, TimeOf("window", arguments[0], input, &tagged));
  ARROW_RETURN_NOT_OK(CheckDurations(window.duration_us, window.slide_us, window.start_us));
  return Add(std::move(window), "window", tagged);
}

Result<ExpressionPtr> TimeColumns::AddSessionWindow(const std::vector<ExpressionPtr>& arguments,
                                                    const std::vector<Attribute>& input) {
  if (arguments.size() != 2) {
    return WrongNumberOfArguments("session_window", "2", arguments.size());
  }
  Column session;
  session.kind = Kind::kSession;
  Attribute tagged;
  ARROW_ASSIGN_OR_RAISE(session.value, TimeOf("session_window", arguments[0], input, &tagged));
  session.gap = arguments[1];
  const DataType& type = *session.gap->type();
  if (type.id() != arrow::Type::STRING && type.id() != arrow::Type::NA) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1040",
                         "The gap of session_window() must be the text of an interval such as "
                         "'5 minutes', not " +
                             SqlName(type) + ".",
                         {{"dt", SqlName(type)}});
  }
  return Add(std::move(session), "session_window", tagged);
}

Result<ExpressionPtr> TimeColumns::AddWindowTime(const std::vector<ExpressionPtr>& arguments,
                                                 const std::vector<Attribute>& input) {
  if (arguments.size() != 1) return WrongNumberOfArguments("window_time", "1", arguments.size());
  if (arguments[0]->type()->id() != arrow::Type::STRUCT) {
    return ForUser(UnexpectedInputType("window_time", 0, "STRUCT", *arguments[0]),
                   "window_time(" + UserText(*arguments[0]) + ")");
  }
  const Attribute* window = Find(arguments[0], input);
  if (!window || !window->is_window) return NotAWindow(*arguments[0]);
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr time, WindowEndMinusOne(arguments[0]));
  NamedExpression computed = Computed(std::move(time), "window_time");
  Column column;
  column.value = std::move(computed.expression);
  column.attribute = std::move(computed.attribute);
  column.attribute.watermark_delay_us = window->watermark_delay_us;
  column.attribute.metadata = window->metadata;
  columns_.push_back(std::move(column));
  return ToReference(columns_.back().attribute);
}

std::vector<Attribute> TimeColumns::attributes() const {
  std::vector<Attribute> attributes;
  for (const Column& column : columns_) attributes.push_back(column.attribute);
  return attributes;
}

AttributeSet TimeColumns::references() const {
  AttributeSet ids;
  for (const Column& column : columns_) {
    CollectReferences(column.value, &ids);
    CollectReferences(column.gap, &ids);
  }
  return ids;
}

namespace {

ResolvedPlanPtr WithColumn(ResolvedPlanPtr child, NamedExpression column) {
  std::vector<NamedExpression> projections = PassThrough(child->output);
  projections.push_back(std::move(column));
  return MakeProject(std::move(child), std::move(projections));
}

}  // namespace

Result<ResolvedPlanPtr> TimeColumns::ApplyWindow(const Column& column,
                                                 ResolvedPlanPtr child) const {
  const FunctionRegistry& functions = *context_->functions;
  const std::vector<ExpressionPtr> arguments = {column.value, IntervalLiteral(column.duration_us),
                                                IntervalLiteral(column.slide_us),
                                                IntervalLiteral(column.start_us)};
  if (column.slide_us == column.duration_us) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr window,
                          functions.Call("window", arguments, context_->bind));
    return WithColumn(std::move(child), {std::move(window), column.attribute});
  }
  const GeneratorFunction* sliding = functions.FindGenerator("__sliding_window");
  ARROW_ASSIGN_OR_RAISE(BoundGenerator generator, sliding->bind(arguments, context_->bind));
  return MakeGenerate(std::move(child), std::move(generator), {column.attribute});
}

Result<ResolvedPlanPtr> TimeColumns::ApplySession(const Column& column,
                                                  ResolvedPlanPtr child) const {
  const FunctionRegistry& functions = *context_->functions;
  ARROW_ASSIGN_OR_RAISE(
      ExpressionPtr session,
      functions.Call("session_window", {column.value, column.gap}, context_->bind));
  child = WithColumn(std::move(child), {std::move(session), column.attribute});
  const ExpressionPtr window = ToReference(column.attribute);
  ARROW_ASSIGN_OR_RAISE(
      ExpressionPtr lasts,
      functions.Call(">", {MakeStructField(window, 1), MakeStructField(window, 0)},
                     context_->bind));
  return MakeFilter(std::move(child), std::move(lasts));
}

Result<ResolvedPlanPtr> TimeColumns::Apply(ResolvedPlanPtr child) const {
  for (const Column& column : columns_) {
    if (column.kind == Kind::kComputed) {
      child = WithColumn(std::move(child), {column.value, column.attribute});
      continue;
    }
    if (column.value->nullable()) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr has_time,
                            context_->functions->Call("isnotnull", {column.value}, context_->bind));
      child = MakeFilter(std::move(child), std::move(has_time));
    }
    ARROW_ASSIGN_OR_RAISE(child, column.kind == Kind::kSession
                                     ? ApplySession(column, std::move(child))
                                     : ApplyWindow(column, std::move(child)));
  }
  return child;
}

}  // namespace headrace

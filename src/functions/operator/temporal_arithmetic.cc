#include <cmath>

#include <fmt/format.h>

#include "base/time_units.h"
#include "functions/ansi_errors.h"
#include "functions/datetime/calendar.h"
#include "functions/operator/arithmetic.h"
#include "functions/row_kernel.h"

namespace headrace {
namespace {

bool IsDate(const Expression& e) { return e.type()->id() == arrow::Type::DATE32; }
bool IsTimestamp(const Expression& e) { return e.type()->id() == arrow::Type::TIMESTAMP; }
bool IsDuration(const Expression& e) { return e.type()->id() == arrow::Type::DURATION; }
bool IsMonths(const Expression& e) { return e.type()->id() == arrow::Type::INTERVAL_MONTHS; }
bool IsInterval(const Expression& e) { return IsDuration(e) || IsMonths(e); }
bool IsTemporal(const Expression& e) { return IsDate(e) || IsTimestamp(e) || IsInterval(e); }

ExpressionPtr Call(const std::string& symbol, DataTypePtr type, Arguments arguments,
                   ScalarKernel kernel, bool nullable = false) {
  nullable = nullable || AnyNullable(arguments);
  return MakeCall(symbol, std::move(type), nullable, std::move(arguments), std::move(kernel));
}

Status IntervalOverflow(const std::string& what) {
  return MakeError(ErrorKind::kArithmetic, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
                   fmt::format("{} exceeds the range of intervals", what));
}

// interval ± interval, both of one type.
template <typename T>
ScalarKernel IntervalSum(DataTypePtr type, bool subtract, OverflowMode mode) {
  return ColumnKernel(
      [=](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, context.pool));
        ValidityWriter validity(std::move(combined), columns.rows, context.pool);
        Writer<T> writer;
        ARROW_RETURN_NOT_OK(writer.Open(columns.rows, context.pool));
        const Reader<T> left(columns[0]), right(columns[1]);
        for (int64_t i = 0; i < columns.rows; ++i) {
          T sum;
          const bool overflow = subtract ? __builtin_sub_overflow(left[i], right[i], &sum)
                                         : __builtin_add_overflow(left[i], right[i], &sum);
          writer.Write(i, [&](T* out) { *out = sum; });
          if (!overflow || !validity.IsValid(i)) continue;
          if (mode != OverflowMode::kNull) return IntervalOverflow("a sum of intervals");
          ARROW_RETURN_NOT_OK(validity.SetNull(i));
        }
        return writer.Finish(type, columns.rows, validity.Take());
      });
}

// interval * number and interval / number, rounded half up.
template <typename T>
ScalarKernel IntervalScaled(DataTypePtr type, bool divide, OverflowMode mode) {
  return ColumnKernel([=](const Columns& columns,
                          const EvaluationContext& context) -> Result<ArrayPtr> {
    ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, context.pool));
    ValidityWriter validity(std::move(combined), columns.rows, context.pool);
    Writer<T> writer;
    ARROW_RETURN_NOT_OK(writer.Open(columns.rows, context.pool));
    const Reader<T> interval(columns[0]);
    const Reader<double> number(columns[1]);
    for (int64_t i = 0; i < columns.rows; ++i) {
      writer.Null(i);
      if (!validity.IsValid(i)) continue;
      if (divide && number[i] == 0) {
        if (mode != OverflowMode::kNull) {
          return MakeError(ErrorKind::kArithmetic, "INTERVAL_DIVIDED_BY_ZERO",
                           "an interval is divided by zero; use `try_divide` to get NULL instead");
        }
        ARROW_RETURN_NOT_OK(validity.SetNull(i));
        continue;
      }
      const long double scaled = divide ? static_cast<long double>(interval[i]) / number[i]
                                        : static_cast<long double>(interval[i]) * number[i];
      const long double rounded = std::round(scaled);
      if (!(std::abs(rounded) <= static_cast<long double>(std::numeric_limits<T>::max()))) {
        if (mode != OverflowMode::kNull) return IntervalOverflow("a product of an interval");
        ARROW_RETURN_NOT_OK(validity.SetNull(i));
        continue;
      }
      writer.Write(i, [&](T* out) { *out = static_cast<T>(rounded); });
    }
    return writer.Finish(type, columns.rows, validity.Take());
  });
}

Result<ExpressionPtr> ScaleInterval(const std::string& symbol, Arguments arguments,
                                    const BindContext& context, OverflowMode mode) {
  ARROW_ASSIGN_OR_RAISE(arguments[1],
                        MakeCast(arguments[1], arrow::float64(), context.cast_options()));
  DataTypePtr type = arguments[0]->type();
  const bool divide = symbol == "/";
  ScalarKernel kernel = type->id() == arrow::Type::DURATION
                            ? IntervalScaled<int64_t>(type, divide, mode)
                            : IntervalScaled<int32_t>(type, divide, mode);
  return Call(symbol, type, std::move(arguments), std::move(kernel), mode == OverflowMode::kNull);
}

// Whether an interval is a constant of whole days, which keeps a date a date.
bool IsWholeDays(const Expression& interval) {
  if (!interval.foldable()) return false;
  auto folded = Fold(interval);
  if (!folded.ok() || !(*folded)->is_valid) return false;
  return static_cast<const arrow::DurationScalar&>(**folded).value % kMicrosPerDay == 0;
}

Result<ExpressionPtr> AddInterval(const std::string& symbol, Arguments arguments,
                                  const BindContext& context) {
  const bool subtract = symbol == "-";
  if (IsDate(*arguments[0])) {
    if (IsMonths(*arguments[1])) {
      return Call(symbol, arrow::date32(), std::move(arguments),
                  RowKernel<int32_t, int32_t, int32_t>(
                      arrow::date32(), [subtract](int32_t* out, int32_t date, int32_t months) {
                        *out = AddMonths(date, subtract ? -months : months);
                      }));
    }
    if (IsWholeDays(*arguments[1])) {
      return Call(symbol, arrow::date32(), std::move(arguments),
                  RowKernel<int32_t, int32_t, int64_t>(
                      arrow::date32(), [subtract](int32_t* out, int32_t date, int64_t interval) {
                        const auto days = static_cast<int32_t>(interval / kMicrosPerDay);
                        *out = subtract ? date - days : date + days;
                      }));
    }
    ARROW_ASSIGN_OR_RAISE(arguments[0],
                          MakeCast(arguments[0], TimestampType(), context.cast_options()));
  }
  DataTypePtr type = arguments[0]->type();
  auto zone = IsTimestampNtz(*type) ? TimeZone::Utc() : context.zone;
  if (IsMonths(*arguments[1])) {
    return Call(symbol, type, std::move(arguments),
                RowKernel<int64_t, int64_t, int32_t>(
                    type, [subtract, zone](int64_t* out, int64_t instant, int32_t months) {
                      *out = AddMonthsToInstant(instant, subtract ? -months : months, *zone);
                    }));
  }
  return Call(symbol, type, std::move(arguments),
              RowKernel<int64_t, int64_t, int64_t>(
                  type, [subtract, zone](int64_t* out, int64_t instant, int64_t interval) {
                    *out = AddDayTimeToInstant(instant, subtract ? -interval : interval, *zone);
                  }));
}

Result<ExpressionPtr> SubtractInstants(Arguments arguments, const BindContext& context) {
  if (IsDate(*arguments[0]) && IsDate(*arguments[1])) {
    return Call("-", arrow::duration(arrow::TimeUnit::MICRO), std::move(arguments),
                RowKernel<int64_t, int32_t, int32_t>(arrow::duration(arrow::TimeUnit::MICRO),
                                                     [](int64_t* out, int32_t left, int32_t right) {
                                                       *out = (static_cast<int64_t>(left) - right) *
                                                              kMicrosPerDay;
                                                     }));
  }
  const bool ntz = (IsTimestampNtz(*arguments[0]->type()) || IsDate(*arguments[0])) &&
                   (IsTimestampNtz(*arguments[1]->type()) || IsDate(*arguments[1]));
  const DataTypePtr type = ntz ? TimestampNtzType() : TimestampType();
  for (ExpressionPtr& argument : arguments) {
    ARROW_ASSIGN_OR_RAISE(argument, MakeCast(argument, type, context.cast_options()));
  }
  // Whole local days count as such, so that a day is a day across a change of the clocks.
  auto zone = ntz ? TimeZone::Utc() : context.zone;
  return Call("-", arrow::duration(arrow::TimeUnit::MICRO), std::move(arguments),
              RowKernel<int64_t, int64_t, int64_t>(
                  arrow::duration(arrow::TimeUnit::MICRO),
                  [zone](int64_t* out, int64_t left, int64_t right) {
                    *out = zone->InstantToLocal(left) - zone->InstantToLocal(right);
                  }));
}

Result<ExpressionPtr> AddDays(const std::string& symbol, Arguments arguments,
                              const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(arguments[1],
                        MakeCast(arguments[1], arrow::int32(), context.cast_options()));
  const bool subtract = symbol == "-";
  return Call(subtract ? "date_sub" : "date_add", arrow::date32(), std::move(arguments),
              RowKernel<int32_t, int32_t, int32_t>(
                  arrow::date32(), [subtract](int32_t* out, int32_t date, int32_t days) {
                    *out = static_cast<int32_t>(subtract ? static_cast<int64_t>(date) - days
                                                         : static_cast<int64_t>(date) + days);
                  }));
}

}  // namespace

Result<std::optional<ExpressionPtr>> BindTemporalArithmetic(const std::string& symbol,
                                                            const Arguments& arguments,
                                                            const BindContext& context,
                                                            OverflowMode mode) {
  const Expression &left = *arguments[0], &right = *arguments[1];
  if (!IsTemporal(left) && !IsTemporal(right)) return std::nullopt;
  auto done = [](Result<ExpressionPtr> bound) -> Result<std::optional<ExpressionPtr>> {
    ARROW_RETURN_NOT_OK(bound.status());
    return std::move(bound).ValueUnsafe();
  };
  Arguments swapped = {arguments[1], arguments[0]};
  if (symbol == "*" || symbol == "/") {
    auto number = [](const Expression& e) {
      return IsNumeric(*e.type()) || IsString(*e.type()) || IsNullType(*e.type());
    };
    if (IsInterval(left) && number(right)) {
      return done(ScaleInterval(symbol, arguments, context, mode));
    }
    if (symbol == "*" && IsInterval(right) && number(left)) {
      return done(ScaleInterval(symbol, swapped, context, mode));
    }
    return WrongOperandTypes(symbol, arguments);
  }
  const bool subtract = symbol == "-";
  if ((IsDate(left) || IsTimestamp(left)) && IsInterval(right)) {
    return done(AddInterval(symbol, arguments, context));
  }
  if (!subtract && IsInterval(left) && (IsDate(right) || IsTimestamp(right))) {
    return done(AddInterval(symbol, swapped, context));
  }
  if (IsInterval(left) && SameType(*left.type(), *right.type())) {
    DataTypePtr type = left.type();
    ScalarKernel kernel = IsDuration(left) ? IntervalSum<int64_t>(type, subtract, mode)
                                           : IntervalSum<int32_t>(type, subtract, mode);
    return done(Call(symbol, type, arguments, std::move(kernel), mode == OverflowMode::kNull));
  }
  if (IsString(*left.type()) && IsInterval(right)) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr instant,
                          MakeCast(arguments[0], TimestampType(), context.cast_options()));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr sum,
                          AddInterval(symbol, {std::move(instant), arguments[1]}, context));
    return done(MakeCast(std::move(sum), arrow::utf8(), context.cast_options()));
  }
  if (IsDate(left) && (IsIntegral(*right.type()) || IsNullType(*right.type()))) {
    return done(AddDays(symbol, arguments, context));
  }
  if (!subtract && IsDate(left) && IsString(*right.type())) {
    return UnexpectedInputType("date_add", 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")",
                               *arguments[1]);
  }
  if (!subtract && IsDate(right) && IsIntegral(*left.type())) {
    return done(AddDays(symbol, swapped, context));
  }
  auto instant = [](const Expression& e) { return IsDate(e) || IsTimestamp(e); };
  if (subtract && (instant(left) || IsString(*left.type())) &&
      (instant(right) || IsString(*right.type()))) {
    Arguments both = arguments;
    for (int side = 0; side < 2; ++side) {
      if (!IsString(*both[side]->type())) continue;
      const DataTypePtr& type = both[1 - side]->type();
      ARROW_ASSIGN_OR_RAISE(both[side], MakeCast(both[side], type, context.cast_options()));
    }
    return done(SubtractInstants(std::move(both), context));
  }
  return WrongOperandTypes(symbol, arguments);
}

}  // namespace headrace

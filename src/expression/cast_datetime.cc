// Dates and timestamps to each other and to numbers, and numbers to timestamps.
#include <cmath>

#include "base/time_units.h"
#include "expression/cast_kernels.h"

namespace headrace {

namespace {

int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

Status Never(int64_t) { return Status::OK(); }

Result<ArrayPtr> AllNull(const arrow::Array& input, const DataTypePtr& to) {
  return arrow::MakeArrayOfNull(to, input.length());
}

Result<ArrayPtr> FromDates(const arrow::Array& input, const DataTypePtr& to,
                           const CastOptions& options) {
  const int32_t* days = static_cast<const arrow::Date32Array&>(input).raw_values();
  // Without ANSI mode a date cast to a number or a boolean is null.
  if (to->id() != arrow::Type::TIMESTAMP) return AllNull(input, to);
  const bool ntz = IsTimestampNtz(*to);
  const TimeZone& zone = *options.zone;
  // A date may lie beyond the last timestamp; Spark fails then, with or without ANSI mode.
  return MapRows<int64_t>(
      input, to, options.mode != CastMode::kTry,
      [&, days](int64_t i, int64_t* out) {
        int64_t local = 0;
        if (__builtin_mul_overflow(static_cast<int64_t>(days[i]), kMicrosPerDay, &local)) {
          return false;
        }
        *out = ntz ? local : zone.LocalToInstant(local);
        return true;
      },
      [&](int64_t i) { return CastOverflow(input, i, *to); });
}

template <typename To>
Result<ArrayPtr> ToWholeSeconds(const arrow::Array& input, const DataTypePtr& to,
                                const CastOptions& options) {
  const int64_t* micros = input.data()->GetValues<int64_t>(1);
  return MapRows<To>(
      input, to, FailsOnError(options),
      [micros](int64_t i, To* out) {
        const int64_t seconds = FloorDivide(micros[i], kMicrosPerSecond);
        *out = static_cast<To>(seconds);
        return *out == seconds;
      },
      [&](int64_t i) { return CastOverflow(input, i, *to); });
}

template <typename Float>
Result<ArrayPtr> ToFloatingSeconds(const arrow::Array& input, const DataTypePtr& to) {
  const int64_t* micros = input.data()->GetValues<int64_t>(1);
  return MapRows<Float>(
      input, to, false,
      [micros](int64_t i, Float* out) {
        *out = static_cast<Float>(static_cast<double>(micros[i]) / 1e6);
        return true;
      },
      Never);
}

Result<ArrayPtr> FromTimestamps(const arrow::Array& input, const DataTypePtr& to,
                                const CastOptions& options) {
  const int64_t* micros = input.data()->GetValues<int64_t>(1);
  const bool from_ntz = IsTimestampNtz(*input.type());
  const TimeZone& zone = *options.zone;
  switch (to->id()) {
    case arrow::Type::DATE32:
      return MapRows<int32_t>(
          input, to, false,
          [&, micros](int64_t i, int32_t* out) {
            const int64_t local = from_ntz ? micros[i] : zone.InstantToLocal(micros[i]);
            *out = static_cast<int32_t>(FloorDivide(local, kMicrosPerDay));
            return true;
          },
          Never);
    case arrow::Type::TIMESTAMP:
      return MapRows<int64_t>(
          input, to, false,
          [&, micros](int64_t i, int64_t* out) {
            *out = from_ntz ? zone.LocalToInstant(micros[i]) : zone.InstantToLocal(micros[i]);
            return true;
          },
          Never);
    case arrow::Type::BOOL:
      return MapRowsToBoolean(
          input, false,
          [micros](int64_t i, bool* out) {
            *out = micros[i] != 0;
            return true;
          },
          Never);
    case arrow::Type::INT8:
      return ToWholeSeconds<int8_t>(input, to, options);
    case arrow::Type::INT16:
      return ToWholeSeconds<int16_t>(input, to, options);
    case arrow::Type::INT32:
      return ToWholeSeconds<int32_t>(input, to, options);
    case arrow::Type::INT64:
      return ToWholeSeconds<int64_t>(input, to, options);
    case arrow::Type::FLOAT:
      return ToFloatingSeconds<float>(input, to);
    case arrow::Type::DOUBLE:
      return ToFloatingSeconds<double>(input, to);
    default:
      return nullptr;
  }
}

// Whole seconds that are too many become the last or the first timestamp, in every mode.
template <typename Integer>
Result<ArrayPtr> FromSeconds(const arrow::Array& input, const DataTypePtr& to) {
  const Integer* seconds = input.data()->GetValues<Integer>(1);
  return MapRows<int64_t>(
      input, to, false,
      [seconds](int64_t i, int64_t* out) {
        if (__builtin_mul_overflow(static_cast<int64_t>(seconds[i]), kMicrosPerSecond, out)) {
          *out = seconds[i] < 0 ? INT64_MIN : INT64_MAX;
        }
        return true;
      },
      Never);
}

template <typename Float>
Result<ArrayPtr> FromFloatingSeconds(const arrow::Array& input, const DataTypePtr& to,
                                     const CastOptions& options) {
  const Float* seconds = input.data()->GetValues<Float>(1);
  const bool saturates = options.mode == CastMode::kLegacy;
  return MapRows<int64_t>(
      input, to, FailsOnError(options),
      [seconds, saturates](int64_t i, int64_t* out) {
        const auto value = static_cast<double>(seconds[i]);
        if (!std::isfinite(value)) return false;
        const double micros = value * 1e6;
        if (!saturates && !(micros <= 0x1p63 && micros >= -0x1p63)) return false;
        *out = micros >= 0x1p63    ? INT64_MAX
               : micros <= -0x1p63 ? INT64_MIN
                                   : static_cast<int64_t>(micros);
        return true;
      },
      [&](int64_t i) {
        return std::isfinite(seconds[i]) ? CastOverflow(input, i, *to)
                                         : InvalidInput(input, i, *to);
      });
}

}  // namespace

Result<ArrayPtr> CastDateTime(const arrow::Array& input, const DataTypePtr& to,
                              const CastOptions& options) {
  switch (input.type_id()) {
    case arrow::Type::DATE32:
      return FromDates(input, to, options);
    case arrow::Type::TIMESTAMP:
      return FromTimestamps(input, to, options);
    case arrow::Type::INT8:
      return FromSeconds<int8_t>(input, to);
    case arrow::Type::INT16:
      return FromSeconds<int16_t>(input, to);
    case arrow::Type::INT32:
      return FromSeconds<int32_t>(input, to);
    case arrow::Type::INT64:
      return FromSeconds<int64_t>(input, to);
    case arrow::Type::FLOAT:
      return FromFloatingSeconds<float>(input, to, options);
    case arrow::Type::DOUBLE:
      return FromFloatingSeconds<double>(input, to, options);
    default:
      return nullptr;
  }
}

}  // namespace headrace

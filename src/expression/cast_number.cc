// Integers, floating-point numbers and booleans to each other.
#include <cmath>
#include <limits>

#include "expression/cast_kernels.h"

namespace headrace {

namespace {

// Java's narrowing of floating-point numbers: NaN is 0, what is too large is the limit.
template <typename Integer>
Integer SaturateTo(double value) {
  if (std::isnan(value)) return 0;
  constexpr double kBelow = static_cast<double>(std::numeric_limits<Integer>::min());
  constexpr double kAbove = static_cast<double>(std::numeric_limits<Integer>::max());
  if (value <= kBelow) return std::numeric_limits<Integer>::min();
  if (value >= kAbove) return std::numeric_limits<Integer>::max();
  return static_cast<Integer>(value);
}

template <typename To>
bool FloatingToInteger(double value, bool ansi, To* out) {
  if (!ansi) {
    // Through int, as the JVM does it for the short types.
    if constexpr (sizeof(To) < 4) {
      *out = static_cast<To>(SaturateTo<int32_t>(value));
    } else {
      *out = SaturateTo<To>(value);
    }
    return true;
  }
  // The fraction is cut off, so up to (but not including) max + 1 fits.
  constexpr double kBelow = static_cast<double>(std::numeric_limits<To>::min());
  constexpr double kAbove = static_cast<double>(std::numeric_limits<To>::max());
  if (!(std::floor(value) <= kAbove && std::ceil(value) >= kBelow)) return false;
  *out = SaturateTo<To>(value);
  return true;
}

template <typename From, typename To>
bool ConvertNumber(From value, CastMode mode, To* out) {
  if constexpr (std::is_floating_point_v<To>) {
    *out = static_cast<To>(value);
    return true;
  } else if constexpr (std::is_floating_point_v<From>) {
    return FloatingToInteger<To>(value, mode != CastMode::kLegacy, out);
  } else {
    *out = static_cast<To>(value);
    return static_cast<From>(*out) == value || mode == CastMode::kLegacy;
  }
}

template <typename From, typename To>
Result<ArrayPtr> Convert(const arrow::Array& input, const DataTypePtr& to,
                         const CastOptions& options) {
  const From* values = input.data()->GetValues<From>(1);
  const CastMode mode = options.mode;
  return MapRows<To>(
      input, to, FailsOnError(options),
      [values, mode](int64_t i, To* out) { return ConvertNumber(values[i], mode, out); },
      [&](int64_t i) { return CastOverflow(input, i, *to); });
}

template <typename From>
Result<ArrayPtr> ConvertFrom(const arrow::Array& input, const DataTypePtr& to,
                             const CastOptions& options) {
  switch (to->id()) {
    case arrow::Type::INT8:
      return Convert<From, int8_t>(input, to, options);
    case arrow::Type::INT16:
      return Convert<From, int16_t>(input, to, options);
    case arrow::Type::INT32:
      return Convert<From, int32_t>(input, to, options);
    case arrow::Type::INT64:
      return Convert<From, int64_t>(input, to, options);
    case arrow::Type::FLOAT:
      return Convert<From, float>(input, to, options);
    case arrow::Type::DOUBLE:
      return Convert<From, double>(input, to, options);
    case arrow::Type::BOOL: {
      const From* values = input.data()->GetValues<From>(1);
      return MapRowsToBoolean(
          input, false,
          [values](int64_t i, bool* out) {
            *out = values[i] != 0;
            return true;
          },
          [](int64_t) { return Status::OK(); });
    }
    default:
      return nullptr;
  }
}

template <typename To>
Result<ArrayPtr> FromBoolean(const arrow::Array& input, const DataTypePtr& to) {
  const auto& booleans = static_cast<const arrow::BooleanArray&>(input);
  return MapRows<To>(
      input, to, false,
      [&booleans](int64_t i, To* out) {
        *out = booleans.Value(i) ? 1 : 0;
        return true;
      },
      [](int64_t) { return Status::OK(); });
}

// The bytes of an integer, highest first.
template <typename From>
Result<ArrayPtr> ToBinary(const arrow::Array& input) {
  const From* values = input.data()->GetValues<From>(1);
  arrow::BinaryBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(input.length()));
  for (int64_t i = 0; i < input.length(); ++i) {
    if (input.IsNull(i)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    uint8_t bytes[sizeof(From)];
    for (size_t b = 0; b < sizeof(From); ++b) {
      bytes[b] =
          static_cast<uint8_t>(static_cast<uint64_t>(values[i]) >> (8 * (sizeof(From) - 1 - b)));
    }
    ARROW_RETURN_NOT_OK(builder.Append(bytes, sizeof(From)));
  }
  return builder.Finish();
}

}  // namespace

Result<ArrayPtr> CastNumber(const arrow::Array& input, const DataTypePtr& to,
                            const CastOptions& options) {
  const bool binary = to->id() == arrow::Type::BINARY;
  switch (input.type_id()) {
    case arrow::Type::BOOL:
      switch (to->id()) {
        case arrow::Type::INT8:
          return FromBoolean<int8_t>(input, to);
        case arrow::Type::INT16:
          return FromBoolean<int16_t>(input, to);
        case arrow::Type::INT32:
          return FromBoolean<int32_t>(input, to);
        case arrow::Type::INT64:
          return FromBoolean<int64_t>(input, to);
        case arrow::Type::FLOAT:
          return FromBoolean<float>(input, to);
        case arrow::Type::DOUBLE:
          return FromBoolean<double>(input, to);
        case arrow::Type::TIMESTAMP:
          return FromBoolean<int64_t>(input, to);
        default:
          return nullptr;
      }
    case arrow::Type::INT8:
      return binary ? ToBinary<int8_t>(input) : ConvertFrom<int8_t>(input, to, options);
    case arrow::Type::INT16:
      return binary ? ToBinary<int16_t>(input) : ConvertFrom<int16_t>(input, to, options);
    case arrow::Type::INT32:
      return binary ? ToBinary<int32_t>(input) : ConvertFrom<int32_t>(input, to, options);
    case arrow::Type::INT64:
      return binary ? ToBinary<int64_t>(input) : ConvertFrom<int64_t>(input, to, options);
    case arrow::Type::FLOAT:
      return ConvertFrom<float>(input, to, options);
    case arrow::Type::DOUBLE:
      return ConvertFrom<double>(input, to, options);
    default:
      return nullptr;
  }
}

}  // namespace headrace

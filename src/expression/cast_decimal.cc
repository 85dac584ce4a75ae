// Decimals from and to numbers, strings and timestamps.
#include <array>
#include <cmath>
#include <limits>

#include <fast_float/fast_float.h>

#include "expression/cast_kernels.h"
#include "expression/decimal.h"
#include "types/number_text.h"
#include "types/value_text.h"

namespace headrace {

namespace {

__int128 PowerOfTen(int exponent) {
  static const auto powers = [] {
    std::array<__int128, kMaximumPrecision + 1> table{};
    table[0] = 1;
    for (int i = 1; i <= kMaximumPrecision; ++i) table[i] = table[i - 1] * 10;
    return table;
  }();
  return powers[exponent];
}

bool Fits(__int128 value, int precision) {
  const __int128 limit = PowerOfTen(precision);
  return value < limit && value > -limit;
}

__int128 DivideHalfUp(__int128 value, __int128 divisor) {
  const __int128 quotient = value / divisor;
  const __int128 rest = value % divisor;
  // The divisor is even, being a power of ten.
  const __int128 half = divisor / 2;
  if (rest >= half) return quotient + 1;
  if (rest <= -half) return quotient - 1;
  return quotient;
}

// The value with another number of digits behind the point; false when it does not fit.
bool Rescale(__int128 value, int from_scale, int to_scale, int to_precision, __int128* out) {
  if (to_scale < from_scale) {
    *out = DivideHalfUp(value, PowerOfTen(from_scale - to_scale));
  } else {
    const int digits = to_scale - from_scale;
    // Checked before the multiplication, which could overflow.
    if (digits > to_precision || !Fits(value, to_precision - digits)) {
      if (value != 0) return false;
    }
    *out = value * PowerOfTen(std::min(digits, kMaximumPrecision));
  }
  return Fits(*out, to_precision);
}

template <typename Integer>
Result<ArrayPtr> FromIntegers(const arrow::Array& input, const DataTypePtr& to,
                              const CastOptions& options) {
  const Integer* values = input.data()->GetValues<Integer>(1);
  const int precision = AsDecimal(*to).precision();
  const int scale = AsDecimal(*to).scale();
  return MapRows<__int128>(
      input, to, FailsOnError(options),
      [=](int64_t i, __int128* out) { return Rescale(values[i], 0, scale, precision, out); },
      [&](int64_t i) { return DecimalOutOfRange(input, i, *to); });
}

// By way of the number's shortest text, as Java's BigDecimal.valueOf does.
bool FromDouble(double value, int precision, int scale, __int128* out) {
  thread_local std::string text;
  text.clear();
  AppendDouble(value, &text);
  return ParseDecimal(text, precision, scale, out) == DecimalParse::kOk;
}

// NaN and infinity become null in every mode.
template <typename Get>
Result<ArrayPtr> FromDoubles(const arrow::Array& input, const DataTypePtr& to,
                             const CastOptions& options, Get get) {
  const int precision = AsDecimal(*to).precision();
  const int scale = AsDecimal(*to).scale();
  ARROW_ASSIGN_OR_RAISE(ArrayPtr decimals, MapRows<__int128>(
                                               input, to, /*errors=*/false,
                                               [&](int64_t i, __int128* out) {
                                                 const double value = get(i);
                                                 return std::isfinite(value) &&
                                                        FromDouble(value, precision, scale, out);
                                               },
                                               [](int64_t) { return Status::OK(); }));
  if (FailsOnError(options) && decimals->null_count() > input.null_count()) {
    for (int64_t i = 0; i < input.length(); ++i) {
      if (decimals->IsNull(i) && input.IsValid(i) && std::isfinite(get(i))) {
        return DecimalOutOfRange(input, i, *to);
      }
    }
  }
  return decimals;
}

Result<ArrayPtr> FromStrings(const arrow::StringArray& input, const DataTypePtr& to,
                             const CastOptions& options) {
  const int precision = AsDecimal(*to).precision();
  const int scale = AsDecimal(*to).scale();
  return MapRows<__int128>(
      input, to, FailsOnError(options),
      [&](int64_t i, __int128* out) {
        return ParseDecimal(TrimAll(input.GetView(i)), precision, scale, out) == DecimalParse::kOk;
      },
      [&](int64_t i) {
        __int128 ignored = 0;
        const std::string text(input.GetView(i));
        switch (ParseDecimal(TrimAll(text), precision, scale, &ignored)) {
          case DecimalParse::kInvalid:
            return InvalidInput(input, i, *to);
          case DecimalParse::kBeyondAllDecimals:
            return MakeError(ErrorKind::kArithmetic, "NUMERIC_OUT_OF_SUPPORTED_RANGE",
                             "The value " + text +
                                 " has more than 38 digits before the point, more than any decimal "
                                 "can hold. Use try_cast to get NULL instead.",
                             {{"value", text}});
          default:
            return DecimalOutOfRange(input, i, *to);
        }
      });
}

template <typename To>
Result<ArrayPtr> ToIntegers(const arrow::Array& input, const DataTypePtr& to,
                            const CastOptions& options) {
  const uint8_t* bytes = static_cast<const arrow::Decimal128Array&>(input).raw_values();
  const __int128 unit = PowerOfTen(AsDecimal(*input.type()).scale());
  const bool legacy = options.mode == CastMode::kLegacy;
  return MapRows<To>(
      input, to, FailsOnError(options),
      [=](int64_t i, To* out) {
        const __int128 whole = LoadInt128(bytes + i * 16) / unit;
        *out = static_cast<To>(whole);
        return legacy || *out == whole;
      },
      [&](int64_t i) { return CastOverflow(input, i, *to); });
}

template <typename Float>
Float ToFloat(__int128 value, int scale) {
  // Both numbers are exact here, so the quotient is the nearest one.
  constexpr __int128 kExact = __int128{1} << std::numeric_limits<Float>::digits;
  constexpr int kExactPower = std::is_same_v<Float, float> ? 10 : 22;
  if (scale <= kExactPower && value < kExact && value > -kExact) {
    return static_cast<Float>(value) / static_cast<Float>(PowerOfTen(scale));
  }
  std::string text;
  AppendDecimal(arrow::Decimal128(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)),
                scale, &text);
  const std::string_view magnitude = std::string_view(text).substr(value < 0 ? 1 : 0);
  Float result = 0;
  fast_float::from_chars(magnitude.data(), magnitude.data() + magnitude.size(), result);
  return value < 0 ? -result : result;
}

template <typename Float>
Result<ArrayPtr> ToFloats(const arrow::Array& input, const DataTypePtr& to) {
  const uint8_t* bytes = static_cast<const arrow::Decimal128Array&>(input).raw_values();
  const int scale = AsDecimal(*input.type()).scale();
  return MapRows<Float>(
      input, to, false,
      [=](int64_t i, Float* out) {
        *out = ToFloat<Float>(LoadInt128(bytes + i * 16), scale);
        return true;
      },
      [](int64_t) { return Status::OK(); });
}

// Seconds to microseconds; what is too large wraps around, as BigDecimal.longValue does.
Result<ArrayPtr> ToTimestamps(const arrow::Array& input, const DataTypePtr& to) {
  const uint8_t* bytes = static_cast<const arrow::Decimal128Array&>(input).raw_values();
  const int scale = AsDecimal(*input.type()).scale();
  return MapRows<int64_t>(
      input, to, false,
      [=](int64_t i, int64_t* out) {
        const __int128 value = LoadInt128(bytes + i * 16);
        if (scale >= 6) {
          *out = static_cast<int64_t>(value / PowerOfTen(scale - 6));
        } else {
          *out = static_cast<int64_t>(static_cast<unsigned __int128>(value) *
                                      static_cast<unsigned __int128>(PowerOfTen(6 - scale)));
        }
        return true;
      },
      [](int64_t) { return Status::OK(); });
}

}  // namespace

DecimalParse ParseDecimal(std::string_view text, int precision, int scale, __int128* value) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  // Significant digits without leading zeros; the number is 0.DIGITS * 10^point.
  std::array<char, kMaximumPrecision + 2> digits;
  int count = 0;
  int64_t point = 0;
  bool any = false;
  bool behind_point = false;
  size_t position = 0;
  for (; position < text.size(); ++position) {
    const char c = text[position];
    if (c == '.' && !behind_point) {
      behind_point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (count == 0 && c == '0') {
      if (behind_point) --point;
      continue;
    }
    if (!behind_point) ++point;
    // Digits after the first 39 cannot change the rounded result of 38.
    if (count < static_cast<int>(digits.size())) digits[count] = c;
    ++count;
  }
  if (!any) return DecimalParse::kInvalid;
  count = std::min(count, static_cast<int>(digits.size()));
  if (position < text.size()) {
    if (text[position] != 'e' && text[position] != 'E') return DecimalParse::kInvalid;
    ++position;
    int64_t sign = 1;
    if (position < text.size() && (text[position] == '+' || text[position] == '-')) {
      sign = text[position] == '-' ? -1 : 1;
      ++position;
    }
    if (position == text.size()) return DecimalParse::kInvalid;
    int64_t exponent = 0;
    for (; position < text.size(); ++position) {
      const char c = text[position];
      if (c < '0' || c > '9') return DecimalParse::kInvalid;
      exponent = exponent * 10 + (c - '0');
      if (exponent > INT32_MAX) return DecimalParse::kInvalid;
    }
    point += sign * exponent;
  }
  *value = 0;
  if (count == 0) return DecimalParse::kOk;
  if (point > kMaximumPrecision) return DecimalParse::kBeyondAllDecimals;
  const int64_t kept = point + scale;
  if (kept > kMaximumPrecision) return DecimalParse::kTooWide;
  if (kept < 0) return DecimalParse::kOk;
  __int128 sum = 0;
  for (int64_t i = 0; i < kept; ++i) sum = sum * 10 + (i < count ? digits[i] - '0' : 0);
  if (kept < count && digits[kept] >= '5') ++sum;
  *value = negative ? -sum : sum;
  return Fits(sum, precision) ? DecimalParse::kOk : DecimalParse::kTooWide;
}

Result<ArrayPtr> CastToDecimal(const arrow::Array& input, const DataTypePtr& to,
                               const CastOptions& options) {
  switch (input.type_id()) {
    case arrow::Type::BOOL: {
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr bytes, CastNumber(input, arrow::int8(), options));
      return FromIntegers<int8_t>(*bytes, to, options);
    }
    case arrow::Type::INT8:
      return FromIntegers<int8_t>(input, to, options);
    case arrow::Type::INT16:
      return FromIntegers<int16_t>(input, to, options);
    case arrow::Type::INT32:
      return FromIntegers<int32_t>(input, to, options);
    case arrow::Type::INT64:
      return FromIntegers<int64_t>(input, to, options);
    case arrow::Type::FLOAT: {
      const float* values = static_cast<const arrow::FloatArray&>(input).raw_values();
      return FromDoubles(input, to, options,
                         [values](int64_t i) { return static_cast<double>(values[i]); });
    }
    case arrow::Type::DOUBLE: {
      const double* values = static_cast<const arrow::DoubleArray&>(input).raw_values();
      return FromDoubles(input, to, options, [values](int64_t i) { return values[i]; });
    }
    case arrow::Type::TIMESTAMP: {
      const int64_t* values = static_cast<const arrow::TimestampArray&>(input).raw_values();
      return FromDoubles(input, to, options,
                         [values](int64_t i) { return static_cast<double>(values[i]) / 1e6; });
    }
    case arrow::Type::STRING:
      return FromStrings(static_cast<const arrow::StringArray&>(input), to, options);
    case arrow::Type::DECIMAL128: {
      const uint8_t* bytes = static_cast<const arrow::Decimal128Array&>(input).raw_values();
      const int from_scale = AsDecimal(*input.type()).scale();
      const int precision = AsDecimal(*to).precision();
      const int scale = AsDecimal(*to).scale();
      return MapRows<__int128>(
          input, to, FailsOnError(options),
          [=](int64_t i, __int128* out) {
            return Rescale(LoadInt128(bytes + i * 16), from_scale, scale, precision, out);
          },
          [&](int64_t i) { return DecimalOutOfRange(input, i, *to); });
    }
    default:
      return nullptr;
  }
}

Result<ArrayPtr> CastFromDecimal(const arrow::Array& input, const DataTypePtr& to,
                                 const CastOptions& options) {
  switch (to->id()) {
    case arrow::Type::INT8:
      return ToIntegers<int8_t>(input, to, options);
    case arrow::Type::INT16:
      return ToIntegers<int16_t>(input, to, options);
    case arrow::Type::INT32:
      return ToIntegers<int32_t>(input, to, options);
    case arrow::Type::INT64:
      return ToIntegers<int64_t>(input, to, options);
    case arrow::Type::FLOAT:
      return ToFloats<float>(input, to);
    case arrow::Type::DOUBLE:
      return ToFloats<double>(input, to);
    case arrow::Type::BOOL: {
      const uint8_t* bytes = static_cast<const arrow::Decimal128Array&>(input).raw_values();
      return MapRowsToBoolean(
          input, false,
          [bytes](int64_t i, bool* out) {
            *out = LoadInt128(bytes + i * 16) != 0;
            return true;
          },
          [](int64_t) { return Status::OK(); });
    }
    case arrow::Type::TIMESTAMP:
      return ToTimestamps(input, to);
    default:
      return nullptr;
  }
}

}  // namespace headrace

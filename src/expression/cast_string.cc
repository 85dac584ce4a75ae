// Strings to everything else.
#include <limits>

#include "expression/cast_kernels.h"
#include "expression/number_parse.h"
#include "types/interval_text.h"

namespace headrace {

namespace {

template <typename To>
Result<ArrayPtr> ToInteger(const arrow::StringArray& strings, const DataTypePtr& to,
                           const CastOptions& options) {
  const bool cut_fraction = options.mode == CastMode::kLegacy;
  return MapRows<To>(
      strings, to, FailsOnError(options),
      [&](int64_t i, To* out) {
        int64_t value = 0;
        if (!ParseInteger(TrimAll(strings.GetView(i)), cut_fraction, std::numeric_limits<To>::min(),
                          std::numeric_limits<To>::max(), &value)) {
          return false;
        }
        *out = static_cast<To>(value);
        return true;
      },
      [&](int64_t i) { return InvalidInput(strings, i, *to); });
}

template <typename To>
Result<ArrayPtr> ToFloating(const arrow::StringArray& strings, const DataTypePtr& to,
                            const CastOptions& options) {
  return MapRows<To>(
      strings, to, FailsOnError(options),
      [&](int64_t i, To* out) { return ParseFloating(strings.GetView(i), out); },
      [&](int64_t i) { return InvalidInput(strings, i, *to); });
}

// Values of a type whose parser returns an optional.
template <typename Value, typename Parse>
Result<ArrayPtr> Parsed(const arrow::StringArray& strings, const DataTypePtr& to,
                        const CastOptions& options, Parse parse) {
  return MapRows<Value>(
      strings, to, FailsOnError(options),
      [&](int64_t i, Value* out) {
        const std::optional<Value> value = parse(strings.GetView(i));
        *out = value.value_or(Value{});
        return value.has_value();
      },
      [&](int64_t i) { return InvalidInput(strings, i, *to); });
}

bool ParseBoolean(std::string_view text, bool* value) {
  text = TrimAll(text);
  for (std::string_view word : {"true", "t", "yes", "y", "1"}) {
    if (EqualsIgnoreCase(text, word)) {
      *value = true;
      return true;
    }
  }
  for (std::string_view word : {"false", "f", "no", "n", "0"}) {
    if (EqualsIgnoreCase(text, word)) {
      *value = false;
      return true;
    }
  }
  return false;
}

// Intervals fail in every mode but try_cast.
template <typename Value, typename Parse>
Result<ArrayPtr> ToInterval(const arrow::StringArray& strings, const DataTypePtr& to,
                            const CastOptions& options, const char* layout, Parse parse) {
  return MapRows<Value>(
      strings, to, options.mode != CastMode::kTry,
      [&](int64_t i, Value* out) { return parse(strings.GetView(i), out) == IntervalParse::kOk; },
      [&](int64_t i) {
        const std::string text(strings.GetView(i));
        Value ignored{};
        if (parse(text, &ignored) == IntervalParse::kRange) {
          return IllegalArgument("INVALID_INTERVAL_FORMAT.INTERVAL_PARSING",
                                 "A part of the " + SqlName(*to) + " '" + text +
                                     "' is too large. Carry it over to the next larger unit.",
                                 {{"input", text}, {"interval", SqlName(*to)}});
        }
        return IllegalArgument(
            "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE",
            "The text '" + text + "' is not an " + SqlName(*to) + ". Write it as " + layout + ".",
            {{"input", text}, {"typeName", SqlName(*to)}, {"supportedFormat", layout}});
      });
}

}  // namespace

std::string_view TrimAll(std::string_view text) {
  const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

Result<ArrayPtr> CastString(const arrow::Array& input, const DataTypePtr& to,
                            const CastOptions& options) {
  const auto& strings = static_cast<const arrow::StringArray&>(input);
  switch (to->id()) {
    case arrow::Type::INT8:
      return ToInteger<int8_t>(strings, to, options);
    case arrow::Type::INT16:
      return ToInteger<int16_t>(strings, to, options);
    case arrow::Type::INT32:
      return ToInteger<int32_t>(strings, to, options);
    case arrow::Type::INT64:
      return ToInteger<int64_t>(strings, to, options);
    case arrow::Type::FLOAT:
      return ToFloating<float>(strings, to, options);
    case arrow::Type::DOUBLE:
      return ToFloating<double>(strings, to, options);
    case arrow::Type::BOOL:
      return MapRowsToBoolean(
          input, FailsOnError(options),
          [&](int64_t i, bool* out) { return ParseBoolean(strings.GetView(i), out); },
          [&](int64_t i) { return InvalidInput(input, i, *to); });
    case arrow::Type::BINARY: {
      auto data = input.data()->Copy();
      data->type = to;
      return arrow::MakeArray(data);
    }
    case arrow::Type::DATE32:
      return Parsed<int32_t>(strings, to, options, ParseDate);
    case arrow::Type::TIMESTAMP:
      if (IsTimestampNtz(*to)) return Parsed<int64_t>(strings, to, options, ParseTimestampNtz);
      return Parsed<int64_t>(strings, to, options, [&options](std::string_view text) {
        return ParseTimestamp(text, *options.zone);
      });
    case arrow::Type::DURATION:
      return ToInterval<int64_t>(strings, to, options, "[+|-]d h:m:s.n", ParseDayTimeInterval);
    case arrow::Type::INTERVAL_MONTHS:
      return ToInterval<int32_t>(strings, to, options, "[+|-]y-m", ParseYearMonthInterval);
    default:
      return nullptr;
  }
}

}  // namespace headrace

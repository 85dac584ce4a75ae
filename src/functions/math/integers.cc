// factorial, bin, hex, unhex, conv, width_bucket.
#include <cmath>

#include <fmt/format.h>

#include "functions/ansi_errors.h"
#include "functions/math/math_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/hex.h"

namespace headrace {
namespace {

using std::string_view;

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

// Numbers are unsigned 64-bit; a negative `to` writes signed ones.
Result<bool> Convert(std::string* out, string_view text, int32_t from, int32_t to, bool ansi) {
  if (from < 2 || from > 36 || std::abs(to) < 2 || std::abs(to) > 36) return false;
  const size_t begin = text.find_first_not_of(' ');
  if (begin == string_view::npos) return false;
  text = text.substr(begin, text.find_last_not_of(' ') - begin + 1);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  uint64_t value = 0;
  bool overflow = false;
  for (const char c : text) {
    const int digit = DigitOf(c);
    if (digit >= from) break;
    overflow = overflow || __builtin_mul_overflow(value, static_cast<uint64_t>(from), &value) ||
               __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value);
  }
  if (overflow) {
    if (ansi) {
      return ArithmeticOverflow(*arrow::int64(), fmt::format("conv('{}', {}, {})", text, from, to),
                                "");
    }
    value = ~uint64_t{0};
  }
  if (negative && to > 0) {
    value = static_cast<int64_t>(value) < 0 && overflow ? ~uint64_t{0} : 0 - value;
  }
  bool minus = false;
  if (to < 0) {
    const bool below = negative || static_cast<int64_t>(value) < 0;
    if (below && static_cast<int64_t>(value) < 0 && !negative) value = 0 - value;
    minus = below;
  }
  std::string digits;
  const auto base = static_cast<uint64_t>(std::abs(to));
  do {
    digits.insert(digits.begin(), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % base]);
    value /= base;
  } while (value != 0);
  if (minus && digits != "0") out->push_back('-');
  out->append(digits);
  return true;
}

void AddConvert(FunctionRegistry* registry) {
  FixedFunction conv;
  conv.names = {"conv"};
  conv.documentation = {"conv(number, from_base, to_base) -> string",
                        "A number written in another base.", "conv('100', 2, 10)"};
  conv.parameters = {arrow::utf8(), arrow::int32(), arrow::int32()};
  conv.result = arrow::utf8();
  conv.nulls = NullBehaviour::kCustom;
  conv.make = [](Arguments*, const BindContext& context) -> Result<ScalarKernel> {
    const bool ansi = context.ansi;
    return ColumnKernel(
        [ansi](const Columns& columns, const EvaluationContext& evaluation) -> Result<ArrayPtr> {
          arrow::StringBuilder builder(evaluation.pool);
          const Reader<string_view> texts(columns[0]);
          const Reader<int32_t> from(columns[1]), to(columns[2]);
          std::string text;
          for (int64_t i = 0; i < columns.rows; ++i) {
            const bool null = columns[0].IsNull(i) || columns[1].IsNull(i) || columns[2].IsNull(i);
            text.clear();
            bool converted = false;
            if (!null) {
              ARROW_ASSIGN_OR_RAISE(converted, Convert(&text, texts[i], from[i], to[i], ansi));
            }
            ARROW_RETURN_NOT_OK(converted ? builder.Append(text) : builder.AppendNull());
          }
          return builder.Finish();
        });
  };
  AddFixed(registry, std::move(conv));
}

constexpr char kHexDigits[] = "0123456789ABCDEF";

void HexOfBytes(std::string* out, string_view bytes) {
  for (const char c : bytes) {
    out->push_back(kHexDigits[static_cast<unsigned char>(c) >> 4]);
    out->push_back(kHexDigits[static_cast<unsigned char>(c) & 15]);
  }
}

Result<ExpressionPtr> BindHex(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("hex", arguments.size(), 1, 1));
  const DataType& type = *arguments[0]->type();
  const bool bytes = IsString(type) || type.id() == arrow::Type::BINARY;
  if (!bytes) {
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("hex", 0, arguments[0], arrow::int64(), context));
  }
  const bool nullable = AnyNullable(arguments);
  ScalarKernel kernel =
      bytes ? RowKernel<std::string, string_view>(arrow::utf8(), HexOfBytes)
            : RowKernel<std::string, int64_t>(arrow::utf8(), [](std::string* out, int64_t value) {
                fmt::format_to(std::back_inserter(*out), "{:X}", static_cast<uint64_t>(value));
              });
  return MakeCall("hex", arrow::utf8(), nullable, std::move(arguments), std::move(kernel));
}

bool WidthBucket(int64_t* out, double value, double low, double high, int64_t buckets) {
  if (buckets <= 0 || buckets == std::numeric_limits<int64_t>::max() || std::isnan(value) ||
      low == high || !std::isfinite(low) || !std::isfinite(high)) {
    return false;
  }
  const double lower = std::min(low, high), upper = std::max(low, high);
  if (low < high) {
    *out = value < lower    ? 0
           : value >= upper ? buckets + 1
                            : static_cast<int64_t>(buckets * (value - lower) / (upper - lower)) + 1;
  } else {
    *out = value > upper    ? 0
           : value <= lower ? buckets + 1
                            : static_cast<int64_t>(buckets * (upper - value) / (upper - lower)) + 1;
  }
  return true;
}

}  // namespace

void RegisterIntegerFunctions(FunctionRegistry* registry) {
  AddSimple(registry, {"factorial"},
            {"factorial(int) -> bigint", "1 * 2 * … * n; null outside of 0 to 20.", "factorial(5)"},
            {arrow::int32()}, arrow::int64(),
            RowKernel<int64_t, int32_t>(arrow::int64(),
                                        [](int64_t* out, int32_t value) {
                                          *out = 1;
                                          for (int32_t i = 2; i <= std::min(value, 20); ++i) {
                                            *out *= i;
                                          }
                                          return value >= 0 && value <= 20;
                                        }),
            NullBehaviour::kCustom);
  AddSimple(registry, {"bin"}, {"bin(bigint) -> string", "The number in binary.", "bin(13)"},
            {arrow::int64()}, arrow::utf8(),
            RowKernel<std::string, int64_t>(arrow::utf8(), [](std::string* out, int64_t value) {
              fmt::format_to(std::back_inserter(*out), "{:b}", static_cast<uint64_t>(value));
            }));
  ScalarFunction hex;
  hex.names = {"hex"};
  hex.documentation = {"hex(number, text or binary) -> string", "Hexadecimal digits.", "hex(17)"};
  hex.bind = BindHex;
  registry->Add(std::move(hex));
  AddSimple(
      registry, {"unhex"},
      {"unhex(text) -> binary", "The bytes of hexadecimal digits; null if there are others.",
       "decode(unhex('537061726B2053514C'), 'UTF-8')"},
      {arrow::utf8()}, arrow::binary(),
      RowKernel<std::string, string_view>(
          arrow::binary(), [](std::string* out, string_view text) { return DecodeHex(text, out); }),
      NullBehaviour::kCustom);
  AddConvert(registry);
  AddSimple(
      registry, {"width_bucket"},
      {"width_bucket(value, low, high, buckets) -> bigint",
       "Which of equally wide buckets the value falls into.", "width_bucket(5.3, 0.2, 10.6, 5)"},
      {arrow::float64(), arrow::float64(), arrow::float64(), arrow::int64()}, arrow::int64(),
      RowKernel<int64_t, double, double, double, int64_t>(arrow::int64(), WidthBucket),
      NullBehaviour::kCustom);
}

}  // namespace headrace

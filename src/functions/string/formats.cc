// format_string (printf), format_number, space, mask, elt.
#include <cmath>

#include <fmt/format.h>

#include "functions/ansi_errors.h"
#include "functions/math/decimal_text.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/characters.h"
#include "functions/string/string_topics.h"
#include "types/value_text.h"

namespace headrace {
namespace {

using std::string_view;

// One conversion of a printf pattern: %[argument$][flags][width][.precision]conversion
struct Conversion {
  std::string flags;
  int width = -1, precision = -1;
  char kind = 's';
  int argument = -1;  // from 0; -1: literal text in `text`
  std::string text;
};

Status BadFormat(const std::string& pattern, const std::string& why) {
  return MakeError(ErrorKind::kIllegalArgument, "INVALID_FORMAT.PRINTF",
                   fmt::format("`format_string`: in '{}' {}", pattern, why),
                   {{"format", "'" + pattern + "'"}});
}

Result<std::vector<Conversion>> ParseFormat(const std::string& pattern, size_t arguments) {
  std::vector<Conversion> parts;
  std::string text;
  int next = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      text.push_back(pattern[i]);
      continue;
    }
    Conversion part;
    size_t at = i + 1;
    const auto number = [&]() {
      int value = -1;
      while (at < pattern.size() && std::isdigit(static_cast<unsigned char>(pattern[at]))) {
        value = std::max(value, 0) * 10 + (pattern[at++] - '0');
      }
      return value;
    };
    const size_t start = at;
    const int position = number();
    if (position > 0 && at < pattern.size() && pattern[at] == '$') {
      ++at;
      part.argument = position - 1;
    } else {
      at = start;
    }
    while (at < pattern.size() && std::strchr("-+ 0,(#", pattern[at]) != nullptr) {
      part.flags.push_back(pattern[at++]);
    }
    part.width = number();
    if (at < pattern.size() && pattern[at] == '.') {
      ++at;
      part.precision = number();
    }
    if (at >= pattern.size()) return BadFormat(pattern, "the last % is followed by nothing");
    part.kind = pattern[at];
    i = at;
    if (part.kind == '%') {
      text.push_back('%');
      continue;
    }
    if (part.kind == 'n') {
      text.push_back('\n');
      continue;
    }
    if (std::strchr("sSdxXofeEgGcbB", part.kind) == nullptr) {
      return BadFormat(pattern,
                       fmt::format("there is the conversion %{}, which is not known", part.kind));
    }
    if (part.argument < 0) part.argument = next++;
    if (part.argument >= static_cast<int>(arguments)) {
      return BadFormat(pattern, "there are more conversions than arguments");
    }
    if (!text.empty()) {
      Conversion literal;
      literal.text = std::move(text);
      parts.push_back(std::move(literal));
      text.clear();
    }
    parts.push_back(std::move(part));
  }
  if (!text.empty()) {
    Conversion literal;
    literal.text = std::move(text);
    parts.push_back(std::move(literal));
  }
  return parts;
}

void Pad(const Conversion& part, const std::string& value, std::string* out) {
  const int missing = part.width - CountCharacters(value);
  const bool left = part.flags.find('-') != std::string::npos;
  if (!left && missing > 0) out->append(static_cast<size_t>(missing), ' ');
  out->append(value);
  if (left && missing > 0) out->append(static_cast<size_t>(missing), ' ');
}

std::string GroupThousands(std::string digits) {
  const size_t point = std::min(digits.find('.'), digits.size());
  for (size_t at = point; at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

// Sign, grouping and zeros around the digits of a number.
void AppendNumber(const Conversion& part, bool negative, std::string digits, std::string* out) {
  const auto has = [&](char flag) { return part.flags.find(flag) != std::string::npos; };
  if (has(',')) digits = GroupThousands(std::move(digits));
  std::string prefix = negative ? (has('(') ? "(" : "-") : (has('+') ? "+" : (has(' ') ? " " : ""));
  const std::string suffix = negative && has('(') ? ")" : "";
  const int size = static_cast<int>(prefix.size() + digits.size() + suffix.size());
  if (has('0') && part.width > size) {
    digits.insert(0, static_cast<size_t>(part.width - size), '0');
  }
  Pad(part, prefix + digits + suffix, out);
}

Status AppendConversion(const Conversion& part, const arrow::Array& array, int64_t row,
                        const TimeZone& zone, std::string* out) {
  const bool null = array.IsNull(row);
  switch (part.kind) {
    case 'd':
    case 'x':
    case 'X':
    case 'o': {
      if (null) break;
      if (!IsIntegral(*array.type())) {
        return BadFormat(std::string("%") + part.kind,
                         "the argument is no integer but " + SqlName(*array.type()));
      }
      ARROW_ASSIGN_OR_RAISE(auto scalar, array.GetScalar(row));
      ARROW_ASSIGN_OR_RAISE(auto wide, scalar->CastTo(arrow::int64()));
      const int64_t value = static_cast<const arrow::Int64Scalar&>(*wide).value;
      if (part.kind == 'd') {
        const uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : value;
        AppendNumber(part, value < 0, std::to_string(magnitude), out);
      } else {
        const int bits = static_cast<const arrow::FixedWidthType&>(*array.type()).bit_width();
        const uint64_t mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
        const uint64_t raw = static_cast<uint64_t>(value) & mask;
        AppendNumber(part, false,
                     part.kind == 'x'   ? fmt::format("{:x}", raw)
                     : part.kind == 'X' ? fmt::format("{:X}", raw)
                                        : fmt::format("{:o}", raw),
                     out);
      }
      return Status::OK();
    }
    case 'f':
    case 'e':
    case 'E':
    case 'g':
    case 'G': {
      if (null) break;
      ARROW_ASSIGN_OR_RAISE(auto scalar, array.GetScalar(row));
      std::string text;
      AppendValue(array, row, zone, TextStyle::kCast, &text);
      const int precision = part.precision < 0 ? 6 : part.precision;
      if (IsIntegral(*array.type()) || !IsNumeric(*array.type())) {
        return BadFormat(
            std::string("%") + part.kind,
            "the argument is no floating-point or decimal number but " + SqlName(*array.type()));
      }
      const double value = std::strtod(text.c_str(), nullptr);
      if (!std::isfinite(value)) {
        Pad(part, text, out);
      } else if (part.kind == 'f') {
        const bool negative = text.starts_with('-');
        AppendNumber(part, negative, RoundDecimalText(text.substr(negative ? 1 : 0), precision),
                     out);
      } else {
        const double magnitude = std::abs(value);
        const std::string digits = part.kind == 'e'   ? fmt::format("{:.{}e}", magnitude, precision)
                                   : part.kind == 'E' ? fmt::format("{:.{}E}", magnitude, precision)
                                   : part.kind == 'g'
                                       ? fmt::format("{:.{}g}", magnitude, precision)
                                       : fmt::format("{:.{}G}", magnitude, precision);
        AppendNumber(part, std::signbit(value), digits, out);
      }
      return Status::OK();
    }
    case 'b':
    case 'B': {
      const bool holds = !null && (array.type_id() != arrow::Type::BOOL ||
                                   static_cast<const arrow::BooleanArray&>(array).Value(row));
      Pad(part, part.kind == 'b' ? (holds ? "true" : "false") : (holds ? "TRUE" : "FALSE"), out);
      return Status::OK();
    }
    default:
      break;
  }
  std::string value;
  if (null) {
    value = "null";
  } else if (part.kind == 'c' && IsIntegral(*array.type())) {
    std::string text;
    AppendValue(array, row, zone, TextStyle::kCast, &text);
    AppendCodePoint(static_cast<uint32_t>(std::strtol(text.c_str(), nullptr, 10)), &value);
  } else {
    AppendValue(array, row, zone, TextStyle::kCast, &value);
  }
  if (part.precision >= 0) value = std::string(SubstringOf(value, 1, part.precision));
  if (part.kind == 'S') {
    std::string upper;
    AppendUpper(value, &upper);
    value = std::move(upper);
  }
  Pad(part, value, out);
  return Status::OK();
}

Result<ExpressionPtr> BindFormat(const std::string& name, Arguments arguments,
                                 const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, kAnyNumber));
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::utf8(), context));
  const bool nullable = arguments[0]->nullable();
  return MakeCall(
      name, arrow::utf8(), nullable, std::move(arguments),
      ColumnKernel([zone = context.zone](const Columns& columns,
                                         const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        Columns pattern_only;
        pattern_only.columns = {columns[0]};
        pattern_only.rows = columns.rows;
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(pattern_only, evaluation.pool));
        Writer<std::string> writer;
        ARROW_RETURN_NOT_OK(writer.Open(columns.rows, evaluation.pool));
        const Reader<string_view> patterns(columns[0]);
        std::optional<std::string> last;
        std::vector<Conversion> parts;
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (!validity.IsValid(i)) {
            writer.Null(i);
            continue;
          }
          if (!last || *last != patterns[i]) {
            last = std::string(patterns[i]);
            ARROW_ASSIGN_OR_RAISE(parts, ParseFormat(*last, columns.size() - 1));
          }
          ARROW_RETURN_NOT_OK(writer.Write(i, [&](std::string* out) -> Status {
            for (const Conversion& part : parts) {
              if (part.argument < 0) {
                out->append(part.text);
                continue;
              }
              const Column& column = columns[static_cast<size_t>(part.argument) + 1];
              ARROW_RETURN_NOT_OK(AppendConversion(part, *column.array, column.row(i), *zone, out));
            }
            return Status::OK();
          }));
        }
        return writer.Finish(arrow::utf8(), columns.rows, std::move(validity));
      }));
}

// format_number(number, digits): thousands with commas, rounded half to even.
Result<ExpressionPtr> BindFormatNumber(Arguments arguments, const BindContext& context) {
  const std::string name = "format_number";
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
  if (IsString(*arguments[0]->type())) {
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::float64(), context));
  }
  if (!IsNumeric(*arguments[0]->type()) && !IsNullType(*arguments[0]->type())) {
    return UnexpectedInputType(name, 0, "NUMERIC", *arguments[0]);
  }
  if (IsString(*arguments[1]->type())) {
    return NotSupported("format_number with a pattern", "give the number of digits");
  }
  ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::int32(), context));
  return MakeCall(
      name, arrow::utf8(), true, std::move(arguments),
      ColumnKernel([zone = context.zone](const Columns& columns,
                                         const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        arrow::StringBuilder builder(evaluation.pool);
        const Reader<int32_t> digits(columns[1]);
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (columns[0].IsNull(i) || columns[1].IsNull(i) || digits[i] < 0) {
            ARROW_RETURN_NOT_OK(builder.AppendNull());
            continue;
          }
          std::string text;
          AppendValue(*columns[0].array, columns[0].row(i), *zone, TextStyle::kCast, &text);
          const bool negative = text.starts_with('-');
          if (text == "NaN" || text.ends_with("Infinity")) {
            text = text == "NaN" ? "NaN" : (negative ? "-∞" : "∞");
          } else {
            text = GroupThousands(
                RoundDecimalText(text.substr(negative ? 1 : 0), digits[i], /*half_even=*/true));
            if (negative) text.insert(0, "-");
          }
          ARROW_RETURN_NOT_OK(builder.Append(text));
        }
        return builder.Finish();
      }));
}

// mask(text[, upper[, lower[, digit[, other]]]]); a null keeps the characters of its kind.
Result<ExpressionPtr> BindMask(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("mask", arguments.size(), 1, 5));
  const char* const defaults[] = {"", "X", "x", "n", nullptr};
  for (size_t i = arguments.size(); i < 5; ++i) {
    arguments.push_back(defaults[i] == nullptr
                            ? MakeLiteral(arrow::MakeNullScalar(arrow::utf8()))
                            : MakeLiteral(std::make_shared<arrow::StringScalar>(defaults[i])));
  }
  for (int i = 0; i < 5; ++i) {
    ARROW_ASSIGN_OR_RAISE(arguments[i], Coerce("mask", i, arguments[i], arrow::utf8(), context));
  }
  const bool nullable = arguments[0]->nullable();
  return MakeCall("mask", arrow::utf8(), nullable, std::move(arguments),
                  ColumnKernel([](const Columns& columns,
                                  const EvaluationContext& evaluation) -> Result<ArrayPtr> {
                    arrow::StringBuilder builder(evaluation.pool);
                    const Reader<string_view> texts(columns[0]);
                    std::string masked;
                    for (int64_t i = 0; i < columns.rows; ++i) {
                      if (columns[0].IsNull(i)) {
                        ARROW_RETURN_NOT_OK(builder.AppendNull());
                        continue;
                      }
                      masked.clear();
                      const string_view text = texts[i];
                      for (size_t at = 0; at < text.size(); at += CharacterBytes(text[at])) {
                        const string_view character = text.substr(at, CharacterBytes(text[at]));
                        const char c = character[0];
                        const size_t kind = c >= 'A' && c <= 'Z'   ? 1
                                            : c >= 'a' && c <= 'z' ? 2
                                            : c >= '0' && c <= '9' ? 3
                                                                   : 4;
                        masked.append(columns[kind].IsNull(i)
                                          ? character
                                          : Reader<string_view>(columns[kind])[i]);
                      }
                      ARROW_RETURN_NOT_OK(builder.Append(masked));
                    }
                    return builder.Finish();
                  }));
}

}  // namespace

void RegisterFormatFunctions(FunctionRegistry* registry) {
  for (const std::string name : {"format_string", "printf"}) {
    ScalarFunction format;
    format.names = {name};
    format.documentation = {name + "(pattern, a, …) -> string",
                            "A text by a pattern as of C's printf.",
                            name + "('Hello World %d %s', 100, 'days')"};
    format.nulls = NullBehaviour::kCustom;
    format.bind = [name](Arguments arguments, const BindContext& context) {
      return BindFormat(name, std::move(arguments), context);
    };
    registry->Add(std::move(format));
  }
  ScalarFunction number;
  number.names = {"format_number"};
  number.documentation = {"format_number(number, digits) -> string",
                          "A number with commas and some digits after the point.",
                          "format_number(12332.123456, 4)"};
  number.nulls = NullBehaviour::kCustom;
  number.bind = BindFormatNumber;
  registry->Add(std::move(number));
  AddSimple(registry, {"space"},
            {"space(count) -> string", "So many spaces.", "concat(space(2), '1')"},
            {arrow::int32()}, arrow::utf8(),
            RowKernel<std::string, int32_t>(arrow::utf8(), [](std::string* out, int32_t count) {
              out->append(static_cast<size_t>(std::max(count, 0)), ' ');
            }));
  ScalarFunction mask;
  mask.names = {"mask"};
  mask.documentation = {"mask(text[, upper[, lower[, digit[, other]]]]) -> string",
                        "The text with its characters replaced by their kind.",
                        "mask('AbCD123-@$#')"};
  mask.nulls = NullBehaviour::kCustom;
  mask.bind = BindMask;
  mask.display = [](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    const char* const defaults[] = {"", "X", "x", "n", "NULL"};
    while (shown.size() < 5) shown.push_back(defaults[shown.size()]);
    return CallText("mask", shown);
  };
  registry->Add(std::move(mask));
}

}  // namespace headrace

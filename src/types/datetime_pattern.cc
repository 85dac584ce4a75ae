// Compiles the patterns of java.time.format.DateTimeFormatter, with Spark's restrictions.
#include <string_view>

#include "types/datetime_elements.h"
#include "types/wrapping.h"

namespace headrace {

namespace {

using Element = DateTimeElement;
using Kind = DateTimeElement::Kind;

class CompiledPattern final : public DateTimePattern {
 public:
  explicit CompiledPattern(std::vector<Element> elements) : elements_(std::move(elements)) {}

  void Format(int64_t instant_us, const TimeZone& zone, std::string* out) const override {
    FormatElements(elements_, instant_us, zone, out);
  }

  std::optional<int64_t> ParseMicros(std::string_view text, const TimeZone& zone,
                                     bool ntz) const override {
    ParsedDateTime parsed;
    if (!ParseElements(elements_, &text, &parsed) || !text.empty()) return std::nullopt;
    const std::optional<CivilTime> civil = ResolveFields(parsed);
    if (!civil.has_value()) return std::nullopt;
    const int64_t local = MicrosFromCivil(*civil);
    if (ntz) return local;
    if (parsed.zone != nullptr) return parsed.zone->LocalToInstant(local);
    if (parsed.offset_seconds.has_value()) {
      return AddSeconds(local, -*parsed.offset_seconds);
    }
    return zone.LocalToInstant(local);
  }

 private:
  std::vector<Element> elements_;
};

Element Number(DateTimeField field, int min_width, int max_width, SignStyle sign) {
  Element element;
  element.kind = Kind::kNumber;
  element.field = field;
  element.min_width = min_width;
  element.max_width = max_width;
  element.sign = sign;
  return element;
}

Element Text(DateTimeField field, bool full) {
  Element element;
  element.kind = Kind::kText;
  element.field = field;
  element.full = full;
  return element;
}

Element Offset(OffsetStyle style, bool colons, std::string zero) {
  Element element;
  element.kind = Kind::kOffset;
  element.offset_style = style;
  element.colons = colons;
  element.text = std::move(zero);
  return element;
}

Element OfKind(Kind kind, bool full = false) {
  Element element;
  element.kind = kind;
  element.full = full;
  return element;
}

// One letter stands for a number of any width, two for two digits.
std::optional<Element> OneOrTwoDigits(DateTimeField field, int count) {
  if (count == 1) return Number(field, 1, 19, SignStyle::kNormal);
  if (count == 2) return Number(field, 2, 2, SignStyle::kNotNegative);
  return std::nullopt;
}

std::optional<Element> YearElement(DateTimeField field, int count) {
  if (count == 2) {
    Element element = Number(field, 2, 2, SignStyle::kNotNegative);
    element.kind = Kind::kTwoDigitYear;
    return element;
  }
  return Number(field, count, 19, count < 4 ? SignStyle::kNormal : SignStyle::kExceedsPad);
}

std::optional<Element> NumberOrText(DateTimeField field, int count) {
  if (count <= 2) return OneOrTwoDigits(field, count);
  return Text(field, count == 4);
}

std::optional<Element> OffsetElement(char letter, int count) {
  if (letter == 'Z') {
    if (count <= 3) return Offset(OffsetStyle::kHourMinute, false, "+0000");
    if (count == 4) return OfKind(Kind::kLocalizedOffset, /*full=*/true);
    if (count == 5) return Offset(OffsetStyle::kHourMinuteMaybeSecond, true, "Z");
    return std::nullopt;
  }
  if (count > 5) return std::nullopt;
  const bool colons = count == 3 || count == 5;
  const std::string zero = letter == 'X' ? "Z" : count == 1 ? "+00" : colons ? "+00:00" : "+0000";
  const OffsetStyle style = count == 1   ? OffsetStyle::kHourMaybeMinute
                            : count <= 3 ? OffsetStyle::kHourMinute
                                         : OffsetStyle::kHourMinuteMaybeSecond;
  return Offset(style, colons, zero);
}

// The element that `count` times `letter` stand for; none when Java does not know them.
std::optional<Element> LetterElement(char letter, int count, bool with_era) {
  using Field = DateTimeField;
  switch (letter) {
    case 'G':
      return Text(Field::kEra, count == 4);
    case 'y':
      return YearElement(with_era ? Field::kYearOfEra : Field::kYear, count);
    case 'M':
    case 'L':
      return NumberOrText(Field::kMonth, count);
    case 'Q':
    case 'q':
      return NumberOrText(Field::kQuarter, count);
    case 'd':
      return OneOrTwoDigits(Field::kDay, count);
    case 'D':
      if (count == 2) return Number(Field::kDayOfYear, 2, 3, SignStyle::kNotNegative);
      if (count == 3) return Number(Field::kDayOfYear, 3, 3, SignStyle::kNotNegative);
      return count == 1 ? OneOrTwoDigits(Field::kDayOfYear, 1) : std::nullopt;
    case 'E':
      return Text(Field::kWeekday, count == 4);
    case 'F':
      return count == 1 ? OneOrTwoDigits(Field::kWeekdayOfDay, 1) : std::nullopt;
    case 'a':
      return count == 1 ? std::optional(Text(Field::kAmPm, false)) : std::nullopt;
    case 'h':
      return OneOrTwoDigits(Field::kClockHourOfAmPm, count);
    case 'H':
      return OneOrTwoDigits(Field::kHour, count);
    case 'k':
      return OneOrTwoDigits(Field::kClockHour, count);
    case 'K':
      return OneOrTwoDigits(Field::kHourOfAmPm, count);
    case 'm':
      return OneOrTwoDigits(Field::kMinute, count);
    case 's':
      return OneOrTwoDigits(Field::kSecond, count);
    case 'S': {
      if (count > 9) return std::nullopt;
      Element element = Number(Field::kNanosecond, count, count, SignStyle::kNotNegative);
      element.kind = Kind::kFraction;
      return element;
    }
    case 'V':
      return count == 2 ? std::optional(OfKind(Kind::kZoneId)) : std::nullopt;
    case 'z':
      return count <= 4 ? std::optional(OfKind(Kind::kZoneName, count == 4)) : std::nullopt;
    case 'O':
      return count == 1 || count == 4 ? std::optional(OfKind(Kind::kLocalizedOffset, count == 4))
                                      : std::nullopt;
    case 'X':
    case 'x':
    case 'Z':
      return OffsetElement(letter, count);
    default:
      return std::nullopt;
  }
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Why a pattern is refused.
struct Refusal {
  ErrorKind kind;
  std::string condition;
  std::string reason;
};

class Compiler {
 public:
  Compiler(std::string_view pattern, DateTimePattern::Use use) : pattern_(pattern), use_(use) {}

  std::optional<std::vector<Element>> Compile(Refusal* refusal) {
    if (!CheckSparkRules(refusal)) return std::nullopt;
    std::optional<std::vector<Element>> elements = Sequence(0);
    if (!elements.has_value()) {
      *refusal = {ErrorKind::kRuntime, "INVALID_DATETIME_PATTERN.WITH_SUGGESTION", reason_};
    }
    return elements;
  }

 private:
  // Letters that Spark refuses before Java sees them.
  bool CheckSparkRules(Refusal* refusal) {
    static constexpr std::string_view kWeekBased = "YWwuec";
    static constexpr std::string_view kUnsupported = "ABnNp";
    static constexpr std::string_view kUnsupportedInParsing = "EFqQ";
    static constexpr std::string_view kTooLong[] = {"GGGGG", "MMMMM", "LLLLL",  "EEEEE",
                                                    "QQQQQ", "qqqqq", "yyyyyyy"};
    const auto quote_letter = [](char c) { return std::string("the letter '") + c + "'"; };
    std::string outside;  // the pattern without quoted parts
    bool quoted = false;
    for (char c : pattern_) {
      if (c == '\'') quoted = !quoted;
      outside += quoted ? '\'' : c;
    }
    with_era_ = outside.find('G') != std::string::npos;
    for (char c : outside) {
      if (kWeekBased.find(c) != std::string_view::npos) {
        *refusal = {ErrorKind::kIllegalArgument,
                    "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN",
                    quote_letter(c) + " counts weeks, which is not supported"};
        return false;
      }
    }
    for (char c : outside) {
      if (kUnsupported.find(c) != std::string_view::npos ||
          (use_ == DateTimePattern::Use::kParse &&
           kUnsupportedInParsing.find(c) != std::string_view::npos)) {
        *refusal = {ErrorKind::kIllegalArgument, "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER",
                    quote_letter(c) + " is not supported" +
                        (kUnsupported.find(c) == std::string_view::npos ? " for parsing" : "")};
        return false;
      }
    }
    for (std::string_view letters : kTooLong) {
      if (outside.find(letters) != std::string::npos) {
        *refusal = {ErrorKind::kIllegalArgument, "INVALID_DATETIME_PATTERN.LENGTH",
                    quote_letter(letters[0]) + " is repeated too often"};
        return false;
      }
    }
    return true;
  }

  // Elements up to the end, or up to the bracket that closes an optional part.
  std::optional<std::vector<Element>> Sequence(int depth) {
    std::vector<Element> elements;
    // The number that still takes digits of those of fixed width behind it.
    int open_number = -1;
    while (position_ < pattern_.size()) {
      const char c = pattern_[position_];
      if (IsLetter(c)) {
        size_t end = position_;
        while (end < pattern_.size() && pattern_[end] == c) ++end;
        const auto count = static_cast<int>(end - position_);
        position_ = end;
        std::optional<Element> element = LetterElement(c, count, with_era_);
        if (!element.has_value()) {
          reason_ = std::string("'") + std::string(count, c) + "' has no meaning";
          return std::nullopt;
        }
        JoinDigits(*element, &elements, &open_number);
        continue;
      }
      open_number = -1;
      if (c == '\'') {
        if (!QuotedText(&elements)) return std::nullopt;
      } else if (c == '[') {
        ++position_;
        std::optional<std::vector<Element>> children = Sequence(depth + 1);
        if (!children.has_value()) return std::nullopt;
        Element optional = OfKind(Kind::kOptional);
        optional.children = std::move(*children);
        elements.push_back(std::move(optional));
      } else if (c == ']') {
        if (depth == 0) {
          reason_ = "']' has no '[' before it";
          return std::nullopt;
        }
        ++position_;
        return elements;
      } else if (c == '{' || c == '}' || c == '#') {
        reason_ = std::string("'") + c + "' is reserved";
        return std::nullopt;
      } else {
        AppendLiteral(std::string(1, c), &elements);
        ++position_;
      }
    }
    return elements;
  }

  // Numbers without anything between them share out the digits: all but the first have a fixed
  // width, and the first leaves them theirs.
  static void JoinDigits(Element element, std::vector<Element>* elements, int* open_number) {
    const bool number = element.kind == Kind::kNumber || element.kind == Kind::kTwoDigitYear;
    if (!number) {
      elements->push_back(std::move(element));
      *open_number = -1;
      return;
    }
    const bool fixed =
        element.min_width == element.max_width && element.sign == SignStyle::kNotNegative;
    if (*open_number >= 0 && fixed) {
      (*elements)[*open_number].following_digits += element.max_width;
    } else {
      *open_number = static_cast<int>(elements->size());
    }
    elements->push_back(std::move(element));
  }

  static void AppendLiteral(std::string text, std::vector<Element>* elements) {
    if (!elements->empty() && elements->back().kind == Kind::kLiteral) {
      elements->back().text += text;
      return;
    }
    Element literal = OfKind(Kind::kLiteral);
    literal.text = std::move(text);
    elements->push_back(std::move(literal));
  }

  bool QuotedText(std::vector<Element>* elements) {
    std::string text;
    ++position_;
    while (true) {
      if (position_ >= pattern_.size()) {
        reason_ = "a quoted text is not closed";
        return false;
      }
      if (pattern_[position_] == '\'') {
        ++position_;
        if (position_ >= pattern_.size() || pattern_[position_] != '\'') break;
      }
      text += pattern_[position_++];
    }
    AppendLiteral(text.empty() ? "'" : text, elements);
    return true;
  }

  std::string_view pattern_;
  DateTimePattern::Use use_;
  size_t position_ = 0;
  bool with_era_ = false;
  std::string reason_;
};

// Whether java.text.SimpleDateFormat, which Spark 2 used, would take the pattern.
bool OldFormatterAccepts(std::string_view pattern) {
  bool quoted = false;
  for (char c : pattern) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (!quoted && IsLetter(c) &&
               std::string_view("GyMdkHmsSEDFwWahKzZYuXL").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return !quoted;
}

}  // namespace

Result<std::shared_ptr<const DateTimePattern>> DateTimePattern::Compile(const std::string& pattern,
                                                                        Use use) {
  Refusal refusal;
  std::optional<std::vector<Element>> elements = Compiler(pattern, use).Compile(&refusal);
  if (elements.has_value()) return std::make_shared<CompiledPattern>(std::move(*elements));
  const std::string text = "The date-time pattern '" + pattern +
                           "' cannot be used: " + refusal.reason +
                           ". Write it with the letters yMdHhmsSaEDQGVzOXxZ, and text in quotes.";
  if (OldFormatterAccepts(pattern)) {
    return MakeError(ErrorKind::kUpgrade,
                     "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION", text,
                     {{"pattern", "'" + pattern + "'"}, {"config", ""}, {"docroot", ""}});
  }
  return MakeError(refusal.kind, refusal.condition, text, {{"pattern", pattern}});
}

}  // namespace headrace

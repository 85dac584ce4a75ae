#include "functions/json/json_value_reader.h"

#include <limits>

#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "functions/json/json_text.h"
#include "functions/json/json_writer.h"
#include "functions/string/base64.h"
#include "types/interval_text.h"
#include "types/time.h"
#include "types/value_text.h"

namespace headrace {
namespace {

bool Failed(JsonOutcome outcome) {
  return outcome == JsonOutcome::kUnfit || outcome == JsonOutcome::kSyntax;
}

// A local time; unlike in a cast it may not name a zone, which shows in that the zone that texts
// without one are given makes no difference.
std::optional<int64_t> ParseLocalTime(std::string_view text) {
  static const auto other = TimeZone::Find("+01:00").ValueOrDie();
  if (ParseTimestamp(text, *other) == ParseTimestamp(text, *TimeZone::Utc())) return std::nullopt;
  return ParseTimestampNtz(text);
}

}  // namespace

JsonOutcome JsonValueReader::Syntax(const char* reason) {
  reason_ = reason;
  return JsonOutcome::kSyntax;
}

JsonOutcome JsonValueReader::Unfit(const JsonColumn& column, std::string_view text) {
  if (reason_.empty()) {
    reason_ = fmt::format("{} is no {}", text.substr(0, 60), SqlName(*column.type()));
  }
  return JsonOutcome::kUnfit;
}

JsonOutcome JsonValueReader::Read(JsonCursor* cursor, JsonColumn* column) {
  switch (cursor->Peek()) {
    case '"':
      return ReadStringToken(cursor, column);
    case '{':
    case '[': {
      const bool object = cursor->Peek() == '{';
      if (depth_ > kJsonDeepest) return Syntax("it is nested deeper than 1000 levels");
      ++depth_;
      JsonOutcome outcome;
      if (object && column->kind() == JsonKind::kStruct) {
        outcome = ReadObject(cursor, column);
      } else if (object && column->kind() == JsonKind::kMap) {
        outcome = ReadMap(cursor, column);
      } else if (!object && column->kind() == JsonKind::kList) {
        outcome = ReadList(cursor, column);
      } else if (column->kind() == JsonKind::kString) {
        const bool written = options_.exact_strings ? CopyValue(cursor, column->bytes())
                                                    : WriteValue(cursor, column->bytes());
        outcome = written ? JsonOutcome::kRead : Syntax("a nested value is malformed");
        if (outcome == JsonOutcome::kRead) column->EndBytes();
      } else {
        outcome = Skip(cursor) ? Unfit(*column, object ? "an object" : "an array")
                               : Syntax("a nested value is malformed");
      }
      --depth_;
      return outcome;
    }
    case 't':
    case 'f':
    case 'n':
      return ReadWord(cursor, column);
    case '\0':
      return Syntax("it ends where a value is expected");
    default:
      return ReadNumberToken(cursor, column);
  }
}

bool JsonValueReader::CopyValue(JsonCursor* cursor, std::string* out) {
  const char* const begin = cursor->at();
  if (!Skip(cursor)) return false;
  // The token before is the closing bracket.
  out->append(begin, cursor->text + cursor->token[-1] + 1);
  return true;
}

JsonOutcome JsonValueReader::ReadWord(JsonCursor* cursor, JsonColumn* column) {
  for (const std::string_view word : {"true", "false", "null"}) {
    if (!IsJsonWord(cursor->at(), cursor->end(), word)) continue;
    cursor->Next();
    if (word == "null") {
      column->AppendNull();
    } else if (column->kind() == JsonKind::kBoolean) {
      column->AppendFixed<uint8_t>(word == "true" ? 1 : 0);
    } else if (column->kind() == JsonKind::kString) {
      column->bytes()->append(word);
      column->EndBytes();
    } else {
      return Unfit(*column, word);
    }
    return JsonOutcome::kRead;
  }
  return Syntax("there is no JSON value");
}

JsonOutcome JsonValueReader::ReadNumberToken(JsonCursor* cursor, JsonColumn* column) {
  const JsonNumberToken number =
      ScanJsonNumber(cursor->at(), cursor->end(), options_.allow_non_numeric_numbers);
  if (number.kind == JsonNumberKind::kNone) return Syntax("there is no JSON value");
  cursor->Next();
  const bool integer = number.kind == JsonNumberKind::kInteger;
  const bool finite = number.kind != JsonNumberKind::kNotFinite;
  int64_t value = 0;
  switch (column->kind()) {
    case JsonKind::kInteger: {
      if (!integer || !ParseJsonInteger(number.text, &value)) break;
      const int bits = column->width() * 8;
      // A byte may be given without sign, as in Spark.
      const bool unsigned_byte = bits == 8 && value >= 0 && value <= 255;
      if (bits < 64 && !unsigned_byte && (value >> (bits - 1)) != 0 &&
          (value >> (bits - 1)) != -1) {
        break;
      }
      column->AppendInteger(value);
      return JsonOutcome::kRead;
    }
    case JsonKind::kDouble:
      column->AppendFixed<double>(finite ? ParseJsonDouble(number.text)
                                         : JsonNotFinite(number.text));
      return JsonOutcome::kRead;
    case JsonKind::kFloat:
      column->AppendFixed<float>(
          static_cast<float>(finite ? ParseJsonDouble(number.text) : JsonNotFinite(number.text)));
      return JsonOutcome::kRead;
    case JsonKind::kDecimal:
      if (!finite) break;
      return AppendDecimal(number.text, column);
    case JsonKind::kTimestamp:
    case JsonKind::kTimestampNtz:
      // Numbers are seconds since the epoch.
      if (!integer || column->kind() == JsonKind::kTimestampNtz ||
          !ParseJsonInteger(number.text, &value) ||
          __builtin_mul_overflow(value, int64_t{1000000}, &value)) {
        break;
      }
      column->AppendFixed<int64_t>(value);
      return JsonOutcome::kRead;
    case JsonKind::kString:
      if (options_.exact_strings) {
        column->bytes()->append(number.text);
      } else if (!finite) {
        AppendJsonString(number.text, column->bytes());
      } else if (integer) {
        column->bytes()->append(number.text == "-0" ? std::string_view("0") : number.text);
      } else {
        AppendDouble(ParseJsonDouble(number.text), column->bytes());
      }
      column->EndBytes();
      return JsonOutcome::kRead;
    default:
      break;
  }
  return Unfit(*column, number.text);
}

JsonOutcome JsonValueReader::ReadStringToken(JsonCursor* cursor, JsonColumn* column) {
  const JsonStringToken token = ScanJsonString(cursor->at(), cursor->end());
  if (token.end == nullptr) return Syntax("a string is not closed");
  cursor->Next();
  if (column->kind() == JsonKind::kString) {
    if (!token.escaped) {
      column->bytes()->append(token.raw());
    } else if (const size_t before = column->bytes()->size();
               !UnescapeJson(token.raw(), column->bytes())) {
      column->bytes()->resize(before);
      return Syntax("a string holds an escape that JSON does not have");
    }
    column->EndBytes();
    return JsonOutcome::kRead;
  }
  std::string_view text = token.raw();
  if (token.escaped) {
    scratch_.clear();
    if (!UnescapeJson(token.raw(), &scratch_)) {
      return Syntax("a string holds an escape that JSON does not have");
    }
    text = scratch_;
  }
  return AppendText(text, column);
}

JsonOutcome JsonValueReader::AppendText(std::string_view text, JsonColumn* column) {
  switch (column->kind()) {
    case JsonKind::kDouble:
    case JsonKind::kFloat: {
      if (!options_.allow_non_numeric_numbers) break;
      const bool known = text == "NaN" || text == "+INF" || text == "+Infinity" ||
                         text == "Infinity" || text == "-INF" || text == "-Infinity";
      if (!known) break;
      if (column->kind() == JsonKind::kDouble) {
        column->AppendFixed<double>(JsonNotFinite(text));
      } else {
        column->AppendFixed<float>(static_cast<float>(JsonNotFinite(text)));
      }
      return JsonOutcome::kRead;
    }
    case JsonKind::kDecimal:
      if (text.empty()) break;
      return AppendDecimal(text, column);
    case JsonKind::kTimestamp:
    case JsonKind::kTimestampNtz: {
      const bool ntz = column->kind() == JsonKind::kTimestampNtz;
      const auto& pattern = ntz ? options_.timestamp_ntz_pattern : options_.timestamp_pattern;
      std::optional<int64_t> value;
      if (pattern != nullptr) {
        value = pattern->ParseMicros(text, *options_.zone, ntz);
      }
      if (!value && (pattern == nullptr || options_.parsing_fallback)) {
        value = ntz ? ParseLocalTime(text) : ParseTimestamp(text, *options_.zone);
      }
      if (!value) break;
      column->AppendFixed<int64_t>(*value);
      return JsonOutcome::kRead;
    }
    case JsonKind::kDate: {
      std::optional<int32_t> value;
      if (options_.date_pattern != nullptr) {
        const auto micros = options_.date_pattern->ParseMicros(text, *TimeZone::Utc(), true);
        if (micros)
          value = static_cast<int32_t>(*micros / 86400000000 - (*micros % 86400000000 < 0 ? 1 : 0));
      }
      if (!value && (options_.date_pattern == nullptr || options_.parsing_fallback)) {
        value = ParseDate(text);
      }
      if (!value) break;
      column->AppendFixed<int32_t>(*value);
      return JsonOutcome::kRead;
    }
    case JsonKind::kBinary: {
      const size_t before = column->bytes()->size();
      if (text.size() % 4 != 0 || !DecodeBase64(text, column->bytes())) {
        column->bytes()->resize(before);
        break;
      }
      column->EndBytes();
      return JsonOutcome::kRead;
    }
    case JsonKind::kMonths:
    case JsonKind::kDuration: {
      int64_t microseconds = 0;
      int32_t months = 0;
      if (column->kind() == JsonKind::kDuration &&
          ParseDayTimeInterval(text, &microseconds) == IntervalParse::kOk) {
        column->AppendFixed<int64_t>(microseconds);
        return JsonOutcome::kRead;
      }
      if (column->kind() == JsonKind::kMonths &&
          ParseYearMonthInterval(text, &months) == IntervalParse::kOk) {
        column->AppendFixed<int32_t>(months);
        return JsonOutcome::kRead;
      }
      const auto interval = ParseInterval(text);
      if (!interval.ok()) break;
      if (column->kind() == JsonKind::kMonths) {
        if (interval->days != 0 || interval->microseconds != 0) break;
        column->AppendFixed<int32_t>(interval->months);
      } else {
        if (interval->months != 0) break;
        column->AppendFixed<int64_t>(interval->days * int64_t{86400000000} +
                                     interval->microseconds);
      }
      return JsonOutcome::kRead;
    }
    default:
      break;
  }
  return Unfit(*column, fmt::format("\"{}\"", text.substr(0, 60)));
}

JsonOutcome JsonValueReader::AppendDecimal(std::string_view text, JsonColumn* column) {
  const auto& type = static_cast<const arrow::Decimal128Type&>(*column->type());
  arrow::Decimal256 value;
  int32_t precision = 0, scale = 0;
  if (!arrow::Decimal256::FromString(text, &value, &precision, &scale).ok()) {
    return Unfit(*column, text);
  }
  const int32_t change = type.scale() - scale;
  if (change > 0) {
    if (precision + change > 76) return Unfit(*column, text);
    value = arrow::Decimal256(value.IncreaseScaleBy(change));
  } else if (change < -76) {
    value = arrow::Decimal256(0);
  } else if (change < 0) {
    value = arrow::Decimal256(value.ReduceScaleBy(-change, /*round=*/true));
  }
  if (!value.FitsInPrecision(type.precision())) return Unfit(*column, text);
  const auto& words = value.little_endian_array();
  column->AppendFixed<std::array<uint64_t, 2>>({words[0], words[1]});
  return JsonOutcome::kRead;
}

int JsonValueReader::FindKey(JsonCursor* cursor, JsonColumn* column, size_t position) {
  if (cursor->Peek() != '"') return -2;
  const char* const key = cursor->at() + 1;
  if (position < column->hints.size()) {
    const JsonColumn::KeyHint& hint = column->hints[position];
    if (static_cast<size_t>(cursor->end() - key) >= hint.text.size() &&
        std::memcmp(key, hint.text.data(), hint.text.size()) == 0) {
      cursor->Next();
      return hint.child;
    }
  }
  const JsonStringToken token = ScanJsonString(cursor->at(), cursor->end());
  if (token.end == nullptr) return -2;
  cursor->Next();
  int child;
  if (token.escaped) {
    scratch_.clear();
    if (!UnescapeJson(token.raw(), &scratch_)) return -2;
    child = column->FindChild(scratch_);
  } else {
    child = column->FindChild(token.raw());
  }
  constexpr size_t kMostHints = 256;
  if (position < kMostHints) {
    if (column->hints.size() <= position) column->hints.resize(position + 1);
    column->hints[position].text.assign(token.begin, token.end + 1);
    column->hints[position].child = child;
  }
  return child;
}

JsonOutcome JsonValueReader::ReadObject(JsonCursor* cursor, JsonColumn* column) {
  const int64_t row = column->length();
  JsonOutcome result = JsonOutcome::kRead;
  cursor->Next();
  if (cursor->Peek() == '}') {
    cursor->Next();
  } else {
    for (size_t position = 0;; ++position) {
      const int index = FindKey(cursor, column, position);
      if (index == -2) return Syntax("a field name in quotes is missing");
      if (cursor->Peek() != ':') return Syntax("':' is missing");
      cursor->Next();
      if (index >= 0) {
        const JsonOutcome outcome = ReadField(cursor, column, index, row);
        if (outcome == JsonOutcome::kSyntax) return outcome;
        if (outcome != JsonOutcome::kRead) result = JsonOutcome::kPartial;
      } else if (!Skip(cursor, depth_)) {
        return Syntax("a value is malformed");
      }
      const char next = cursor->Peek();
      cursor->Next();
      if (next == ',') continue;
      if (next == '}') break;
      return Syntax("',' or '}' is missing");
    }
  }
  for (auto& child : column->children()) {
    if (child->length() == row) child->AppendNull();
  }
  column->EndStruct();
  return result;
}

JsonOutcome JsonValueReader::ReadField(JsonCursor* cursor, JsonColumn* column, int index,
                                       int64_t row) {
  JsonColumn& child = column->child(static_cast<size_t>(index));
  if (child.length() != row) return ReadAgain(cursor, column, index, row);
  const uint32_t* const start = cursor->token;
  const JsonOutcome outcome = Read(cursor, &child);
  if (outcome == JsonOutcome::kUnfit) child.Truncate(row);
  if (!Failed(outcome)) column->value_tokens[static_cast<size_t>(index)] = start;
  return outcome;
}

// A key that occurs again: the last value that can be read counts.
JsonOutcome JsonValueReader::ReadAgain(JsonCursor* cursor, JsonColumn* column, int index,
                                       int64_t row) {
  JsonColumn& child = column->child(static_cast<size_t>(index));
  const uint32_t*& kept = column->value_tokens[static_cast<size_t>(index)];
  const uint32_t* const start = cursor->token;
  child.Truncate(row);
  const JsonOutcome outcome = Read(cursor, &child);
  if (outcome == JsonOutcome::kUnfit) {
    child.Truncate(row);
    JsonCursor back = *cursor;
    back.token = kept;
    Read(&back, &child);
  } else {
    kept = start;
  }
  return outcome;
}

JsonOutcome JsonValueReader::ReadList(JsonCursor* cursor, JsonColumn* column) {
  JsonColumn& child = column->child(0);
  JsonOutcome result = JsonOutcome::kRead;
  cursor->Next();
  if (cursor->Peek() == ']') {
    cursor->Next();
    column->EndList();
    return result;
  }
  while (true) {
    const JsonOutcome outcome = Read(cursor, &child);
    if (outcome == JsonOutcome::kSyntax) return outcome;
    if (outcome == JsonOutcome::kUnfit) result = outcome;
    if (outcome == JsonOutcome::kPartial && result == JsonOutcome::kRead) result = outcome;
    const char next = cursor->Peek();
    cursor->Next();
    if (next == ',') continue;
    if (next == ']') break;
    return Syntax("',' or ']' is missing");
  }
  // An element that does not fit makes the whole array unfit.
  if (result == JsonOutcome::kUnfit) {
    column->Truncate(column->length());
  } else {
    column->EndList();
  }
  return result;
}

JsonOutcome JsonValueReader::ReadMap(JsonCursor* cursor, JsonColumn* column) {
  JsonColumn &keys = column->child(0), &values = column->child(1);
  JsonOutcome result = JsonOutcome::kRead;
  cursor->Next();
  if (cursor->Peek() == '}') {
    cursor->Next();
    column->EndList();
    return result;
  }
  while (true) {
    if (cursor->Peek() != '"') return Syntax("a key in quotes is missing");
    const JsonOutcome key = ReadStringToken(cursor, &keys);
    if (key == JsonOutcome::kSyntax) return key;
    if (cursor->Peek() != ':') return Syntax("':' is missing");
    cursor->Next();
    const JsonOutcome outcome = Read(cursor, &values);
    if (outcome == JsonOutcome::kSyntax) return outcome;
    if (outcome == JsonOutcome::kUnfit) {
      values.AppendNull();
      result = outcome;
    } else if (outcome == JsonOutcome::kPartial && result == JsonOutcome::kRead) {
      result = outcome;
    }
    const char next = cursor->Peek();
    cursor->Next();
    if (next == ',') continue;
    if (next == '}') break;
    return Syntax("',' or '}' is missing");
  }
  if (result == JsonOutcome::kUnfit) {
    column->Truncate(column->length());
  } else {
    column->EndList();
  }
  return result;
}

JsonOutcome JsonValueReader::ReadRows(JsonCursor* cursor, JsonColumn* column) {
  JsonOutcome result = JsonOutcome::kRead;
  cursor->Next();
  if (cursor->Peek() == ']') {
    cursor->Next();
    return result;
  }
  while (true) {
    if (cursor->Peek() != '{') {
      if (!Skip(cursor)) return Syntax("a value is malformed");
      return Unfit(*column, "an element of the array");
    }
    const JsonOutcome outcome = Read(cursor, column);
    if (outcome == JsonOutcome::kSyntax) return outcome;
    if (outcome != JsonOutcome::kRead) result = JsonOutcome::kPartial;
    const char next = cursor->Peek();
    cursor->Next();
    if (next == ',') continue;
    if (next == ']') return result;
    return Syntax("',' or ']' is missing");
  }
}

bool JsonValueReader::Skip(JsonCursor* cursor, int depth) {
  const char first = cursor->Peek();
  switch (first) {
    case '"': {
      const JsonStringToken token = ScanJsonString(cursor->at(), cursor->end());
      if (token.end == nullptr) return false;
      cursor->Next();
      if (!token.escaped) return true;
      scratch_.clear();
      return UnescapeJson(token.raw(), &scratch_);
    }
    case '{':
    case '[': {
      if (depth > kJsonDeepest) return false;
      const char close = first == '{' ? '}' : ']';
      cursor->Next();
      if (cursor->Peek() == close) {
        cursor->Next();
        return true;
      }
      while (true) {
        if (first == '{') {
          if (cursor->Peek() != '"' || !Skip(cursor)) return false;
          if (cursor->Peek() != ':') return false;
          cursor->Next();
        }
        if (!Skip(cursor, depth + 1)) return false;
        const char next = cursor->Peek();
        cursor->Next();
        if (next == close) return true;
        if (next != ',') return false;
      }
    }
    case 't':
    case 'f':
    case 'n':
      for (const std::string_view word : {"true", "false", "null"}) {
        if (!IsJsonWord(cursor->at(), cursor->end(), word)) continue;
        cursor->Next();
        return true;
      }
      return false;
    case '\0':
      return false;
    default:
      if (ScanJsonNumber(cursor->at(), cursor->end(), options_.allow_non_numeric_numbers).kind ==
          JsonNumberKind::kNone) {
        return false;
      }
      cursor->Next();
      return true;
  }
}

// Compact, numbers as Java prints them.
bool JsonValueReader::WriteValue(JsonCursor* cursor, std::string* out) {
  const char first = cursor->Peek();
  if (first == '{' || first == '[') {
    const char close = first == '{' ? '}' : ']';
    out->push_back(first);
    cursor->Next();
    if (cursor->Peek() == close) {
      cursor->Next();
      out->push_back(close);
      return true;
    }
    while (true) {
      if (first == '{') {
        if (cursor->Peek() != '"' || !WriteValue(cursor, out)) return false;
        if (cursor->Peek() != ':') return false;
        cursor->Next();
        out->push_back(':');
      }
      if (!WriteValue(cursor, out)) return false;
      const char next = cursor->Peek();
      cursor->Next();
      if (next != close && next != ',') return false;
      out->push_back(next);
      if (next == close) return true;
    }
  }
  if (first == '"') {
    const JsonStringToken token = ScanJsonString(cursor->at(), cursor->end());
    if (token.end == nullptr) return false;
    scratch_.clear();
    if (!UnescapeJson(token.raw(), &scratch_)) return false;
    AppendJsonString(scratch_, out);
  } else {
    const JsonNumberToken number =
        ScanJsonNumber(cursor->at(), cursor->end(), options_.allow_non_numeric_numbers);
    if (number.kind == JsonNumberKind::kFloat) {
      AppendDouble(ParseJsonDouble(number.text), out);
    } else if (number.kind == JsonNumberKind::kNotFinite) {
      AppendJsonString(number.text, out);
    } else if (number.kind == JsonNumberKind::kInteger) {
      out->append(number.text == "-0" ? std::string_view("0") : number.text);
    } else {
      const char* const at = cursor->at();
      JsonCursor copy = *cursor;
      if (cursor->Peek() == '\0' || !Skip(&copy)) return false;
      out->append(at, *at == 'f' ? 5 : 4);
    }
  }
  cursor->Next();
  return true;
}

}  // namespace headrace

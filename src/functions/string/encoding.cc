// base64, unbase64, encode, decode, url_encode, url_decode, soundex, levenshtein, find_in_set.
#include <fmt/format.h>

#include "functions/ansi_errors.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/base64.h"
#include "functions/string/characters.h"
#include "functions/string/string_topics.h"

namespace headrace {
namespace {

using std::string_view;

Status NotBase64(string_view text) {
  return MakeError(ErrorKind::kRuntime, "CONVERSION_INVALID_INPUT",
                   fmt::format("`unbase64`: '{}' is not base64", text.substr(0, 100)),
                   {{"str", "'" + std::string(text) + "'"},
                    {"fmt", "'BASE64'"},
                    {"targetType", "\"BINARY\""},
                    {"suggestion", "`try_to_binary`"}});
}

// Character sets whose text can be told from UTF-8.
enum class Charset { kUtf8, kAscii, kLatin1, kUtf16Be, kUtf16Le, kUtf16 };

Result<Charset> FindCharset(const std::string& function, string_view name) {
  static const std::pair<const char*, Charset> kNames[] = {
      {"UTF-8", Charset::kUtf8},       {"UTF8", Charset::kUtf8},
      {"US-ASCII", Charset::kAscii},   {"ISO-8859-1", Charset::kLatin1},
      {"UTF-16BE", Charset::kUtf16Be}, {"UTF-16LE", Charset::kUtf16Le},
      {"UTF-16", Charset::kUtf16}};
  for (const auto& [text, charset] : kNames) {
    if (EqualsIgnoreCase(name, text)) return charset;
  }
  return IllegalArgument(
      "INVALID_PARAMETER_VALUE.CHARSET",
      fmt::format("`{}`: '{}' is no character set that is known here; use UTF-8, US-ASCII, "
                  "ISO-8859-1, UTF-16, UTF-16BE or UTF-16LE",
                  function, name),
      {{"functionName", "`" + function + "`"},
       {"parameter", "`charset`"},
       {"charset", std::string(name)},
       {"charsets", "utf-8, us-ascii, iso-8859-1, utf-16, utf-16be, utf-16le"}});
}

void PutUnit(uint32_t unit, bool little, std::string* out) {
  const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit);
  out->push_back(little ? low : high);
  out->push_back(little ? high : low);
}

Status Unmappable(const std::string& function, const std::string& charset) {
  return MakeError(ErrorKind::kRuntime, "MALFORMED_CHARACTER_CODING",
                   fmt::format("`{}`: a character does not exist in {}", function, charset),
                   {{"function", "`" + function + "`"}, {"charset", charset}});
}

Status Encode(std::string* out, string_view text, string_view name) {
  ARROW_ASSIGN_OR_RAISE(const Charset charset, FindCharset("encode", name));
  if (charset == Charset::kUtf8) {
    out->append(text);
    return Status::OK();
  }
  if (charset == Charset::kUtf16) out->append("\xFE\xFF");
  for (size_t at = 0; at < text.size(); at += CharacterBytes(text[at])) {
    const uint32_t code = FirstCodePoint(text.substr(at));
    if (charset == Charset::kAscii || charset == Charset::kLatin1) {
      if (code >= (charset == Charset::kAscii ? 0x80U : 0x100U)) {
        return Unmappable("encode", std::string(name));
      }
      out->push_back(static_cast<char>(code));
      continue;
    }
    const bool little = charset == Charset::kUtf16Le;
    if (code >= 0x10000) {
      PutUnit(0xD800 + ((code - 0x10000) >> 10), little, out);
      PutUnit(0xDC00 + ((code - 0x10000) & 0x3FF), little, out);
    } else {
      PutUnit(code, little, out);
    }
  }
  return Status::OK();
}

Status Decode(std::string* out, string_view bytes, string_view name) {
  ARROW_ASSIGN_OR_RAISE(const Charset charset, FindCharset("decode", name));
  if (charset == Charset::kUtf8) {
    out->append(bytes);
    return Status::OK();
  }
  if (charset == Charset::kAscii || charset == Charset::kLatin1) {
    for (const char c : bytes) {
      const auto code = static_cast<unsigned char>(c);
      if (charset == Charset::kAscii && code >= 0x80) {
        return Unmappable("decode", std::string(name));
      }
      AppendCodePoint(code, out);
    }
    return Status::OK();
  }
  bool little = charset == Charset::kUtf16Le;
  if (charset == Charset::kUtf16 && bytes.size() >= 2) {
    little = bytes.starts_with("\xFF\xFE");
    if (little || bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
  }
  if (bytes.size() % 2 != 0) return Unmappable("decode", std::string(name));
  const auto unit = [&](size_t i) {
    const auto a = static_cast<unsigned char>(bytes[i]),
               b = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(little ? b << 8 | a : a << 8 | b);
  };
  for (size_t i = 0; i < bytes.size(); i += 2) {
    uint32_t code = unit(i);
    if (code >= 0xD800 && code < 0xDC00 && i + 3 < bytes.size()) {
      code = 0x10000 + ((code - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    }
    AppendCodePoint(code, out);
  }
  return Status::OK();
}

// decode(binary, charset), or decode(value, search, result, …[, default]).
Result<ExpressionPtr> BindDecode(Arguments arguments, const BindContext& context,
                                 const FunctionRegistry& registry) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("decode", arguments.size(), 2, kAnyNumber));
  if (arguments.size() > 2) {
    Arguments branches;
    size_t i = 1;
    for (; i + 1 < arguments.size(); i += 2) {
      ARROW_ASSIGN_OR_RAISE(auto equal,
                            registry.Call("<=>", {arguments[0], arguments[i]}, context));
      branches.push_back(std::move(equal));
      branches.push_back(arguments[i + 1]);
    }
    if (i < arguments.size()) branches.push_back(arguments[i]);
    return registry.Call("when", std::move(branches), context);
  }
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("decode", 0, arguments[0], arrow::binary(), context));
  ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce("decode", 1, arguments[1], arrow::utf8(), context));
  const bool nullable = AnyNullable(arguments);
  return MakeCall("decode", arrow::utf8(), nullable, std::move(arguments),
                  RowKernel<std::string, string_view, string_view>(arrow::utf8(), Decode));
}

void Soundex(std::string* out, string_view text) {
  // Codes of A to Z; '7' is passed over without ending a run, '0' ends it.
  static constexpr char kCodes[] = "01230127022455012623017202";
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
               ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
               : '\0';
  };
  if (text.empty() || letter(text[0]) == '\0') {
    out->append(text);
    return;
  }
  std::string code(1, letter(text[0]));
  char last = kCodes[code[0] - 'A'];
  for (size_t i = 1; i < text.size() && code.size() < 4; ++i) {
    const char c = letter(text[i]);
    if (c == '\0') {
      last = '0';
      continue;
    }
    const char digit = kCodes[c - 'A'];
    if (digit == '7') continue;
    if (digit != '0' && digit != last) code.push_back(digit);
    last = digit;
  }
  code.resize(4, '0');
  out->append(code);
}

std::vector<uint32_t> CodePoints(string_view text) {
  std::vector<uint32_t> codes;
  for (size_t at = 0; at < text.size(); at += CharacterBytes(text[at])) {
    codes.push_back(FirstCodePoint(text.substr(at)));
  }
  return codes;
}

int32_t Levenshtein(string_view left, string_view right) {
  const auto a = CodePoints(left), b = CodePoints(right);
  std::vector<int32_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int32_t>(j);
  for (size_t i = 0; i < a.size(); ++i) {
    int32_t diagonal = row[0];
    row[0] = static_cast<int32_t>(i) + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const int32_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

void UrlEncode(std::string* out, string_view text) {
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if ((code < 0x80 && std::isalnum(code)) || c == '.' || c == '-' || c == '*' || c == '_') {
      out->push_back(c);
    } else if (c == ' ') {
      out->push_back('+');
    } else {
      fmt::format_to(std::back_inserter(*out), "%{:02X}", code);
    }
  }
}

bool UrlDecode(string_view text, std::string* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out->push_back(' ');
    } else if (text[i] == '%') {
      if (i + 2 >= text.size() || !std::isxdigit(static_cast<unsigned char>(text[i + 1])) ||
          !std::isxdigit(static_cast<unsigned char>(text[i + 2]))) {
        return false;
      }
      out->push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    } else {
      out->push_back(text[i]);
    }
  }
  return true;
}

int32_t FindInSet(string_view word, string_view list) {
  if (word.find(',') != string_view::npos) return 0;
  int32_t position = 1;
  while (true) {
    const size_t comma = list.find(',');
    if (list.substr(0, comma) == word) return position;
    if (comma == string_view::npos) return 0;
    list.remove_prefix(comma + 1);
    ++position;
  }
}

}  // namespace

void RegisterEncodingFunctions(FunctionRegistry* registry) {
  const DataTypePtr text = arrow::utf8();
  AddSimple(registry, {"base64"},
            {"base64(binary) -> string", "The bytes in base64.", "base64('Spark SQL')"},
            {arrow::binary()}, text,
            RowKernel<std::string, string_view>(
                text, [](std::string* out, string_view bytes) { EncodeBase64(bytes, out); }));
  AddSimple(registry, {"unbase64"},
            {"unbase64(text) -> binary", "The bytes of a text in base64.",
             "decode(unbase64('U3BhcmsgU1FM'), 'UTF-8')"},
            {text}, arrow::binary(),
            RowKernel<std::string, string_view>(
                arrow::binary(), [](std::string* out, string_view encoded) -> Status {
                  return DecodeMimeBase64(encoded, out) ? Status::OK() : NotBase64(encoded);
                }));
  AddSimple(registry, {"encode"},
            {"encode(text, charset) -> binary", "The text's bytes in a character set.",
             "hex(encode('abc', 'UTF-16BE'))"},
            {text, text}, arrow::binary(),
            RowKernel<std::string, string_view, string_view>(arrow::binary(), Encode));
  ScalarFunction decode;
  decode.names = {"decode"};
  decode.documentation = {"decode(binary, charset) -> string",
                          "The text of bytes in a character set.",
                          "decode(encode('abc', 'UTF-8'), 'UTF-8')"};
  decode.bind = [registry](Arguments arguments, const BindContext& context) {
    return BindDecode(std::move(arguments), context, *registry);
  };
  registry->Add(std::move(decode));
  AddSimple(registry, {"soundex"},
            {"soundex(text) -> string", "The Soundex code.", "soundex('Miller')"}, {text}, text,
            RowKernel<std::string, string_view>(text, Soundex));
  FixedFunction levenshtein;
  levenshtein.names = {"levenshtein"};
  levenshtein.documentation = {"levenshtein(a, b[, threshold]) -> int",
                               "How many changes make a into b; -1 above the threshold.",
                               "levenshtein('kitten', 'sitting')"};
  levenshtein.parameters = {text, text, arrow::int32()};
  levenshtein.required = 2;
  levenshtein.result = arrow::int32();
  levenshtein.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 2) {
      return RowKernel<int32_t, string_view, string_view>(
          arrow::int32(),
          [](int32_t* out, string_view a, string_view b) { *out = Levenshtein(a, b); });
    }
    return RowKernel<int32_t, string_view, string_view, int32_t>(
        arrow::int32(), [](int32_t* out, string_view a, string_view b, int32_t threshold) {
          *out = Levenshtein(a, b);
          if (*out > threshold) *out = -1;
        });
  };
  AddFixed(registry, std::move(levenshtein));
  AddSimple(registry, {"find_in_set"},
            {"find_in_set(word, list) -> int",
             "Position of a word in a list with commas, from 1; 0: absent.",
             "find_in_set('ab', 'abc,b,ab,c,def')"},
            {text, text}, arrow::int32(),
            RowKernel<int32_t, string_view, string_view>(
                arrow::int32(), [](int32_t* out, string_view word, string_view list) {
                  *out = FindInSet(word, list);
                }));
  AddSimple(registry, {"url_encode"},
            {"url_encode(text) -> string", "The text as application/x-www-form-urlencoded.",
             "url_encode('https://spark.apache.org')"},
            {text}, text, RowKernel<std::string, string_view>(text, UrlEncode));
  AddSimple(registry, {"url_decode"},
            {"url_decode(text) -> string", "The text of its encoded form.",
             "url_decode('https%3A%2F%2Fspark.apache.org')"},
            {text}, text,
            RowKernel<std::string, string_view>(
                text, [](std::string* out, string_view encoded) -> Status {
                  if (UrlDecode(encoded, out)) return Status::OK();
                  return MakeError(ErrorKind::kIllegalArgument, "CANNOT_DECODE_URL",
                                   fmt::format("`url_decode`: '{}' has a % that two hexadecimal "
                                               "digits do not follow; use `try_url_decode`",
                                               encoded.substr(0, 100)),
                                   {{"url", std::string(encoded)}});
                }));
  AddSimple(
      registry, {"try_url_decode"},
      {"try_url_decode(text) -> string", "The text of its encoded form, or null.",
       "try_url_decode('https%3A%2F%2Fspark.apache.org')"},
      {text}, text,
      RowKernel<std::string, string_view>(
          text, [](std::string* out, string_view encoded) { return UrlDecode(encoded, out); }),
      NullBehaviour::kCustom);
}

}  // namespace headrace

// is_valid_utf8, make_valid_utf8, validate_utf8, try_validate_utf8.
#include <fmt/format.h>

#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/format_topics.h"

namespace headrace {
namespace {

using std::string_view;

// How many bytes at the start of `text` are one character, or the longest start of one; `whole`
// tells which of the two. At least 1; the table of well-formed sequences is Unicode's 3-7.
size_t CharacterOrStart(string_view text, bool* whole) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  *whole = first < 0x80;
  if (*whole) return 1;
  const size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                        : (first & 0xF0) == 0xE0         ? 3
                        : first >= 0xF0 && first <= 0xF4 ? 4
                                                         : 1;
  // The range of the second byte keeps out surrogates, overlong forms and what lies above U+10FFFF.
  const unsigned char least = first == 0xE0 ? 0xA0 : (first == 0xF0 ? 0x90 : 0x80);
  const unsigned char most = first == 0xED ? 0x9F : (first == 0xF4 ? 0x8F : 0xBF);
  for (size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < (i == 1 ? least : 0x80) || byte(i) > (i == 1 ? most : 0xBF)) {
      return i;
    }
  }
  *whole = length > 1;
  return length;
}

bool IsValidUtf8(string_view text) {
  bool whole = true;
  while (!text.empty() && whole) text.remove_prefix(CharacterOrStart(text, &whole));
  return whole;
}

// What is no character becomes U+FFFD.
void MakeValidUtf8(std::string* out, string_view text) {
  while (!text.empty()) {
    bool whole = false;
    const size_t length = CharacterOrStart(text, &whole);
    out->append(whole ? text.substr(0, length) : string_view("\xEF\xBF\xBD"));
    text.remove_prefix(length);
  }
}

Status InvalidUtf8(string_view text) {
  std::string bytes;
  for (const char c : text.substr(0, 100)) {
    bytes += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  }
  return IllegalArgument("INVALID_UTF8_STRING",
                         fmt::format("the text is not valid UTF-8: {}; make_valid_utf8 replaces "
                                     "what is wrong, try_validate_utf8 gives null",
                                     bytes),
                         {{"str", bytes}});
}

void Add(FunctionRegistry* registry, const std::string& name, const DataTypePtr& type,
         const std::string& description, ScalarKernel kernel) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = {name + "(string) -> " + SimpleString(*type), description,
                            name + "('Spark')"};
  function.nulls = NullBehaviour::kCustom;
  function.bind = [name, type, kernel](Arguments arguments,
                                       const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::utf8(), context));
    return MakeCall(name, type, true, std::move(arguments), kernel);
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterUtf8Functions(FunctionRegistry* registry) {
  Add(registry, "is_valid_utf8", arrow::boolean(), "Whether a text is valid UTF-8.",
      RowKernel<bool, string_view>(arrow::boolean(),
                                   [](bool* out, string_view text) { *out = IsValidUtf8(text); }));
  Add(registry, "make_valid_utf8", arrow::utf8(),
      "The text, with U+FFFD for what is not valid UTF-8.",
      RowKernel<std::string, string_view>(arrow::utf8(), MakeValidUtf8));
  Add(registry, "validate_utf8", arrow::utf8(), "The text; an error if it is not valid UTF-8.",
      RowKernel<std::string, string_view>(arrow::utf8(),
                                          [](std::string* out, string_view text) -> Status {
                                            if (!IsValidUtf8(text)) return InvalidUtf8(text);
                                            out->append(text);
                                            return Status::OK();
                                          }));
  Add(registry, "try_validate_utf8", arrow::utf8(), "The text; null if it is not valid UTF-8.",
      RowKernel<std::string, string_view>(arrow::utf8(), [](std::string* out, string_view text) {
        if (!IsValidUtf8(text)) return false;
        out->append(text);
        return true;
      }));
}

}  // namespace headrace

// upper, lower, initcap, length and other functions of single characters.
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/characters.h"
#include "functions/string/string_topics.h"

namespace headrace {
namespace {

using std::string_view;

void Upper(std::string* out, string_view text) { AppendUpper(text, out); }
void Lower(std::string* out, string_view text) { AppendLower(text, out); }

// Words are separated by spaces only.
void InitCap(std::string* out, string_view text) {
  size_t at = 0;
  bool first = true;
  while (at < text.size()) {
    const string_view character = text.substr(at, CharacterBytes(text[at]));
    if (first) {
      AppendTitle(character, out);
    } else {
      AppendLower(character, out);
    }
    first = character == " ";
    at += character.size();
  }
}

int32_t BinaryLength(string_view bytes) { return static_cast<int32_t>(bytes.size()); }

void AddLength(FunctionRegistry* registry, std::vector<std::string> names,
               FunctionDocumentation documentation, int32_t (*of_text)(string_view),
               int32_t (*of_bytes)(string_view)) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.bind = [name = function.names.front(), of_text, of_bytes](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
    const bool binary = arguments[0]->type()->id() == arrow::Type::BINARY;
    if (!binary) {
      ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::utf8(), context));
    }
    auto measure = binary ? of_bytes : of_text;
    const bool nullable = AnyNullable(arguments);
    return MakeCall(
        name, arrow::int32(), nullable, std::move(arguments),
        RowKernel<int32_t, string_view>(
            arrow::int32(), [measure](int32_t* out, string_view value) { *out = measure(value); }));
  };
  registry->Add(std::move(function));
}

int32_t Ascii(string_view text) {
  return text.empty() ? 0 : static_cast<int32_t>(FirstCodePoint(text));
}

}  // namespace

void RegisterCaseFunctions(FunctionRegistry* registry) {
  const DataTypePtr text = arrow::utf8();
  AddSimple(registry, {"upper", "ucase"},
            {"upper(text) -> string", "The text in upper case.", "upper('Spark')"}, {text}, text,
            RowKernel<std::string, string_view>(text, Upper));
  AddSimple(registry, {"lower", "lcase"},
            {"lower(text) -> string", "The text in lower case.", "lower('Spark')"}, {text}, text,
            RowKernel<std::string, string_view>(text, Lower));
  AddSimple(registry, {"initcap"},
            {"initcap(text) -> string", "Each word with a capital first letter.",
             "initcap('heLLo wOrld')"},
            {text}, text, RowKernel<std::string, string_view>(text, InitCap));
  AddLength(registry, {"length", "char_length", "character_length", "len"},
            {"length(text or binary) -> int", "How many characters, or bytes of a binary.",
             "length('Spark')"},
            CountCharacters, BinaryLength);
  AddLength(registry, {"octet_length"},
            {"octet_length(text or binary) -> int", "How many bytes.", "octet_length('Spark')"},
            BinaryLength, BinaryLength);
  AddLength(
      registry, {"bit_length"},
      {"bit_length(text or binary) -> int", "How many bits.", "bit_length('Spark')"},
      [](string_view value) { return BinaryLength(value) * 8; },
      [](string_view value) { return BinaryLength(value) * 8; });
  AddSimple(
      registry, {"ascii"},
      {"ascii(text) -> int", "The code point of the first character; 0 for ''.", "ascii('222')"},
      {text}, arrow::int32(),
      RowKernel<int32_t, string_view>(
          arrow::int32(), [](int32_t* out, string_view value) { *out = Ascii(value); }));
  AddSimple(registry, {"chr", "char"},
            {"chr(number) -> string", "The character of a code (modulo 256).", "chr(65)"},
            {arrow::int64()}, text,
            RowKernel<std::string, int64_t>(text, [](std::string* out, int64_t code) {
              if (code >= 0) AppendCodePoint(static_cast<uint32_t>(code & 0xFF), out);
            }));
}

}  // namespace headrace

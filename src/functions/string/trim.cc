// trim, ltrim, rtrim, btrim, lpad, rpad.
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/characters.h"
#include "functions/string/string_topics.h"

namespace headrace {
namespace {

using std::string_view;

bool HasCharacter(string_view set, string_view character) {
  return set.find(character) != string_view::npos;
}

string_view TrimLeft(string_view text, string_view set) {
  while (!text.empty()) {
    const string_view first = text.substr(0, CharacterBytes(text[0]));
    if (!HasCharacter(set, first)) break;
    text.remove_prefix(first.size());
  }
  return text;
}

string_view TrimRight(string_view text, string_view set) {
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && IsContinuation(text[start])) --start;
    if (!HasCharacter(set, text.substr(start))) break;
    text = text.substr(0, start);
  }
  return text;
}

// trim(text), or trim(characters, text) as Spark has it; btrim(text, characters).
void AddTrim(FunctionRegistry* registry, const std::string& name, bool left, bool right,
             const std::string& word, FunctionDocumentation documentation) {
  const bool characters_first = !word.empty();
  FixedFunction trim;
  trim.names = {name};
  trim.documentation = std::move(documentation);
  trim.parameters = {arrow::utf8(), arrow::utf8()};
  trim.required = 1;
  trim.result = arrow::utf8();
  trim.make = [left, right, characters_first](Arguments* arguments,
                                              const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 1) {
      arguments->push_back(MakeLiteral(std::make_shared<arrow::StringScalar>(" ")));
    } else if (characters_first) {
      std::swap((*arguments)[0], (*arguments)[1]);
    }
    return RowKernel<std::string, string_view, string_view>(
        arrow::utf8(), [left, right](std::string* out, string_view text, string_view set) {
          if (left) text = TrimLeft(text, set);
          if (right) text = TrimRight(text, set);
          out->append(text);
        });
  };
  if (characters_first) {
    trim.display = [name, word](const std::vector<std::string>& arguments) {
      if (arguments.size() != 2) return CallText(name, arguments);
      return "TRIM(" + word + " " + arguments[0] + " FROM " + arguments[1] + ")";
    };
  }
  AddFixed(registry, std::move(trim));
}

void Pad(std::string* out, string_view text, int32_t length, string_view pad, bool left,
         bool binary) {
  const auto count = [binary](string_view value) {
    return binary ? static_cast<int64_t>(value.size()) : CountCharacters(value);
  };
  const auto cut = [binary](string_view value, int64_t units) {
    return binary ? value.substr(0, static_cast<size_t>(units))
                  : value.substr(0, CharacterOffset(value, units));
  };
  if (length <= 0) return;
  const int64_t size = count(text);
  if (size >= length || pad.empty()) {
    out->append(size > length ? cut(text, length) : text);
    return;
  }
  if (!left) out->append(text);
  int64_t missing = length - size;
  const int64_t pad_size = count(pad);
  for (; missing >= pad_size; missing -= pad_size) out->append(pad);
  out->append(cut(pad, missing));
  if (left) out->append(text);
}

void AddPad(FunctionRegistry* registry, const std::string& name, bool left,
            FunctionDocumentation documentation) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.display = [name](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 2) shown.push_back(" ");
    return CallText(name, shown);
  };
  function.bind = [name, left](Arguments arguments,
                               const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 3));
    const bool binary = arguments[0]->type()->id() == arrow::Type::BINARY;
    const DataTypePtr type = binary ? arrow::binary() : arrow::utf8();
    if (arguments.size() == 2) {
      ARROW_ASSIGN_OR_RAISE(
          auto pad,
          arrow::MakeScalar(type, arrow::Buffer::FromString(binary ? std::string(1, '\0') : " ")));
      arguments.push_back(MakeLiteral(std::move(pad)));
    }
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], type, context));
    ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::int32(), context));
    ARROW_ASSIGN_OR_RAISE(arguments[2], Coerce(name, 2, arguments[2], type, context));
    const bool nullable = AnyNullable(arguments);
    return MakeCall(
        name, type, nullable, std::move(arguments),
        RowKernel<std::string, string_view, int32_t, string_view>(
            type, [left, binary](std::string* out, string_view text, int32_t length,
                                 string_view pad) { Pad(out, text, length, pad, left, binary); }));
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterTrimFunctions(FunctionRegistry* registry) {
  AddTrim(registry, "trim", true, true, "BOTH",
          {"trim([characters, ]text) -> string", "The text without spaces at both ends.",
           "trim('  a b ')"});
  AddTrim(registry, "btrim", true, true, "",
          {"btrim(text[, characters]) -> string",
           "The text without the given characters at both ends.", "btrim('xxaxx', 'x')"});
  AddTrim(registry, "ltrim", true, false, "LEADING",
          {"ltrim([characters, ]text) -> string", "The text without spaces at the start.",
           "ltrim('  a ')"});
  AddTrim(registry, "rtrim", false, true, "TRAILING",
          {"rtrim([characters, ]text) -> string", "The text without spaces at the end.",
           "rtrim(' a  ')"});
  AddPad(registry, "lpad", true,
         {"lpad(text, length[, pad]) -> string",
          "The text padded on the left, or cut, to a length.", "lpad('hi', 5, '?')"});
  AddPad(registry, "rpad", false,
         {"rpad(text, length[, pad]) -> string",
          "The text padded on the right, or cut, to a length.", "rpad('hi', 5, '?')"});
}

}  // namespace headrace

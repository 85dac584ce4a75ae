// substring, left, right, instr, locate, replace, translate, overlay, repeat.
#include <limits>
#include <unordered_map>

#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/characters.h"
#include "functions/string/string_topics.h"

namespace headrace {
namespace {

using std::string_view;

Result<ExpressionPtr> BindSubstring(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("substring", arguments.size(), 2, 3));
  const bool binary = arguments[0]->type()->id() == arrow::Type::BINARY;
  const DataTypePtr type = binary ? arrow::binary() : arrow::utf8();
  if (arguments.size() == 2) {
    arguments.push_back(
        MakeLiteral(std::make_shared<arrow::Int32Scalar>(std::numeric_limits<int32_t>::max())));
  }
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("substring", 0, arguments[0], type, context));
  for (int i : {1, 2}) {
    ARROW_ASSIGN_OR_RAISE(arguments[i],
                          Coerce("substring", i, arguments[i], arrow::int32(), context));
  }
  auto cut = binary ? BinarySubstringOf : SubstringOf;
  const bool nullable = AnyNullable(arguments);
  return MakeCall("substring", type, nullable, std::move(arguments),
                  RowKernel<std::string, string_view, int32_t, int32_t>(
                      type, [cut](std::string* out, string_view text, int32_t position,
                                  int32_t length) { out->append(cut(text, position, length)); }));
}

// 1-based character position of the first occurrence at or after `start`; 0: none.
int32_t Locate(string_view part, string_view text, int32_t start) {
  if (start < 1) return 0;
  if (part.empty()) return 1;
  const size_t from = CharacterOffset(text, start - 1);
  if (start - 1 > CountCharacters(text)) return 0;
  const size_t found = text.find(part, from);
  return found == string_view::npos ? 0 : CountCharacters(text.substr(0, found)) + 1;
}

void Replace(std::string* out, string_view text, string_view search, string_view replacement) {
  if (search.empty()) {
    out->append(text);
    return;
  }
  size_t at = 0;
  while (true) {
    const size_t found = text.find(search, at);
    if (found == string_view::npos) break;
    out->append(text.substr(at, found - at));
    out->append(replacement);
    at = found + search.size();
  }
  out->append(text.substr(at));
}

// Characters of `from` become those of `to` at the same place, or vanish.
struct Translate {
  void operator()(std::string* out, string_view text, string_view from, string_view to) {
    if (!ready || from != last_from || to != last_to) Prepare(from, to);
    for (size_t at = 0; at < text.size();) {
      const string_view character = text.substr(at, CharacterBytes(text[at]));
      auto found = table.find(std::string(character));
      out->append(found == table.end() ? character : string_view(found->second));
      at += character.size();
    }
  }

  void Prepare(string_view from, string_view to) {
    ready = true;
    last_from = std::string(from);
    last_to = std::string(to);
    table.clear();
    while (!from.empty()) {
      const string_view source = from.substr(0, CharacterBytes(from[0]));
      const string_view target = to.empty() ? to : to.substr(0, CharacterBytes(to[0]));
      table.try_emplace(std::string(source), target);
      from.remove_prefix(source.size());
      to.remove_prefix(target.size());
    }
  }

  bool ready = false;
  std::string last_from, last_to;
  std::unordered_map<std::string, std::string> table;
};

void Repeat(std::string* out, string_view text, int32_t times) {
  for (int32_t i = 0; i < times; ++i) out->append(text);
}

void Overlay(std::string* out, string_view text, string_view replacement, int32_t position,
             int32_t length) {
  if (length < 0) length = CountCharacters(replacement);
  out->append(SubstringOf(text, 1, position - 1));
  out->append(replacement);
  out->append(SubstringOf(text, static_cast<int64_t>(position) + length,
                          std::numeric_limits<int32_t>::max()));
}

}  // namespace

void RegisterSubstringFunctions(FunctionRegistry* registry) {
  const DataTypePtr text = arrow::utf8(), number = arrow::int32();
  ScalarFunction substring;
  substring.names = {"substring", "substr"};
  substring.documentation = {"substring(text, position[, length]) -> string",
                             "Part of a text or binary, from a position that counts from 1, or "
                             "from -1 backwards.",
                             "substring('Spark SQL', 5, 1)"};
  substring.display = [](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 2) shown.push_back("2147483647");
    return CallText("substring", shown);
  };
  substring.bind = BindSubstring;
  registry->Add(std::move(substring));

  AddSimple(registry, {"left"},
            {"left(text, length) -> string", "The first characters.", "left('Spark SQL', 3)"},
            {text, number}, text,
            RowKernel<std::string, string_view, int32_t>(
                text, [](std::string* out, string_view value, int32_t length) {
                  out->append(SubstringOf(value, 1, std::max(length, 0)));
                }));
  AddSimple(registry, {"right"},
            {"right(text, length) -> string", "The last characters.", "right('Spark SQL', 3)"},
            {text, number}, text,
            RowKernel<std::string, string_view, int32_t>(
                text, [](std::string* out, string_view value, int32_t length) {
                  if (length <= 0) return;
                  out->append(SubstringOf(value, -static_cast<int64_t>(length),
                                          std::numeric_limits<int32_t>::max()));
                }));
  AddSimple(registry, {"instr"},
            {"instr(text, part) -> int", "Position of the part in the text, from 1; 0: absent.",
             "instr('SparkSQL', 'SQL')"},
            {text, text}, number,
            RowKernel<int32_t, string_view, string_view>(
                number, [](int32_t* out, string_view value, string_view part) {
                  *out = Locate(part, value, 1);
                }));
  FixedFunction locate;
  locate.names = {"locate", "position", "charindex"};
  locate.documentation = {"locate(part, text[, start]) -> int",
                          "Position of the part in the text at or after start, from 1; 0: absent.",
                          "locate('bar', 'foobarbar', 5)"};
  locate.parameters = {text, text, number};
  locate.required = 2;
  locate.result = number;
  locate.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 2) {
      arguments->push_back(MakeLiteral(std::make_shared<arrow::Int32Scalar>(1)));
    }
    return RowKernel<int32_t, string_view, string_view, int32_t>(
        arrow::int32(), [](int32_t* out, string_view part, string_view value, int32_t start) {
          *out = Locate(part, value, start);
        });
  };
  locate.display = [](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 2) shown.push_back("1");
    return CallText("locate", shown);
  };
  AddFixed(registry, std::move(locate));

  FixedFunction replace;
  replace.names = {"replace"};
  replace.documentation = {"replace(text, search[, replacement]) -> string",
                           "The text with every occurrence of a part replaced.",
                           "replace('ABCabc', 'abc', 'DEF')"};
  replace.parameters = {text, text, text};
  replace.required = 2;
  replace.result = text;
  replace.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 2) {
      arguments->push_back(MakeLiteral(std::make_shared<arrow::StringScalar>("")));
    }
    return RowKernel<std::string, string_view, string_view, string_view>(arrow::utf8(), Replace);
  };
  replace.display = [](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 2) shown.push_back("");
    return CallText("replace", shown);
  };
  AddFixed(registry, std::move(replace));

  AddSimple(registry, {"translate"},
            {"translate(text, from, to) -> string",
             "Characters of `from` replaced by those of `to`; surplus ones are removed.",
             "translate('AaBbCc', 'abc', '123')"},
            {text, text, text}, text,
            RowKernel<std::string, string_view, string_view, string_view>(text, Translate{}));
  AddSimple(registry, {"repeat"},
            {"repeat(text, times) -> string", "The text several times.", "repeat('123', 2)"},
            {text, number}, text, RowKernel<std::string, string_view, int32_t>(text, Repeat));

  FixedFunction overlay;
  overlay.names = {"overlay"};
  overlay.documentation = {"overlay(text, replacement, position[, length]) -> string",
                           "The text with a part replaced.", "overlay('Spark SQL', '_', 6)"};
  overlay.parameters = {text, text, number, number};
  overlay.required = 3;
  overlay.result = text;
  overlay.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 3) {
      arguments->push_back(MakeLiteral(std::make_shared<arrow::Int32Scalar>(-1)));
    }
    return RowKernel<std::string, string_view, string_view, int32_t, int32_t>(arrow::utf8(),
                                                                              Overlay);
  };
  overlay.display = [](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 3) shown.push_back("-1");
    return CallText("overlay", shown);
  };
  AddFixed(registry, std::move(overlay));
}

}  // namespace headrace

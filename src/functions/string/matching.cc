// like, ilike, rlike, contains, startswith, endswith.
#include <fmt/format.h>

#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/regex.h"
#include "functions/string/string_topics.h"

namespace headrace {
namespace {

using std::string_view;

// LIKE patterns whose only wildcards are % at the ends need no regular expression.
struct SimpleLike {
  std::string text;
  bool open_start = false, open_end = false;

  static std::optional<SimpleLike> From(const std::string& pattern, char escape) {
    if (pattern.find(escape) != std::string::npos || pattern.find('_') != std::string::npos) {
      return std::nullopt;
    }
    SimpleLike like;
    string_view rest = pattern;
    if (rest.starts_with('%')) {
      like.open_start = true;
      rest.remove_prefix(1);
    }
    if (rest.ends_with('%')) {
      like.open_end = true;
      rest.remove_suffix(1);
    }
    if (rest.find('%') != string_view::npos) return std::nullopt;
    like.text = std::string(rest);
    return like;
  }

  bool Matches(string_view value) const {
    if (open_start && open_end) return value.find(text) != string_view::npos;
    if (open_start) return value.ends_with(text);
    if (open_end) return value.starts_with(text);
    return value == text;
  }
};

Result<ScalarKernel> LikeKernel(const Arguments& arguments, bool ignore_case) {
  char escape = '\\';
  if (arguments.size() == 3) {
    ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(*arguments[2]));
    if (!text || text->size() != 1) {
      return AnalysisError("INVALID_ESCAPE_CHAR",
                           "the escape of LIKE must be a string literal of one character",
                           {{"sqlExpr", "\"" + arguments[2]->ToString() + "\""}});
    }
    escape = text->front();
  }
  ARROW_ASSIGN_OR_RAISE(auto constant, ConstantText(*arguments[1]));
  if (constant) {
    if (auto simple = SimpleLike::From(*constant, escape); simple && !ignore_case) {
      return RowKernel<bool, string_view, string_view>(
          arrow::boolean(), [like = *simple](bool* out, string_view value, string_view) {
            *out = like.Matches(value);
          });
    }
    ARROW_ASSIGN_OR_RAISE(std::string regex_text, LikeToRegex(*constant, escape));
    ARROW_ASSIGN_OR_RAISE(RegexPtr regex, CompileRegex("like", regex_text, ignore_case));
    return RowKernel<bool, string_view, string_view>(
        arrow::boolean(), [regex](bool* out, string_view value, string_view) {
          *out = re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *regex);
        });
  }
  return RowKernel<bool, string_view, string_view>(
      arrow::boolean(),
      [escape, ignore_case, last = std::string(), regex = RegexPtr()](
          bool* out, string_view value, string_view pattern) mutable -> Status {
        if (regex == nullptr || pattern != last) {
          last = std::string(pattern);
          ARROW_ASSIGN_OR_RAISE(std::string text, LikeToRegex(last, escape));
          ARROW_ASSIGN_OR_RAISE(regex, CompileRegex("like", text, ignore_case));
        }
        *out = re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *regex);
        return Status::OK();
      });
}

void AddLike(FunctionRegistry* registry, const std::string& name, bool ignore_case) {
  FixedFunction like;
  like.names = {name};
  like.documentation = {"a " + name + " pattern -> boolean",
                        ignore_case ? "Whether a matches a pattern of % and _, in any case."
                                    : "Whether a matches a pattern of % and _.",
                        "'abc' " + name + " 'a%'"};
  like.parameters = {arrow::utf8(), arrow::utf8(), arrow::utf8()};
  like.required = 2;
  like.result = arrow::boolean();
  like.make = [ignore_case](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    ARROW_ASSIGN_OR_RAISE(ScalarKernel kernel, LikeKernel(*arguments, ignore_case));
    if (arguments->size() == 3) arguments->pop_back();
    return kernel;
  };
  like.display = [name, ignore_case](const std::vector<std::string>& arguments) {
    if (ignore_case) return CallText("ilike", {arguments[0], arguments[1]});
    std::string text = arguments[0] + " LIKE " + arguments[1];
    if (arguments.size() == 3) text += " ESCAPE '" + arguments[2] + "'";
    return text;
  };
  AddFixed(registry, std::move(like));
}

template <typename Test>
void AddSubstringTest(FunctionRegistry* registry, const std::string& name,
                      FunctionDocumentation documentation, Test test) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.bind = [name, test](Arguments arguments,
                               const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
    const bool binary = arguments[0]->type()->id() == arrow::Type::BINARY &&
                        arguments[1]->type()->id() == arrow::Type::BINARY;
    for (int i = 0; i < 2 && !binary; ++i) {
      ARROW_ASSIGN_OR_RAISE(arguments[i], Coerce(name, i, arguments[i], arrow::utf8(), context));
    }
    const bool nullable = AnyNullable(arguments);
    return MakeCall(name, arrow::boolean(), nullable, std::move(arguments),
                    RowKernel<bool, string_view, string_view>(
                        arrow::boolean(), [test](bool* out, string_view value, string_view part) {
                          *out = test(value, part);
                        }));
  };
  registry->Add(std::move(function));
}

void AddRegexMatch(FunctionRegistry* registry, std::vector<std::string> names,
                   DisplayName display) {
  FixedFunction function;
  function.names = std::move(names);
  function.documentation = {function.names.front() + "(text, regexp) -> boolean",
                            "Whether a regular expression matches somewhere in the text.",
                            function.names.front() + "('abc', 'b.')"};
  function.parameters = {arrow::utf8(), arrow::utf8()};
  function.result = arrow::boolean();
  function.display = std::move(display);
  function.make = [name = function.names.front()](Arguments* arguments,
                                                  const BindContext&) -> Result<ScalarKernel> {
    RegexPtr constant;
    ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(*(*arguments)[1]));
    if (text) {
      ARROW_ASSIGN_OR_RAISE(constant, CompileRegex(name, *text));
    }
    return RowKernel<bool, string_view, string_view>(
        arrow::boolean(),
        [cache = RegexCache(name, constant)](bool* out, string_view value,
                                             string_view pattern) mutable -> Status {
          ARROW_ASSIGN_OR_RAISE(const re2::RE2* regex, cache.Find(pattern));
          *out = re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *regex);
          return Status::OK();
        });
  };
  AddFixed(registry, std::move(function));
}

}  // namespace

void RegisterMatchingFunctions(FunctionRegistry* registry) {
  AddLike(registry, "like", false);
  AddLike(registry, "ilike", true);
  AddRegexMatch(registry, {"rlike"}, DisplayAs("RLIKE"));
  AddRegexMatch(registry, {"regexp"}, DisplayAs("REGEXP"));
  AddRegexMatch(registry, {"regexp_like"}, DisplayAs("REGEXP_LIKE"));
  AddSubstringTest(
      registry, "contains",
      {"contains(text, part) -> boolean", "Whether the text contains the part.",
       "contains('Spark', 'park')"},
      [](string_view value, string_view part) { return value.find(part) != string_view::npos; });
  AddSubstringTest(registry, "startswith",
                   {"startswith(text, part) -> boolean", "Whether the text begins with the part.",
                    "startswith('Spark', 'Sp')"},
                   [](string_view value, string_view part) { return value.starts_with(part); });
  AddSubstringTest(registry, "endswith",
                   {"endswith(text, part) -> boolean", "Whether the text ends with the part.",
                    "endswith('Spark', 'rk')"},
                   [](string_view value, string_view part) { return value.ends_with(part); });
}

}  // namespace headrace

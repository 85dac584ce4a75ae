// regexp_extract, regexp_extract_all, regexp_replace, regexp_count, regexp_substr, regexp_instr.
#include <fmt/format.h>

#include "functions/ansi_errors.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/characters.h"
#include "functions/string/regex.h"
#include "functions/string/string_list.h"
#include "functions/string/string_topics.h"

namespace headrace {
namespace {

using std::string_view;

re2::StringPiece Piece(string_view text) { return {text.data(), text.size()}; }

// Calls f(groups) for each match, from left to right; f returns false to stop.
template <typename F>
void EachMatch(string_view text, const re2::RE2& regex, int groups, F f) {
  std::vector<re2::StringPiece> found(static_cast<size_t>(groups) + 1);
  size_t at = 0;
  while (at <= text.size() && regex.Match(Piece(text), at, text.size(), re2::RE2::UNANCHORED,
                                          found.data(), static_cast<int>(found.size()))) {
    if (!f(found)) return;
    const auto begin = static_cast<size_t>(found[0].data() - text.data());
    at = begin + found[0].size();
    if (found[0].empty()) {
      at += at < text.size() ? CharacterBytes(text[at]) : 1;
    }
  }
}

Status CheckGroup(const std::string& function, int32_t group, const re2::RE2& regex) {
  const int groups = regex.NumberOfCapturingGroups();
  if (group >= 0 && group <= groups) return Status::OK();
  return InvalidParameterValue(
      "REGEX_GROUP_INDEX", function, "idx",
      fmt::format("the pattern has the groups 0 to {}, but group {} is asked for", groups, group),
      {{"groupCount", std::to_string(groups)}, {"groupIndex", std::to_string(group)}});
}

Result<RegexCache> CacheFor(const std::string& function, const Expression& pattern) {
  RegexPtr constant;
  ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(pattern));
  if (text) {
    ARROW_ASSIGN_OR_RAISE(constant, CompileRegex(function, *text));
  }
  return RegexCache(function, std::move(constant));
}

ExpressionPtr Int(int32_t value) {
  return MakeLiteral(std::make_shared<arrow::Int32Scalar>(value));
}

DisplayName WithDefault(const std::string& name, size_t count, const std::string& value) {
  return [=](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() < count) shown.push_back(value);
    return CallText(name, shown);
  };
}

void AddExtract(FunctionRegistry* registry) {
  FixedFunction extract;
  extract.names = {"regexp_extract"};
  extract.documentation = {"regexp_extract(text, regexp[, group]) -> string",
                           "A group of the first match; '' when there is none.",
                           "regexp_extract('100-200', '(\\\\d+)-(\\\\d+)', 1)"};
  extract.parameters = {arrow::utf8(), arrow::utf8(), arrow::int32()};
  extract.required = 2;
  extract.result = arrow::utf8();
  extract.display = WithDefault("regexp_extract", 3, "1");
  extract.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 2) arguments->push_back(Int(1));
    ARROW_ASSIGN_OR_RAISE(RegexCache cache, CacheFor("regexp_extract", *(*arguments)[1]));
    return RowKernel<std::string, string_view, string_view, int32_t>(
        arrow::utf8(),
        [cache](std::string* out, string_view text, string_view pattern,
                int32_t group) mutable -> Status {
          ARROW_ASSIGN_OR_RAISE(const re2::RE2* regex, cache.Find(pattern));
          ARROW_RETURN_NOT_OK(CheckGroup("regexp_extract", group, *regex));
          EachMatch(text, *regex, group, [&](const std::vector<re2::StringPiece>& found) {
            const re2::StringPiece& part = found[static_cast<size_t>(group)];
            if (part.data() != nullptr) out->append(part.data(), part.size());
            return false;
          });
          return Status::OK();
        });
  };
  AddFixed(registry, std::move(extract));
}

void AddExtractAll(FunctionRegistry* registry) {
  FixedFunction extract;
  extract.names = {"regexp_extract_all"};
  extract.documentation = {"regexp_extract_all(text, regexp[, group]) -> array<string>",
                           "A group of every match.",
                           "regexp_extract_all('100-200, 300-400', '(\\\\d+)-(\\\\d+)', 1)"};
  extract.parameters = {arrow::utf8(), arrow::utf8(), arrow::int32()};
  extract.required = 2;
  extract.result = ArrayOf(arrow::utf8());
  extract.display = WithDefault("regexp_extract_all", 3, "1");
  extract.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 2) arguments->push_back(Int(1));
    ARROW_ASSIGN_OR_RAISE(RegexCache constant, CacheFor("regexp_extract_all", *(*arguments)[1]));
    return ColumnKernel(
        [constant](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
          ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, context.pool));
          RegexCache cache = constant;
          StringListWriter writer(columns.rows);
          const Reader<string_view> texts(columns[0]), patterns(columns[1]);
          const Reader<int32_t> groups(columns[2]);
          for (int64_t i = 0; i < columns.rows; ++i, writer.EndRow()) {
            if (!validity.IsValid(i)) continue;
            ARROW_ASSIGN_OR_RAISE(const re2::RE2* regex, cache.Find(patterns[i]));
            ARROW_RETURN_NOT_OK(CheckGroup("regexp_extract_all", groups[i], *regex));
            EachMatch(texts[i], *regex, groups[i], [&](const std::vector<re2::StringPiece>& found) {
              const re2::StringPiece& part = found[static_cast<size_t>(groups[i])];
              writer.Append(part.data() == nullptr ? string_view()
                                                   : string_view(part.data(), part.size()));
              return true;
            });
          }
          return writer.Finish(ArrayOf(arrow::utf8()), std::move(validity));
        });
  };
  AddFixed(registry, std::move(extract));
}

// Appends a replacement in which $1 and ${name} stand for groups and \ escapes.
Status AppendReplacement(string_view replacement, const std::vector<re2::StringPiece>& found,
                         const re2::RE2& regex, std::string* out) {
  const auto group = [&](int index) -> Status {
    if (index >= static_cast<int>(found.size())) {
      return MakeError(ErrorKind::kArrayIndex, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
                       fmt::format("`regexp_replace`: the replacement refers to group {}, but the "
                                   "pattern has {}",
                                   index, found.size() - 1),
                       {{"parameter", "`rep`"},
                        {"functionName", "`regexp_replace`"},
                        {"groupCount", std::to_string(found.size() - 1)},
                        {"groupIndex", std::to_string(index)}});
    }
    const re2::StringPiece& part = found[static_cast<size_t>(index)];
    if (part.data() != nullptr) out->append(part.data(), part.size());
    return Status::OK();
  };
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c == '\\' && i + 1 < replacement.size()) {
      out->push_back(replacement[++i]);
    } else if (c == '$' && i + 1 < replacement.size() &&
               std::isdigit(static_cast<unsigned char>(replacement[i + 1]))) {
      int index = replacement[++i] - '0';
      // More digits belong to the number as long as there is such a group.
      while (i + 1 < replacement.size() &&
             std::isdigit(static_cast<unsigned char>(replacement[i + 1])) &&
             index * 10 + (replacement[i + 1] - '0') < static_cast<int>(found.size())) {
        index = index * 10 + (replacement[++i] - '0');
      }
      ARROW_RETURN_NOT_OK(group(index));
    } else if (c == '$' && i + 1 < replacement.size() && replacement[i + 1] == '{') {
      const size_t end = std::min(replacement.find('}', i), replacement.size());
      const auto& names = regex.NamedCapturingGroups();
      const auto name = names.find(std::string(replacement.substr(i + 2, end - i - 2)));
      if (name == names.end()) {
        return InvalidParameterValue("PATTERN", "regexp_replace", "rep",
                                     "the replacement names a group that the pattern does not "
                                     "have");
      }
      ARROW_RETURN_NOT_OK(group(name->second));
      i = end;
    } else {
      out->push_back(c);
    }
  }
  return Status::OK();
}

void AddReplace(FunctionRegistry* registry) {
  FixedFunction replace;
  replace.names = {"regexp_replace"};
  replace.documentation = {"regexp_replace(text, regexp, replacement[, position]) -> string",
                           "The text with every match replaced; $1 stands for a group.",
                           "regexp_replace('100-200', '(\\\\d+)', 'num')"};
  replace.parameters = {arrow::utf8(), arrow::utf8(), arrow::utf8(), arrow::int32()};
  replace.required = 3;
  replace.result = arrow::utf8();
  replace.display = WithDefault("regexp_replace", 4, "1");
  replace.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 3) arguments->push_back(Int(1));
    ARROW_ASSIGN_OR_RAISE(RegexCache cache, CacheFor("regexp_replace", *(*arguments)[1]));
    return RowKernel<std::string, string_view, string_view, string_view, int32_t>(
        arrow::utf8(),
        [cache](std::string* out, string_view text, string_view pattern, string_view replacement,
                int32_t position) mutable -> Status {
          ARROW_ASSIGN_OR_RAISE(const re2::RE2* regex, cache.Find(pattern));
          const size_t start = CharacterOffset(text, position - 1);
          out->append(text.substr(0, start));
          const string_view rest = text.substr(start);
          size_t copied = 0;
          Status status;
          EachMatch(rest, *regex, regex->NumberOfCapturingGroups(),
                    [&](const std::vector<re2::StringPiece>& found) {
                      const auto begin = static_cast<size_t>(found[0].data() - rest.data());
                      out->append(rest.substr(copied, begin - copied));
                      copied = begin + found[0].size();
                      status = AppendReplacement(replacement, found, *regex, out);
                      return status.ok();
                    });
          out->append(rest.substr(copied));
          return status;
        });
  };
  AddFixed(registry, std::move(replace));
}

// The functions of a text and a pattern whose result follows from the matches.
template <typename Out, typename F>
void AddSearch(FunctionRegistry* registry, const std::string& name, DataTypePtr type,
               FunctionDocumentation documentation, NullBehaviour nulls, F f) {
  FixedFunction search;
  search.names = {name};
  search.documentation = std::move(documentation);
  search.parameters = {arrow::utf8(), arrow::utf8()};
  search.result = type;
  search.nulls = nulls;
  search.make = [name, type, f](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    ARROW_ASSIGN_OR_RAISE(RegexCache constant, CacheFor(name, *(*arguments)[1]));
    return ColumnKernel(
        [=](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
          ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, context.pool));
          ValidityWriter validity(std::move(combined), columns.rows, context.pool);
          Writer<Out> writer;
          ARROW_RETURN_NOT_OK(writer.Open(columns.rows, context.pool));
          RegexCache cache = constant;
          const Reader<string_view> texts(columns[0]), patterns(columns[1]);
          for (int64_t i = 0; i < columns.rows; ++i) {
            if (!validity.IsValid(i)) {
              writer.Null(i);
              continue;
            }
            ARROW_ASSIGN_OR_RAISE(const re2::RE2* regex, cache.Find(patterns[i]));
            if (!writer.Write(i, [&](Out* out) { return f(out, texts[i], *regex); })) {
              ARROW_RETURN_NOT_OK(validity.SetNull(i));
            }
          }
          return writer.Finish(type, columns.rows, validity.Take());
        });
  };
  AddFixed(registry, std::move(search));
}

}  // namespace

void RegisterRegexFunctions(FunctionRegistry* registry) {
  AddExtract(registry);
  AddExtractAll(registry);
  AddReplace(registry);
  AddSearch<int32_t>(registry, "regexp_count", arrow::int32(),
                     {"regexp_count(text, regexp) -> int", "How many matches there are.",
                      "regexp_count('Steven Jones and Stephen Smith', 'Ste(v|ph)en')"},
                     NullBehaviour::kPropagates,
                     [](int32_t* out, string_view text, const re2::RE2& regex) {
                       *out = 0;
                       EachMatch(text, regex, 0, [&](const auto&) {
                         ++*out;
                         return true;
                       });
                       return true;
                     });
  AddSearch<std::string>(
      registry, "regexp_substr", arrow::utf8(),
      {"regexp_substr(text, regexp) -> string", "The first match; null when there is none.",
       "regexp_substr('Steven Jones', 'Ste(v|ph)en')"},
      NullBehaviour::kCustom, [](std::string* out, string_view text, const re2::RE2& regex) {
        bool any = false;
        EachMatch(text, regex, 0, [&](const auto& found) {
          out->append(found[0].data(), found[0].size());
          any = !found[0].empty();
          return false;
        });
        return any;
      });
  AddSearch<int32_t>(
      registry, "regexp_instr", arrow::int32(),
      {"regexp_instr(text, regexp) -> int", "Position of the first match, from 1; 0: none.",
       "regexp_instr('user@spark.apache.org', '@[^.]*')"},
      NullBehaviour::kPropagates, [](int32_t* out, string_view text, const re2::RE2& regex) {
        *out = 0;
        EachMatch(text, regex, 0, [&](const auto& found) {
          const auto begin = static_cast<size_t>(found[0].data() - text.data());
          *out = CountCharacters(text.substr(0, begin)) + 1;
          return false;
        });
        return true;
      });
}

}  // namespace headrace

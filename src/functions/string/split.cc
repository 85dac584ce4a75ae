// split, split_part, substring_index.
#include <cstring>

#include "functions/ansi_errors.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/regex.h"
#include "functions/string/string_list.h"
#include "functions/string/string_topics.h"

namespace headrace {

Result<ArrayPtr> StringListWriter::Finish(const DataTypePtr& type, Validity validity) {
  if (bytes_.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return Status::CapacityError("a string column of one batch exceeds 2 GiB; use smaller batches");
  }
  const auto values = static_cast<int64_t>(value_ends_.size()) - 1;
  const auto rows = static_cast<int64_t>(row_ends_.size()) - 1;
  auto strings = arrow::ArrayData::Make(type->field(0)->type(), values,
                                        {nullptr, arrow::Buffer::FromVector(std::move(value_ends_)),
                                         arrow::Buffer::FromString(std::move(bytes_))},
                                        0);
  if (validity.null_count == 0) validity.bitmap = nullptr;
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, rows, {std::move(validity.bitmap), arrow::Buffer::FromVector(std::move(row_ends_))},
      {std::move(strings)}, validity.null_count));
}

namespace {

using std::string_view;

size_t CharacterLength(unsigned char first) {
  return first < 0x80 ? 1 : (first < 0xE0 ? 2 : (first < 0xF0 ? 3 : 4));
}

// Calls emit(piece) for each piece of `text`; at most `limit` of them if it is positive.
template <typename Emit>
void SplitLiteral(string_view text, string_view separator, int32_t limit, Emit emit) {
  int32_t pieces = 1;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (limit <= 0 || pieces < limit) {
    const void* found =
        separator.size() == 1
            ? std::memchr(at, separator[0], static_cast<size_t>(end - at))
            : memmem(at, static_cast<size_t>(end - at), separator.data(), separator.size());
    if (found == nullptr) break;
    const char* cut = static_cast<const char*>(found);
    emit(string_view(at, static_cast<size_t>(cut - at)));
    at = cut + separator.size();
    ++pieces;
  }
  emit(string_view(at, static_cast<size_t>(end - at)));
}

template <typename Emit>
void SplitRegex(string_view text, const re2::RE2& regex, int32_t limit, Emit emit) {
  const re2::StringPiece whole(text.data(), text.size());
  size_t start = 0, search = 0;
  int32_t pieces = 1;
  while ((limit <= 0 || pieces < limit) && search <= text.size()) {
    re2::StringPiece match;
    if (!regex.Match(whole, search, text.size(), re2::RE2::UNANCHORED, &match, 1)) break;
    const auto from = static_cast<size_t>(match.data() - text.data());
    const size_t to = from + match.size();
    if (match.empty()) {
      search =
          from + (from < text.size() ? CharacterLength(static_cast<unsigned char>(text[from])) : 1);
      // A match of nothing at the beginning makes no empty first piece.
      if (from == 0) continue;
    } else {
      search = to;
    }
    emit(text.substr(start, from - start));
    start = to;
    ++pieces;
  }
  emit(text.substr(start));
}

// An empty pattern cuts after each character.
template <typename Emit>
void SplitCharacters(string_view text, int32_t limit, Emit emit) {
  int32_t pieces = 1;
  while (!text.empty()) {
    const size_t length = CharacterLength(static_cast<unsigned char>(text[0]));
    if (length >= text.size() || (limit > 0 && pieces >= limit)) break;
    emit(text.substr(0, length));
    text.remove_prefix(length);
    ++pieces;
  }
  emit(text);
}

Result<ScalarKernel> SplitKernel(Arguments* arguments, const BindContext&) {
  if (arguments->size() == 2) {
    arguments->push_back(MakeLiteral(std::make_shared<arrow::Int32Scalar>(-1)));
  }
  ARROW_ASSIGN_OR_RAISE(auto pattern, ConstantText(*(*arguments)[1]));
  std::string literal;
  bool is_literal = false;
  RegexPtr constant;
  if (pattern && !pattern->empty()) {
    is_literal = IsLiteralRegex(*pattern, &literal);
    if (!is_literal) {
      ARROW_ASSIGN_OR_RAISE(constant, CompileRegex("split", *pattern));
    }
  }
  const DataTypePtr type = ArrayOf(arrow::utf8(), false);
  return ColumnKernel(
      [=](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, context.pool));
        RegexCache cache("split", constant);
        StringListWriter writer(columns.rows);
        auto emit = [&](string_view piece) { writer.Append(piece); };
        const Reader<string_view> text(columns[0]), patterns(columns[1]);
        const Reader<int32_t> limits(columns[2]);
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (validity.IsValid(i)) {
            if (is_literal) {
              SplitLiteral(text[i], literal, limits[i], emit);
            } else if (patterns[i].empty()) {
              SplitCharacters(text[i], limits[i], emit);
            } else {
              ARROW_ASSIGN_OR_RAISE(const re2::RE2* regex, cache.Find(patterns[i]));
              SplitRegex(text[i], *regex, limits[i], emit);
            }
          }
          writer.EndRow();
        }
        return writer.Finish(type, std::move(validity));
      });
}

std::vector<string_view> Pieces(string_view text, string_view separator) {
  std::vector<string_view> pieces;
  if (separator.empty()) {
    pieces.push_back(text);
  } else {
    SplitLiteral(text, separator, -1, [&](string_view piece) { pieces.push_back(piece); });
  }
  return pieces;
}

Status SplitPart(std::string* out, string_view text, string_view separator, int32_t part) {
  if (part == 0) {
    return MakeError(ErrorKind::kRuntime, "INVALID_INDEX_OF_ZERO",
                     "`split_part`: parts count from 1, or from -1 backwards; 0 is none");
  }
  const auto pieces = Pieces(text, separator);
  const int64_t count = static_cast<int64_t>(pieces.size());
  const int64_t index = part > 0 ? part - 1 : count + part;
  if (index >= 0 && index < count) out->append(pieces[static_cast<size_t>(index)]);
  return Status::OK();
}

void SubstringIndex(std::string* out, string_view text, string_view separator, int32_t count) {
  if (separator.empty() || count == 0) return;
  if (count > 0) {
    size_t at = 0, found = string_view::npos;
    for (int32_t i = 0; i < count; ++i) {
      found = text.find(separator, at);
      if (found == string_view::npos) {
        out->append(text);
        return;
      }
      at = found + 1;
    }
    out->append(text.substr(0, found));
    return;
  }
  size_t end = string_view::npos, found = string_view::npos;
  for (int32_t i = 0; i < -count; ++i) {
    found = text.rfind(separator, end);
    if (found == string_view::npos || (i + 1 < -count && found == 0)) {
      out->append(text);
      return;
    }
    end = found - 1;
  }
  out->append(text.substr(found + separator.size()));
}

}  // namespace

void RegisterSplitFunctions(FunctionRegistry* registry) {
  FixedFunction split;
  split.names = {"split"};
  split.documentation = {"split(text, regexp[, limit]) -> array<string>",
                         "The pieces between matches of a regular expression; at most `limit` of "
                         "them if it is positive.",
                         "split('oneAtwoBthreeC', '[ABC]')"};
  split.parameters = {arrow::utf8(), arrow::utf8(), arrow::int32()};
  split.required = 2;
  split.result = ArrayOf(arrow::utf8(), false);
  split.make = SplitKernel;
  split.display = [](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 2) shown.push_back("-1");
    return CallText("split", shown);
  };
  AddFixed(registry, std::move(split));

  AddSimple(registry, {"split_part"},
            {"split_part(text, delimiter, part) -> string",
             "One of the pieces between delimiters; '' when there is none.",
             "split_part('11.12.13', '.', 3)"},
            {arrow::utf8(), arrow::utf8(), arrow::int32()}, arrow::utf8(),
            RowKernel<std::string, string_view, string_view, int32_t>(arrow::utf8(), SplitPart));
  AddSimple(
      registry, {"substring_index"},
      {"substring_index(text, delimiter, count) -> string",
       "The text before the count-th delimiter, or after it when counting from the end.",
       "substring_index('www.apache.org', '.', 2)"},
      {arrow::utf8(), arrow::utf8(), arrow::int32()}, arrow::utf8(),
      RowKernel<std::string, string_view, string_view, int32_t>(arrow::utf8(), SubstringIndex));
}

}  // namespace headrace

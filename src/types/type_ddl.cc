// DDL text to types: a recursive-descent parser over single characters.
#include <algorithm>
#include <cctype>
#include <charconv>

#include <arrow/util/key_value_metadata.h>
#include <arrow/util/utf8.h>
#include <nlohmann/json.hpp>

#include "types/spark_type.h"
#include "types/type_names.h"

namespace headrace {

namespace {

// Nesting beyond this is refused, so that hostile text cannot exhaust the stack.
constexpr int kMaximumDepth = 200;

class DdlParser {
 public:
  explicit DdlParser(const std::string& text) : text_(text) {}

  Result<DataTypePtr> WholeType() {
    ARROW_ASSIGN_OR_RAISE(DataTypePtr type, Type(0));
    ARROW_RETURN_NOT_OK(ExpectEnd());
    return type;
  }

  // `a INT, b STRING NOT NULL`
  Result<DataTypePtr> WholeColumnList() {
    in_column_list_ = true;
    arrow::FieldVector fields;
    do {
      ARROW_ASSIGN_OR_RAISE(FieldPtr field, Column(0));
      fields.push_back(std::move(field));
    } while (Accept(','));
    ARROW_RETURN_NOT_OK(ExpectEnd());
    return arrow::struct_(std::move(fields));
  }

  size_t position() const { return position_; }

 private:
  void SkipSpace() {
    while (position_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[position_]))) {
      ++position_;
    }
  }

  bool Accept(char c) {
    SkipSpace();
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  bool AcceptWord(std::string_view word) {
    const size_t before = position_;
    if (EqualsIgnoreCase(Word(), word)) return true;
    position_ = before;
    return false;
  }

  Status SyntaxError() {
    broken_ = true;
    SkipSpace();
    const std::string near =
        position_ >= text_.size() ? "end of input" : "'" + text_.substr(position_, 1) + "'";
    return MakeError(ErrorKind::kParse, "PARSE_SYNTAX_ERROR",
                     "The schema text \"" + text_ + "\" cannot be read at or near " + near +
                         " (position " + std::to_string(position_) +
                         "). Write it as in \"a INT, b ARRAY<STRING>\".",
                     {{"error", near}, {"hint", ""}});
  }

  Status ExpectEnd() {
    SkipSpace();
    return position_ == text_.size() ? wrong_type_ : SyntaxError();
  }

  Status Expect(char c) { return Accept(c) ? Status::OK() : SyntaxError(); }

  std::string Word() {
    SkipSpace();
    const size_t start = position_;
    while (position_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[position_]);
      if (!std::isalnum(c) && c != '_' && c < 0x80) break;
      ++position_;
    }
    return text_.substr(start, position_ - start);
  }

  Result<std::string> Identifier() {
    SkipSpace();
    if (!Accept('`')) {
      std::string word = Word();
      if (word.empty()) return SyntaxError();
      return word;
    }
    std::string name;
    for (; position_ < text_.size(); ++position_) {
      if (text_[position_] == '`') {
        ++position_;
        if (position_ >= text_.size() || text_[position_] != '`') return name;
      }
      name += text_[position_];
    }
    return SyntaxError();
  }

  Result<std::string> QuotedString() {
    SkipSpace();
    if (position_ >= text_.size() || (text_[position_] != '\'' && text_[position_] != '"')) {
      return SyntaxError();
    }
    const char quote = text_[position_++];
    std::string value;
    for (; position_ < text_.size(); ++position_) {
      if (text_[position_] == quote) {
        ++position_;
        return value;
      }
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
      value += text_[position_];
    }
    return SyntaxError();
  }

  Result<int> Number() {
    const std::string word = Word();
    int value = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (code != std::errc() || end != word.data() + word.size()) return SyntaxError();
    return value;
  }

  // name [:] type [NOT NULL] [COMMENT 'text']
  Result<FieldPtr> Column(int depth) {
    ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
    Accept(':');
    ARROW_ASSIGN_OR_RAISE(DataTypePtr type, Type(depth));
    bool nullable = true;
    std::shared_ptr<const arrow::KeyValueMetadata> metadata;
    if (AcceptWord("not")) {
      if (!AcceptWord("null")) return SyntaxError();
      nullable = false;
    }
    if (AcceptWord("comment")) {
      ARROW_ASSIGN_OR_RAISE(std::string comment, QuotedString());
      const nlohmann::json json = {{"comment", comment}};
      metadata = arrow::key_value_metadata({"spark_metadata"}, {json.dump()});
    }
    return arrow::field(std::move(name), std::move(type), nullable, std::move(metadata));
  }

  // A type that there is not is an error only once the syntax is right to the end, as in Spark.
  Result<DataTypePtr> Type(int depth) {
    auto type = WrittenType(depth);
    if (type.ok() || broken_) return type;
    if (wrong_type_.ok()) wrong_type_ = type.status();
    return arrow::null();
  }

  Result<DataTypePtr> WrittenType(int depth) {
    if (depth > kMaximumDepth) return SyntaxError();
    const std::string word = Word();
    if (word.empty()) return SyntaxError();
    const std::string lower = ToLower(word);
    if (lower == "array") return Array(depth);
    if (lower == "map") return Map(depth);
    if (lower == "struct") return Struct(depth);
    if (lower == "decimal" || lower == "dec" || lower == "numeric") return Decimal();
    if (lower == "char" || lower == "character" || lower == "varchar") return Characters(word);
    if (lower == "interval") return Interval();
    if (lower == "timestamp" && AcceptWord("without")) {
      if (!AcceptWord("time") || !AcceptWord("zone")) return SyntaxError();
      return TimestampNtzType();
    }
    if (lower == "string" && AcceptWord("collate")) {
      ARROW_ASSIGN_OR_RAISE(const std::string collation, Identifier());
      if (EqualsIgnoreCase(collation, "UTF8_BINARY")) return arrow::utf8();
      return NotSupported("string collation " + collation, "Use a plain STRING.");
    }
    return TypeFromName(word, TypeNameForm::kDdl);
  }

  // `array` without what it is an array of.
  Status Incomplete(const std::string& word, const std::string& example) {
    return MakeError(
        ErrorKind::kParse, "INCOMPLETE_TYPE_DEFINITION." + word,
        "The type " + word + " lacks its parts. Write it as in " + word + example + ".",
        {{"elementType", example}});
  }

  bool AtBracket() {
    SkipSpace();
    return position_ < text_.size() && text_[position_] == '<';
  }

  Result<DataTypePtr> Array(int depth) {
    if (!AtBracket()) return Incomplete("ARRAY", "<INT>");
    ARROW_RETURN_NOT_OK(Expect('<'));
    ARROW_ASSIGN_OR_RAISE(DataTypePtr element, Type(depth + 1));
    ARROW_RETURN_NOT_OK(Expect('>'));
    return ArrayOf(std::move(element));
  }

  Result<DataTypePtr> Map(int depth) {
    if (!AtBracket()) return Incomplete("MAP", "<STRING, INT>");
    ARROW_RETURN_NOT_OK(Expect('<'));
    ARROW_ASSIGN_OR_RAISE(DataTypePtr key, Type(depth + 1));
    ARROW_RETURN_NOT_OK(Expect(','));
    ARROW_ASSIGN_OR_RAISE(DataTypePtr value, Type(depth + 1));
    ARROW_RETURN_NOT_OK(Expect('>'));
    return MapOf(std::move(key), std::move(value));
  }

  Result<DataTypePtr> Struct(int depth) {
    if (!AtBracket()) return Incomplete("STRUCT", "<a: INT>");
    ARROW_RETURN_NOT_OK(Expect('<'));
    arrow::FieldVector fields;
    if (Accept('>')) return arrow::struct_(std::move(fields));
    do {
      ARROW_ASSIGN_OR_RAISE(FieldPtr field, Column(depth + 1));
      fields.push_back(std::move(field));
    } while (Accept(','));
    ARROW_RETURN_NOT_OK(Expect('>'));
    return arrow::struct_(std::move(fields));
  }

  Result<DataTypePtr> Decimal() {
    int precision = 10;
    int scale = 0;
    if (Accept('(')) {
      ARROW_ASSIGN_OR_RAISE(precision, Number());
      if (Accept(',')) {
        ARROW_ASSIGN_OR_RAISE(scale, Number());
      }
      ARROW_RETURN_NOT_OK(Expect(')'));
    }
    return DecimalTypeChecked(precision, scale);
  }

  // A cast to char(n) or varchar(n) is a cast to string; as the type of a column it would need
  // length checks, so it is refused there, as Spark does.
  Result<DataTypePtr> Characters(const std::string& word) {
    if (!Accept('(')) {
      return MakeError(ErrorKind::kParse, "DATATYPE_MISSING_SIZE",
                       "The type " + word + " needs a length, as in " + word + "(10).",
                       {{"type", "\"" + word + "\""}});
    }
    ARROW_RETURN_NOT_OK(Number().status());
    ARROW_RETURN_NOT_OK(Expect(')'));
    if (in_column_list_) {
      return AnalysisError("UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING",
                           "The type " + word +
                               " cannot be used in a schema, because its length is not checked. "
                               "Use STRING instead.");
    }
    return arrow::utf8();
  }

  // INTERVAL YEAR [TO MONTH], INTERVAL DAY [TO SECOND]; the units in between are not told apart.
  Result<DataTypePtr> Interval() {
    static const std::vector<std::string> units = {"year", "month",  "day",
                                                   "hour", "minute", "second"};
    const auto rank = [](const std::string& word) {
      return std::find(units.begin(), units.end(), ToLower(word)) - units.begin();
    };
    const auto from = rank(Word());
    const auto to = AcceptWord("to") ? rank(Word()) : from;
    const auto last = static_cast<std::ptrdiff_t>(units.size()) - 1;
    if (from > last || to > last || from > to || (from < 2) != (to < 2)) return SyntaxError();
    return from < 2 ? arrow::month_interval() : arrow::duration(arrow::TimeUnit::MICRO);
  }

  const std::string& text_;
  size_t position_ = 0;
  bool in_column_list_ = false;
  bool broken_ = false;  // the syntax
  Status wrong_type_;    // the first one
};

}  // namespace

Result<DataTypePtr> ParseDdlType(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return MakeError(ErrorKind::kParse, "PARSE_EMPTY_STATEMENT",
                     "The text of a type or schema is empty. Write it as in \"a INT, b STRING\".");
  }
  arrow::util::InitializeUTF8();
  if (!arrow::util::ValidateUTF8(text)) {
    return MakeError(ErrorKind::kParse, "PARSE_SYNTAX_ERROR",
                     "The text of a type or schema has bytes that are no UTF-8.",
                     {{"error", "bytes that are no UTF-8"}, {"hint", ""}});
  }
  DdlParser as_type(text);
  Result<DataTypePtr> type = as_type.WholeType();
  if (type.ok()) return type;
  DdlParser as_columns(text);
  Result<DataTypePtr> columns = as_columns.WholeColumnList();
  if (columns.ok()) return columns;
  // The reading that got further knows better what is wrong.
  if (as_columns.position() == as_type.position()) {
    return as_type.position() == text.size() ? type : columns;
  }
  return as_columns.position() > as_type.position() ? columns : type;
}

Result<SchemaPtr> ParseSchema(const std::string& ddl_or_json) {
  const size_t start = ddl_or_json.find_first_not_of(" \t\r\n");
  const bool json =
      start != std::string::npos && (ddl_or_json[start] == '{' || ddl_or_json[start] == '"');
  const auto parsed = json ? ParseJsonType(ddl_or_json) : ParseDdlType(ddl_or_json);
  if (!parsed.ok() && !json && start != std::string::npos) {
    // A word that is no type is a column without one.
    DdlParser as_columns(ddl_or_json);
    const auto columns = as_columns.WholeColumnList();
    if (as_columns.position() == ddl_or_json.size()) return columns.status();
  }
  ARROW_ASSIGN_OR_RAISE(const DataTypePtr type, parsed);
  if (type->id() != arrow::Type::STRUCT) {
    return MakeError(ErrorKind::kParse, "PARSE_SYNTAX_ERROR",
                     "A schema lists columns, but \"" + ddl_or_json +
                         "\" is a single type. Name the columns, as in \"a INT, b STRING\".",
                     {{"error", "end of input"}, {"hint", ""}});
  }
  return arrow::schema(type->fields());
}

}  // namespace headrace

#include "sql/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string_view>

#include "base/ascii.h"

namespace headrace {
namespace {

bool IsIdentifierStart(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}
bool IsIdentifierPart(char c) { return IsIdentifierStart(c) || IsDigit(c); }

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code >> 6)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (code >> 12)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | (code >> 18)));
    out->push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

class Lexer {
 public:
  explicit Lexer(const std::string& sql) : sql_(sql) {}

  Result<std::vector<Token>> Run() {
    while (true) {
      ARROW_RETURN_NOT_OK(SkipBlanks());
      if (at_ >= sql_.size()) break;
      ARROW_RETURN_NOT_OK(Next());
    }
    tokens_.push_back({TokenKind::kEnd, "", sql_.size(), sql_.size()});
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  bool Starts(std::string_view text) const {
    return std::string_view(sql_).substr(at_, text.size()) == text;
  }

  Status SkipBlanks() {
    while (at_ < sql_.size()) {
      if (std::isspace(static_cast<unsigned char>(Peek())) != 0) {
        ++at_;
      } else if (Starts("--")) {
        while (at_ < sql_.size() && sql_[at_] != '\n') ++at_;
      } else if (Starts("/*")) {
        const size_t end = sql_.find("*/", at_ + 2);
        if (end == std::string::npos)
          return SyntaxError(sql_, at_, "/*", "the comment is not closed");
        at_ = end + 2;
      } else {
        break;
      }
    }
    return Status::OK();
  }

  void Push(TokenKind kind, std::string text, size_t begin) {
    tokens_.push_back({kind, std::move(text), begin, at_});
  }

  Status Next() {
    const size_t begin = at_;
    const char c = Peek();
    if ((c == 'r' || c == 'R') && (Peek(1) == '\'' || Peek(1) == '"')) {
      ++at_;
      return String(begin, /*raw=*/true);
    }
    if (IsIdentifierStart(c)) {
      while (IsIdentifierPart(Peek())) ++at_;
      std::string name = sql_.substr(begin, at_ - begin);
      const bool ascii = std::ranges::all_of(name, [](char c) { return (c & 0x80) == 0; });
      if (!ascii) {
        return MakeError(ErrorKind::kParse, "INVALID_IDENTIFIER",
                         "The unquoted identifier " + name +
                             " has other characters than letters of ASCII, digits and underscores. "
                             "Write `" +
                             name + "`.",
                         {{"ident", name}});
      }
      Push(TokenKind::kIdentifier, std::move(name), begin);
      return Status::OK();
    }
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)) && !AfterName())) return Number(begin);
    if (c == '\'' || c == '"') return String(begin, /*raw=*/false);
    if (c == '`') return QuotedIdentifier(begin);
    if (c == '?') {
      ++at_;
      Push(TokenKind::kParameter, "", begin);
      return Status::OK();
    }
    if (c == ':' && IsIdentifierStart(Peek(1)) && !AfterName()) {
      ++at_;
      while (IsIdentifierPart(Peek())) ++at_;
      Push(TokenKind::kParameter, sql_.substr(begin + 1, at_ - begin - 1), begin);
      return Status::OK();
    }
    static constexpr std::array<std::string_view, 33> kOperators = {
        ">>>", "<=>", "::", "->", "=>", "<=", ">=", "<>", "!=", "==", "||",
        "<<",  ">>",  "|>", "(",  ")",  "[",  "]",  ",",  ".",  "+",  "-",
        "*",   "/",   "%",  "=",  "<",  ">",  "!",  "&",  "|",  "^",  "~"};
    for (const std::string_view candidate : kOperators) {
      if (!Starts(candidate)) continue;
      at_ += candidate.size();
      Push(TokenKind::kOperator, std::string(candidate), begin);
      return Status::OK();
    }
    if (c == ';' || c == ':' || c == '{' || c == '}' || c == '@') {
      ++at_;
      Push(TokenKind::kOperator, std::string(1, c), begin);
      return Status::OK();
    }
    return SyntaxError(sql_, begin, std::string(1, c));
  }

  // `a.1`, `v:field` continue a name rather than begin a number or parameter.
  bool AfterName() const {
    if (tokens_.empty() || tokens_.back().end != at_) return false;
    const Token& last = tokens_.back();
    return last.kind == TokenKind::kIdentifier || last.kind == TokenKind::kQuotedIdentifier ||
           last.text == ")" || last.text == "]";
  }

  Status Number(size_t begin) {
    while (IsDigit(Peek())) ++at_;
    if (Peek() == '.' && !(IsIdentifierStart(Peek(1)) && !IsExponentAt(1) && !IsSuffixAt(1))) {
      ++at_;
      while (IsDigit(Peek())) ++at_;
    }
    if (IsExponentAt(0)) {
      at_ += 2;
      while (IsDigit(Peek())) ++at_;
    }
    if (IsSuffixAt(0)) at_ += (Peek() == 'B' || Peek() == 'b') ? 2 : 1;
    if (IsIdentifierPart(Peek()))
      return SyntaxError(sql_, begin, sql_.substr(begin, at_ + 1 - begin));
    Push(TokenKind::kNumber, sql_.substr(begin, at_ - begin), begin);
    return Status::OK();
  }

  bool IsExponentAt(size_t ahead) const {
    const char e = Peek(ahead);
    if (e != 'e' && e != 'E') return false;
    const char next = Peek(ahead + 1);
    return IsDigit(next) || ((next == '+' || next == '-') && IsDigit(Peek(ahead + 2)));
  }
  // L S Y D F BD after a number, and nothing of a name behind it.
  bool IsSuffixAt(size_t ahead) const {
    const char c = static_cast<char>(std::toupper(Peek(ahead)));
    if (c == 'B') return std::toupper(Peek(ahead + 1)) == 'D' && !IsIdentifierPart(Peek(ahead + 2));
    return (c == 'L' || c == 'S' || c == 'Y' || c == 'D' || c == 'F') &&
           !IsIdentifierPart(Peek(ahead + 1));
  }

  Status String(size_t begin, bool raw) {
    const char quote = Peek();
    ++at_;
    std::string value;
    while (true) {
      if (at_ >= sql_.size())
        return SyntaxError(sql_, begin, sql_.substr(begin, 20), "the string is not closed");
      const char c = sql_[at_];
      if (c == quote) {
        if (!raw && Peek(1) == quote) {  // '' stands for one quote
          value.push_back(quote);
          at_ += 2;
          continue;
        }
        ++at_;
        break;
      }
      if (c == '\\' && !raw) {
        Escape(&value);
      } else {
        value.push_back(c);
        ++at_;
      }
    }
    Push(TokenKind::kString, std::move(value), begin);
    // The quote tells identifiers from strings under spark.sql.doubleQuotedIdentifiers.
    if (quote == '"')
      tokens_.back().text.insert(0, 1, '"');
    else
      tokens_.back().text.insert(0, 1, '\'');
    return Status::OK();
  }

  void Escape(std::string* value) {
    const char c = Peek(1);
    at_ += 2;
    switch (c) {
      case 'n':
        value->push_back('\n');
        return;
      case 't':
        value->push_back('\t');
        return;
      case 'r':
        value->push_back('\r');
        return;
      case 'b':
        value->push_back('\b');
        return;
      case '0':
        if (!(IsDigit(Peek()) && IsDigit(Peek(1)))) {
          value->push_back('\0');
          return;
        }
        break;
      case 'Z':
        value->push_back('\x1A');
        return;
      case '%':
      case '_':  // stay escaped for LIKE
        value->push_back('\\');
        value->push_back(c);
        return;
      case 'u':
      case 'U': {
        const size_t digits = c == 'u' ? 4 : 8;
        const std::string hex = sql_.substr(at_, digits);
        if (hex.size() == digits &&
            hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
          at_ += digits;
          AppendUtf8(static_cast<uint32_t>(std::stoul(hex, nullptr, 16)), value);
        } else {
          value->push_back(c);
        }
        return;
      }
      default:
        break;
    }
    if (c >= '0' && c <= '3' && Peek() >= '0' && Peek() <= '7' && Peek(1) >= '0' &&
        Peek(1) <= '7') {
      AppendUtf8(static_cast<uint32_t>((c - '0') * 64 + (Peek() - '0') * 8 + (Peek(1) - '0')),
                 value);
      at_ += 2;
      return;
    }
    value->push_back(c);
  }

  Status QuotedIdentifier(size_t begin) {
    ++at_;
    std::string name;
    while (true) {
      if (at_ >= sql_.size())
        return SyntaxError(sql_, begin, "`", "the quoted identifier is not closed");
      if (sql_[at_] == '`') {
        if (Peek(1) != '`') break;
        ++at_;
      }
      name.push_back(sql_[at_++]);
    }
    ++at_;
    Push(TokenKind::kQuotedIdentifier, std::move(name), begin);
    return Status::OK();
  }

  const std::string& sql_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> Tokenize(const std::string& sql) { return Lexer(sql).Run(); }

Status SyntaxError(const std::string& sql, size_t position, const std::string& near,
                   const std::string& advice) {
  size_t line = 1, line_begin = 0;
  for (size_t i = 0; i < position && i < sql.size(); ++i) {
    if (sql[i] == '\n') {
      ++line;
      line_begin = i + 1;
    }
  }
  const std::string what = near.empty() ? "end of input" : "'" + near + "'";
  const Status status =
      MakeError(ErrorKind::kParse, "PARSE_SYNTAX_ERROR",
                "Syntax error at or near " + what + (advice.empty() ? "" : ": " + advice) + ".",
                {{"error", what}, {"hint", advice}});
  const size_t line_end = sql.find('\n', line_begin);
  const std::string shown =
      sql.substr(line_begin, line_end == std::string::npos ? line_end : line_end - line_begin);
  return status.WithMessage(status.message() + " (line " + std::to_string(line) + ", pos " +
                            std::to_string(position - line_begin) + ")\n\n== SQL ==\n" + shown +
                            "\n" + std::string(position - line_begin, '-') + "^^^");
}

}  // namespace headrace

// The parser's view of the tokens: look, match, expect. Shared by all parts of the parser.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/query_context.h"
#include "sql/lexer.h"
#include "types/spark_type.h"

namespace headrace {

class TokenStream {
 public:
  TokenStream(std::string sql, std::vector<Token> tokens)
      : sql_(std::make_shared<const std::string>(std::move(sql))), tokens_(std::move(tokens)) {}

  const std::string& sql() const { return *sql_; }
  // The text from the token at `position` to the one that was taken last.
  QueryContextPtr TakenSince(size_t position) const {
    return MakeSqlContext(sql_, tokens_[position].begin, tokens_[at_ - 1].end);
  }
  const Token& Peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& Take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  size_t position() const { return at_; }
  void Rewind(size_t position) { at_ = position; }
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }

  bool IsWord(std::string_view word, size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kIdentifier && EqualsIgnoreCase(Peek(ahead).text, word);
  }
  bool IsOperator(std::string_view text, size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kOperator && Peek(ahead).text == text;
  }
  bool IsName(size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kIdentifier ||
           Peek(ahead).kind == TokenKind::kQuotedIdentifier;
  }
  // All words in a row.
  bool MatchWords(std::initializer_list<std::string_view> words) {
    size_t ahead = 0;
    for (const auto word : words) {
      if (!IsWord(word, ahead++)) return false;
    }
    at_ += words.size();
    return true;
  }
  bool MatchWord(std::string_view word) { return MatchWords({word}); }
  bool MatchOperator(std::string_view text) {
    if (!IsOperator(text)) return false;
    Take();
    return true;
  }
  Status ExpectWord(std::string_view word) {
    return MatchWord(word) ? Status::OK() : Unexpected("expected " + std::string(word));
  }
  Status ExpectOperator(std::string_view text) {
    return MatchOperator(text) ? Status::OK() : Unexpected("expected '" + std::string(text) + "'");
  }
  Status Unexpected(const std::string& advice = "") const {
    const Token& token = Peek();
    return SyntaxError(*sql_, token.begin, sql_->substr(token.begin, token.end - token.begin),
                       advice);
  }
  Status ExpectEnd() {
    MatchOperator(";");
    return AtEnd() ? Status::OK() : Unexpected();
  }

 private:
  std::shared_ptr<const std::string> sql_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

}  // namespace headrace

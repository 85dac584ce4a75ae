// SQL text to tokens.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

enum class TokenKind {
  kIdentifier,        // text as written; keywords are identifiers too
  kQuotedIdentifier,  // content of `…`
  kString,            // content with escapes resolved
  kNumber,            // as written, with suffix
  kOperator,          // "<=", "(", "::", "->", …
  kParameter,         // ":name" gives name; "?" gives ""
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  size_t begin = 0, end = 0;  // byte positions in the SQL text
};

// Ends with a kEnd token. Comments (`--`, `/* */`, hints) are passed over.
Result<std::vector<Token>> Tokenize(const std::string& sql);

// PARSE_SYNTAX_ERROR at a byte position: names the text there, its line and column.
Status SyntaxError(const std::string& sql, size_t position, const std::string& near,
                   const std::string& advice = "");

}  // namespace headrace

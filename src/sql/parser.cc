#include "sql/parser.h"

#include "sql/expression_parser.h"

namespace headrace {

Result<UnresolvedPtr> ParseExpression(const std::string& text, const ParserOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto tokens, Tokenize(text));
  const SqlParameters none;
  SqlParser parser(TokenStream(text, std::move(tokens)), options, none);
  const size_t begin = parser.tokens().position();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr expression, parser.NamedExpression());
  if (!parser.tokens().AtEnd()) {
    // `a DESC NULLS LAST`
    parser.tokens().Rewind(begin);
    ARROW_ASSIGN_OR_RAISE(expression, parser.SortItem());
  }
  ARROW_RETURN_NOT_OK(parser.tokens().ExpectEnd());
  return expression;
}

Result<Statement> ParseStatement(const std::string& text, const ParserOptions& options,
                                 const SqlParameters& parameters) {
  ARROW_ASSIGN_OR_RAISE(auto tokens, Tokenize(text));
  SqlParser parser(TokenStream(text, std::move(tokens)), options, parameters);
  return parser.ParseStatement();
}

}  // namespace headrace

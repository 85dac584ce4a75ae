// Parts that several statements share: lists of properties, partitions, columns.

#include <utility>

#include <arrow/scalar.h>

#include "sql/expression_parser.h"

namespace headrace {
namespace {

// The text of constant string expressions: literals, and what || and concat make of them.
std::optional<std::string> ConstantText(const UnresolvedPtr& expression) {
  if (expression->kind == UnresolvedKind::kLiteral && expression->literal->is_valid &&
      expression->literal->type->id() == arrow::Type::STRING) {
    return static_cast<const arrow::StringScalar&>(*expression->literal).value->ToString();
  }
  if (expression->kind != UnresolvedKind::kFunction || expression->name != "concat") {
    return std::nullopt;
  }
  std::string text;
  for (const auto& child : expression->children) {
    const auto part = ConstantText(child);
    if (!part) return std::nullopt;
    text += *part;
  }
  return text;
}

}  // namespace

Result<std::string> SqlParser::StringLiteralText(const std::string& what) {
  if (!IsStringToken()) return tokens_.Unexpected("expected " + what + " in quotes");
  std::string text = StringContent(tokens_.Take());
  while (IsStringToken()) text += StringContent(tokens_.Take());
  return text;
}

Result<std::string> SqlParser::PropertyKey() {
  if (IsStringToken()) return StringContent(tokens_.Take());
  std::string key;
  do {
    ARROW_ASSIGN_OR_RAISE(const std::string part, Identifier("a property's name"));
    key += (key.empty() ? "" : ".") + part;
  } while (tokens_.MatchOperator("."));
  return key;
}

Result<std::map<std::string, std::string>> SqlParser::PropertyList() {
  std::map<std::string, std::string> properties;
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  do {
    const size_t begin = tokens_.position();
    ARROW_ASSIGN_OR_RAISE(const std::string key, PropertyKey());
    if (!tokens_.MatchOperator("=")) tokens_.MatchOperator("==");
    std::string value;
    if (IsStringToken()) {
      value = StringContent(tokens_.Take());
    } else {
      if (tokens_.MatchOperator("-")) value = "-";
      const bool word = tokens_.IsWord("true") || tokens_.IsWord("false");
      if (!word && tokens_.Peek().kind != TokenKind::kNumber) {
        return tokens_.Unexpected("expected the value of " + key +
                                  ": a text in quotes, a number, true or false");
      }
      value += word ? ToLower(tokens_.Take().text) : tokens_.Take().text;
    }
    if (!properties.emplace(key, std::move(value)).second) {
      tokens_.Rewind(begin);
      return MakeError(ErrorKind::kParse, "DUPLICATE_KEY",
                       "The property " + QuoteIdentifier(key) + " is given twice; keep one",
                       {{"keyColumn", QuoteIdentifier(key)}});
    }
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return properties;
}

Result<PartitionKeys> SqlParser::PartitionClause() {
  PartitionKeys keys;
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("partition"));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  do {
    PartitionKey key;
    ARROW_ASSIGN_OR_RAISE(key.column, Identifier("a partition column"));
    if (tokens_.MatchOperator("=") || tokens_.MatchOperator("==")) {
      ARROW_ASSIGN_OR_RAISE(key.value, Expression());
    } else if (!tokens_.IsOperator(",") && !tokens_.IsOperator(")")) {
      return NotSupported("partitions chosen by other comparisons than =");
    }
    keys.push_back(std::move(key));
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return keys;
}

// The text between the brackets goes to the parser of types: columns are written as in a schema.
Result<SchemaPtr> SqlParser::ColumnDefinitions() {
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  const size_t begin = tokens_.Peek().begin;
  int depth = 1;
  bool begins_column = true;  // whose name may be any word
  while (true) {
    if (tokens_.AtEnd()) return tokens_.Unexpected("the list of columns is not closed");
    for (const char* word : {"default", "generated", "constraint", "primary", "check"}) {
      if (depth == 1 && !begins_column && tokens_.IsWord(word)) {
        return NotSupported("the clause " + std::string(word) + " of a column");
      }
    }
    begins_column = depth == 1 && tokens_.IsOperator(",");
    const Token token = tokens_.Take();
    if (token.kind != TokenKind::kOperator) continue;
    if (token.text == "(") ++depth;
    if (token.text == ")" && --depth == 0) {
      return ParseSchema(tokens_.sql().substr(begin, token.begin - begin));
    }
  }
}

Result<std::vector<std::string>> SqlParser::ParenthesisedNames(const std::string& what) {
  std::vector<std::string> names;
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  do {
    ARROW_ASSIGN_OR_RAISE(std::string name, Identifier(what));
    names.push_back(std::move(name));
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return names;
}

Result<std::optional<std::string>> SqlParser::Pattern() {
  if (!tokens_.MatchWord("like") && !IsStringToken()) return std::optional<std::string>();
  ARROW_ASSIGN_OR_RAISE(std::string pattern, StringLiteralText("a pattern"));
  return std::optional(std::move(pattern));
}

Result<std::vector<std::string>> SqlParser::IdentifierClause() {
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  ARROW_ASSIGN_OR_RAISE(const UnresolvedPtr expression, Expression());
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  const auto text = ConstantText(expression);
  if (!text) {
    return AnalysisError("NOT_A_CONSTANT_STRING.NOT_CONSTANT",
                         "The expression of IDENTIFIER must be a constant text: a literal, a "
                         "parameter, or these joined by ||",
                         {{"name", "IDENTIFIER"}, {"expr", tokens_.sql()}});
  }
  return ParseNameParts(*text);
}

}  // namespace headrace

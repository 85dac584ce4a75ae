// SHOW and DESCRIBE.

#include <utility>

#include "sql/expression_parser.h"

namespace headrace {

Result<Statement> SqlParser::ShowStatement() {
  Statement statement;
  TableStatement table;
  const size_t begin = tokens_.position();
  tokens_.Take();
  auto match_in = [&] { return tokens_.MatchWord("in") || tokens_.MatchWord("from"); };
  if (tokens_.MatchWords({"create", "table"})) {
    statement.command = "SHOW CREATE TABLE";
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    if (tokens_.IsWord("as")) return NotSupported("SHOW CREATE TABLE … AS SERDE");
  } else if (tokens_.MatchWords({"current", "namespace"}) ||
             tokens_.MatchWords({"current", "schema"}) ||
             tokens_.MatchWords({"current", "database"})) {
    statement.command = "SHOW CURRENT NAMESPACE";
  } else if (tokens_.MatchWord("catalogs")) {
    statement.command = "SHOW CATALOGS";
    ARROW_ASSIGN_OR_RAISE(table.pattern, Pattern());
  } else if (tokens_.MatchWord("databases") || tokens_.MatchWord("schemas") ||
             tokens_.MatchWord("namespaces")) {
    statement.command = "SHOW DATABASES";
    if (match_in()) {
      ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    }
    ARROW_ASSIGN_OR_RAISE(table.pattern, Pattern());
  } else if (tokens_.IsWord("tables") || tokens_.IsWord("views")) {
    statement.command = tokens_.IsWord("tables") ? "SHOW TABLES" : "SHOW VIEWS";
    tokens_.Take();
    if (match_in()) {
      ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    }
    ARROW_ASSIGN_OR_RAISE(table.pattern, Pattern());
  } else if (tokens_.MatchWord("columns")) {
    statement.command = "SHOW COLUMNS";
    if (!match_in()) return tokens_.Unexpected("expected IN or FROM");
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    if (match_in()) {
      ARROW_ASSIGN_OR_RAISE(table.other_name, MultipartName());
    }
  } else if (tokens_.MatchWord("partitions")) {
    statement.command = "SHOW PARTITIONS";
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    if (tokens_.IsWord("partition")) {
      ARROW_ASSIGN_OR_RAISE(PartitionKeys keys, PartitionClause());
      table.partitions.push_back(std::move(keys));
    }
  } else if (tokens_.MatchWord("tblproperties")) {
    statement.command = "SHOW TBLPROPERTIES";
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    if (tokens_.MatchOperator("(")) {
      ARROW_ASSIGN_OR_RAISE(std::string key, PropertyKey());
      table.keys.push_back(std::move(key));
      ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    }
  } else {
    if (tokens_.IsWord("functions", 1)) {
      for (const char* which : {"user", "system", "all"}) {
        if (tokens_.MatchWord(which)) statement.key = which;
      }
    }
    if (!tokens_.MatchWord("functions")) {
      tokens_.Rewind(begin);
      return UnsupportedStatement();
    }
    statement.command = "SHOW FUNCTIONS";
    if (match_in()) {
      ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    }
    ARROW_ASSIGN_OR_RAISE(table.pattern, Pattern());
    if (!table.pattern && tokens_.IsName()) {
      ARROW_ASSIGN_OR_RAISE(const auto name, MultipartName());
      table.pattern = name.back();
    }
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

Result<Statement> SqlParser::DescribeStatement() {
  Statement statement;
  TableStatement table;
  tokens_.Take();
  if (tokens_.MatchWord("function")) {
    statement.command = "DESCRIBE FUNCTION";
    statement.extended = tokens_.MatchWord("extended");
    if (tokens_.Peek().kind == TokenKind::kOperator || IsStringToken()) {
      const Token token = tokens_.Take();
      statement.name_parts = {token.kind == TokenKind::kString ? StringContent(token) : token.text};
    } else {
      ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    }
  } else if ((tokens_.IsWord("database") || tokens_.IsWord("schema") ||
              tokens_.IsWord("namespace")) &&
             tokens_.IsName(1)) {
    tokens_.Take();
    statement.command = "DESCRIBE DATABASE";
    statement.extended = tokens_.IsName(1) && tokens_.MatchWord("extended");
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  } else {
    statement.command = "DESCRIBE";
    const bool query = tokens_.MatchWord("query");
    if (query || BeginsQuery()) {
      ARROW_ASSIGN_OR_RAISE(statement.query, Query());
    } else {
      if (tokens_.IsName(1)) tokens_.MatchWord("table");
      if (tokens_.IsName(1)) {
        statement.extended = tokens_.MatchWord("extended") || tokens_.MatchWord("formatted");
      }
      ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
      if (tokens_.IsWord("partition")) return NotSupported("DESCRIBE … PARTITION");
      if (tokens_.IsWord("as")) return NotSupported("DESCRIBE … AS JSON");
      if (tokens_.IsName()) {
        ARROW_ASSIGN_OR_RAISE(const auto column, MultipartName());
        table.keys = column;
      }
    }
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

}  // namespace headrace

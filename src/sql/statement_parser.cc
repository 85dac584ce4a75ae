// Statements: a query, or one of the commands that the session runs itself.

#include <utility>

#include "sql/expression_parser.h"

namespace headrace {
namespace {

// Statements that Spark has and the engine has not, by how they begin.
const char* const kUnsupported[] = {
    "INSERT", "UPDATE",   "DELETE",  "MERGE",   "ALTER",  "TRUNCATE", "LOAD",   "ANALYZE",
    "MSCK",   "REPAIR",   "GRANT",   "REVOKE",  "IMPORT", "EXPORT",   "LOCK",   "COMMENT",
    "ADD",    "LIST",     "DECLARE", "EXECUTE", "CALL",   "BEGIN",    "CREATE", "DROP",
    "SHOW",   "DESCRIBE", "DESC",    "REPLACE", "DFS"};

std::string Trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  size_t end = text.find_last_not_of(" \t\r\n;");
  return end == std::string::npos || end < begin ? "" : text.substr(begin, end - begin + 1);
}

Statement Command(std::string name) {
  Statement statement;
  statement.command = std::move(name);
  return statement;
}

}  // namespace

Result<Statement> SqlParser::ParseStatement() {
  Statement statement;
  const size_t begin = tokens_.position();
  if (tokens_.MatchWord("create")) {
    statement.replace = tokens_.MatchWords({"or", "replace"});
    const bool global = tokens_.MatchWord("global");
    if (tokens_.MatchWord("temporary") || tokens_.MatchWord("temp")) {
      if (tokens_.MatchWord("view")) {
        statement.command = "CREATE TEMPORARY VIEW";
        statement.global = global;
        statement.if_not_exists = tokens_.MatchWords({"if", "not", "exists"});
        ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
        if (tokens_.IsOperator("("))
          return NotSupported("column names of a view", "name the columns in the query");
        if (tokens_.IsWord("using"))
          return NotSupported("CREATE TEMPORARY VIEW … USING",
                              "use spark.read and createOrReplaceTempView");
        ARROW_RETURN_NOT_OK(tokens_.ExpectWord("as"));
        ARROW_ASSIGN_OR_RAISE(statement.query, Query());
        ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
        return statement;
      }
    }
    tokens_.Rewind(begin);
  }
  if (tokens_.MatchWords({"drop", "view"})) {
    statement.command = "DROP VIEW";
    statement.if_exists = tokens_.MatchWords({"if", "exists"});
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
    return statement;
  }
  if (tokens_.MatchWord("set")) {
    statement.command = "SET";
    if (tokens_.MatchWords({"time", "zone"})) {
      statement.key = "spark.sql.session.timeZone";
      if (!IsStringToken()) return tokens_.Unexpected("expected a time zone in quotes");
      statement.value = StringContent(tokens_.Take());
      ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
      return statement;
    }
    // Keys and values are raw text: `SET spark.x.y = 10 seconds`.
    const std::string rest = tokens_.sql().substr(tokens_.Peek().begin);
    const size_t equals = rest.find('=');
    statement.key = Trim(rest.substr(0, equals));
    if (statement.key == "-v") statement.key.clear();
    if (equals != std::string::npos) statement.value = Trim(rest.substr(equals + 1));
    return statement;
  }
  if (tokens_.MatchWord("reset")) {
    statement = Command("RESET");
    statement.key = Trim(tokens_.sql().substr(tokens_.Peek().begin));
    return statement;
  }
  if (tokens_.IsWord("show")) {
    tokens_.Take();
    for (const char* what : {"tables", "views", "functions"}) {
      if (!tokens_.MatchWord(what)) continue;
      statement.command = std::string("SHOW ") + (what[0] == 't'   ? "TABLES"
                                                  : what[0] == 'v' ? "VIEWS"
                                                                   : "FUNCTIONS");
      ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
      return statement;
    }
    tokens_.Rewind(begin);
  }
  if (tokens_.MatchWord("describe") || tokens_.MatchWord("desc")) {
    if (tokens_.MatchWord("function")) {
      statement.command = "DESCRIBE FUNCTION";
      statement.extended = tokens_.MatchWord("extended");
      if (tokens_.Peek().kind == TokenKind::kOperator || IsStringToken()) {
        const Token token = tokens_.Take();
        statement.name_parts = {token.kind == TokenKind::kString ? StringContent(token)
                                                                 : token.text};
      } else {
        ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
      }
    } else {
      statement.command = "DESCRIBE";
      const bool query = tokens_.MatchWord("query");
      if (query || BeginsQuery()) {
        ARROW_ASSIGN_OR_RAISE(statement.query, Query());
      } else {
        tokens_.MatchWord("table");
        statement.extended = tokens_.MatchWord("extended") || tokens_.MatchWord("formatted");
        ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
      }
    }
    ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
    return statement;
  }
  if (tokens_.MatchWord("explain")) {
    statement.command = "EXPLAIN";
    statement.extended = tokens_.MatchWord("extended") || tokens_.MatchWord("cost");
    if (tokens_.IsWord("codegen")) return NotSupported("EXPLAIN CODEGEN", "use EXPLAIN EXTENDED");
    tokens_.MatchWord("formatted");
    ARROW_ASSIGN_OR_RAISE(statement.query, Query());
    ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
    return statement;
  }
  if (tokens_.MatchWord("use")) return Command("USE");
  if (tokens_.IsWord("cache") || tokens_.IsWord("uncache") ||
      (tokens_.IsWord("clear") && tokens_.IsWord("cache", 1)) || tokens_.IsWord("refresh")) {
    return Command("CACHE TABLE");
  }
  for (const char* word : kUnsupported) {
    if (!tokens_.IsWord(word)) continue;
    std::string name = word;
    if (tokens_.IsName(1)) name += " " + tokens_.Peek(1).text;
    return NotSupported("the SQL statement " + name);
  }
  ARROW_ASSIGN_OR_RAISE(statement.query, Query());
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  return statement;
}

}  // namespace headrace

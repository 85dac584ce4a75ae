// Statements: a query, or one of the commands that the session runs itself. Those about tables are
// in create_statements.cc, table_statements.cc and show_statements.cc.

#include <set>
#include <utility>

#include "sql/expression_parser.h"

namespace headrace {
namespace {

// Statements that Spark has and the engine has not, by how they begin.
const char* const kUnsupported[] = {"UPDATE",  "DELETE",  "MERGE",   "LOAD",   "GRANT", "REVOKE",
                                    "IMPORT",  "EXPORT",  "LOCK",    "ADD",    "LIST",  "DECLARE",
                                    "EXECUTE", "CALL",    "BEGIN",   "CREATE", "DROP",  "SHOW",
                                    "ALTER",   "ANALYZE", "REPLACE", "DFS",    "UNLOCK"};

std::string Trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  size_t end = text.find_last_not_of(" \t\r\n;");
  return end == std::string::npos || end < begin ? "" : text.substr(begin, end - begin + 1);
}

}  // namespace

Status SqlParser::UnsupportedStatement() {
  for (const char* word : {"UPDATE", "DELETE", "MERGE"}) {
    if (!tokens_.IsWord(word)) continue;
    return MakeError(
        tokens_.IsWord("delete") ? ErrorKind::kAnalysis : ErrorKind::kUnsupportedOperation,
        "UNSUPPORTED_FEATURE.TABLE_OPERATION",
        std::string("Tables of files do not support ") + word +
            "; they can be appended to and overwritten",
        {{"tableName", ""}, {"operation", word}});
  }
  for (const char* word : kUnsupported) {
    if (!tokens_.IsWord(word) || !tokens_.IsName(1)) continue;
    const std::string what = ToLower(tokens_.Peek(1).text);
    // Of objects that Spark does not know either it is a mistake.
    static const std::set<std::string> kMaker = {"create", "drop", "show", "alter"};
    static const std::set<std::string> kObjects = {
        "function",  "table",     "index",        "variable",   "temporary", "procedure",
        "flow",      "streaming", "materialized", "role",       "roles",     "views",
        "locks",     "indexes",   "collations",   "procedures", "database",  "schema",
        "namespace", "view",      "or",           "external",   "temp",      "principals"};
    if (kMaker.contains(ToLower(word)) && !kObjects.contains(what)) continue;
    return NotSupported("the SQL statement " + std::string(word) + " " + tokens_.Peek(1).text);
  }
  return tokens_.Unexpected();
}

Result<Statement> SqlParser::SetStatement() {
  Statement statement;
  tokens_.Take();
  if (tokens_.MatchWord("catalog")) {
    statement.command = "SET CATALOG";
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
    return statement;
  }
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
  if (statement.key.size() > 2 && statement.key.front() == '`' && statement.key.back() == '`') {
    statement.key = statement.key.substr(1, statement.key.size() - 2);
  }
  if (equals != std::string::npos) statement.value = Trim(rest.substr(equals + 1));
  return statement;
}

Result<Statement> SqlParser::ExplainStatement() {
  Statement statement;
  tokens_.Take();
  statement.command = "EXPLAIN";
  statement.extended = tokens_.MatchWord("extended") || tokens_.MatchWord("cost");
  if (tokens_.IsWord("codegen")) return NotSupported("EXPLAIN CODEGEN", "use EXPLAIN EXTENDED");
  tokens_.MatchWord("formatted");
  if (!BeginsQuery() && !tokens_.IsWord("table")) return NotSupported("EXPLAIN of a command");
  ARROW_ASSIGN_OR_RAISE(statement.query, Query());
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  return statement;
}

// CACHE TABLE, UNCACHE TABLE, CLEAR CACHE, REFRESH TABLE, REFRESH 'path'
Result<Statement> SqlParser::CacheStatement() {
  Statement statement;
  if (tokens_.MatchWords({"clear", "cache"})) {
    statement.command = "CLEAR CACHE";
  } else if (tokens_.MatchWord("refresh")) {
    if (tokens_.IsWord("function")) return NotSupported("REFRESH FUNCTION");
    statement.command = "REFRESH TABLE";
    if (IsStringToken()) {
      statement.key = StringContent(tokens_.Take());
    } else {
      if (tokens_.IsName(1)) tokens_.MatchWord("table");
      ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    }
  } else {
    statement.command = tokens_.IsWord("cache") ? "CACHE TABLE" : "UNCACHE TABLE";
    tokens_.Take();
    tokens_.MatchWord("lazy");
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord("table"));
    statement.if_exists = tokens_.MatchWords({"if", "exists"});
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    // Options say where to keep what is computed again anyway.
    if (tokens_.MatchWord("options")) ARROW_RETURN_NOT_OK(PropertyList().status());
    if (statement.command == "CACHE TABLE" && (tokens_.MatchWord("as") || BeginsQuery())) {
      ARROW_ASSIGN_OR_RAISE(statement.query, Query());
    }
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  return statement;
}

Result<Statement> SqlParser::UseStatement() {
  Statement statement;
  statement.command = "USE";
  tokens_.Take();
  if (tokens_.IsName(1)) {
    for (const char* word : {"namespace", "database", "schema", "catalog"}) {
      if (tokens_.MatchWord(word)) break;
    }
  }
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  return statement;
}

Result<Statement> SqlParser::ParseStatement() {
  using Method = Result<Statement> (SqlParser::*)();
  struct Beginning {
    const char* word;
    Method parse;
  };
  static constexpr Beginning kBeginnings[] = {
      {"create", &SqlParser::CreateStatement},   {"replace", &SqlParser::CreateStatement},
      {"drop", &SqlParser::DropStatement},       {"alter", &SqlParser::AlterStatement},
      {"insert", &SqlParser::InsertStatement},   {"truncate", &SqlParser::TruncateStatement},
      {"msck", &SqlParser::RepairStatement},     {"repair", &SqlParser::RepairStatement},
      {"analyze", &SqlParser::AnalyzeStatement}, {"comment", &SqlParser::CommentStatement},
      {"show", &SqlParser::ShowStatement},       {"describe", &SqlParser::DescribeStatement},
      {"desc", &SqlParser::DescribeStatement},   {"set", &SqlParser::SetStatement},
      {"explain", &SqlParser::ExplainStatement}, {"cache", &SqlParser::CacheStatement},
      {"uncache", &SqlParser::CacheStatement},   {"clear", &SqlParser::CacheStatement},
      {"refresh", &SqlParser::CacheStatement},   {"use", &SqlParser::UseStatement},
  };
  for (const Beginning& beginning : kBeginnings) {
    if (tokens_.IsWord(beginning.word)) return (this->*beginning.parse)();
  }
  Statement statement;
  if (tokens_.MatchWord("reset")) {
    statement.command = "RESET";
    statement.key = Trim(tokens_.sql().substr(tokens_.Peek().begin));
    return statement;
  }
  if (tokens_.IsName() && !BeginsQuery() && !tokens_.IsWord("table")) {
    for (const char* word : kUnsupported) {
      if (tokens_.IsWord(word)) return UnsupportedStatement();
    }
  }
  if (tokens_.IsWord("with")) {
    const size_t begin = tokens_.position(), positional = next_positional_;
    tokens_.Take();
    ARROW_RETURN_NOT_OK(CommonTables());
    if (tokens_.IsWord("insert")) return InsertStatement();
    common_tables_.clear();
    next_positional_ = positional;
    tokens_.Rewind(begin);
  }
  ARROW_ASSIGN_OR_RAISE(statement.query, Query());
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  return statement;
}

}  // namespace headrace

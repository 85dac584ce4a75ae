// SQL text to unresolved plans and expressions.
//
// Errors are ParseExceptions: PARSE_SYNTAX_ERROR with line and position; statements and clauses
// that Spark knows and the engine does not are refused by name (UNSUPPORTED_FEATURE…).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/unresolved.h"
#include "types/time.h"

namespace headrace {

struct ParserOptions {
  bool ansi = true;
  bool double_quoted_identifiers = false;
  std::shared_ptr<const TimeZone> zone = TimeZone::Utc();  // TIMESTAMP '…' literals
  // Functions that the session registered (spark.udf.register), which win over the built-in ones;
  // null: none of that name.
  std::function<std::shared_ptr<const PythonFunction>(const std::string& name)> registered =
      [](const std::string&) { return nullptr; };
  // The same of table functions (spark.udtf.register).
  std::function<std::shared_ptr<const PythonFunction>(const std::string& name)> registered_table =
      [](const std::string&) { return nullptr; };
};
// The call as one of a registered function if there is one of its name.
UnresolvedPtr WithRegistered(UnresolvedPtr call, const ParserOptions& options);

// An expression, perhaps with `AS alias` or `AS (a, b)`: what expr(), selectExpr, filter("…") send.
Result<UnresolvedPtr> ParseExpression(const std::string& text, const ParserOptions& options);
// `a DESC NULLS LAST` elements are allowed too (orderBy(expr)).

struct TableStatement;

// A statement. Queries have `query`; commands have `command`, the words that it begins with in
// upper case and full ("CREATE TEMPORARY VIEW", "ALTER TABLE RENAME"), and perhaps a query too.
struct Statement {
  LogicalPlanPtr query;
  std::string command;
  std::vector<std::string> name_parts;
  bool replace = false, global = false, if_exists = false, if_not_exists = false, extended = false;
  std::string key;
  std::optional<std::string> value;
  std::shared_ptr<const TableStatement> table;  // table_statement.h; may be null
};
// Parameters of the query: `:name` and `?`.
struct SqlParameters {
  std::map<std::string, UnresolvedPtr> named;
  std::vector<UnresolvedPtr> positional;
};
Result<Statement> ParseStatement(const std::string& text, const ParserOptions& options,
                                 const SqlParameters& parameters = {});

}  // namespace headrace

// SQL statements: what a text asks for, and the commands about the session itself.

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "base/log.h"
#include "functions/registry.h"
#include "session/local_table.h"
#include "session/session.h"
#include "session/session_state.h"
#include "session/table_catalog.h"
#include "session/table_commands.h"

namespace headrace {
namespace {

const FunctionDocumentation* DocumentationOf(const std::string& name) {
  const FunctionRegistry& functions = FunctionRegistry::BuiltIn();
  if (const auto* scalar = functions.FindScalar(name)) return &scalar->documentation;
  if (const auto* aggregate = functions.FindAggregate(name)) return &aggregate->documentation;
  if (const auto* generator = functions.FindGenerator(name)) return &generator->documentation;
  return nullptr;
}

Result<LogicalPlanPtr> DescribeFunction(const Statement& statement) {
  const std::string& name = statement.name_parts.back();
  const FunctionDocumentation* documentation = DocumentationOf(name);
  if (documentation == nullptr) {
    return AnalysisError("UNRESOLVED_ROUTINE",
                         "There is no function " + QuoteIdentifier(name) +
                             "; SHOW FUNCTIONS lists those that there are",
                         {{"routineName", QuoteIdentifier(name)}, {"searchPath", ""}});
  }
  LocalTable table({"function_desc"});
  table.Row({"Function: " + name})
      .Row({"Usage: " + documentation->signature + " - " + documentation->description});
  if (statement.extended) table.Row({"Example: " + documentation->example});
  return table.Plan();
}

}  // namespace

Result<LogicalPlanPtr> Session::Sql(const std::string& text, const SqlParameters& parameters,
                                    const CancellationToken* cancellation) {
  ARROW_ASSIGN_OR_RAISE(const Statement statement,
                        ParseStatement(text, parser_options(), parameters));
  if (!statement.command.empty()) return impl_->RunCommand(statement, cancellation);
  ARROW_RETURN_NOT_OK(impl_->Analyze(statement.query));
  return statement.query;
}

Result<LogicalPlanPtr> Session::Impl::RunCommand(const Statement& statement,
                                                 const CancellationToken* cancellation) {
  ARROW_ASSIGN_OR_RAISE(auto answer, TableCommands(this, statement, cancellation).Run());
  if (answer) return *std::move(answer);
  return RunSessionCommand(statement);
}

Result<LogicalPlanPtr> Session::Impl::RunSessionCommand(const Statement& statement) {
  const std::string& command = statement.command;
  if (command == "SET") {
    if (statement.value) {
      ARROW_RETURN_NOT_OK(configuration.Set(statement.key, *statement.value));
      return LocalTable({"key", "value"}).Row({statement.key, *statement.value}).Plan();
    }
    LocalTable table({"key", "value"});
    if (!statement.key.empty())
      return table.Row({statement.key, configuration.Get(statement.key).value_or("<undefined>")})
          .Plan();
    for (const auto& [key, value] : RedactOptions(configuration.All())) table.Row({key, value});
    return table.Plan();
  }
  if (command == "RESET") {
    if (!statement.key.empty()) {
      configuration.Unset(statement.key);
    } else {
      for (const auto& [key, value] : configuration.All()) configuration.Unset(key);
    }
    return LocalTable::Nothing();
  }
  if (command == "SHOW FUNCTIONS") {
    LocalTable table({"function"});
    const std::optional<std::string> pattern =
        statement.table ? statement.table->pattern : std::nullopt;
    std::set<std::string> names;
    if (statement.key != "user") {
      const auto built_in = FunctionRegistry::BuiltIn().Names();
      names.insert(built_in.begin(), built_in.end());
    }
    if (statement.key != "system") {
      std::lock_guard lock(mutex);
      for (const auto& [name, function] : functions) names.insert(name);
    }
    for (const std::string& name : names) {
      if (MatchesPattern(name, pattern)) table.Row({name});
    }
    return table.Plan();
  }
  if (command == "DESCRIBE FUNCTION") return DescribeFunction(statement);
  if (command == "EXPLAIN") {
    ARROW_ASSIGN_OR_RAISE(std::string text,
                          Explain(statement.query, statement.extended ? ExplainMode::kExtended
                                                                      : ExplainMode::kSimple));
    return LocalTable({"plan"}).Row({std::move(text)}).Plan();
  }
  return NotSupported("the SQL statement " + command);
}

}  // namespace headrace

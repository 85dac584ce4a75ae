// Views, catalog operations (`spark.catalog.*`) and the SQL statements that are no queries.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "functions/registry.h"
#include "session/local_table.h"
#include "session/session.h"
#include "session/session_state.h"
#include "types/value_text.h"

namespace headrace {
namespace {

constexpr char kCatalog[] = "spark_catalog";
constexpr char kDatabase[] = "default";
constexpr char kGlobalDatabase[] = "global_temp";

Status TableNotFound(const std::vector<std::string>& name_parts) {
  std::string name;
  for (const auto& part : name_parts) name += (name.empty() ? "" : ".") + QuoteIdentifier(part);
  return AnalysisError(
      "TABLE_OR_VIEW_NOT_FOUND",
      "The table or view " + name +
          " cannot be found; check its name, or make it with createOrReplaceTempView",
      {{"relationName", name}});
}

}  // namespace

Result<std::optional<LogicalPlanPtr>> Session::Impl::FindTable(
    const std::vector<std::string>& name_parts) {
  const ViewCatalog* catalog = CatalogOf(name_parts);
  ResolvedPlanPtr found = catalog == nullptr ? nullptr : catalog->Find(name_parts.back());
  if (!found) return std::optional<LogicalPlanPtr>();
  // One place for each name: what a view held before it was replaced is not kept.
  const std::string place = (catalog == &views ? "view " : "global view ");
  return std::optional(Keep(place + ToLower(name_parts.back()), std::move(found)));
}

ViewCatalog* Session::Impl::CatalogOf(const std::vector<std::string>& name_parts) {
  // `default.t` and `spark_catalog.default.t` never name a temporary view; a single part does.
  if (name_parts.size() == 1) return &views;
  const bool global = name_parts.size() == 2 && EqualsIgnoreCase(name_parts[0], kGlobalDatabase);
  return global ? engine->global_views.get() : nullptr;
}

Status Session::CreateTempView(const std::string& name, LogicalPlanPtr plan, bool replace,
                               bool global) {
  ARROW_ASSIGN_OR_RAISE(auto resolved, impl_->Analyze(plan));
  ViewCatalog& catalog = global ? *impl_->engine->global_views : impl_->views;
  return catalog.Put(name, std::move(resolved), replace);
}

Result<LogicalPlanPtr> Session::Sql(const std::string& text, const SqlParameters& parameters) {
  ARROW_ASSIGN_OR_RAISE(const Statement statement,
                        ParseStatement(text, parser_options(), parameters));
  if (!statement.command.empty()) return impl_->RunCommand(statement);
  ARROW_RETURN_NOT_OK(impl_->Analyze(statement.query));
  return statement.query;
}

Result<LogicalPlanPtr> Session::Impl::RunCatalogOperation(const LogicalPlan& operation) {
  const std::string& name = operation.name;
  const std::vector<std::string>& arguments = operation.names;
  auto argument = [&](size_t i) { return i < arguments.size() ? arguments[i] : std::string(); };
  if (name == "currentCatalog") return LocalTable({"current_catalog"}).Row({kCatalog}).Plan();
  if (name == "currentDatabase") return LocalTable({"current_database"}).Row({kDatabase}).Plan();
  if (name == "listCatalogs")
    return LocalTable({"name", "description"}).Row({kCatalog, std::nullopt}).Plan();
  if (name == "listDatabases" || name == "getDatabase") {
    return LocalTable({"name", "catalog", "description", "locationUri"})
        .Row({kDatabase, kCatalog, "default database", ""})
        .Plan();
  }
  if (name == "databaseExists")
    return LocalTable::Boolean("databaseExists", EqualsIgnoreCase(argument(0), kDatabase));
  if (name == "tableExists" || name == "isCached") {
    ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(argument(0)));
    ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(parts));
    if (name == "tableExists") return LocalTable::Boolean(name, table.has_value());
    if (!table) return TableNotFound(parts);
    return LocalTable::Boolean(name, false);
  }
  if (name == "functionExists") {
    const auto names = FunctionRegistry::BuiltIn().Names();
    return LocalTable::Boolean(
        name, std::find(names.begin(), names.end(), ToLower(argument(0))) != names.end());
  }
  if (name == "dropTempView") return LocalTable::Boolean(name, views.Remove(argument(0)));
  if (name == "dropGlobalTempView")
    return LocalTable::Boolean(name, engine->global_views->Remove(argument(0)));
  if (name == "listTables") {
    const bool global = EqualsIgnoreCase(argument(0), kGlobalDatabase);
    return LocalTable::Views(global ? engine->global_views->Names() : std::vector<std::string>(),
                             views.Names());
  }
  if (name == "getTable") {
    ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(argument(0)));
    ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(parts));
    if (!table) return TableNotFound(parts);
    const bool global = CatalogOf(parts) != &views;
    const std::vector<std::string> view = {ToLower(parts.back())}, none;
    return LocalTable::Views(global ? view : none, global ? none : view);
  }
  if (name == "listColumns") {
    ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(argument(0)));
    ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(parts));
    if (!table) return TableNotFound(parts);
    ARROW_ASSIGN_OR_RAISE(const auto resolved, Analyze(*table));
    return LocalTable::Columns(*resolved->schema());
  }
  if (name == "listFunctions") {
    LocalTable table({"name", "catalog", "namespace", "description", "className", "isTemporary"});
    for (const auto& function : FunctionRegistry::BuiltIn().Names()) {
      table.Row({function, std::nullopt, std::nullopt, std::nullopt, "headrace", "true"});
    }
    return table.Plan();
  }
  if (name == "cacheTable" || name == "uncacheTable" || name == "clearCache" ||
      name == "refreshTable" || name == "refreshByPath") {
    return LocalTable({"result"}).Plan();
  }
  return NotSupported("spark.catalog." + name);
}

Result<LogicalPlanPtr> Session::Impl::RunCommand(const Statement& statement) {
  const std::string& command = statement.command;
  if (command == "CREATE TEMPORARY VIEW") {
    ARROW_ASSIGN_OR_RAISE(auto resolved, Analyze(statement.query));
    ViewCatalog& catalog = statement.global ? *engine->global_views : views;
    const std::string& name = statement.name_parts.back();
    if (statement.if_not_exists && catalog.Find(name)) return LocalTable::Nothing();
    ARROW_RETURN_NOT_OK(catalog.Put(name, std::move(resolved), statement.replace));
    return LocalTable::Nothing();
  }
  if (command == "DROP VIEW") {
    ViewCatalog* catalog = CatalogOf(statement.name_parts);
    const bool removed = catalog != nullptr && catalog->Remove(statement.name_parts.back());
    if (!removed && !statement.if_exists) return TableNotFound(statement.name_parts);
    return LocalTable::Nothing();
  }
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
  if (command == "SHOW TABLES" || command == "SHOW VIEWS") {
    LocalTable table(
        {"namespace", command == "SHOW TABLES" ? "tableName" : "viewName", "isTemporary"});
    return table.RowsOfViews(views.Names());
  }
  if (command == "DESCRIBE") {
    LogicalPlanPtr described = statement.query;
    if (!described) {
      ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(statement.name_parts));
      if (!table) return TableNotFound(statement.name_parts);
      described = *table;
    }
    ARROW_ASSIGN_OR_RAISE(const auto resolved, Analyze(described));
    LocalTable table({"col_name", "data_type", "comment"});
    for (const auto& column : resolved->output)
      table.Row({column.name, SimpleString(*column.type), std::nullopt});
    return table.Plan();
  }
  if (command == "SHOW FUNCTIONS") {
    LocalTable table({"function"});
    for (const auto& name : FunctionRegistry::BuiltIn().Names()) table.Row({name});
    return table.Plan();
  }
  if (command == "DESCRIBE FUNCTION") {
    const std::string& name = statement.name_parts.back();
    const FunctionRegistry& functions = FunctionRegistry::BuiltIn();
    const FunctionDocumentation* documentation = nullptr;
    if (const auto* scalar = functions.FindScalar(name)) documentation = &scalar->documentation;
    if (const auto* aggregate = functions.FindAggregate(name))
      documentation = &aggregate->documentation;
    if (const auto* generator = functions.FindGenerator(name))
      documentation = &generator->documentation;
    LocalTable table({"function_desc"});
    if (documentation == nullptr) return table.Row({"Function: " + name + " not found."}).Plan();
    table.Row({"Function: " + name})
        .Row({"Usage: " + documentation->signature + " - " + documentation->description});
    if (statement.extended) table.Row({"Example: " + documentation->example});
    return table.Plan();
  }
  if (command == "EXPLAIN") {
    ARROW_ASSIGN_OR_RAISE(std::string text,
                          Explain(statement.query, statement.extended ? ExplainMode::kExtended
                                                                      : ExplainMode::kSimple));
    return LocalTable({"plan"}).Row({std::move(text)}).Plan();
  }
  if (command == "CACHE TABLE" || command == "USE") return LocalTable::Nothing();
  return NotSupported("the SQL statement " + command);
}

}  // namespace headrace

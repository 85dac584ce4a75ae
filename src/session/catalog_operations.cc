// spark.catalog.*: each operation answers with a small table.

#include <algorithm>
#include <mutex>
#include <set>

#include "connectors/file/file_path.h"
#include "functions/registry.h"
#include "session/catalog_errors.h"
#include "session/local_table.h"
#include "session/session_state.h"
#include "session/table_catalog.h"
#include "session/table_commands.h"
#include "session/table_writer.h"
#include "sql/table_statement.h"

namespace headrace {
namespace {

const std::vector<std::string> kTableColumns = {"name",        "catalog",   "namespace",
                                                "description", "tableType", "isTemporary"};
const std::vector<std::string> kFunctionColumns = {"name",        "catalog",   "namespace",
                                                   "description", "className", "isTemporary"};

std::optional<std::string> GivenText(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

void AddTable(const TableDescription& table, LocalTable* rows) {
  const char* type = table.is_view()                     ? "VIEW"
                     : table.kind == TableKind::kManaged ? "MANAGED"
                                                         : "EXTERNAL";
  rows->Row({table.name, kCatalogName, table.database, table.comment, type, "false"});
}

void AddTemporary(const std::string& name, bool global, LocalTable* rows) {
  rows->Row({name, std::nullopt, global ? kGlobalDatabase : "", std::nullopt, "TEMPORARY", "true"});
}

// One call; arguments are texts in the order of the message's fields, "" for absent ones.
class CatalogOperation {
 public:
  CatalogOperation(Session::Impl* session, const LogicalPlan& operation)
      : session_(session), operation_(operation) {}

  Result<LogicalPlanPtr> Run() {
    const std::string& name = operation_.name;
    if (name == "currentCatalog") return LocalTable({"current_catalog"}).Row({kCatalogName}).Plan();
    if (name == "currentDatabase") {
      return LocalTable({"current_database"}).Row({session_->tables.current_database()}).Plan();
    }
    if (name == "setCurrentCatalog") {
      if (!EqualsIgnoreCase(Argument(0), kCatalogName)) return CatalogNotFound(Argument(0));
      return LocalTable::Nothing();
    }
    if (name == "setCurrentDatabase") {
      ARROW_RETURN_NOT_OK(session_->tables.SetCurrentDatabase(Argument(0)));
      return LocalTable::Nothing();
    }
    if (name == "listCatalogs") {
      LocalTable rows({"name", "description"});
      if (MatchesPattern(kCatalogName, GivenText(Argument(0)))) {
        rows.Row({kCatalogName, std::nullopt});
      }
      return rows.Plan();
    }
    if (name == "listDatabases" || name == "getDatabase") return Databases();
    if (name == "databaseExists") {
      return LocalTable::Boolean(name, session_->tables.RequireDatabase(ToLower(Argument(0))).ok());
    }
    if (name == "listTables") return ListTables();
    if (name == "getTable") return GetTable();
    if (name == "listColumns") return ListColumns();
    if (name == "tableExists") return TableExistsHere();
    if (name == "listFunctions" || name == "getFunction") return Functions();
    if (name == "functionExists") {
      return LocalTable::Boolean(name, FunctionKnown(Argument(0)));
    }
    if (name == "dropTempView") {
      return LocalTable::Boolean(name, session_->views.Remove(Argument(0)));
    }
    if (name == "dropGlobalTempView") {
      return LocalTable::Boolean(name, session_->engine->global_views->Remove(Argument(0)));
    }
    if (name == "createTable" || name == "createExternalTable") return CreateTable();
    if (name == "isCached" || name == "cacheTable" || name == "uncacheTable" ||
        name == "refreshTable" || name == "recoverPartitions") {
      return OfTable();
    }
    if (name == "clearCache") session_->tables.ClearCached();
    if (name == "clearCache" || name == "refreshByPath") return LocalTable::Nothing();
    return NotSupported("spark.catalog." + name);
  }

 private:
  std::string Argument(size_t i) const {
    return i < operation_.names.size() ? operation_.names[i] : std::string();
  }

  // `t`, or `t` of a database that is given apart.
  Result<std::vector<std::string>> TableParts() const {
    ARROW_ASSIGN_OR_RAISE(auto parts, ParseNameParts(Argument(0)));
    if (!Argument(1).empty() && parts.size() == 1) {
      return std::vector<std::string>{Argument(1), parts[0]};
    }
    return parts;
  }

  Result<LogicalPlanPtr> Databases() {
    ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, session_->tables.OpenWarehouse());
    std::vector<std::string> names;
    if (operation_.name == "getDatabase") {
      ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(Argument(0)));
      ARROW_ASSIGN_OR_RAISE(const std::string name, session_->tables.IdentifyDatabase(parts));
      ARROW_RETURN_NOT_OK(session_->tables.RequireDatabase(name));
      names = {name};
    } else {
      ARROW_ASSIGN_OR_RAISE(names, warehouse.Databases());
      std::erase_if(
          names, [&](const auto& name) { return !MatchesPattern(name, GivenText(Argument(0))); });
    }
    LocalTable rows({"name", "catalog", "description", "locationUri"});
    for (const auto& name : names) {
      ARROW_ASSIGN_OR_RAISE(const auto database, warehouse.FindDatabase(name));
      if (!database) continue;
      rows.Row(
          {name, kCatalogName, database->comment, QualifiedPath(warehouse.LocationOf(*database))});
    }
    return rows.Plan();
  }

  Result<LogicalPlanPtr> ListTables() {
    LocalTable rows(kTableColumns);
    std::vector<std::string> parts;
    if (!Argument(0).empty()) {
      ARROW_ASSIGN_OR_RAISE(parts, ParseNameParts(Argument(0)));
    }
    const auto pattern = GivenText(Argument(1));
    ARROW_ASSIGN_OR_RAISE(const std::string database, session_->tables.IdentifyDatabase(parts));
    if (database == kGlobalDatabase) {
      for (const auto& name : session_->engine->global_views->Names()) {
        if (MatchesPattern(name, pattern)) AddTemporary(name, true, &rows);
      }
    } else {
      ARROW_RETURN_NOT_OK(session_->tables.RequireDatabase(database));
      ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, session_->tables.OpenWarehouse());
      ARROW_ASSIGN_OR_RAISE(const auto names, warehouse.Tables(database));
      for (const auto& name : names) {
        if (!MatchesPattern(name, pattern)) continue;
        ARROW_ASSIGN_OR_RAISE(const auto table, warehouse.FindTable(database, name));
        if (table) AddTable(*table, &rows);
      }
    }
    for (const auto& name : session_->views.Names()) {
      if (MatchesPattern(name, pattern)) AddTemporary(name, false, &rows);
    }
    return rows.Plan();
  }

  Result<LogicalPlanPtr> GetTable() {
    LocalTable rows(kTableColumns);
    ARROW_ASSIGN_OR_RAISE(const auto parts, TableParts());
    if (session_->IsTemporaryView(parts)) {
      AddTemporary(ToLower(parts.back()), session_->CatalogOf(parts) != &session_->views, &rows);
      return rows.Plan();
    }
    ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Require(parts));
    AddTable(table, &rows);
    return rows.Plan();
  }

  Result<LogicalPlanPtr> ListColumns() {
    ARROW_ASSIGN_OR_RAISE(const auto parts, TableParts());
    if (!session_->IsTemporaryView(parts)) {
      ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Require(parts));
      return LocalTable::Columns(*table.schema, table.partition_columns);
    }
    ARROW_ASSIGN_OR_RAISE(const auto view, session_->FindTable(parts));
    ARROW_ASSIGN_OR_RAISE(const auto resolved, session_->Analyze(*view));
    return LocalTable::Columns(*resolved->schema(), {});
  }

  Result<LogicalPlanPtr> TableExistsHere() {
    ARROW_ASSIGN_OR_RAISE(const auto parts, TableParts());
    bool exists = session_->IsTemporaryView(parts);
    const auto name = session_->tables.Identify(parts);
    if (!exists && name.ok()) {
      ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Find(*name));
      exists = table.has_value();
    }
    return LocalTable::Boolean("tableExists", exists);
  }

  // Built-in ones, and those that the session registered.
  std::set<std::string> FunctionNames() const {
    const auto built_in = FunctionRegistry::BuiltIn().Names();
    std::set<std::string> names(built_in.begin(), built_in.end());
    std::lock_guard lock(session_->mutex);
    for (const auto& [name, function] : session_->functions) names.insert(name);
    return names;
  }

  bool FunctionKnown(const std::string& name) const {
    return FunctionNames().contains(ToLower(name));
  }

  Result<LogicalPlanPtr> Functions() {
    LocalTable rows(kFunctionColumns);
    const bool one = operation_.name == "getFunction";
    if (one && !FunctionKnown(Argument(0))) {
      return AnalysisError("UNRESOLVED_ROUTINE",
                           "There is no function " + QuoteIdentifier(Argument(0)) +
                               "; SHOW FUNCTIONS lists those that there are",
                           {{"routineName", QuoteIdentifier(Argument(0))}, {"searchPath", ""}});
    }
    for (const std::string& name : FunctionNames()) {
      const bool wanted =
          one ? EqualsIgnoreCase(name, Argument(0)) : MatchesPattern(name, GivenText(Argument(1)));
      if (wanted) {
        rows.Row({name, std::nullopt, std::nullopt, std::nullopt, "headrace", "true"});
      }
    }
    return rows.Plan();
  }

  // createTable(name, path, source, description; schema, options)
  Result<LogicalPlanPtr> CreateTable() {
    ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(Argument(0)));
    Statement statement;
    statement.command = "CREATE TABLE";
    statement.name_parts = parts;
    TableStatement table;
    if (!Argument(1).empty()) table.location = Argument(1);
    table.format = operation_.format;
    table.comment = GivenText(operation_.schema_text);
    table.options = operation_.options.values();
    if (operation_.schema && operation_.schema->num_fields() > 0) table.columns = operation_.schema;
    statement.table = std::make_shared<const TableStatement>(std::move(table));
    if (!operation_.plan_id || session_->tables.BeginCall(*operation_.plan_id)) {
      ARROW_RETURN_NOT_OK(TableCommands(session_, statement, nullptr).Run());
    }
    ARROW_ASSIGN_OR_RAISE(const auto made, session_->FindTable(parts));
    if (!made) return TableNotFound(parts);
    return *made;
  }

  Result<LogicalPlanPtr> OfTable() {
    ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(Argument(0)));
    ARROW_ASSIGN_OR_RAISE(const auto found, session_->FindTable(parts));
    if (!found) return TableNotFound(parts);
    const std::string name = QuotedParts(parts);
    if (operation_.name == "isCached") {
      return LocalTable::Boolean("isCached", session_->tables.IsCached(name));
    }
    if (operation_.name == "recoverPartitions") {
      Statement repair;
      repair.command = "MSCK REPAIR TABLE";
      repair.name_parts = parts;
      ARROW_RETURN_NOT_OK(TableCommands(session_, repair, nullptr).Run());
    }
    if (operation_.name == "cacheTable") session_->tables.SetCached(name, true);
    if (operation_.name == "uncacheTable") session_->tables.SetCached(name, false);
    return LocalTable::Nothing();
  }

  Session::Impl* const session_;
  const LogicalPlan& operation_;
};

}  // namespace

Result<LogicalPlanPtr> Session::Impl::RunCatalogOperation(const LogicalPlan& operation) {
  return CatalogOperation(this, operation).Run();
}

}  // namespace headrace

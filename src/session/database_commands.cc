// Databases in SQL, the session's place among them, and caches.

#include "session/catalog_errors.h"
#include "session/table_commands.h"

namespace headrace {

Status TableCommands::CreateDatabase() {
  ARROW_ASSIGN_OR_RAISE(const std::string name,
                        session_->tables.IdentifyDatabase(statement_.name_parts));
  if (!IsValidName(name)) return InvalidRelationName(name);
  DatabaseDescription database;
  database.name = name;
  database.comment = table_.comment.value_or("");
  database.properties = table_.properties;
  if (table_.location) {
    ARROW_ASSIGN_OR_RAISE(database.location, StripFileScheme(*table_.location));
    database.location = AbsolutePath(database.location);
  }
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  const Status created = warehouse.CreateDatabase(database);
  if (!created.IsAlreadyExists()) return created;
  return statement_.if_not_exists ? Status::OK() : SchemaExists(name);
}

Status TableCommands::DropDatabase() {
  ARROW_ASSIGN_OR_RAISE(const std::string name,
                        session_->tables.IdentifyDatabase(statement_.name_parts));
  if (name == Warehouse::kDefaultDatabase) {
    return AnalysisError("UNSUPPORTED_FEATURE.DROP_DATABASE",
                         "The database `default` cannot be dropped", {{"database", name}});
  }
  auto found = session_->tables.RequireDatabase(name);
  if (!found.ok()) return statement_.if_exists ? Status::OK() : found.status();
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  ARROW_ASSIGN_OR_RAISE(const auto tables, warehouse.Tables(name));
  if (!tables.empty() && !table_.cascade) {
    return AnalysisError("SCHEMA_NOT_EMPTY",
                         "The database " + QuotedParts({name}) +
                             " has tables or views; say CASCADE to drop them with it",
                         {{"schemaName", QuotedParts({name})}});
  }
  for (const auto& table : tables) {
    ARROW_ASSIGN_OR_RAISE(const auto description, warehouse.FindTable(name, table));
    if (!description) continue;
    ARROW_RETURN_NOT_OK(warehouse.RemoveTable(name, table));
    if (description->kind != TableKind::kManaged) continue;
    ARROW_ASSIGN_OR_RAISE(const std::string location, warehouse.LocationOf(*description));
    ARROW_RETURN_NOT_OK(warehouse.files().RemoveDirectory(location));
  }
  return warehouse.RemoveDatabase(*found);
}

// SET DBPROPERTIES, COMMENT ON DATABASE
Status TableCommands::AlterDatabase() {
  ARROW_ASSIGN_OR_RAISE(const std::string name,
                        session_->tables.IdentifyDatabase(statement_.name_parts));
  ARROW_RETURN_NOT_OK(session_->tables.RequireDatabase(name));
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  return warehouse.ChangeDatabase(name, [&](DatabaseDescription* database) {
    if (statement_.command == "COMMENT ON DATABASE") {
      database->comment = table_.comment.value_or("");
    }
    for (const auto& [key, value] : table_.properties) database->properties[key] = value;
    return Status::OK();
  });
}

Status TableCommands::Use() {
  // `USE spark_catalog` goes nowhere else.
  if (statement_.name_parts.size() == 1 &&
      EqualsIgnoreCase(statement_.name_parts[0], kCatalogName)) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const std::string name,
                        session_->tables.IdentifyDatabase(statement_.name_parts));
  return session_->tables.SetCurrentDatabase(name);
}

Status TableCommands::SetCatalog() {
  if (statement_.name_parts.size() == 1 &&
      EqualsIgnoreCase(statement_.name_parts[0], kCatalogName)) {
    return Status::OK();
  }
  return CatalogNotFound(statement_.name_parts.back());
}

// What is cached is computed again anyway; the name only remembers that it was asked for.
Status TableCommands::Cache() {
  if (statement_.command == "CLEAR CACHE") {
    session_->tables.ClearCached();
    return Status::OK();
  }
  if (statement_.name_parts.empty()) return Status::OK();  // REFRESH 'path'
  if (statement_.query) {                                  // CACHE TABLE v AS …: a temporary view
    ARROW_ASSIGN_OR_RAISE(auto resolved, session_->Analyze(statement_.query));
    ARROW_RETURN_NOT_OK(session_->views.Put(statement_.name_parts.back(), std::move(resolved),
                                            /*replace=*/false));
  }
  ARROW_ASSIGN_OR_RAISE(const auto found, session_->FindTable(statement_.name_parts));
  if (!found) return statement_.if_exists ? Status::OK() : TableNotFound(statement_.name_parts);
  if (statement_.command == "REFRESH TABLE") return Status::OK();
  session_->tables.SetCached(QuotedParts(statement_.name_parts),
                             statement_.command == "CACHE TABLE");
  return Status::OK();
}

}  // namespace headrace

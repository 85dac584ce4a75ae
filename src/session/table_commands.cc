#include "session/table_commands.h"

#include <algorithm>

#include "connectors/file/log_entries.h"
#include "session/catalog_errors.h"
#include "session/table_input.h"
#include "session/table_writer.h"

namespace headrace {

const TableStatement TableCommands::kNothing;

Result<std::optional<LogicalPlanPtr>> TableCommands::Run() {
  struct Change {
    const char* command;
    Status (TableCommands::*run)();
  };
  static constexpr Change kChanges[] = {
      {"CREATE TABLE", &TableCommands::CreateTable},
      {"REPLACE TABLE", &TableCommands::CreateTable},
      {"CREATE TABLE LIKE", &TableCommands::CreateTableLike},
      {"DROP TABLE", &TableCommands::DropTable},
      {"DROP VIEW", &TableCommands::DropTable},
      {"ALTER TABLE RENAME", &TableCommands::RenameTable},
      {"ALTER VIEW RENAME", &TableCommands::RenameTable},
      {"ALTER TABLE ADD COLUMNS", &TableCommands::AddColumns},
      {"ALTER TABLE SET TBLPROPERTIES", &TableCommands::SetProperties},
      {"ALTER VIEW SET TBLPROPERTIES", &TableCommands::SetProperties},
      {"ALTER TABLE UNSET TBLPROPERTIES", &TableCommands::UnsetProperties},
      {"COMMENT ON TABLE", &TableCommands::SetComment},
      {"INSERT", &TableCommands::Insert},
      {"TRUNCATE TABLE", &TableCommands::Truncate},
      {"ALTER TABLE ADD PARTITION", &TableCommands::AddPartitions},
      {"ALTER TABLE DROP PARTITION", &TableCommands::DropPartitions},
      {"MSCK REPAIR TABLE", &TableCommands::Repair},
      {"ANALYZE TABLE", &TableCommands::Analyze},
      {"CREATE VIEW", &TableCommands::CreateView},
      {"CREATE TEMPORARY VIEW", &TableCommands::CreateTemporaryView},
      {"CREATE TEMPORARY VIEW USING", &TableCommands::CreateTemporaryViewUsing},
      {"ALTER VIEW AS", &TableCommands::AlterView},
      {"CREATE DATABASE", &TableCommands::CreateDatabase},
      {"DROP DATABASE", &TableCommands::DropDatabase},
      {"ALTER DATABASE SET PROPERTIES", &TableCommands::AlterDatabase},
      {"COMMENT ON DATABASE", &TableCommands::AlterDatabase},
      {"USE", &TableCommands::Use},
      {"SET CATALOG", &TableCommands::SetCatalog},
      {"CACHE TABLE", &TableCommands::Cache},
      {"UNCACHE TABLE", &TableCommands::Cache},
      {"CLEAR CACHE", &TableCommands::Cache},
      {"REFRESH TABLE", &TableCommands::Cache},
  };
  struct Question {
    const char* command;
    Result<LogicalPlanPtr> (TableCommands::*run)();
  };
  static constexpr Question kQuestions[] = {
      {"SHOW TABLES", &TableCommands::ShowTables},
      {"SHOW VIEWS", &TableCommands::ShowTables},
      {"SHOW DATABASES", &TableCommands::ShowDatabases},
      {"SHOW COLUMNS", &TableCommands::ShowColumns},
      {"SHOW PARTITIONS", &TableCommands::ShowPartitions},
      {"SHOW TBLPROPERTIES", &TableCommands::ShowProperties},
      {"SHOW CREATE TABLE", &TableCommands::ShowCreateTable},
      {"SHOW CURRENT NAMESPACE", &TableCommands::ShowCurrent},
      {"SHOW CATALOGS", &TableCommands::ShowCatalogs},
      {"DESCRIBE", &TableCommands::Describe},
      {"DESCRIBE DATABASE", &TableCommands::DescribeDatabase},
  };
  for (const Change& change : kChanges) {
    if (statement_.command != change.command) continue;
    ARROW_RETURN_NOT_OK((this->*change.run)());
    ARROW_ASSIGN_OR_RAISE(auto nothing, LocalTable::Nothing());
    return std::optional(std::move(nothing));
  }
  for (const Question& question : kQuestions) {
    if (statement_.command != question.command) continue;
    ARROW_ASSIGN_OR_RAISE(auto answer, (this->*question.run)());
    return std::optional(std::move(answer));
  }
  return std::optional<LogicalPlanPtr>();
}

Result<TableDescription> TableCommands::TableFor(const std::string& operation) {
  if (session_->IsTemporaryView(statement_.name_parts)) {
    return TableExpected(statement_.name_parts, operation);
  }
  return session_->tables.RequireTable(statement_.name_parts, operation);
}

Status TableCommands::CreateTable() {
  const std::vector<std::string>& parts = statement_.name_parts;
  if (statement_.replace || statement_.command == "REPLACE TABLE") {
    return TableOperationUnsupported(
        parts, statement_.query ? "REPLACE TABLE AS SELECT" : "REPLACE TABLE");
  }
  ARROW_ASSIGN_OR_RAISE(const TableName name, session_->tables.NewName(parts));
  TableDescription table;
  table.database = name.database;
  table.name = name.table;
  table.format = session_->FormatOrDefault(table_.format);
  table.properties = table_.properties;
  table.comment = table_.comment;
  table.partition_columns = table_.partition_columns;
  ARROW_RETURN_NOT_OK(session_->SetPlace(table_.options, table_.location, &table));
  if (table_.external && table.location.empty()) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1069",
                         "CREATE EXTERNAL TABLE needs LOCATION, or the option path");
  }
  ARROW_ASSIGN_OR_RAISE(auto source, session_->connectors.FindSource(table.format));
  const auto existing = session_->tables.Find(name);
  if (!statement_.query) {
    if (existing.ok() && *existing) {
      return statement_.if_not_exists ? Status::OK() : TableExists(name.short_parts());
    }
    table.schema = table_.columns;
    if (!table.schema) {  // the files know
      SourceSpecification files;
      files.format = table.format;
      files.options = Options(table.options);
      ARROW_ASSIGN_OR_RAISE(const std::string location, session_->tables.LocationOf(table));
      files.paths = {location};
      if (table.location.empty()) {
        return AnalysisError("UNABLE_TO_INFER_SCHEMA",
                             "A new table has no files that would tell its columns; name the "
                             "columns",
                             {{"format", table.format}});
      }
      ARROW_ASSIGN_OR_RAISE(table.schema,
                            source->ResolveSchema(files, false, session_->Connector()));
    }
  }
  return TableWriter(session_, cancellation_, nullptr)
      .Create(std::move(table), statement_.query,
              statement_.if_not_exists ? SaveMode::kIgnore : SaveMode::kErrorIfExists);
}

Status TableCommands::CreateTableLike() {
  ARROW_ASSIGN_OR_RAISE(const TableName name, session_->tables.NewName(statement_.name_parts));
  ARROW_ASSIGN_OR_RAISE(const auto model,
                        session_->tables.RequireTable(table_.other_name, "CREATE TABLE LIKE"));
  TableDescription table;
  table.database = name.database;
  table.name = name.table;
  table.format = table_.format.empty() ? model.format : table_.format;
  table.schema = model.schema;
  table.partition_columns = model.partition_columns;
  table.comment = model.comment;
  table.properties = table_.properties;
  table.options = model.options;
  ARROW_RETURN_NOT_OK(session_->SetPlace(table_.options, table_.location, &table));
  return TableWriter(session_, cancellation_, nullptr)
      .Create(std::move(table), nullptr,
              statement_.if_not_exists ? SaveMode::kIgnore : SaveMode::kErrorIfExists);
}

Status TableCommands::DropTable() {
  const std::vector<std::string>& parts = statement_.name_parts;
  const bool view = statement_.command == "DROP VIEW";
  ViewCatalog* temporary = session_->CatalogOf(parts);
  if (temporary != nullptr && temporary->Remove(parts.back())) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const TableName name, session_->tables.Identify(parts));
  ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Find(name));
  if (!table) return statement_.if_exists ? Status::OK() : TableNotFound(parts);
  if (view && !table->is_view()) {
    return WrongCommand("DROP VIEW", "VIEW", name.parts(), "TABLE", "DROP TABLE");
  }
  if (!view && table->is_view()) {
    return WrongCommand("DROP TABLE", "TABLE", name.parts(), "VIEW", "DROP VIEW");
  }
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  // The description first: a table without it is gone, whatever of its data is left.
  ARROW_RETURN_NOT_OK(warehouse.RemoveTable(name.database, name.table));
  if (table->kind != TableKind::kManaged) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string location, warehouse.LocationOf(*table));
  return warehouse.files().RemoveDirectory(location);
}

Status TableCommands::RenameTable() {
  const bool view = statement_.command == "ALTER VIEW RENAME";
  ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Require(statement_.name_parts));
  if (view && !table.is_view()) return RequireView(table, "ALTER VIEW … RENAME TO");
  if (!view && table.is_view()) return TableExpected(PartsOf(table), "ALTER TABLE … RENAME TO");
  ARROW_ASSIGN_OR_RAISE(const TableName name,
                        session_->tables.Identify(table_.other_name, table.database));
  if (name.database != table.database) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1073",
                         "A table stays in its database when it is renamed: " + table.database +
                             " and " + name.database + " differ",
                         {{"db", table.database}, {"newDb", name.database}});
  }
  if (!IsValidName(name.table)) return InvalidRelationName(name.table);
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  const Status renamed = warehouse.RenameTable(table, name.table);
  return renamed.IsAlreadyExists() ? TableExists(name.short_parts()) : renamed;
}

Status TableCommands::AddColumns() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("ALTER TABLE … ADD COLUMNS"));
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  return warehouse.ChangeTable(table.database, table.name, [&](TableDescription* changed) {
    // Before the partition columns.
    arrow::FieldVector fields = changed->schema->fields();
    const auto end = fields.end() - static_cast<ptrdiff_t>(changed->partition_columns.size());
    fields.insert(end, table_.columns->fields().begin(), table_.columns->fields().end());
    return ArrangeSchema(arrow::schema(std::move(fields)), table.name, &changed->partition_columns)
        .Value(&changed->schema);
  });
}

Status TableCommands::SetProperties() {
  const bool view = statement_.command == "ALTER VIEW SET TBLPROPERTIES";
  ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Require(statement_.name_parts));
  if (view && !table.is_view()) return RequireView(table, "ALTER VIEW … SET TBLPROPERTIES");
  if (!view && table.is_view()) return TableExpected(PartsOf(table), "ALTER TABLE …");
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  return warehouse.ChangeTable(table.database, table.name, [&](TableDescription* changed) {
    for (const auto& [key, value] : table_.properties) changed->properties[key] = value;
    return Status::OK();
  });
}

Status TableCommands::UnsetProperties() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("ALTER TABLE … UNSET TBLPROPERTIES"));
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  return warehouse.ChangeTable(table.database, table.name, [&](TableDescription* changed) {
    for (const auto& key : table_.keys) changed->properties.erase(key);
    return Status::OK();
  });
}

Status TableCommands::SetComment() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("COMMENT ON TABLE"));
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  return warehouse.ChangeTable(table.database, table.name, [&](TableDescription* changed) {
    changed->comment = table_.comment;
    return Status::OK();
  });
}

Status TableCommands::Insert() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("INSERT"));
  Insertion insertion;
  insertion.overwrite = table_.overwrite;
  insertion.by_name = table_.by_name;
  insertion.columns = table_.insert_columns;
  if (!table_.partitions.empty()) insertion.partition = table_.partitions[0];
  return TableWriter(session_, cancellation_, nullptr).Insert(table, statement_.query, insertion);
}

Status TableCommands::Truncate() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("TRUNCATE TABLE"));
  FileSystem* files = session_->storage.get();
  ARROW_ASSIGN_OR_RAISE(const std::string location, session_->tables.LocationOf(table));
  if (table.kind == TableKind::kExternal) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1266",
                         "The table " + QuotedParts(PartsOf(table)) +
                             " is external: its files are not the warehouse's to remove",
                         {{"tableIdentWithDB", QuotedParts(PartsOf(table))}});
  }
  if (table_.partitions.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto children, files->List(location));
    for (const auto& child : children) {
      ARROW_RETURN_NOT_OK(child.is_directory ? files->RemoveDirectory(child.path)
                                             : files->RemoveFile(child.path));
    }
    return Status::OK();
  }
  if (table.partition_columns.empty()) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1267",
                         "The table " + QuotedParts(PartsOf(table)) + " has no partitions",
                         {{"tableIdentWithDB", QuotedParts(PartsOf(table))}});
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto filter,
      TableWriter(session_, cancellation_, nullptr).Filter(table, table_.partitions[0]));
  ARROW_ASSIGN_OR_RAISE(const auto partitions,
                        ListPartitions(files, location, table.partition_columns));
  for (const auto& partition : partitions) {
    if (!Matches(partition, filter)) continue;
    ARROW_ASSIGN_OR_RAISE(const auto children, files->List(partition.path));
    for (const auto& child : children) ARROW_RETURN_NOT_OK(files->RemoveFile(child.path));
  }
  return Status::OK();
}

namespace {

Status NotPartitioned(const std::vector<std::string>& parts, const std::string& action) {
  return AnalysisError(
      "_LEGACY_ERROR_TEMP_1251",
      action + " is not allowed: the table " + QuotedParts(parts) + " is not partitioned",
      {{"action", action}, {"tableName", QuotedParts(parts)}});
}

}  // namespace

Status TableCommands::AddPartitions() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("ALTER TABLE … ADD PARTITION"));
  if (table.partition_columns.empty()) {
    return NotPartitioned(PartsOf(table), "ALTER TABLE ADD PARTITION");
  }
  FileSystem* files = session_->storage.get();
  ARROW_ASSIGN_OR_RAISE(const std::string location, session_->tables.LocationOf(table));
  std::vector<std::string> names;
  for (const auto& keys : table_.partitions) {
    ARROW_ASSIGN_OR_RAISE(const auto filter,
                          TableWriter(session_, cancellation_, nullptr).Filter(table, keys));
    if (filter.size() != table.partition_columns.size()) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1232",
                           "A partition to add names all partition columns of the table " +
                               QuotedParts(PartsOf(table)),
                           {{"tableName", QuotedParts(PartsOf(table))}});
    }
    std::vector<std::optional<std::string>> values(filter.size());
    for (const auto& [position, value] : filter) values[position] = value;
    names.push_back(PartitionName(table.partition_columns, values));
    ARROW_ASSIGN_OR_RAISE(const bool exists, files->Exists(JoinPath(location, names.back())));
    if (exists && !statement_.if_not_exists) {
      return AnalysisError(
          "PARTITIONS_ALREADY_EXIST",
          "The table " + QuotedParts(PartsOf(table)) + " has the partition " + names.back() +
              " already; say IF NOT EXISTS",
          {{"partitionList", names.back()}, {"tableName", QuotedParts(PartsOf(table))}});
    }
  }
  for (const auto& name : names) {
    ARROW_RETURN_NOT_OK(files->CreateDirectories(JoinPath(location, name)));
  }
  return Status::OK();
}

Status TableCommands::DropPartitions() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("ALTER TABLE … DROP PARTITION"));
  if (table.partition_columns.empty()) {
    return NotPartitioned(PartsOf(table), "ALTER TABLE DROP PARTITION");
  }
  FileSystem* files = session_->storage.get();
  ARROW_ASSIGN_OR_RAISE(const std::string location, session_->tables.LocationOf(table));
  ARROW_ASSIGN_OR_RAISE(const auto partitions,
                        ListPartitions(files, location, table.partition_columns));
  std::vector<std::string> dropped;
  for (const auto& keys : table_.partitions) {
    ARROW_ASSIGN_OR_RAISE(const auto filter,
                          TableWriter(session_, cancellation_, nullptr).Filter(table, keys));
    bool any = false;
    for (const auto& partition : partitions) {
      if (!Matches(partition, filter)) continue;
      dropped.push_back(partition.path);
      any = true;
    }
    if (!any && !statement_.if_exists) {
      std::vector<std::string> names;
      for (const auto& [position, value] : filter) {
        names.push_back(table.partition_columns[position] + "=" + value.value_or("null"));
      }
      return PartitionsNotFound(names, PartsOf(table));
    }
  }
  for (const auto& path : dropped) ARROW_RETURN_NOT_OK(files->RemoveDirectory(path));
  return Status::OK();
}

// The partitions of a table are its directories: there is nothing to bring into agreement.
Status TableCommands::Repair() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("MSCK REPAIR TABLE"));
  if (!table.partition_columns.empty()) return Status::OK();
  return AnalysisError(
      "NOT_A_PARTITIONED_TABLE",
      "MSCK REPAIR TABLE is for partitioned tables, and " + QuotedParts(PartsOf(table)) +
          " is none",
      {{"operation", "MSCK REPAIR TABLE"}, {"tableIdentWithDB", QuotedParts(PartsOf(table))}});
}

// Statistics change no result, and the planner takes none from here.
Status TableCommands::Analyze() {
  if (session_->IsTemporaryView(statement_.name_parts)) return Status::OK();
  return session_->tables.Require(statement_.name_parts).status();
}

}  // namespace headrace

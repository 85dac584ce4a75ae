// SHOW and DESCRIBE: Spark's small tables about the catalog.

#include <algorithm>
#include <ctime>

#include <arrow/util/key_value_metadata.h>

#include "base/log.h"
#include "connectors/file/file_path.h"
#include "session/catalog_errors.h"
#include "session/table_commands.h"
#include "session/table_partitions.h"
#include "session/table_writer.h"

namespace headrace {
namespace {

std::string Location(const std::string& path) { return QualifiedPath(path); }

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\'' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return "'" + escaped + "'";
}

// "  'a' = '1',\n  'b' = '2'"
std::string PropertyLines(const std::map<std::string, std::string>& properties) {
  std::string lines;
  for (const auto& [key, value] : properties) {
    lines += std::string(lines.empty() ? "" : ",\n") + "  " + Escaped(key) + " = " + Escaped(value);
  }
  return lines;
}

// "[a=1, b=2]"
std::string Bracketed(const std::map<std::string, std::string>& properties) {
  std::string text;
  for (const auto& [key, value] : RedactOptions(properties)) {
    text += (text.empty() ? "" : ", ") + key + "=" + value;
  }
  return "[" + text + "]";
}

// "Mon Nov 30 00:59:59 UTC 2026"
std::string DateText(int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  char text[64];
  std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &fields);
  return text;
}

void DescribeColumns(const arrow::FieldVector& fields, LocalTable* rows) {
  for (const auto& field : fields) {
    rows->Row({field->name(), SimpleString(*field->type()), ColumnComment(*field)});
  }
}

}  // namespace

Result<LogicalPlanPtr> TableCommands::ShowTables() {
  const bool only_views = statement_.command == "SHOW VIEWS";
  LocalTable rows({"namespace", only_views ? "viewName" : "tableName", "isTemporary"});
  ARROW_ASSIGN_OR_RAISE(const std::string database,
                        session_->tables.IdentifyDatabase(statement_.name_parts));
  if (database == kGlobalDatabase) {
    for (const auto& name : session_->engine->global_views->Names()) {
      if (MatchesPattern(name, table_.pattern)) rows.Row({database, name, "true"});
    }
  } else {
    ARROW_RETURN_NOT_OK(session_->tables.RequireDatabase(database));
    ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, session_->tables.OpenWarehouse());
    ARROW_ASSIGN_OR_RAISE(const auto names, warehouse.Tables(database));
    for (const auto& name : names) {
      if (!MatchesPattern(name, table_.pattern)) continue;
      if (only_views) {
        ARROW_ASSIGN_OR_RAISE(const auto table, warehouse.FindTable(database, name));
        if (!table || !table->is_view()) continue;
      }
      rows.Row({database, name, "false"});
    }
  }
  for (const auto& name : session_->views.Names()) {
    if (MatchesPattern(name, table_.pattern)) rows.Row({"", name, "true"});
  }
  return rows.Plan();
}

Result<LogicalPlanPtr> TableCommands::ShowDatabases() {
  ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, session_->tables.OpenWarehouse());
  ARROW_ASSIGN_OR_RAISE(const auto names, warehouse.Databases());
  LocalTable rows({"namespace"});
  for (const auto& name : names) {
    if (MatchesPattern(name, table_.pattern)) rows.Row({name});
  }
  return rows.Plan();
}

Result<LogicalPlanPtr> TableCommands::ShowColumns() {
  std::vector<std::string> parts = statement_.name_parts;
  if (!table_.other_name.empty()) parts = {table_.other_name.back(), parts.back()};
  ARROW_ASSIGN_OR_RAISE(const auto found, session_->FindTable(parts));
  if (!found) return TableNotFound(parts);
  ARROW_ASSIGN_OR_RAISE(const auto resolved, session_->Analyze(*found));
  LocalTable rows({"col_name"});
  for (const auto& column : resolved->output) rows.Row({column.name});
  return rows.Plan();
}

Result<LogicalPlanPtr> TableCommands::ShowPartitions() {
  ARROW_ASSIGN_OR_RAISE(const auto table, TableFor("SHOW PARTITIONS"));
  if (table.partition_columns.empty()) {
    return AnalysisError("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY",
                         "The table " + QuotedParts(PartsOf(table)) + " is not partitioned",
                         {{"name", QuotedParts(PartsOf(table))}});
  }
  PartitionFilter filter;
  if (!table_.partitions.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        filter, TableWriter(session_, cancellation_, nullptr).Filter(table, table_.partitions[0]));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string location, session_->tables.LocationOf(table));
  ARROW_ASSIGN_OR_RAISE(const auto partitions,
                        ListPartitions(session_->storage.get(), location, table.partition_columns));
  LocalTable rows({"partition"});
  for (const auto& partition : partitions) {
    if (Matches(partition, filter)) rows.Row({partition.name});
  }
  return rows.Plan();
}

Result<LogicalPlanPtr> TableCommands::ShowProperties() {
  LocalTable rows({"key", "value"});
  if (session_->IsTemporaryView(statement_.name_parts)) return rows.Plan();
  ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Require(statement_.name_parts));
  if (table_.keys.empty()) {
    for (const auto& [key, value] : RedactOptions(table.properties)) rows.Row({key, value});
    return rows.Plan();
  }
  const std::string& key = table_.keys[0];
  const auto values = RedactOptions(table.properties);
  const auto found = values.find(key);
  std::string name;
  for (const auto& part : PartsOf(table)) name += (name.empty() ? "" : ".") + part;
  rows.Row({key, found != values.end() ? found->second
                                       : "Table " + name + " does not have property: " + key});
  return rows.Plan();
}

Result<LogicalPlanPtr> TableCommands::ShowCreateTable() {
  if (session_->IsTemporaryView(statement_.name_parts)) {
    return AnalysisError(
        "EXPECT_PERMANENT_VIEW_NOT_TEMP",
        "SHOW CREATE TABLE takes a table or a stored view, but " +
            QuotedParts(statement_.name_parts) + " is a temporary view",
        {{"operation", "SHOW CREATE TABLE"}, {"viewName", QuotedParts(statement_.name_parts)}});
  }
  ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Require(statement_.name_parts));
  std::string name;
  if (!table.is_view()) name = std::string(kCatalogName) + ".";
  name += QuoteIdentifier(table.database) + "." + QuoteIdentifier(table.name);
  std::string text = (table.is_view() ? "CREATE VIEW " : "CREATE TABLE ") + name + " (\n";
  for (int i = 0; i < table.schema->num_fields(); ++i) {
    const arrow::Field& field = *table.schema->field(i);
    text += (i == 0 ? "  " : ",\n  ") + QuoteIdentifier(field.name());
    if (!table.is_view()) text += " " + SqlName(*field.type());
    if (const auto comment = ColumnComment(field)) text += " COMMENT " + Escaped(*comment);
  }
  text += ")\n";
  if (!table.is_view()) {
    text += "USING " + table.format + "\n";
    if (!table.options.empty()) {
      text += "OPTIONS (\n" + PropertyLines(RedactOptions(table.options)) + ")\n";
    }
    if (!table.partition_columns.empty()) {
      text += "PARTITIONED BY (";
      for (const auto& column : table.partition_columns) {
        text += (text.ends_with('(') ? "" : ", ") + QuoteIdentifier(column);
      }
      text += ")\n";
    }
    if (table.kind == TableKind::kExternal) {
      text += "LOCATION " + Escaped(Location(table.location)) + "\n";
    }
  }
  if (table.comment) text += "COMMENT " + Escaped(*table.comment) + "\n";
  if (!table.properties.empty()) {
    text += "TBLPROPERTIES (\n" + PropertyLines(RedactOptions(table.properties)) + ")\n";
  }
  if (table.is_view()) text += "WITH SCHEMA COMPENSATION\nAS " + table.view_text + "\n";
  return LocalTable({"createtab_stmt"}).Row({std::move(text)}).Plan();
}

Result<LogicalPlanPtr> TableCommands::ShowCurrent() {
  return LocalTable({"catalog", "namespace"})
      .Row({kCatalogName, session_->tables.current_database()})
      .Plan();
}

Result<LogicalPlanPtr> TableCommands::ShowCatalogs() {
  LocalTable rows({"catalog"});
  if (MatchesPattern(kCatalogName, table_.pattern)) rows.Row({kCatalogName});
  return rows.Plan();
}

Result<LogicalPlanPtr> TableCommands::DescribeColumn(const arrow::Schema& schema) {
  if (table_.keys.size() != 1) return NotSupported("DESCRIBE of a field within a column");
  const int position = FindField(schema, table_.keys[0]);
  if (position < 0) {
    return AnalysisError("COLUMN_NOT_FOUND",
                         "The column " + QuotedParts(table_.keys) + " cannot be found in " +
                             QuotedParts(statement_.name_parts),
                         {{"colName", QuotedParts(table_.keys)}, {"caseSensitiveConfig", ""}});
  }
  const arrow::Field& field = *schema.field(position);
  return LocalTable({"info_name", "info_value"})
      .Row({"col_name", field.name()})
      .Row({"data_type", SimpleString(*field.type())})
      .Row({"comment", ColumnComment(field).value_or("NULL")})
      .Plan();
}

void TableCommands::DescribeDetails(const TableDescription& table, const std::string& location,
                                    LocalTable* rows) const {
  auto add = [&](const char* name, const std::string& value) { rows->Row({name, value, ""}); };
  add("", "");
  add("# Detailed Table Information", "");
  add("Catalog", kCatalogName);
  add("Database", table.database);
  add("Table", table.name);
  add("Created Time", DateText(table.created_ms));
  add("Last Access", "UNKNOWN");
  add("Created By", "Headrace");
  add("Type", table.is_view()                     ? "VIEW"
              : table.kind == TableKind::kManaged ? "MANAGED"
                                                  : "EXTERNAL");
  if (!table.is_view()) add("Provider", table.format);
  if (table.comment) add("Comment", *table.comment);
  if (table.is_view()) {
    add("View Text", table.view_text);
    add("View Original Text", table.view_text);
    add("View Schema Mode", "COMPENSATION");
    add("View Catalog and Namespace", std::string(kCatalogName) + "." + table.view_database);
  }
  if (!table.properties.empty()) add("Table Properties", Bracketed(table.properties));
  if (table.is_view()) return;
  add("Location", Location(location));
  if (!table.options.empty()) add("Storage Properties", Bracketed(table.options));
  if (!table.partition_columns.empty()) add("Partition Provider", "Catalog");
}

Result<LogicalPlanPtr> TableCommands::Describe() {
  LocalTable rows({"col_name", "data_type", "comment"});
  const bool temporary = !statement_.query && session_->IsTemporaryView(statement_.name_parts);
  if (statement_.query || temporary) {
    LogicalPlanPtr described = statement_.query;
    if (temporary) {
      ARROW_ASSIGN_OR_RAISE(const auto view, session_->FindTable(statement_.name_parts));
      described = *view;
    }
    ARROW_ASSIGN_OR_RAISE(const auto resolved, session_->Analyze(described));
    const SchemaPtr schema = resolved->schema();
    if (!table_.keys.empty()) return DescribeColumn(*schema);
    DescribeColumns(schema->fields(), &rows);
    return rows.Plan();
  }
  ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.Require(statement_.name_parts));
  if (!table_.keys.empty()) return DescribeColumn(*table.schema);
  DescribeColumns(table.schema->fields(), &rows);
  if (!table.partition_columns.empty()) {
    rows.Row({"# Partition Information", "", ""}).Row({"# col_name", "data_type", "comment"});
    const auto& fields = table.schema->fields();
    DescribeColumns(
        {fields.end() - static_cast<ptrdiff_t>(table.partition_columns.size()), fields.end()},
        &rows);
  }
  if (statement_.extended) {
    std::string location;
    if (!table.is_view()) {
      ARROW_ASSIGN_OR_RAISE(location, session_->tables.LocationOf(table));
    }
    DescribeDetails(table, location, &rows);
  }
  return rows.Plan();
}

Result<LogicalPlanPtr> TableCommands::DescribeDatabase() {
  ARROW_ASSIGN_OR_RAISE(const std::string name,
                        session_->tables.IdentifyDatabase(statement_.name_parts));
  ARROW_ASSIGN_OR_RAISE(const auto database, session_->tables.RequireDatabase(name));
  ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, session_->tables.OpenWarehouse());
  LocalTable rows({"info_name", "info_value"});
  rows.Row({"Catalog Name", kCatalogName})
      .Row({"Namespace Name", name})
      .Row({"Comment", database.comment})
      .Row({"Location", Location(warehouse.LocationOf(database))});
  if (statement_.extended) {
    std::string properties;
    for (const auto& [key, value] : RedactOptions(database.properties)) {
      properties += (properties.empty() ? "" : ", ") + ("(" + key + "," + value + ")");
    }
    rows.Row({"Properties", properties.empty() ? "" : "(" + properties + ")"});
  }
  return rows.Plan();
}

}  // namespace headrace

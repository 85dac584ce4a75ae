// What a warehouse knows of its databases, tables and views, and the text of its files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "types/spark_type.h"

namespace headrace {

struct DatabaseDescription {
  std::string name;
  std::string comment;
  std::string location;  // absolute; "": where the warehouse puts it
  std::map<std::string, std::string> properties;
};

enum class TableKind { kManaged, kExternal, kView };

struct TableDescription {
  std::string database;
  std::string name;
  TableKind kind = TableKind::kManaged;
  std::string format;
  SchemaPtr schema;                            // partition columns last
  std::vector<std::string> partition_columns;  // as the schema spells them
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> properties;
  std::optional<std::string> comment;
  std::string location;  // absolute; "": a managed table's, which follows from its name
  int64_t created_ms = 0;

  // Views: the query, and what its meaning depends on.
  std::string view_text;
  std::string view_database;
  std::map<std::string, std::string> view_configuration;

  bool is_view() const { return kind == TableKind::kView; }
};

std::string SerializeDatabase(const DatabaseDescription& database);
std::string SerializeTable(const TableDescription& table);
// MALFORMED_LOG_FILE names the file and what is wrong with it.
Result<DatabaseDescription> ParseDatabase(const std::string& text, const std::string& path);
Result<TableDescription> ParseTable(const std::string& text, const std::string& path);

}  // namespace headrace

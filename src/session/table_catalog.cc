#include "session/table_catalog.h"

#include <algorithm>
#include <cctype>

#include "connectors/file/table_files.h"
#include "session/catalog_errors.h"

namespace headrace {

Result<Warehouse> TableCatalog::OpenWarehouse() const {
  ARROW_ASSIGN_OR_RAISE(
      const std::string directory,
      StripFileScheme(configuration_->Get("spark.sql.warehouse.dir").value_or("spark-warehouse")));
  return Warehouse(AbsolutePath(directory), files_, clock_);
}

std::string TableCatalog::current_database() const {
  std::lock_guard lock(mutex_);
  return current_database_;
}

Status TableCatalog::SetCurrentDatabase(const std::string& name) {
  const std::string database = ToLower(name);
  ARROW_RETURN_NOT_OK(RequireDatabase(database));
  std::lock_guard lock(mutex_);
  current_database_ = database;
  return Status::OK();
}

Result<TableName> TableCatalog::Identify(const std::vector<std::string>& name_parts,
                                         const std::string& database) const {
  std::vector<std::string> parts;
  for (const auto& part : name_parts) parts.push_back(ToLower(part));
  if (parts.size() == 3 && parts[0] == kCatalogName) parts.erase(parts.begin());
  if (parts.size() == 1) {
    return TableName{database.empty() ? current_database() : database, parts[0]};
  }
  if (parts.size() == 2) return TableName{parts[0], parts[1]};
  return AnalysisError("REQUIRES_SINGLE_PART_NAMESPACE",
                       QuotedParts(name_parts) + " names no table: the catalog " + kCatalogName +
                           ", which is the only one, has databases of one part",
                       {{"sessionCatalog", kCatalogName}, {"namespace", QuotedParts(name_parts)}});
}

Result<std::string> TableCatalog::IdentifyDatabase(
    const std::vector<std::string>& name_parts) const {
  if (name_parts.empty()) return current_database();
  if (name_parts.size() == 1) return ToLower(name_parts[0]);
  if (name_parts.size() == 2 && EqualsIgnoreCase(name_parts[0], kCatalogName)) {
    return ToLower(name_parts[1]);
  }
  return SchemaNotFound(name_parts.back());
}

Result<DatabaseDescription> TableCatalog::RequireDatabase(const std::string& name) const {
  if (!IsValidName(name)) return SchemaNotFound(name);
  ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, OpenWarehouse());
  ARROW_ASSIGN_OR_RAISE(auto database, warehouse.FindDatabase(name));
  if (!database) return SchemaNotFound(name);
  return *std::move(database);
}

Result<std::optional<TableDescription>> TableCatalog::Find(const TableName& name) const {
  // Other names are no file names.
  if (!IsValidName(name.database) || !IsValidName(name.table)) {
    return std::optional<TableDescription>();
  }
  ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, OpenWarehouse());
  return warehouse.FindTable(name.database, name.table);
}

Result<TableDescription> TableCatalog::Require(const std::vector<std::string>& name_parts) const {
  ARROW_ASSIGN_OR_RAISE(const TableName name, Identify(name_parts));
  ARROW_ASSIGN_OR_RAISE(auto table, Find(name));
  if (!table) return TableNotFound(name_parts);
  return *std::move(table);
}

Result<TableDescription> TableCatalog::RequireTable(const std::vector<std::string>& name_parts,
                                                    const std::string& operation) const {
  ARROW_ASSIGN_OR_RAISE(auto table, Require(name_parts));
  if (table.is_view()) return TableExpected(name_parts, operation);
  return table;
}

Result<TableName> TableCatalog::NewName(const std::vector<std::string>& name_parts) const {
  ARROW_ASSIGN_OR_RAISE(TableName name, Identify(name_parts));
  ARROW_RETURN_NOT_OK(RequireDatabase(name.database));
  if (!IsValidName(name.table)) return InvalidRelationName(name.table);
  return name;
}

Result<std::string> TableCatalog::LocationOf(const TableDescription& table) const {
  ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, OpenWarehouse());
  return warehouse.LocationOf(table);
}

void TableCatalog::SetCached(const std::string& name, bool cached) {
  std::lock_guard lock(mutex_);
  if (cached) {
    cached_.insert(name);
  } else {
    cached_.erase(name);
  }
}

bool TableCatalog::IsCached(const std::string& name) const {
  std::lock_guard lock(mutex_);
  return cached_.contains(name);
}

void TableCatalog::ClearCached() {
  std::lock_guard lock(mutex_);
  cached_.clear();
}

bool TableCatalog::BeginCall(int64_t plan_id) {
  std::lock_guard lock(mutex_);
  return calls_.insert(plan_id).second;
}

LogicalPlanPtr ReadOf(const TableDescription& table, const std::string& location) {
  auto read = NewLogicalPlan(LogicalKind::kRead);
  read->format = table.format;
  read->schema_text = SchemaToJson(*table.schema);
  read->options = Options(table.options);
  read->options.Set(kTablePartitionsOption, TablePartitionsText(table.partition_columns));
  read->paths = {location};
  read->name_parts = {kCatalogName, table.database, table.name};
  return read;
}

bool IsValidName(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
}

bool MatchesPattern(const std::string& name, const std::optional<std::string>& pattern) {
  if (!pattern) return true;
  size_t begin = 0;
  while (begin <= pattern->size()) {
    const size_t end = std::min(pattern->find('|', begin), pattern->size());
    std::string alternative = pattern->substr(begin, end - begin);
    const size_t first = alternative.find_first_not_of(' ');
    alternative = first == std::string::npos ? "" : alternative.substr(first);
    while (alternative.ends_with(' ')) alternative.pop_back();
    if (GlobMatch(ToLower(alternative), ToLower(name))) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace headrace

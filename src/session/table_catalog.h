// The session's view of the warehouse: which directory it is, the current database, and what names
// mean. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/unresolved.h"
#include "session/configuration.h"
#include "warehouse/warehouse.h"

namespace headrace {

constexpr char kCatalogName[] = "spark_catalog";
constexpr char kGlobalDatabase[] = "global_temp";

// A database and a table of it, in lower case.
struct TableName {
  std::string database;
  std::string table;

  std::vector<std::string> parts() const { return {kCatalogName, database, table}; }
  std::vector<std::string> short_parts() const { return {database, table}; }
};

class TableCatalog {
 public:
  TableCatalog(std::shared_ptr<FileSystem> files, std::shared_ptr<Clock> clock,
               const Configuration* configuration)
      : files_(std::move(files)), clock_(std::move(clock)), configuration_(configuration) {}

  // Of the directory that spark.sql.warehouse.dir names now.
  Result<Warehouse> OpenWarehouse() const;

  std::string current_database() const;
  Status SetCurrentDatabase(const std::string& name);  // SCHEMA_NOT_FOUND

  // `t`, `d.t`, `spark_catalog.d.t`; REQUIRES_SINGLE_PART_NAMESPACE for what is longer. The name
  // need not exist. `database`: what `t` alone is of; "": the current one.
  Result<TableName> Identify(const std::vector<std::string>& name_parts,
                             const std::string& database = "") const;
  // `d`, `spark_catalog.d`, the current one for no parts.
  Result<std::string> IdentifyDatabase(const std::vector<std::string>& name_parts) const;
  // SCHEMA_NOT_FOUND
  Result<DatabaseDescription> RequireDatabase(const std::string& name) const;

  Result<std::optional<TableDescription>> Find(const TableName& name) const;
  // TABLE_OR_VIEW_NOT_FOUND, with the name as it was written.
  Result<TableDescription> Require(const std::vector<std::string>& name_parts) const;
  // The same, and EXPECT_TABLE_NOT_VIEW for a view.
  Result<TableDescription> RequireTable(const std::vector<std::string>& name_parts,
                                        const std::string& operation) const;
  // For what is to be created: SCHEMA_NOT_FOUND, INVALID_SCHEMA_OR_RELATION_NAME.
  Result<TableName> NewName(const std::vector<std::string>& name_parts) const;

  Result<std::string> LocationOf(const TableDescription& table) const;

  // Names of tables that CACHE TABLE named: what is computed again anyway.
  void SetCached(const std::string& name, bool cached);
  bool IsCached(const std::string& name) const;
  void ClearCached();

  // Clients ask for the schema of what createTable() gave by sending the call again, under the
  // relation's id. False: this one has been made already.
  bool BeginCall(int64_t plan_id);

 private:
  const std::shared_ptr<FileSystem> files_;
  const std::shared_ptr<Clock> clock_;
  const Configuration* const configuration_;
  mutable std::mutex mutex_;
  std::string current_database_ = Warehouse::kDefaultDatabase;
  std::set<std::string> cached_;
  std::set<int64_t> calls_;
};

// A read of the table's files; `location` as LocationOf gives it.
LogicalPlanPtr ReadOf(const TableDescription& table, const std::string& location);

bool IsValidName(const std::string& name);
// Spark's patterns of SHOW … LIKE: `*` for any text, `|` between alternatives, case-insensitive.
bool MatchesPattern(const std::string& name, const std::optional<std::string>& pattern);

}  // namespace headrace

// SQL statements about databases, tables and views.
#pragma once

#include <string>

#include "session/local_table.h"
#include "session/session_state.h"
#include "sql/table_statement.h"

namespace headrace {

class TableCommands {
 public:
  TableCommands(Session::Impl* session, const Statement& statement,
                const CancellationToken* cancellation)
      : session_(session),
        statement_(statement),
        table_(statement.table ? *statement.table : kNothing),
        cancellation_(cancellation) {}

  // No value: the statement is none of these.
  Result<std::optional<LogicalPlanPtr>> Run();

 private:
  // table_commands.cc
  Status CreateTable();
  Status CreateTableLike();
  Status DropTable();
  Status DropTemporary(bool* dropped);
  Status RenameTable();
  Status AddColumns();
  Status SetProperties();
  Status UnsetProperties();
  Status SetComment();
  Status Insert();
  Status Truncate();
  Status AddPartitions();
  Status DropPartitions();
  Status Repair();
  Status Analyze();

  // view_commands.cc
  Status CreateView();
  Status CreateTemporaryView();
  Status CreateTemporaryViewUsing();
  Status AlterView();
  Result<LogicalPlanPtr> WithViewColumns(const LogicalPlanPtr& query, size_t width);
  Result<TableDescription> DescribeView(const TableName& name);
  Status RequireView(const TableDescription& view, const std::string& operation) const;

  // database_commands.cc
  Status CreateDatabase();
  Status DropDatabase();
  Status AlterDatabase();
  Status Use();
  Status SetCatalog();
  Status Cache();

  // show_commands.cc
  Result<LogicalPlanPtr> ShowTables();
  Result<LogicalPlanPtr> ShowDatabases();
  Result<LogicalPlanPtr> ShowColumns();
  Result<LogicalPlanPtr> ShowPartitions();
  Result<LogicalPlanPtr> ShowProperties();
  Result<LogicalPlanPtr> ShowCreateTable();
  Result<LogicalPlanPtr> ShowCurrent();
  Result<LogicalPlanPtr> ShowCatalogs();
  Result<LogicalPlanPtr> Describe();
  Result<LogicalPlanPtr> DescribeColumn(const arrow::Schema& schema);
  Result<LogicalPlanPtr> DescribeDatabase();
  void DescribeDetails(const TableDescription& table, const std::string& location,
                       LocalTable* rows) const;

  std::vector<std::string> PartsOf(const TableDescription& table) const {
    return {kCatalogName, table.database, table.name};
  }
  // A table, not a view of any kind, that `operation` is to change.
  Result<TableDescription> TableFor(const std::string& operation);

  static const TableStatement kNothing;
  Session::Impl* const session_;
  const Statement& statement_;
  const TableStatement& table_;
  const CancellationToken* const cancellation_;
};

// COMMENT of a column; no value: none.
std::optional<std::string> ColumnComment(const arrow::Field& field);

}  // namespace headrace

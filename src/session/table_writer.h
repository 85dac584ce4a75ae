// Writing rows into tables: INSERT, saveAsTable, CREATE TABLE … AS.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "session/session_state.h"
#include "session/table_catalog.h"
#include "session/table_partitions.h"
#include "sql/table_statement.h"

namespace headrace {

struct Insertion {
  bool overwrite = false;
  bool by_name = false;
  std::vector<std::string> columns;  // of the input, in its order; empty: all
  PartitionKeys partition;           // PARTITION (…)
  std::map<std::string, std::string> options;
};

class TableWriter {
 public:
  TableWriter(Session::Impl* session, const CancellationToken* cancellation, ObservedRows* observed)
      : session_(session), cancellation_(cancellation), observed_(observed) {}

  // df.write.saveAsTable and insertInto.
  Status Save(const WriteRequest& request);
  Status Insert(const TableDescription& table, const LogicalPlanPtr& input,
                const Insertion& insertion);
  // Makes the table, with the rows of `input` unless it is null. `table.schema` follows from the
  // input then. ErrorIfExists: TABLE_OR_VIEW_ALREADY_EXISTS; Ignore: nothing is done.
  Status Create(TableDescription table, const LogicalPlanPtr& input, SaveMode mode);

  // `PARTITION (…)` as positions and values in the text that directories have.
  Result<PartitionFilter> Filter(const TableDescription& table, const PartitionKeys& keys);

 private:
  Status Append(const WriteRequest& request, const TableDescription& table);
  Status Fill(const TableDescription& table, const std::string& location,
              const ResolvedPlanPtr& rows, SaveMode mode,
              const std::map<std::string, std::string>& options);
  Status OverwritePartitions(const TableDescription& table, const std::string& location,
                             const ResolvedPlanPtr& rows, const Insertion& insertion);
  // A table with other columns in the place of the one that is there, as one step. False: that
  // cannot be done there, and nothing has changed.
  Result<bool> Replace(Warehouse* warehouse, const TableDescription& table,
                       const std::string& location, const ResolvedPlanPtr& rows);
  Status CheckVacant(const TableDescription& table, const std::string& location, bool filled,
                     SaveMode mode);

  Session::Impl* const session_;
  const CancellationToken* const cancellation_;
  ObservedRows* const observed_;
};

}  // namespace headrace

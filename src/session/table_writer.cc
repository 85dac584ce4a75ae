#include "session/table_writer.h"

#include <algorithm>
#include <set>

#include <arrow/array.h>

#include "base/directory_exchange.h"
#include "connectors/file/file_path.h"
#include "connectors/file/log_entries.h"
#include "operators/run_batch_plan.h"
#include "session/catalog_errors.h"
#include "session/table_input.h"

namespace headrace {
namespace {

bool HasPartition(const TableDescription& table, const std::string& column) {
  return std::any_of(table.partition_columns.begin(), table.partition_columns.end(),
                     [&](const auto& name) { return EqualsIgnoreCase(name, column); });
}

std::vector<std::string> PartsOf(const TableDescription& table) {
  return {kCatalogName, table.database, table.name};
}

bool SameNames(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), EqualsIgnoreCase);
}

}  // namespace

Result<PartitionFilter> TableWriter::Filter(const TableDescription& table,
                                            const PartitionKeys& keys) {
  PartitionFilter filter;
  auto values = NewLogicalPlan(LogicalKind::kProject);
  for (const auto& key : keys) {
    const auto found =
        std::find_if(table.partition_columns.begin(), table.partition_columns.end(),
                     [&](const auto& name) { return EqualsIgnoreCase(name, key.column); });
    if (found == table.partition_columns.end()) {
      return PartitionsNotFound({QuotedParts({key.column})}, PartsOf(table));
    }
    if (key.value == nullptr) continue;
    const FieldPtr field = table.schema->field(FindField(*table.schema, *found));
    auto text =
        UnresolvedCast(UnresolvedCast(key.value, field->type(), false), arrow::utf8(), false);
    values->expressions.push_back(UnresolvedAlias(std::move(text), {key.column}));
    filter.emplace_back(found - table.partition_columns.begin(), std::nullopt);
  }
  if (filter.empty()) return filter;
  ARROW_ASSIGN_OR_RAISE(const auto resolved, session_->Analyze(values));
  ARROW_ASSIGN_OR_RAISE(const auto physical, session_->PlanBatch(resolved));
  ObservedRows unasked;
  ARROW_RETURN_NOT_OK(RunBatchPlan(
      physical, session_->Connector(), session_->Instance(), cancellation_,
      session_->engine->clock->now_us(),
      [&](const BatchPtr& batch) {
        for (int i = 0; batch->num_rows() > 0 && i < batch->num_columns(); ++i) {
          const auto& texts = static_cast<const arrow::StringArray&>(*batch->column(i));
          if (texts.IsValid(0)) filter[i].second = texts.GetString(0);
        }
        return Status::OK();
      },
      &unasked));
  return filter;
}

Status TableWriter::Fill(const TableDescription& table, const std::string& location,
                         const ResolvedPlanPtr& rows, SaveMode mode,
                         const std::map<std::string, std::string>& options) {
  SinkSpecification sink;
  sink.format = table.format;
  sink.options = Options(table.options);
  for (const auto& [key, value] : options) sink.options.Set(key, value);
  sink.path = location;
  sink.partition_columns = table.partition_columns;
  return session_->WriteRows(rows, std::move(sink), mode, cancellation_, observed_);
}

Status TableWriter::Insert(const TableDescription& table, const LogicalPlanPtr& input,
                           const Insertion& insertion) {
  const auto policy = session_->configuration.Get("spark.sql.storeAssignmentPolicy");
  if (policy && !EqualsIgnoreCase(*policy, "ansi")) {
    return NotSupported("spark.sql.storeAssignmentPolicy=" + *policy, "use ANSI");
  }
  InputMatch match;
  match.by_name = insertion.by_name;
  match.columns = insertion.columns;
  LogicalPlanPtr plan = input;
  bool dynamic = false;
  auto constants = NewLogicalPlan(LogicalKind::kProject, {input});
  constants->expressions = {UnresolvedStar()};
  for (const auto& key : insertion.partition) {
    if (!HasPartition(table, key.column)) {
      return PartitionsNotFound({QuotedParts({key.column})}, PartsOf(table));
    }
    dynamic |= key.value == nullptr;
    if (key.value == nullptr) continue;
    if (dynamic) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1147",
                           "In PARTITION (…) the columns with values must stand before those "
                           "without",
                           {{"partColNames", key.column}});
    }
    const FieldPtr field = table.schema->field(FindField(*table.schema, key.column));
    constants->expressions.push_back(
        UnresolvedAlias(UnresolvedCast(key.value, field->type(), false), {field->name()}));
    match.static_columns.push_back(field->name());
  }
  match.static_partitions = match.static_columns.size();
  if (match.static_partitions > 0) plan = constants;
  ARROW_ASSIGN_OR_RAISE(auto resolved, session_->Analyze(plan, cancellation_));
  ARROW_ASSIGN_OR_RAISE(auto rows,
                        MatchTable(resolved, table, match, session_->Connector().session_zone));
  ARROW_ASSIGN_OR_RAISE(const std::string location, session_->tables.LocationOf(table));
  if (insertion.overwrite) {
    ARROW_RETURN_NOT_OK(CheckNotRead(*resolved, location, table));
    if (match.static_partitions > 0) {
      return OverwritePartitions(table, location, rows, insertion);
    }
    return Fill(table, location, rows, SaveMode::kOverwrite, insertion.options);
  }
  FileSystem* files = session_->storage.get();
  ARROW_ASSIGN_OR_RAISE(const bool streamed, files->Exists(JoinPath(location, kSinkLogDirectory)));
  if (streamed) {
    return NotSupported("inserting into the table " + QuotedParts(PartsOf(table)) +
                            ", which a streaming query writes: readers would not see the rows, "
                            "because they go by the query's log",
                        "Write them with a stream too, or into another table.");
  }
  return Fill(table, location, rows, SaveMode::kAppend, insertion.options);
}

// The sink replaces the partitions that get rows; what else the constants name goes afterwards.
Status TableWriter::OverwritePartitions(const TableDescription& table, const std::string& location,
                                        const ResolvedPlanPtr& rows, const Insertion& insertion) {
  FileSystem* files = session_->storage.get();
  ARROW_ASSIGN_OR_RAISE(const PartitionFilter filter, Filter(table, insertion.partition));
  std::vector<std::string> old;
  const Options options(insertion.options);
  const std::string mode = options.GetOr(
      "partitionOverwriteMode",
      session_->configuration.Get("spark.sql.sources.partitionOverwriteMode").value_or("static"));
  if (!EqualsIgnoreCase(mode, "dynamic") || filter.size() == table.partition_columns.size()) {
    ARROW_ASSIGN_OR_RAISE(const auto partitions,
                          ListPartitions(files, location, table.partition_columns));
    for (const auto& partition : partitions) {
      if (!Matches(partition, filter)) continue;
      ARROW_ASSIGN_OR_RAISE(const auto entries, files->List(partition.path));
      for (const auto& entry : entries) old.push_back(entry.path);
      if (entries.empty()) old.push_back(partition.path);
    }
  }
  auto all = insertion.options;
  all["partitionOverwriteMode"] = "dynamic";
  ARROW_RETURN_NOT_OK(Fill(table, location, rows, SaveMode::kOverwrite, all));
  std::set<std::string> emptied;
  for (const auto& path : old) {
    ARROW_ASSIGN_OR_RAISE(const bool left, files->Exists(path));
    if (!left) continue;
    ARROW_ASSIGN_OR_RAISE(const auto information, files->Information(path));
    if (!information.is_directory) ARROW_RETURN_NOT_OK(files->RemoveFile(path));
    emptied.insert(information.is_directory ? path : DirectoryName(path));
  }
  for (const auto& directory : emptied) {
    ARROW_ASSIGN_OR_RAISE(const auto entries, files->List(directory));
    if (entries.empty()) ARROW_RETURN_NOT_OK(files->RemoveDirectory(directory));
  }
  return Status::OK();
}

// Is there room for a new table?
Status TableWriter::CheckVacant(const TableDescription& table, const std::string& location,
                                bool filled, SaveMode mode) {
  const bool external = table.kind == TableKind::kExternal;
  if (external && (!filled || mode != SaveMode::kErrorIfExists)) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto entries, session_->storage->List(location));
  if (entries.empty()) return Status::OK();
  if (external) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1241",
                         "A table made from a query needs an empty directory, and there is "
                         "something in " +
                             location + "; name another one, or remove what is there",
                         {{"tablePath", location}});
  }
  return AnalysisError("LOCATION_ALREADY_EXISTS",
                       "The table " + QuotedParts(PartsOf(table)) + " would lie in " + location +
                           ", where there is something already; remove it, or choose another name",
                       {{"location", "'" + QualifiedPath(location) + "'"},
                        {"identifier", QuotedParts(PartsOf(table))}});
}

Result<bool> TableWriter::Replace(Warehouse* warehouse, const TableDescription& table,
                                  const std::string& location, const ResolvedPlanPtr& rows) {
  FileSystem* files = session_->storage.get();
  ARROW_ASSIGN_OR_RAISE(const bool exists, files->Exists(location));
  if (!exists || !CanExchangeDirectory(files, location)) return false;
  // The name is this table's alone while its creation is under way.
  const std::string fresh = JoinPath(DirectoryName(location), "_temporary-" + BaseName(location));
  ARROW_RETURN_NOT_OK(files->RemoveDirectory(fresh));
  if (!files->CreateDirectories(fresh).ok()) return false;
  auto replaced = [&]() -> Result<bool> {
    ARROW_RETURN_NOT_OK(Fill(table, fresh, rows, SaveMode::kOverwrite, {}));
    return warehouse->ReplaceTable(table, location, fresh);
  }();
  ARROW_RETURN_NOT_OK(files->RemoveDirectory(fresh));
  return replaced;
}

Status TableWriter::Create(TableDescription table, const LogicalPlanPtr& input, SaveMode mode) {
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  ARROW_ASSIGN_OR_RAISE(const auto existing, warehouse.FindTable(table.database, table.name));
  if (existing && mode == SaveMode::kIgnore) return Status::OK();
  if (existing && mode != SaveMode::kOverwrite) return TableExists({table.database, table.name});
  if (existing && existing->is_view()) {
    return TableExpected({table.database, table.name}, "saveAsTable");
  }
  ResolvedPlanPtr rows;
  if (input) {
    ARROW_ASSIGN_OR_RAISE(auto resolved, session_->Analyze(input, cancellation_));
    ARROW_ASSIGN_OR_RAISE(
        table.schema,
        ArrangeSchema(resolved->schema(), QuotedParts(PartsOf(table)), &table.partition_columns));
    ARROW_ASSIGN_OR_RAISE(rows, ArrangeForTable(resolved, table.partition_columns));
    if (existing) {
      ARROW_ASSIGN_OR_RAISE(const std::string old, warehouse.LocationOf(*existing));
      ARROW_RETURN_NOT_OK(CheckNotRead(*resolved, old, *existing));
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(table.schema, ArrangeSchema(table.schema, QuotedParts(PartsOf(table)),
                                                      &table.partition_columns));
  }
  table.created_ms = session_->engine->clock->now_ms();
  ARROW_ASSIGN_OR_RAISE(const std::string location, warehouse.LocationOf(table));
  FileSystem* files = session_->storage.get();
  if (!rows && table.kind == TableKind::kExternal) {
    const Status created = warehouse.CreateTable(table);
    return created.IsAlreadyExists() ? TableExists({table.database, table.name}) : created;
  }

  auto begun = warehouse.BeginCreation(table.database, table.name);
  if (begun.status().IsAlreadyExists()) return TableExists({table.database, table.name});
  ARROW_RETURN_NOT_OK(begun.status());
  const bool had_place = existing && *warehouse.LocationOf(*existing) == location;
  auto make = [&]() -> Status {
    if (!had_place && !begun->resumed) {
      ARROW_RETURN_NOT_OK(CheckVacant(table, location, rows != nullptr, mode));
    }
    if (rows) {
      if (had_place) {
        ARROW_ASSIGN_OR_RAISE(const bool replaced, Replace(&warehouse, table, location, rows));
        if (replaced) return Status::OK();
      }
      ARROW_RETURN_NOT_OK(Fill(table, location, rows, SaveMode::kOverwrite, {}));
    } else {
      if (begun->resumed) ARROW_RETURN_NOT_OK(files->RemoveDirectory(location));
      ARROW_RETURN_NOT_OK(files->CreateDirectories(location));
    }
    if (existing) return warehouse.PutTable(table);
    const Status created = warehouse.CreateTable(table);
    return created.IsAlreadyExists() ? TableExists({table.database, table.name}) : created;
  };
  const Status made = make();
  if (!made.ok() && !had_place && table.kind == TableKind::kManaged) {
    // Only what this attempt made; what was there before is why it failed.
    const ErrorDetail* detail = ErrorDetail::Get(made);
    const bool foreign = detail != nullptr && detail->condition() == "LOCATION_ALREADY_EXISTS";
    ARROW_ASSIGN_OR_RAISE(const auto winner, warehouse.FindTable(table.database, table.name));
    if (!foreign && !winner) ARROW_UNUSED(files->RemoveDirectory(location));
  }
  const Status ended = warehouse.EndCreation(table.database, table.name);
  if (made.ok() && existing && !had_place && existing->kind == TableKind::kManaged) {
    ARROW_ASSIGN_OR_RAISE(const std::string old, warehouse.LocationOf(*existing));
    ARROW_RETURN_NOT_OK(files->RemoveDirectory(old));
  }
  return made.ok() ? ended : made;
}

Status TableWriter::Append(const WriteRequest& request, const TableDescription& table) {
  const std::vector<std::string> parts = PartsOf(table);
  if (table.is_view()) return TableExpected(parts, "saveAsTable");
  const std::string format = session_->FormatOrDefault(request.format);
  if (!request.format.empty() && !EqualsIgnoreCase(format, table.format)) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1159",
                         "The format of the existing table " + QuotedParts(parts) + " is " +
                             table.format + ", not " + format + "; append in its format",
                         {{"tableName", QuotedParts(parts)},
                          {"existingProvider", table.format},
                          {"specifiedProvider", format}});
  }
  if (!request.partition_columns.empty() &&
      !SameNames(request.partition_columns, table.partition_columns)) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1163",
                         "The table " + QuotedParts(parts) +
                             " is partitioned by other columns than partitionBy() names; leave "
                             "partitionBy() out, or name the same",
                         {{"tableName", QuotedParts(parts)}});
  }
  Insertion insertion;
  insertion.by_name = true;
  insertion.options = request.options;
  ARROW_ASSIGN_OR_RAISE(const auto resolved, session_->Analyze(request.input, cancellation_));
  if (static_cast<int>(resolved->output.size()) != table.schema->num_fields()) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1161",
                         "The table " + QuotedParts(parts) + " has " +
                             std::to_string(table.schema->num_fields()) + " columns, the data " +
                             std::to_string(resolved->output.size()),
                         {{"tableName", QuotedParts(parts)}});
  }
  for (const auto& field : table.schema->fields()) {
    const bool given = std::any_of(
        resolved->output.begin(), resolved->output.end(),
        [&](const auto& column) { return EqualsIgnoreCase(column.name, field->name()); });
    if (given) continue;
    return AnalysisError("_LEGACY_ERROR_TEMP_1162",
                         "The data have no column " + QuotedParts({field->name()}) +
                             ", which the table " + QuotedParts(parts) + " has",
                         {{"col", field->name()}});
  }
  return Insert(table, request.input, insertion);
}

Status TableWriter::Save(const WriteRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(*request.table_name));
  if (request.insert_into) {
    if (!request.partition_columns.empty()) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1309",
                           "insertInto() and partitionBy() do not go together: the table knows "
                           "its partition columns");
    }
    if (session_->IsTemporaryView(parts)) {
      return AnalysisError(
          "UNSUPPORTED_INSERT.RDD_BASED",
          "insertInto() takes a table, but " + QuotedParts(parts) + " is a temporary view");
    }
    ARROW_ASSIGN_OR_RAISE(const auto table, session_->tables.RequireTable(parts, "insertInto"));
    // Options are the table's, as in Spark; the session says which partitions are overwritten.
    Insertion insertion;
    insertion.overwrite = request.mode == SaveMode::kOverwrite;
    return Insert(table, request.input, insertion);
  }
  ARROW_ASSIGN_OR_RAISE(const TableName name, session_->tables.NewName(parts));
  ARROW_ASSIGN_OR_RAISE(const auto existing, session_->tables.Find(name));
  if (existing && request.mode == SaveMode::kAppend) return Append(request, *existing);
  TableDescription table;
  table.database = name.database;
  table.name = name.table;
  table.format = session_->FormatOrDefault(request.format);
  table.partition_columns = request.partition_columns;
  table.properties = request.properties;
  ARROW_RETURN_NOT_OK(session_->SetPlace(request.options, std::nullopt, &table));
  return Create(std::move(table), request.input, request.mode);
}

}  // namespace headrace

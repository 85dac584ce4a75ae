// writeStream.toTable(): a file sink in the directory of a table.

#include <algorithm>
#include <utility>

#include "base/remote_path.h"
#include "session/catalog_errors.h"
#include "session/session_state.h"
#include "session/table_input.h"
#include "session/table_writer.h"

namespace headrace {

Status Session::Impl::SetPlace(const std::map<std::string, std::string>& options,
                               const std::optional<std::string>& location,
                               TableDescription* table) {
  std::optional<std::string> place = location;
  for (const auto& [key, value] : options) {
    if (!EqualsIgnoreCase(key, "path")) {
      table->options[key] = value;
    } else if (place) {
      return MakeError(ErrorKind::kParse, "_LEGACY_ERROR_TEMP_0032",
                       "The place of a table is given twice, by LOCATION and the option 'path'; "
                       "keep one",
                       {{"pathOne", *place}, {"pathTwo", value}});
    } else {
      place = value;
    }
  }
  if (!place) return Status::OK();
  table->kind = TableKind::kExternal;
  ARROW_ASSIGN_OR_RAISE(table->location, StripFileScheme(*place));
  if (!table->location.starts_with('/') && !IsRemote(table->location)) {
    ARROW_ASSIGN_OR_RAISE(const Warehouse warehouse, tables.OpenWarehouse());
    ARROW_ASSIGN_OR_RAISE(const auto database, tables.RequireDatabase(table->database));
    table->location = JoinPath(warehouse.LocationOf(database), table->location);
  }
  table->location = AbsolutePath(table->location);
  return Status::OK();
}

Result<StreamStart> Session::Impl::IntoTable(const StreamStart& request, const SchemaPtr& schema) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(*request.table_name));
  const std::string format = FormatOrDefault(request.format);
  if (IsTemporaryView(parts)) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1190",
                         "A stream cannot write into the temporary view " + QuotedParts(parts),
                         {{"tableName", QuotedParts(parts)}});
  }
  ARROW_ASSIGN_OR_RAISE(const TableName name, tables.NewName(parts));
  ARROW_ASSIGN_OR_RAISE(auto table, tables.Find(name));
  if (!table) {
    TableDescription created;
    created.database = name.database;
    created.name = name.table;
    created.format = format;
    created.schema = schema;
    created.partition_columns = request.partition_columns;
    std::map<std::string, std::string> place;
    for (const auto& [key, value] : request.options) {
      if (EqualsIgnoreCase(key, "path")) place[key] = value;
    }
    if (request.path && !request.path->empty()) place["path"] = *request.path;
    ARROW_RETURN_NOT_OK(SetPlace(place, std::nullopt, &created));
    const Status made =
        TableWriter(this, nullptr, nullptr).Create(created, nullptr, SaveMode::kIgnore);
    ARROW_RETURN_NOT_OK(made);
    ARROW_ASSIGN_OR_RAISE(table, tables.Find(name));
    if (!table) return TableNotFound(parts);
  }
  if (table->is_view()) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1191",
                         "A stream cannot write into the view " + QuotedParts(parts),
                         {{"viewName", QuotedParts(parts)}});
  }
  if (!EqualsIgnoreCase(format, table->format)) {
    return AnalysisError(
        "_LEGACY_ERROR_TEMP_1192",
        "The table " + QuotedParts(parts) + " has the format " + table->format +
            ", and the stream would write " + format + "; say format(\"" + table->format + "\")",
        {{"tableName", QuotedParts(parts)}, {"source", format}, {"provider", table->format}});
  }
  StreamStart start = request;
  start.table_name.reset();
  start.format = table->format;
  ARROW_ASSIGN_OR_RAISE(start.path, tables.LocationOf(*table));
  for (const auto& [key, value] : table->options) start.options.emplace(key, value);
  std::erase_if(start.options,
                [](const auto& option) { return EqualsIgnoreCase(option.first, "path"); });
  // A program that starts again need not say how the table is partitioned.
  if (start.partition_columns.empty()) start.partition_columns = table->partition_columns;
  const bool same = std::equal(start.partition_columns.begin(), start.partition_columns.end(),
                               table->partition_columns.begin(), table->partition_columns.end(),
                               EqualsIgnoreCase);
  if (!same) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1163",
                         "The table " + QuotedParts(parts) +
                             " is partitioned by other columns than partitionBy() names; leave "
                             "partitionBy() out, or name the same",
                         {{"tableName", QuotedParts(parts)}});
  }
  return start;
}

}  // namespace headrace

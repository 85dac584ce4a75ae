#include "session/table_input.h"

#include <algorithm>
#include <set>

#include <arrow/scalar.h>

#include "base/file_system.h"
#include "plan/resolved_nodes.h"
#include "session/catalog_errors.h"
#include "session/store_assignment.h"
#include "session/table_catalog.h"

namespace headrace {
namespace {

std::string NameOf(const TableDescription& table) {
  return QuotedParts({kCatalogName, table.database, table.name});
}

std::string List(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + QuotedParts({name});
  return list;
}

std::vector<std::string> NamesOf(const std::vector<Attribute>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

Status WrongCount(const TableDescription& table, const std::vector<std::string>& wanted,
                  const std::vector<Attribute>& given, const InputMatch& match) {
  const std::string columns = List(wanted), data = List(NamesOf(given));
  const std::string text = "Cannot write into " + NameOf(table) + ": the table has the columns " +
                           columns + ", the data " + data;
  if (match.static_partitions > 0) {
    return AnalysisError("INSERT_PARTITION_COLUMN_ARITY_MISMATCH", text,
                         {{"tableName", NameOf(table)},
                          {"tableColumns", columns},
                          {"dataColumns", data},
                          {"staticPartCols", List(match.static_columns)}});
  }
  return AnalysisError(
      std::string("INSERT_COLUMN_ARITY_MISMATCH.") +
          (given.size() < wanted.size() ? "NOT_ENOUGH_DATA_COLUMNS" : "TOO_MANY_DATA_COLUMNS"),
      text, {{"tableName", NameOf(table)}, {"tableColumns", columns}, {"dataColumns", data}});
}

Status UnknownColumn(const std::string& name, const TableDescription& table) {
  return AnalysisError(
      "UNRESOLVED_COLUMN.WITH_SUGGESTION",
      "The table " + NameOf(table) + " has no column " + QuotedParts({name}) + "; it has " +
          List(table.schema->field_names()),
      {{"objectName", QuotedParts({name})}, {"proposal", List(table.schema->field_names())}});
}

// Which of the input's columns goes to each of the table's; -1: none.
Result<std::vector<int>> SourcesByPosition(const std::vector<Attribute>& input,
                                           const TableDescription& table, const InputMatch& match) {
  std::vector<int> sources(table.schema->num_fields(), -1);
  const std::vector<Attribute> data(input.begin(),
                                    input.end() - static_cast<ptrdiff_t>(match.static_partitions));
  for (size_t i = 0; i < match.static_columns.size(); ++i) {
    sources[FindField(*table.schema, match.static_columns[i])] = static_cast<int>(data.size() + i);
  }
  std::vector<int> targets;
  std::vector<std::string> wanted;
  if (!match.columns.empty()) {
    std::set<int> seen;
    for (const auto& name : match.columns) {
      const int position = FindField(*table.schema, name);
      if (position < 0) return UnknownColumn(name, table);
      if (!seen.insert(position).second) return ColumnExists(name);
      targets.push_back(position);
      wanted.push_back(name);
    }
  } else {
    for (int i = 0; i < table.schema->num_fields(); ++i) {
      if (sources[i] >= 0) continue;
      targets.push_back(i);
      wanted.push_back(table.schema->field(i)->name());
    }
  }
  if (targets.size() != data.size()) return WrongCount(table, wanted, data, match);
  for (size_t i = 0; i < targets.size(); ++i) sources[targets[i]] = static_cast<int>(i);
  return sources;
}

Result<std::vector<int>> SourcesByName(const std::vector<Attribute>& input,
                                       const TableDescription& table, const InputMatch& match) {
  std::vector<int> sources(table.schema->num_fields(), -1);
  std::vector<std::string> extra;
  const size_t data = input.size() - match.static_partitions;
  for (size_t i = 0; i < input.size(); ++i) {
    const std::string& name = i < data ? input[i].name : match.static_columns[i - data];
    const int position = FindField(*table.schema, name);
    if (position < 0) {
      extra.push_back(name);
    } else if (sources[position] >= 0) {
      return ColumnExists(name);
    } else {
      sources[position] = static_cast<int>(i);
    }
  }
  if (extra.empty()) return sources;
  return AnalysisError("INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS",
                       "Cannot write into " + NameOf(table) + ": it has no columns " + List(extra),
                       {{"tableName", NameOf(table)}, {"extraColumns", List(extra)}});
}

NamedExpression Nullable(NamedExpression column) {
  column.attribute.nullable = true;
  return column;
}

}  // namespace

Result<ResolvedPlanPtr> MatchTable(const ResolvedPlanPtr& input, const TableDescription& table,
                                   const InputMatch& match,
                                   const std::shared_ptr<const TimeZone>& zone) {
  std::vector<int> sources;
  if (match.by_name) {
    ARROW_ASSIGN_OR_RAISE(sources, SourcesByName(input->output, table, match));
  } else {
    ARROW_ASSIGN_OR_RAISE(sources, SourcesByPosition(input->output, table, match));
  }
  std::vector<NamedExpression> columns;
  for (int i = 0; i < table.schema->num_fields(); ++i) {
    const FieldPtr& field = table.schema->field(i);
    ExpressionPtr value;
    if (sources[i] < 0) {
      value = std::make_shared<Literal>(arrow::MakeNullScalar(field->type()));
    } else {
      ARROW_ASSIGN_OR_RAISE(value, StoreAs(ToReference(input->output[sources[i]]), field->type(),
                                           field->name(), NameOf(table), zone));
    }
    columns.push_back(Nullable(Computed(std::move(value), field->name())));
  }
  return MakeProject(input, std::move(columns));
}

Result<SchemaPtr> ArrangeSchema(const SchemaPtr& schema, const std::string& table,
                                std::vector<std::string>* partition_columns) {
  std::set<std::string> names;
  for (const auto& field : schema->fields()) {
    if (!names.insert(ToLower(field->name())).second) return ColumnExists(ToLower(field->name()));
  }
  std::vector<bool> is_partition(schema->num_fields());
  arrow::FieldVector partitions, fields;
  for (auto& name : *partition_columns) {
    const int position = FindField(*schema, name);
    if (position < 0) {
      return AnalysisError("COLUMN_NOT_DEFINED_IN_TABLE",
                           "The partition column " + QuotedParts({name}) +
                               " is not a column of the table " + table + ", which has " +
                               List(schema->field_names()),
                           {{"colType", "partition"},
                            {"colName", QuotedParts({name})},
                            {"tableName", table},
                            {"tableCols", List(schema->field_names())}});
    }
    if (is_partition[position]) return ColumnExists(ToLower(name));
    is_partition[position] = true;
    const FieldPtr& field = schema->field(position);
    name = field->name();
    const arrow::Type::type id = field->type()->id();
    if (id == arrow::Type::LIST || id == arrow::Type::MAP || id == arrow::Type::STRUCT) {
      return AnalysisError("INVALID_PARTITION_COLUMN_DATA_TYPE",
                           "A partition column cannot have the type " + SqlName(*field->type()),
                           {{"type", "\"" + SqlName(*field->type()) + "\""}});
    }
    partitions.push_back(field);
  }
  if (!partitions.empty() && static_cast<int>(partitions.size()) == schema->num_fields()) {
    return AnalysisError("ALL_PARTITION_COLUMNS_NOT_ALLOWED",
                         "A table needs a column that is no partition column");
  }
  for (int i = 0; i < schema->num_fields(); ++i) {
    if (!is_partition[i]) fields.push_back(schema->field(i));
  }
  fields.insert(fields.end(), partitions.begin(), partitions.end());
  return AsNullable(arrow::schema(std::move(fields)));
}

Result<ResolvedPlanPtr> ArrangeForTable(const ResolvedPlanPtr& input,
                                        const std::vector<std::string>& partition_columns) {
  std::vector<NamedExpression> columns, partitions(partition_columns.size());
  for (const Attribute& attribute : input->output) {
    NamedExpression column = Nullable(Computed(ToReference(attribute), attribute.name));
    column.attribute.metadata = attribute.metadata;
    const auto found =
        std::find_if(partition_columns.begin(), partition_columns.end(),
                     [&](const auto& name) { return EqualsIgnoreCase(name, attribute.name); });
    if (found == partition_columns.end()) {
      columns.push_back(std::move(column));
    } else {
      partitions[found - partition_columns.begin()] = std::move(column);
    }
  }
  for (auto& column : partitions) columns.push_back(std::move(column));
  return MakeProject(input, std::move(columns));
}

Status CheckNotRead(const ResolvedPlan& plan, const std::string& location,
                    const TableDescription& table) {
  bool read = false;
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    if (node.kind != ResolvedKind::kScan) return;
    for (const auto& path : node.specification.paths) {
      const auto plain = StripFileScheme(path);
      read |= plain.ok() && AbsolutePath(*plain) == location;
    }
  });
  if (!read) return Status::OK();
  return AnalysisError("UNSUPPORTED_OVERWRITE.TABLE",
                       "The table " + NameOf(table) +
                           " cannot be overwritten by a query that reads it; write into another "
                           "table first",
                       {{"table", NameOf(table)}});
}

}  // namespace headrace

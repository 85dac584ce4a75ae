#include "session/catalog_errors.h"

#include "types/spark_type.h"

namespace headrace {

std::string QuotedParts(const std::vector<std::string>& name_parts) {
  std::string name;
  for (const auto& part : name_parts) name += (name.empty() ? "" : ".") + ("`" + part + "`");
  return name;
}

Status TableNotFound(const std::vector<std::string>& name_parts) {
  const std::string name = QuotedParts(name_parts);
  return AnalysisError("TABLE_OR_VIEW_NOT_FOUND",
                       "The table or view " + name +
                           " cannot be found; check its name and the current database, or use IF "
                           "EXISTS where it need not be there",
                       {{"relationName", name}});
}

Status TableExists(const std::vector<std::string>& name_parts) {
  const std::string name = QuotedParts(name_parts);
  return AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS",
                       "There is a table or view " + name +
                           " already; choose another name, drop the old one, or say IF NOT EXISTS",
                       {{"relationName", name}});
}

Status CatalogNotFound(const std::string& catalog) {
  return MakeError(
      ErrorKind::kSpark, "CATALOG_NOT_FOUND",
      "There is no catalog " + QuotedParts({catalog}) + "; spark_catalog is the only one",
      {{"catalogName", QuotedParts({catalog})}, {"config", ""}});
}

Status SchemaNotFound(const std::string& database) {
  return AnalysisError("SCHEMA_NOT_FOUND",
                       "The database " + QuotedParts({database}) +
                           " cannot be found; check its name, or make it with CREATE DATABASE",
                       {{"schemaName", QuotedParts({database})}});
}

Status SchemaExists(const std::string& database) {
  return AnalysisError("SCHEMA_ALREADY_EXISTS",
                       "There is a database " + QuotedParts({database}) +
                           " already; choose another name, or say IF NOT EXISTS",
                       {{"schemaName", QuotedParts({database})}});
}

Status InvalidRelationName(const std::string& name) {
  return AnalysisError("INVALID_SCHEMA_OR_RELATION_NAME",
                       QuotedParts({name}) +
                           " is no name for a database, table or view; names are made of letters, "
                           "digits and underscores",
                       {{"name", QuotedParts({name})}});
}

Status TableExpected(const std::vector<std::string>& name_parts, const std::string& operation) {
  const std::string name = QuotedParts(name_parts);
  return AnalysisError("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
                       "'" + operation + "' takes a table, but " + name + " is a view",
                       {{"viewName", name}, {"operation", operation}});
}

Status WrongCommand(const std::string& operation, const std::string& required,
                    const std::vector<std::string>& name_parts, const std::string& found,
                    const std::string& alternative) {
  const std::string name = QuotedParts(name_parts);
  return AnalysisError("WRONG_COMMAND_FOR_OBJECT_TYPE",
                       "The operation " + operation + " takes a " + required + ", but " + name +
                           " is a " + found + "; use " + alternative,
                       {{"operation", operation},
                        {"requiredType", required},
                        {"objectName", name},
                        {"foundType", found},
                        {"alternative", alternative}});
}

Status ColumnExists(const std::string& column) {
  return AnalysisError(
      "COLUMN_ALREADY_EXISTS",
      "There is a column " + QuotedParts({column}) + " already; choose another name",
      {{"columnName", QuotedParts({column})}});
}

Status TableOperationUnsupported(const std::vector<std::string>& name_parts,
                                 const std::string& operation) {
  return AnalysisError("UNSUPPORTED_FEATURE.TABLE_OPERATION",
                       "The table " + QuotedParts(name_parts) + " does not support " + operation +
                           "; tables of files can be appended to and overwritten",
                       {{"tableName", QuotedParts(name_parts)}, {"operation", operation}});
}

Status PartitionsNotFound(const std::vector<std::string>& partitions,
                          const std::vector<std::string>& name_parts) {
  std::string list;
  for (const auto& partition : partitions) list += (list.empty() ? "" : ", ") + partition;
  return AnalysisError("PARTITIONS_NOT_FOUND",
                       "The partition(s) " + list + " cannot be found in the table " +
                           QuotedParts(name_parts) + "; SHOW PARTITIONS tells which there are",
                       {{"partitionList", list}, {"tableName", QuotedParts(name_parts)}});
}

}  // namespace headrace

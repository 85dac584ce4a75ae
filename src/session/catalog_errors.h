// What is said of databases, tables and views that are absent, there already, or of another kind.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

// `a`.`b c`
std::string QuotedParts(const std::vector<std::string>& name_parts);

Status TableNotFound(const std::vector<std::string>& name_parts);
Status TableExists(const std::vector<std::string>& name_parts);
Status CatalogNotFound(const std::string& catalog);
Status SchemaNotFound(const std::string& database);
Status SchemaExists(const std::string& database);
Status InvalidRelationName(const std::string& name);
// EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE
Status TableExpected(const std::vector<std::string>& name_parts, const std::string& operation);
// WRONG_COMMAND_FOR_OBJECT_TYPE
Status WrongCommand(const std::string& operation, const std::string& required,
                    const std::vector<std::string>& name_parts, const std::string& found,
                    const std::string& alternative);
Status ColumnExists(const std::string& column);
// UNSUPPORTED_FEATURE.TABLE_OPERATION
Status TableOperationUnsupported(const std::vector<std::string>& name_parts,
                                 const std::string& operation);
// PARTITIONS_NOT_FOUND
Status PartitionsNotFound(const std::vector<std::string>& partitions,
                          const std::vector<std::string>& name_parts);

}  // namespace headrace

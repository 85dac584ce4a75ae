// What statements about databases, tables and views say beyond command and name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/unresolved.h"

namespace headrace {

// `PARTITION (day = '2026-01-01', country)`
struct PartitionKey {
  std::string column;
  UnresolvedPtr value;  // null: dynamic
};
using PartitionKeys = std::vector<PartitionKey>;

struct TableStatement {
  SchemaPtr columns;  // CREATE TABLE, ADD COLUMNS; null: none given
  std::string format;
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> properties;
  std::vector<std::string> partition_columns;
  std::optional<std::string> location;
  std::optional<std::string> comment;
  bool external = false;

  std::string query_text;                                                        // CREATE VIEW
  std::vector<std::pair<std::string, std::optional<std::string>>> view_columns;  // name, comment

  std::vector<std::string> other_name;  // RENAME TO, LIKE, SHOW COLUMNS … IN database
  std::vector<PartitionKeys> partitions;
  std::vector<std::string> insert_columns;
  bool by_name = false;
  bool overwrite = false;
  bool cascade = false;
  std::vector<std::string> keys;       // UNSET TBLPROPERTIES, SHOW TBLPROPERTIES ('key')
  std::optional<std::string> pattern;  // LIKE
};

}  // namespace headrace

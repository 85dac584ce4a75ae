// The partitions of a table: the directories below its own.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"

namespace headrace {

struct TablePartition {
  std::string path;
  std::string name;  // "day=2026-01-01/country=DE", as in the path
  std::vector<std::optional<std::string>> values;
};

// Sorted by name; `columns` outermost first.
Result<std::vector<TablePartition>> ListPartitions(FileSystem* files, const std::string& location,
                                                   const std::vector<std::string>& columns);

// Values of some columns, by position.
using PartitionFilter = std::vector<std::pair<size_t, std::optional<std::string>>>;
bool Matches(const TablePartition& partition, const PartitionFilter& filter);

// "day=2026-01-01/country=DE"; no value: Spark's name for null.
std::string PartitionName(const std::vector<std::string>& columns,
                          const std::vector<std::optional<std::string>>& values);

}  // namespace headrace

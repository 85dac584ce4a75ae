#include "session/table_partitions.h"

#include <algorithm>

#include "connectors/file/file_path.h"
#include "connectors/file/partition_columns.h"

namespace headrace {
namespace {

Status Collect(FileSystem* files, const std::string& directory, const std::string& location,
               size_t depth, std::vector<TablePartition>* partitions) {
  if (depth == 0) {
    TablePartition partition;
    partition.path = directory;
    partition.name = directory.substr(location.size() + 1);
    for (auto& [name, value] : ParsePartitionPath(directory, location)) {
      partition.values.push_back(std::move(value));
    }
    partitions->push_back(std::move(partition));
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto children, files->List(directory));
  for (const auto& child : children) {
    const std::string name = BaseName(child.path);
    if (!child.is_directory || name.starts_with('_') || name.starts_with('.') ||
        name.find('=') == std::string::npos) {
      continue;
    }
    ARROW_RETURN_NOT_OK(Collect(files, child.path, location, depth - 1, partitions));
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<TablePartition>> ListPartitions(FileSystem* files, const std::string& location,
                                                   const std::vector<std::string>& columns) {
  std::vector<TablePartition> partitions;
  ARROW_RETURN_NOT_OK(Collect(files, location, location, columns.size(), &partitions));
  std::erase_if(partitions,
                [&](const auto& partition) { return partition.values.size() != columns.size(); });
  std::sort(partitions.begin(), partitions.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return partitions;
}

bool Matches(const TablePartition& partition, const PartitionFilter& filter) {
  return std::all_of(filter.begin(), filter.end(), [&](const auto& wanted) {
    return partition.values[wanted.first] == wanted.second;
  });
}

std::string PartitionName(const std::vector<std::string>& columns,
                          const std::vector<std::optional<std::string>>& values) {
  std::string name;
  for (size_t i = 0; i < columns.size(); ++i) {
    name += (i == 0 ? "" : "/") + EscapePartitionText(columns[i]) + "=" +
            (values[i] && !values[i]->empty() ? EscapePartitionText(*values[i])
                                              : std::string(kNullPartition));
  }
  return name;
}

}  // namespace headrace

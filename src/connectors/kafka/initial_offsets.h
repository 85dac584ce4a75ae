// Where a query began, in the source's own space of the checkpoint and in Spark's form: the file
// `0` with a NUL byte, the line `v1`, and the offsets.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file_system.h"
#include "connectors/kafka/partition_offsets.h"

namespace headrace {

// No value: the query has not begun yet.
Result<std::optional<PartitionOffsets>> ReadInitialOffsets(const std::string& metadata_path,
                                                           std::shared_ptr<FileSystem> files);
Status WriteInitialOffsets(const PartitionOffsets& offsets, const std::string& metadata_path,
                           std::shared_ptr<FileSystem> files);

}  // namespace headrace

// Readers of the leaves that are no sources: local data and ranges.
#pragma once

#include "connector/source.h"
#include "plan/physical_plan.h"

namespace headrace {

PartitionReaders ReadLocalData(const PhysicalNode& node);
// `partitions` contiguous parts of start, start + step, … before end.
PartitionReaders ReadRange(const PhysicalNode& node, int partitions);

}  // namespace headrace

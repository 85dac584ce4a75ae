// The rows of both rate sources: values that count up, spread over partitions and time.
#pragma once

#include "connector/source.h"

namespace headrace {

// Values [first, last); value v has the time start_ms + round((v - first) * ms_per_value).
struct RateRange {
  int64_t first = 0;
  int64_t last = 0;
  int64_t start_ms = 0;
  double ms_per_value = 0;
};

SchemaPtr RateSchema();
// Partition p of n has the values first + p, first + p + n, …
Result<PartitionReaders> ReadRateRange(const RateRange& range, int64_t partitions,
                                       const ScanRequest& request);
// UnsupportedOperation if the program gave a schema.
Status RefuseUserSchema(const SourceSpecification& specification, const std::string& provider);

}  // namespace headrace

// How the rows of a query are divided among the writers of its sink: as the query's own partitions
// lie, or as repartition() or coalesce() asked, which tells how many files there will be.
#pragma once

#include <memory>
#include <vector>

#include "connector/sink.h"
#include "plan/unresolved.h"

namespace headrace {

struct SinkPartitioning {
  enum class Kind {
    kAsPlanned,
    kAtMost,  // coalesce: the query's partitions are put together
    kEvenly,  // repartition: about as many rows each
    kByKeys,  // repartition by columns: rows of equal keys stay together
  };
  Kind kind = Kind::kAsPlanned;
  int count = 0;
  std::vector<int> key_columns;
};

// What the topmost repartition or coalesce of `plan` says, if what stands above it leaves rows
// where they are. `schema`: of the plan's result. `default_count` is taken where no number is
// given.
SinkPartitioning PartitioningOf(const LogicalPlan& plan, const arrow::Schema& schema,
                                int default_count);

std::unique_ptr<Sink> PartitionSink(std::unique_ptr<Sink> sink, SinkPartitioning partitioning,
                                    std::shared_ptr<TaskPool> pool);
// The same for the sinks that `provider` opens for streams.
std::shared_ptr<SinkProvider> PartitionSinks(std::shared_ptr<SinkProvider> provider,
                                             SinkPartitioning partitioning,
                                             std::shared_ptr<TaskPool> pool);

}  // namespace headrace

// The options of the source `statestore`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connector/source.h"
#include "state/state_store.h"

namespace headrace {

enum class JoinSide { kNone, kLeft, kRight };

// STDS_INVALID_OPTION_VALUE.WITH_MESSAGE
Status InvalidStateOption(const std::string& option, const std::string& message);

struct StateReadOptions {
  std::string checkpoint;  // absolute path
  int64_t batch_id = 0;    // the state after this batch
  int operator_id = 0;
  std::string store_name = "default";
  JoinSide join_side = JoinSide::kNone;
  // Of transformWithState: a variable, or the timers.
  std::optional<std::string> variable;
  bool timers = false;
  bool flattened = true;  // a row an element of a list, an entry of a map

  struct Snapshot {
    int64_t start_batch_id;
    int partition;
  };
  std::optional<Snapshot> snapshot;

  struct Changes {
    int64_t first_batch_id, last_batch_id;
  };
  std::optional<Changes> changes;  // the change feed instead of the state

  // Checks every option as Spark does. A missing `batchId` or `changeEndBatchId` is the last
  // committed batch. Errors: STDS_*; NotSupported for operatorStateUniqueIds.
  static Result<StateReadOptions> Parse(const SourceSpecification& specification,
                                        const ConnectorContext& context);

  std::string StatePath() const { return JoinPath(checkpoint, "state"); }
  std::string ToString() const;  // as Spark's messages show it
  Status SchemaNotReadable(const std::string& why) const;
};

}  // namespace headrace

// Decides what the next micro-batch reads, and logs the decision.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "streaming/batch.h"
#include "streaming/source_set.h"

namespace headrace {

class OffsetPlanner {
 public:
  // `recovery` tells where the logs ended; `configuration` goes into every offsets entry.
  OffsetPlanner(Checkpoint* checkpoint, const SourceSet* sources, const RecoveryState& recovery,
                std::map<std::string, std::string> configuration, int min_batches_to_retain);

  struct Request {
    bool all_available = false;  // ignore rate limits
    int64_t watermark_ms = 0;    // after the last batch
    int64_t now_ms = 0;
    bool wants_no_data_batch = false;
  };
  // Asks every source for its newest offset, and returns the batch if there is something to do.
  Result<std::optional<PlannedBatch>> Plan(const Request& request, StepTimer* timer);
  // Writes offsets/<id>. May run on a thread of its own while the batch does.
  Status Log(const PlannedBatch& batch) const;
  // That is done: tells the sources that the batch before is committed.
  Status Logged(const PlannedBatch& batch);

  int64_t next_batch_id() const { return next_batch_id_; }
  // `batch` is in the commit log: the next one starts where it ended.
  void Committed(const PlannedBatch& batch);
  // Ends of the last committed batch, and the newest known ones, for progress and error texts.
  const std::vector<std::optional<std::string>>& committed() const { return committed_; }
  const std::vector<std::optional<std::string>>& available() const { return available_; }

 private:
  Status FillInitialOffsets();

  Checkpoint* checkpoint_;
  const SourceSet* sources_;
  std::map<std::string, std::string> configuration_;
  int min_batches_to_retain_;
  int64_t next_batch_id_;
  int64_t last_watermark_ms_;
  bool ran_before_ = false;  // a batch of this run is committed
  std::vector<std::optional<std::string>> committed_;
  std::vector<std::optional<std::string>> available_;
};

}  // namespace headrace

#include "streaming/offset_planner.h"

#include <utility>

namespace headrace {

OffsetPlanner::OffsetPlanner(Checkpoint* checkpoint, const SourceSet* sources,
                             const RecoveryState& recovery,
                             std::map<std::string, std::string> configuration,
                             int min_batches_to_retain)
    : checkpoint_(checkpoint),
      sources_(sources),
      configuration_(std::move(configuration)),
      min_batches_to_retain_(min_batches_to_retain),
      next_batch_id_(recovery.next_batch_id),
      last_watermark_ms_(recovery.last ? recovery.last->batch_watermark_ms : 0),
      committed_(recovery.committed),
      available_(recovery.committed) {
  committed_.resize(sources->size());
  available_.resize(sources->size());
}

Status OffsetPlanner::FillInitialOffsets() {
  for (int i = 0; i < sources_->size(); ++i) {
    if (committed_[i]) continue;
    ARROW_ASSIGN_OR_RAISE(committed_[i], sources_->at(i).InitialOffset());
  }
  return Status::OK();
}

Result<std::optional<PlannedBatch>> OffsetPlanner::Plan(const Request& request, StepTimer* timer) {
  ARROW_RETURN_NOT_OK(FillInitialOffsets());
  PlannedBatch batch;
  batch.id = next_batch_id_;
  batch.start = committed_;
  batch.late_watermark_ms = batch.id == 0 ? 0 : last_watermark_ms_;
  batch.entry.batch_watermark_ms = request.watermark_ms;
  batch.entry.batch_timestamp_ms = request.now_ms;
  batch.entry.configuration = configuration_;

  bool new_data = false;
  for (int i = 0; i < sources_->size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto end, timer->Measure("latestOffset", [&] {
      return sources_->at(i).LatestOffset(committed_[i], ReadLimit{request.all_available});
    }));
    if (!end) end = committed_[i];
    new_data = new_data || end != committed_[i];
    available_[i] = end;
    batch.entry.offsets.push_back(std::move(end));
  }
  if (!new_data && !(ran_before_ && request.wants_no_data_batch)) return std::nullopt;

  return batch;
}

Status OffsetPlanner::Log(const PlannedBatch& batch) const {
  return checkpoint_->LogOffsets(batch.id, batch.entry);
}

Status OffsetPlanner::Logged(const PlannedBatch& batch) {
  // Sources learn of a commit one batch late: only now can the batch before never run again.
  for (int i = 0; i < sources_->size(); ++i) {
    if (batch.id > 0 && committed_[i]) {
      ARROW_RETURN_NOT_OK(sources_->at(i).Commit(*committed_[i]));
    }
  }
  return checkpoint_->Purge(batch.id, min_batches_to_retain_);
}

void OffsetPlanner::Committed(const PlannedBatch& batch) {
  committed_ = batch.entry.offsets;
  available_ = committed_;
  last_watermark_ms_ = batch.entry.batch_watermark_ms;
  next_batch_id_ = batch.id + 1;
  ran_before_ = true;
}

}  // namespace headrace

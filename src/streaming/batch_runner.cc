#include "streaming/batch_runner.h"

#include <utility>
#include <vector>

#include "base/injection.h"
#include "base/log.h"
#include "connector/cancellable.h"
#include "operators/sink_consumer.h"

namespace headrace {

Result<std::vector<PartitionReaders>> BatchRunner::OpenInputs(const PlannedBatch& batch) {
  std::vector<PartitionReaders> inputs(parts_.plan->scans.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const PhysicalScan& scan = parts_.plan->scans[i];
    if (scan.first_batch_only && batch.id > 0) continue;
    if (scan.streaming) {
      const auto& start = batch.start[scan.source_ordinal];
      const auto& end = batch.entry.offsets[scan.source_ordinal];
      if (!end || start == end) continue;  // no new data: an empty relation
      ARROW_ASSIGN_OR_RAISE(
          inputs[i], parts_.sources->at(scan.source_ordinal).Read(start, *end, scan.request));
    } else if (scan.batch_scan) {
      ARROW_ASSIGN_OR_RAISE(inputs[i], scan.batch_scan->Read(scan.request));
    } else {
      if (static_scans_[i] == nullptr) {
        ARROW_ASSIGN_OR_RAISE(
            static_scans_[i],
            scan.provider->OpenBatch(scan.specification, scan.source_schema, parts_.connector));
        OfferCancellation(static_scans_[i].get(), parts_.cancellation);
      }
      ARROW_ASSIGN_OR_RAISE(inputs[i], static_scans_[i]->Read(scan.request));
    }
  }
  return inputs;
}

Status BatchRunner::AwaitLog(const PlannedBatch& batch, Logging* logging, StepTimer* timer) {
  if (!logging->valid()) return Status::OK();
  return timer->Measure("walCommit", [&]() -> Status {
    ARROW_RETURN_NOT_OK(logging->get());
    return parts_.planner->Logged(batch);
  });
}

Result<BatchResult> BatchRunner::Run(const PlannedBatch& batch, StepTimer* timer) {
  BatchResult result;
  Logging logging;  // whoever leaves waits for its end
  if (!batch.is_logged) {
    logging = std::async(logs_beside_ ? std::launch::async : std::launch::deferred,
                         [&] { return parts_.planner->Log(batch); });
    if (!logs_beside_) ARROW_RETURN_NOT_OK(AwaitLog(batch, &logging, timer));
  }
  ARROW_ASSIGN_OR_RAISE(const bool begun,
                        timer->Measure("addBatch", [&] { return parts_.sink->Begin(batch.id); }));
  if (begun) {
    Status status = RunAndPublish(batch, &logging, timer, &result);
    if (!status.ok()) {
      for (const Status& undone :
           {parts_.sink->Abort(batch.id), parts_.instance->RollbackState()}) {
        if (!undone.ok()) LogWarn("streaming", "undoing a failed batch: " + undone.ToString());
      }
      return status;
    }
  } else {
    result.skipped_by_sink = true;
    ARROW_RETURN_NOT_OK(AwaitLog(batch, &logging, timer));
  }
  parts_.watermark->Update(result.metrics.event_times);
  ARROW_RETURN_NOT_OK(timer->Measure("commitOffsets", [&] {
    return parts_.checkpoint->LogCommit(batch.id, CommitLogEntry{parts_.watermark->global_ms()});
  }));
  if (parts_.state) parts_.state->Maintain(batch.id + 1);
  return result;
}

Status BatchRunner::RunAndPublish(const PlannedBatch& batch, Logging* logging, StepTimer* timer,
                                  BatchResult* result) {
  ARROW_ASSIGN_OR_RAISE(auto inputs, timer->Measure("getBatch", [&] { return OpenInputs(batch); }));
  BatchContext context;
  context.batch_id = batch.id;
  context.late_watermark_ms = batch.late_watermark_ms;
  context.eviction_watermark_ms = batch.entry.batch_watermark_ms;
  context.batch_timestamp_ms = batch.entry.batch_timestamp_ms;
  context.state_version = batch.id;
  context.random_seed = parts_.connector.random->Next();
  context.output_mode = parts_.output_mode;
  context.cancellation = parts_.cancellation;

  ARROW_RETURN_NOT_OK(timer->Measure("addBatch", [&]() -> Status {
    SinkConsumer consumer(parts_.sink);
    ARROW_RETURN_NOT_OK(
        parts_.instance->Run(context, std::move(inputs), &consumer, &result->metrics));
    ARROW_RETURN_NOT_OK(parts_.cancellation->Check());
    ARROW_RETURN_NOT_OK(parts_.sink->Prepare(batch.id));
    HEADRACE_INJECT("sink.prepared");
    return Status::OK();
  }));
  ARROW_RETURN_NOT_OK(AwaitLog(batch, logging, timer));
  return timer->Measure("addBatch", [&]() -> Status {
    ARROW_RETURN_NOT_OK(parts_.instance->CommitState(&result->metrics));
    HEADRACE_INJECT("state.all-committed");
    ARROW_RETURN_NOT_OK(parts_.sink->Commit(batch.id));
    HEADRACE_INJECT("sink.committed");
    result->output_rows = parts_.sink->last_output_rows();
    return Status::OK();
  });
}

}  // namespace headrace

#include "streaming/query.h"

#include <utility>

#include "base/allocator.h"
#include "base/error_cause.h"
#include "base/exception_boundary.h"
#include "base/injection.h"
#include "base/log.h"

namespace headrace {
namespace {

int64_t ConfiguredInt(const QuerySpecification& specification, const std::string& key,
                      int64_t fallback) {
  const auto found = specification.configuration.find(key);
  if (found == specification.configuration.end()) return fallback;
  return std::strtoll(found->second.c_str(), nullptr, 10);
}

// Of a user's function that failed, what it raised.
const Status& WhatFailed(const Status& cause) {
  const ErrorDetail* detail = ErrorDetail::Get(cause);
  const bool user_function =
      detail && (detail->condition() == "FOREACH_BATCH_USER_FUNCTION_ERROR" ||
                 detail->condition() == "FOREACH_USER_FUNCTION_ERROR");
  return user_function ? *CauseOf(cause) : cause;
}

}  // namespace

Query::Query(QuerySpecification specification, std::unique_ptr<Checkpoint> checkpoint,
             std::unique_ptr<Sink> sink, std::string run_id, QueryEventListener post,
             EndCallback ended)
    : specification_(std::move(specification)),
      checkpoint_(std::move(checkpoint)),
      sink_(std::move(sink)),
      id_(checkpoint_->query_id()),
      run_id_(std::move(run_id)),
      checkpoint_directory_(checkpoint_->directory()),
      sink_table_(sink_->AsTable()),
      state_(specification_.connector.clock),
      reporter_(
          static_cast<int>(
              ConfiguredInt(specification_, "spark.sql.streaming.numRecentProgressUpdates", 100)),
          ConfiguredInt(specification_, "spark.sql.streaming.noDataProgressEventInterval", 10000),
          std::move(post)),
      ended_(std::move(ended)) {
  loop_ = std::make_unique<QueryLoop>(QueryLoop::Parts{&specification_, checkpoint_.get(),
                                                       sink_.get(), &state_, &reporter_, run_id_});
}

Query::~Query() {
  state_.RequestStop();
  Join();
}

void Query::Join() {
  std::lock_guard lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

void Query::Launch() {
  thread_ = std::thread([this] { Main(); });
}

void Query::Main() {
  const Status status = WithoutExceptions([this] { return loop_->Run(); });
  std::optional<QueryFailure> failure;
  if (!status.ok()) {
    failure = DescribeFailure(status);
    LogError("streaming", "query " + id_ + " failed: " + status.message());
  }
  // Everything is closed before observers hear of the end: a new run may then take the checkpoint.
  loop_->Close();
  sink_.reset();
  const std::string directory = checkpoint_->directory();
  checkpoint_.reset();
  if (specification_.delete_checkpoint_on_stop && !failure) {
    const Status removed = specification_.connector.files->RemoveDirectory(directory);
    if (!removed.ok()) LogWarn("streaming", "temporary checkpoint: " + removed.ToString());
  }
  state_.End(std::move(failure));
  ended_(*this);
  state_.WakeWaiters();
  GiveBackFreeMemory();
}

QueryFailure Query::DescribeFailure(const Status& cause) const {
  QueryFailure failure{cause, WhatFailed(cause).message()};
  failure.message += "\n=== Streaming Query ===\nIdentifier: " +
                     (specification_.name.empty() ? "" : specification_.name + " ") +
                     "[id = " + id_ + ", runId = " + run_id_ + "]\n" + loop_->DescribeOffsets() +
                     "\n\nCurrent State: ACTIVE\nThread State: RUNNABLE\n\nLogical Plan:\n" +
                     specification_.logical_plan_text;
  return failure;
}

std::string Query::Explain(bool extended) const {
  if (!loop_->ran_a_batch()) return "No physical plan. Waiting for data.";
  return extended ? specification_.explain_extended_text : specification_.explain_text;
}

Status Query::Stop() {
  HEADRACE_INJECT("query.stop");
  state_.RequestStop();
  const int64_t timeout_ms = ConfiguredInt(specification_, "spark.sql.streaming.stopTimeout", 0);
  const bool ended =
      state_.AwaitEnd(timeout_ms > 0 ? std::optional<int64_t>(timeout_ms) : std::nullopt, nullptr);
  if (!ended) {
    return MakeError(ErrorKind::kSpark, "STREAMING_QUERY_STOP_TIMEOUT",
                     "Query " + id_ + " did not end within spark.sql.streaming.stopTimeout (" +
                         std::to_string(timeout_ms) + " ms); it goes on stopping");
  }
  return Status::OK();
}

Status Query::ProcessAllAvailable() {
  state_.AwaitIdle();
  const auto failure = state_.failure();
  return failure ? StreamFailedError(id_, run_id_, *failure) : Status::OK();
}

Result<bool> Query::AwaitTermination(std::optional<int64_t> timeout_ms,
                                     const CancellationToken* cancelled) {
  const bool ended = state_.AwaitEnd(timeout_ms, cancelled);
  const auto failure = state_.failure();
  if (failure) return StreamFailedError(id_, run_id_, *failure);
  return ended;
}

Status StreamFailedError(const std::string& id, const std::string& run_id,
                         const QueryFailure& failure) {
  Status status =
      WithCause(MakeError(ErrorKind::kStreamingQuery, "STREAM_FAILED",
                          "Query [id = " + id + ", runId = " + run_id +
                              "] terminated with exception: " + failure.cause.message(),
                          {{"id", id}, {"runId", run_id}, {"message", failure.cause.message()}}),
                WhatFailed(failure.cause));
  // The debug block follows the SQLSTATE.
  const size_t block = failure.message.find("\n=== Streaming Query ===");
  return block == std::string::npos
             ? status
             : status.WithMessage(status.message() + failure.message.substr(block));
}

}  // namespace headrace

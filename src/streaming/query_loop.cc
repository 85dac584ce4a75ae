#include "streaming/query_loop.h"

#include <algorithm>
#include <utility>

#include "base/injection.h"
#include "base/log.h"
#include "streaming/query_configuration.h"
#include "streaming/state_configuration.h"

namespace headrace {

namespace {

// The batch that follows makes the sync of a commit needless; for so long it is waited for.
constexpr int64_t kSettleUs = 100000;

}  // namespace

QueryLoop::QueryLoop(Parts parts)
    : parts_(std::move(parts)), clock_(parts_.specification->connector.clock.get()) {}

QueryLoop::~QueryLoop() {
  if (sources_) sources_->SetWake(nullptr);
}

Status QueryLoop::Run() {
  Status status = Recover();
  if (status.ok()) status = RunLoop();
  if (Status synced = parts_.checkpoint->SyncCommits(); status.ok()) status = std::move(synced);
  if (sources_) sources_->SetWake(nullptr);
  // Whatever broke because the user stopped the query is no failure.
  return parts_.state->stopping() ? Status::OK() : status;
}

void QueryLoop::Close() {
  runner_.reset();
  planner_.reset();
  instance_.reset();
  state_stores_.reset();
  sources_.reset();
}

Status QueryLoop::Recover() {
  const QuerySpecification& specification = *parts_.specification;
  parts_.state->SetMessage("Initializing sources");
  HEADRACE_INJECT("recovery.begin");
  parts_.sink->SetCancellation(&parts_.state->cancellation());
  ARROW_ASSIGN_OR_RAISE(RecoveryState recovery, parts_.checkpoint->Recover());
  const QueryConfiguration configuration(specification, recovery);
  no_data_batches_ = configuration.GetBool("spark.sql.streaming.noDataMicroBatches.enabled", true);

  ARROW_ASSIGN_OR_RAISE(trigger_, TriggerPolicy::Make(specification.trigger));
  ARROW_ASSIGN_OR_RAISE(SourceSet sources,
                        SourceSet::Open(*specification.plan, *parts_.checkpoint,
                                        specification.connector, &parts_.state->cancellation()));
  sources_ = std::make_unique<SourceSet>(std::move(sources));

  const int retained =
      static_cast<int>(configuration.GetInt("spark.sql.streaming.minBatchesToRetain", 100));
  InstanceOptions instance_options;
  instance_options.pool = specification.pool;
  instance_options.shuffle_partitions = configuration.shuffle_partitions();
  if (specification.plan->stateful_operator_count > 0) {
    ARROW_ASSIGN_OR_RAISE(StateStoreOptions state_options, StateOptionsOf(configuration));
    state_options.files = specification.connector.files;
    state_stores_ = MakeStateStoreProvider(parts_.checkpoint->StatePath(), state_options);
    instance_options.state = state_stores_.get();
  }
  ARROW_ASSIGN_OR_RAISE(instance_, PlanInstance::Make(specification.plan, instance_options));
  // Also without state now: the query may have had some.
  const std::vector<StatefulOperatorDeclaration> operators = instance_->StatefulOperators();
  const int64_t version =
      recovery.uncommitted ? recovery.uncommitted->batch_id : recovery.next_batch_id;
  ARROW_RETURN_NOT_OK(CheckOrWriteStateMetadata(parts_.checkpoint->StatePath(), operators,
                                                specification.connector.files.get(), version));
  if (state_stores_ != nullptr) {
    ARROW_RETURN_NOT_OK(state_stores_->KeepUndeclared(operators, version));
  }

  ARROW_ASSIGN_OR_RAISE(const auto policy,
                        WatermarkTracker::ParsePolicy(configuration.Get(
                            "spark.sql.streaming.multipleWatermarkPolicy", "min")));
  watermark_ = std::make_unique<WatermarkTracker>(policy, recovery.watermark_ms);
  planner_ = std::make_unique<OffsetPlanner>(parts_.checkpoint, sources_.get(), recovery,
                                             configuration.logged(), retained);
  runner_ = std::make_unique<BatchRunner>(BatchRunner::Parts{
      specification.plan.get(), sources_.get(), planner_.get(), instance_.get(), parts_.sink,
      parts_.checkpoint, state_stores_.get(), watermark_.get(), specification.connector,
      specification.output_mode, &parts_.state->cancellation()});
  if (recovery.last && static_cast<int>(recovery.last->offsets.size()) != sources_->size()) {
    return Status::Invalid(
        "There are [", recovery.last->offsets.size(),
        "] sources in the checkpoint offsets and now there are [", sources_->size(),
        "] sources requested by the query. Start with a new checkpointLocation, or with "
        "the sources that the checkpoint ",
        parts_.checkpoint->directory(), " was written with.");
  }
  if (recovery.uncommitted) {
    PlannedBatch batch;
    batch.is_logged = true;
    batch.id = recovery.uncommitted->batch_id;
    batch.entry = recovery.uncommitted->entry;
    batch.start = recovery.uncommitted->start;
    batch.start.resize(sources_->size());
    for (int i = 0; i < sources_->size(); ++i) {
      if (batch.start[i]) continue;
      ARROW_ASSIGN_OR_RAISE(batch.start[i], sources_->at(i).InitialOffset());
    }
    if (batch.id > 0) {
      ARROW_ASSIGN_OR_RAISE(const auto before, parts_.checkpoint->offsets().Get(batch.id - 1));
      if (before) {
        ARROW_ASSIGN_OR_RAISE(
            const auto entry,
            ParseOffsetLogEntry(*before, parts_.checkpoint->offsets().PathOf(batch.id - 1)));
        batch.late_watermark_ms = entry.batch_watermark_ms;
      }
    }
    recovered_ = std::move(batch);
  }

  all_available_ = trigger_->ignores_rate_limits();
  if (trigger_->fixes_end()) {
    ARROW_ASSIGN_OR_RAISE(const bool fixed, sources_->PrepareForAvailableNow());
    if (!fixed) {
      LogWarn("streaming",
              "a source of this query cannot fix its end: trigger(availableNow=True) runs one "
              "batch without rate limits");
      ARROW_ASSIGN_OR_RAISE(trigger_, TriggerPolicy::Make({TriggerSpecification::Kind::kOnce, 0}));
      all_available_ = true;
    }
  }
  QueryState* state = parts_.state;
  sources_->SetWake([state] { state->Wake(); });
  return Status::OK();
}

Status QueryLoop::RunLoop() {
  while (!parts_.state->stopping()) {
    const int64_t iteration = parts_.state->BeginIteration();
    const int64_t started_us = clock_->now_us();
    parts_.state->SetTriggerActive(true);
    auto ran = Iterate();
    parts_.state->SetTriggerActive(false);
    if (!ran.ok()) return ran.status();
    parts_.state->EndIteration(iteration, /*found_nothing=*/!*ran);
    const NextTrigger next = trigger_->After(started_us, *ran);
    if (next.kind == NextTrigger::Kind::kEnd) return Status::OK();
    ARROW_RETURN_NOT_OK(Sleep(next));
  }
  return Status::OK();
}

Result<bool> QueryLoop::Iterate() {
  const int64_t began_us = clock_->monotonic_us();
  previous_trigger_start_ms_ = trigger_start_ms_ == 0 ? -1 : trigger_start_ms_;
  trigger_start_ms_ = clock_->now_ms();
  StepTimer timer(clock_);
  std::optional<PlannedBatch> batch;
  if (recovered_) {
    batch = std::exchange(recovered_, std::nullopt);
  } else {
    parts_.state->SetMessage("Getting offsets from the sources");
    const int64_t watermark_ms = watermark_->global_ms();
    if (watermark_ms != 0) {
      ARROW_RETURN_NOT_OK(parts_.specification->plan->watermark_failure);
    }
    OffsetPlanner::Request request;
    request.all_available = all_available_;
    request.watermark_ms = watermark_ms;
    request.now_ms = trigger_start_ms_;
    request.wants_no_data_batch =
        no_data_batches_ &&
        instance_->WantsNoDataBatch(last_eviction_watermark_ms_, watermark_ms, trigger_start_ms_);
    ARROW_ASSIGN_OR_RAISE(batch, planner_->Plan(request, &timer));
  }
  parts_.state->SetDataAvailable(batch.has_value());
  if (!batch) {
    ReportIdle(timer, began_us);
    return false;
  }
  ARROW_RETURN_NOT_OK(RunBatch(*batch, &timer, began_us));
  return true;
}

Status QueryLoop::RunBatch(const PlannedBatch& batch, StepTimer* timer, int64_t began_us) {
  const bool has_data = batch.start != batch.entry.offsets;
  parts_.state->SetMessage(has_data ? "Processing new data" : "No new data but cleaning up state");
  ARROW_RETURN_NOT_OK(parts_.specification->plan->failure);
  ARROW_ASSIGN_OR_RAISE(BatchResult result, runner_->Run(batch, timer));
  // Spark plans each batch anew; here the plan was made once, before the first.
  timer->Add("queryPlanning", 0);
  planner_->Committed(batch);
  last_eviction_watermark_ms_ = batch.entry.batch_watermark_ms;
  last_batch_us_ = clock_->now_us();
  ran_a_batch_.store(true, std::memory_order_relaxed);

  Progress progress = DescribeTrigger(*timer, began_us);
  progress.batch_id = batch.id;
  if (parts_.specification->plan->has_watermark)
    progress.watermark_ms = batch.entry.batch_watermark_ms;
  progress.output_rows = result.output_rows;
  progress.event_times = std::move(result.metrics.event_times);
  last_state_operators_ = result.metrics.state_operators;
  progress.state_operators = std::move(result.metrics.state_operators);
  progress.observed = std::move(result.metrics.observed);
  for (int i = 0; i < sources_->size(); ++i) {
    SourceProgress& source = progress.sources[i];
    source.start = batch.start[i];
    source.end = batch.entry.offsets[i];
    for (const int scan : sources_->scans_of(i)) {
      if (scan < static_cast<int>(result.metrics.scan_rows.size()))
        source.rows += result.metrics.scan_rows[scan];
    }
  }
  parts_.reporter->Batch(progress, clock_->now_ms());
  return Status::OK();
}

void QueryLoop::ReportIdle(const StepTimer& timer, int64_t began_us) {
  parts_.state->SetMessage("Waiting for data to arrive");
  Progress progress = DescribeTrigger(timer, began_us);
  progress.batch_id = planner_->next_batch_id();
  if (parts_.specification->plan->has_watermark) progress.watermark_ms = watermark_->global_ms();
  progress.output_rows = ran_a_batch() && parts_.sink->last_output_rows() >= 0 ? 0 : -1;
  // The state is as the last batch left it.
  progress.state_operators = last_state_operators_;
  for (StateOperatorMetrics& metrics : progress.state_operators) {
    metrics.rows_updated = metrics.rows_dropped_by_watermark = 0;
  }
  for (int i = 0; i < sources_->size(); ++i) {
    progress.sources[i].start = planner_->committed()[i];
    progress.sources[i].end = planner_->committed()[i];
  }
  parts_.reporter->Idle(progress, clock_->now_ms());
}

Progress QueryLoop::DescribeTrigger(const StepTimer& timer, int64_t began_us) const {
  Progress progress;
  progress.id = parts_.checkpoint->query_id();
  progress.run_id = parts_.run_id;
  progress.name = parts_.specification->name;
  progress.trigger_start_ms = trigger_start_ms_;
  progress.previous_trigger_start_ms = previous_trigger_start_ms_;
  progress.duration_us = clock_->monotonic_us() - began_us;
  progress.steps = &timer;
  progress.sink_description = parts_.sink->Description();
  for (int i = 0; i < sources_->size(); ++i) {
    SourceProgress source;
    source.description = sources_->at(i).Description();
    source.latest = sources_->at(i).ReportLatestOffset();
    source.metrics = sources_->at(i).Metrics();
    progress.sources.push_back(std::move(source));
  }
  return progress;
}

Status QueryLoop::Sleep(const NextTrigger& next) {
  if (next.kind == NextTrigger::Kind::kNow) return Status::OK();
  if (next.kind == NextTrigger::Kind::kAt) {
    ARROW_RETURN_NOT_OK(parts_.checkpoint->SyncCommits());
    parts_.state->SetMessage("Waiting for next trigger");
    parts_.state->SleepUntil(next.time_us, /*for_data=*/false);
    return Status::OK();
  }
  // Without data there is still an idle progress object to make now and then.
  int64_t deadline_us = parts_.reporter->next_idle_ms() * 1000;
  if (const auto timer_ms = instance_->NextTimerMs(); timer_ms && no_data_batches_) {
    deadline_us = std::min(deadline_us, *timer_ms * 1000);
  }
  const int64_t now_us = clock_->now_us();
  const int64_t poll_us = sources_->next_poll_us();
  if (poll_us >= 0) deadline_us = std::min(deadline_us, now_us + poll_us);
  if (last_batch_us_) {
    const int64_t settled_us = std::max(now_us, *last_batch_us_ + kSettleUs);
    parts_.state->SleepUntil(std::min(deadline_us, settled_us), /*for_data=*/true);
    if (parts_.state->stopping() || clock_->now_us() < settled_us) return Status::OK();
    ARROW_RETURN_NOT_OK(parts_.checkpoint->SyncCommits());
    last_batch_us_.reset();
  }
  parts_.state->SleepUntil(deadline_us, /*for_data=*/true);
  return Status::OK();
}

std::string QueryLoop::DescribeOffsets() const {
  auto describe = [&](const std::vector<std::optional<std::string>>& offsets) {
    std::string text = "{";
    for (size_t i = 0; i < offsets.size(); ++i) {
      if (!offsets[i]) continue;
      if (text.size() > 1) text += ",";
      text += sources_->at(static_cast<int>(i)).Description() + ": " + *offsets[i];
    }
    return text + "}";
  };
  const bool known = planner_ != nullptr;
  return "Current Committed Offsets: " + (known ? describe(planner_->committed()) : "{}") +
         "\nCurrent Available Offsets: " + (known ? describe(planner_->available()) : "{}");
}

}  // namespace headrace

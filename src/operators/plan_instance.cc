#include "operators/plan_instance.h"

#include <chrono>
#include <utility>

#include "operators/stage.h"
#include "operators/stage_runner.h"
#include "operators/stateful_declaration.h"
#include "operators/watermark_propagation.h"

namespace headrace {
namespace {

class StagedPlanInstance final : public PlanInstance {
 public:
  StagedPlanInstance(std::unique_ptr<StagedPlan> staged, InstanceOptions options)
      : staged_(std::move(staged)), options_(std::move(options)) {}

  // Chains that read an exchange have state perhaps: they are there for every partition.
  Status MakeChains() {
    for (Stage& stage : staged_->stages) {
      for (Branch& branch : stage.branches) {
        if (branch.source != Branch::Source::kExchange) continue;
        for (int partition = 0; partition < branch.exchange->partitions(); ++partition) {
          ARROW_ASSIGN_OR_RAISE(auto chain, MakeChain(stage, branch, partition, options_.state));
          for (const OperatorPtr& instance : chain->operators()) {
            if (auto* stateful = dynamic_cast<StatefulOperator*>(instance.get())) {
              stateful_.push_back(stateful);
            }
          }
          branch.chains.push_back(std::move(chain));
        }
      }
    }
    declarations_ = DeclareState(*staged_->root, options_.shuffle_partitions);
    if (!declarations_.empty() && options_.state == nullptr) {
      return Status::Invalid("a plan with stateful operators was given no state stores");
    }
    return Status::OK();
  }

  Status Run(const BatchContext& context, std::vector<PartitionReaders> inputs,
             ResultConsumer* consumer, RunMetrics* metrics) override {
    *metrics = RunMetrics{};
    metrics->scan_rows.assign(staged_->plan->scans.size(), 0);
    metrics->event_times.resize(static_cast<size_t>(staged_->watermark_count));
    metrics->state_operators = EmptyStateMetrics();
    next_version_ = context.state_version + 1;
    inputs.resize(staged_->plan->scans.size());
    for (const auto& observed : staged_->observed) ARROW_RETURN_NOT_OK(observed->Begin());

    const PhysicalPlan& plan = *staged_->plan;
    const std::vector<int64_t> late = InputWatermarks(plan, context.late_watermark_ms);
    const std::vector<int64_t> eviction = InputWatermarks(plan, context.eviction_watermark_ms);
    std::vector<OperatorWatermark> watermarks;
    for (size_t i = 0; i < late.size(); ++i) watermarks.push_back({late[i], eviction[i]});
    BatchContext batch = context;
    batch.watermarks = &watermarks;
    StageRunner runner(options_, batch, &inputs, consumer, metrics);
    for (Stage& stage : staged_->stages) {
      if (stage.done) continue;
      ARROW_RETURN_NOT_OK(runner.Run(&stage));
      stage.done = stage.constant;
    }
    for (const Stage& stage : staged_->stages) {
      if (stage.side != nullptr && !stage.constant) stage.side->Set({});
    }
    for (const auto& observed : staged_->observed) {
      ARROW_ASSIGN_OR_RAISE(metrics->observed[observed->name()], observed->Row());
    }
    return Status::OK();
  }

  Status CommitState(RunMetrics* metrics) override {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::function<Status()>> tasks;
    for (StatefulOperator* instance : stateful_) {
      tasks.push_back([instance] { return instance->Commit(); });
    }
    if (tasks.empty()) return Status::OK();
    ARROW_RETURN_NOT_OK(options_.pool->RunAll(std::move(tasks)));
    ARROW_RETURN_NOT_OK(options_.state->FinishCommit(next_version_));
    const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    // The stores are committed together; each operator took as long as all of them.
    for (StateOperatorMetrics& entry : metrics->state_operators) {
      entry.commit_time_us = elapsed.count();
    }
    return Status::OK();
  }

  Status RollbackState() override {
    Status status = Status::OK();
    for (StatefulOperator* instance : stateful_) status &= instance->Rollback();
    return status;
  }

  std::vector<StatefulOperatorDeclaration> StatefulOperators() const override {
    return declarations_;
  }

  bool WantsNoDataBatch(int64_t last_eviction_watermark_ms, int64_t new_watermark_ms,
                        int64_t now_ms) const override {
    const std::optional<int64_t> timer_ms = NextTimerMs();
    return (timer_ms && *timer_ms <= now_ms) ||
           WatermarkMovesState(*staged_->plan, last_eviction_watermark_ms, new_watermark_ms);
  }

  std::optional<int64_t> NextTimerMs() const override {
    std::optional<int64_t> next;
    for (const StatefulOperator* instance : stateful_) {
      const std::optional<int64_t> own = instance->NextTimerMs();
      if (own && (!next || *own < *next)) next = own;
    }
    return next;
  }

 private:
  std::vector<StateOperatorMetrics> EmptyStateMetrics() const {
    std::vector<StateOperatorMetrics> metrics(
        static_cast<size_t>(staged_->plan->stateful_operator_count));
    for (const StatefulOperatorDeclaration& declaration : declarations_) {
      StateOperatorMetrics& entry = metrics[declaration.operator_id];
      entry.operator_name = declaration.name;
      // That of the query, even where the operator has one partition only.
      entry.shuffle_partitions = options_.shuffle_partitions;
      // The variables of a transformWithState lie in one store in Spark.
      const bool one_store = declaration.name.starts_with("transformWithState");
      entry.store_instances =
          declaration.partitions * (one_store ? 1 : static_cast<int>(declaration.stores.size()));
    }
    return metrics;
  }

  const std::unique_ptr<StagedPlan> staged_;
  const InstanceOptions options_;
  std::vector<StatefulOperator*> stateful_;
  int64_t next_version_ = 0;  // of the state, once it is committed
  std::vector<StatefulOperatorDeclaration> declarations_;
};

}  // namespace

Result<std::unique_ptr<PlanInstance>> PlanInstance::Make(std::shared_ptr<const PhysicalPlan> plan,
                                                         InstanceOptions options) {
  ARROW_ASSIGN_OR_RAISE(auto staged, CutIntoStages(std::move(plan), options.shuffle_partitions));
  auto instance = std::make_unique<StagedPlanInstance>(std::move(staged), std::move(options));
  ARROW_RETURN_NOT_OK(instance->MakeChains());
  return instance;
}

}  // namespace headrace

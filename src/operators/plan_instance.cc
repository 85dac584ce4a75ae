#include "operators/plan_instance.h"

#include <chrono>
#include <utility>

#include "operators/stage.h"
#include "operators/stage_runner.h"
#include "operators/stateful_declaration.h"

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
    inputs.resize(staged_->plan->scans.size());
    for (const auto& observed : staged_->observed) ARROW_RETURN_NOT_OK(observed->Begin());

    StageRunner runner(options_, context, &inputs, consumer, metrics);
    for (Stage& stage : staged_->stages) ARROW_RETURN_NOT_OK(runner.Run(&stage));

    for (const auto& side : staged_->sides) side->Set({});
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
           (new_watermark_ms > last_eviction_watermark_ms &&
            ActsOnWatermark(*staged_->root, staged_->plan->output_mode));
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
      entry.shuffle_partitions = declaration.partitions;
      // The variables of a transformWithState lie in one store in Spark.
      const bool one_store = declaration.name == "transformWithStateExec";
      entry.store_instances =
          declaration.partitions * (one_store ? 1 : static_cast<int>(declaration.stores.size()));
    }
    return metrics;
  }

  const std::unique_ptr<StagedPlan> staged_;
  const InstanceOptions options_;
  std::vector<StatefulOperator*> stateful_;
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

#include "operators/run_batch_plan.h"

#include <utility>

#include "connector/cancellable.h"
#include "operators/ordered_result.h"

namespace headrace {

Status RunBatchPlan(std::shared_ptr<const PhysicalPlan> plan, const ConnectorContext& connector,
                    InstanceOptions options, const CancellationToken* cancellation, int64_t now_us,
                    ResultConsumer* consumer, std::map<std::string, BatchPtr>* observed) {
  std::vector<PartitionReaders> inputs;
  std::vector<std::shared_ptr<BatchScan>> opened;
  for (const PhysicalScan& scan : plan->scans) {
    std::shared_ptr<BatchScan> relation = scan.batch_scan;
    if (relation == nullptr) {
      ARROW_ASSIGN_OR_RAISE(
          relation, scan.provider->OpenBatch(scan.specification, scan.source_schema, connector));
      OfferCancellation(relation.get(), cancellation);
    }
    ARROW_ASSIGN_OR_RAISE(PartitionReaders readers, relation->Read(scan.request));
    inputs.push_back(std::move(readers));
    opened.push_back(std::move(relation));
  }
  ARROW_ASSIGN_OR_RAISE(auto instance, PlanInstance::Make(std::move(plan), std::move(options)));
  BatchContext context;
  context.batch_timestamp_ms = now_us / 1000;
  context.random_seed = connector.random->Next();
  context.output_mode = OutputMode::kComplete;
  context.cancellation = cancellation;
  RunMetrics metrics;
  ARROW_RETURN_NOT_OK(instance->Run(context, std::move(inputs), consumer, &metrics));
  *observed = std::move(metrics.observed);
  return Status::OK();
}

Status RunBatchPlan(std::shared_ptr<const PhysicalPlan> plan, const ConnectorContext& connector,
                    InstanceOptions options, const CancellationToken* cancellation, int64_t now_us,
                    const std::function<Status(const BatchPtr&)>& consume,
                    std::map<std::string, BatchPtr>* observed) {
  OrderedResult result(consume);
  return RunBatchPlan(std::move(plan), connector, std::move(options), cancellation, now_us, &result,
                      observed);
}

Status RunBatchPlan(std::shared_ptr<const PhysicalPlan> plan, const ConnectorContext& connector,
                    InstanceOptions options, const CancellationToken* cancellation, int64_t now_us,
                    const std::function<Status(const BatchPtr&)>& consume) {
  std::map<std::string, BatchPtr> observed;
  return RunBatchPlan(std::move(plan), connector, std::move(options), cancellation, now_us, consume,
                      &observed);
}

}  // namespace headrace

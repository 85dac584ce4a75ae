#include "operators/run_batch_plan.h"

#include <utility>

#include "base/memory_file_system.h"
#include "connector/cancellable.h"
#include "operators/ordered_result.h"
#include "state/state_store.h"

namespace headrace {
namespace {

// The stores of functions with state: they begin empty, are never committed, and are gone with the
// batch.
std::unique_ptr<StateStoreProvider> StoresOfBatch() {
  StateStoreOptions options;
  options.files = std::make_shared<MemoryFileSystem>();
  return MakeStateStoreProvider("/state", std::move(options));
}

}  // namespace

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
  std::unique_ptr<StateStoreProvider> stores;
  if (plan->stateful_operator_count > 0) {
    stores = StoresOfBatch();
    options.state = stores.get();
  }
  ARROW_ASSIGN_OR_RAISE(auto instance, PlanInstance::Make(std::move(plan), std::move(options)));
  BatchContext context;
  context.batch_timestamp_ms = now_us / 1000;
  context.random_seed = connector.random->Next();
  context.output_mode = OutputMode::kComplete;
  context.cancellation = cancellation;
  context.late_watermark_ms = context.eviction_watermark_ms = -1;  // there is none
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

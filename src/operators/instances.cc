#include "operators/instances.h"

namespace headrace {

EvaluationContext EvaluationFor(const BatchContext& batch, int partition) {
  EvaluationContext evaluation;
  evaluation.batch_timestamp_us = batch.batch_timestamp_ms * 1000;
  evaluation.random_seed = batch.random_seed;
  evaluation.partition = partition;
  return evaluation;
}

Result<OperatorPtr> MakeOperator(const PhysicalNodePtr& shared_node, const OperatorSite& site) {
  const PhysicalNode& node = *shared_node;
  switch (node.kind) {
    case PhysicalKind::kProject:
      return MakeProject(node, site);
    case PhysicalKind::kFilter:
      return MakeFilter(node, site);
    case PhysicalKind::kGenerate:
      return MakeGenerate(node, site);
    case PhysicalKind::kPartialAggregate:
      return MakePartialAggregate(node, site);
    case PhysicalKind::kFinalAggregate:
      return MakeFinalAggregate(node, site);
    case PhysicalKind::kStatefulAggregate:
      return MakeStatefulAggregate(node, site);
    case PhysicalKind::kDeduplicate:
      return MakeDeduplicate(node, site);
    case PhysicalKind::kStatefulDeduplicate:
      return MakeStatefulDeduplicate(node, site);
    case PhysicalKind::kSort:
      return MakeSort(node, site);
    case PhysicalKind::kLimit:
      return MakeLimit(node, site);
    case PhysicalKind::kStatefulLimit:
      return MakeStatefulLimit(node, site);
    case PhysicalKind::kPaneAggregate:
      return MakePaneAggregate(node, site);
    case PhysicalKind::kSessionAggregate:
      return MakeSessionAggregate(node, site);
    case PhysicalKind::kStatefulSessionAggregate:
      return MakeStatefulSessionAggregate(node, site);
    case PhysicalKind::kOffset:
      return MakeOffset(node, site);
    case PhysicalKind::kTail:
      return MakeTail(node, site);
    case PhysicalKind::kWatermark:
      return MakeWatermark(node, site);
    case PhysicalKind::kSample:
      return MakeSample(node, site);
    case PhysicalKind::kCollectMetrics:
      return MakeCollectMetrics(node, site);
    case PhysicalKind::kHashJoin:
      return MakeHashJoin(node, site);
    case PhysicalKind::kNestedLoopJoin:
      return MakeNestedLoopJoin(node, site);
    case PhysicalKind::kStreamJoin:
      return MakeStreamJoin(node, site);
    case PhysicalKind::kPython:
      return MakePython(node, site);
    case PhysicalKind::kWindow:
      return MakeWindow(node, site);
    case PhysicalKind::kGroupsWithState:
      return MakeGroupsWithState(node, site);
    case PhysicalKind::kIntersect:
    case PhysicalKind::kExcept:
      return MakeSetOperation(node, site);
    case PhysicalKind::kScan:
    case PhysicalKind::kLocalData:
    case PhysicalKind::kRange:
    case PhysicalKind::kExchange:
    case PhysicalKind::kUnion:
      break;
  }
  return Status::Invalid("a node of the plan was taken for an operator: kind ",
                         static_cast<int>(node.kind));
}

}  // namespace headrace

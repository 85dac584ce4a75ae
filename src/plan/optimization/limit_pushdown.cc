#include <algorithm>
#include <utility>

#include "plan/optimization/rules.h"

namespace headrace {
namespace {

ResolvedPlanPtr LimitLocalData(const ResolvedPlanPtr& plan, int64_t limit) {
  auto limited = std::make_shared<ResolvedPlan>(*plan);
  limited->batches.clear();
  for (const auto& batch : plan->batches) {
    if (limit <= 0 && !limited->batches.empty()) break;
    const int64_t rows = std::min(limit, batch->num_rows());
    limited->batches.push_back(rows == batch->num_rows() ? batch : batch->Slice(0, rows));
    limit -= rows;
  }
  return limited;
}

// The plan so that it gives no more than `limit` rows, the right ones; null when it cannot tell.
ResolvedPlanPtr Limited(const ResolvedPlanPtr& plan, int64_t limit) {
  switch (plan->kind) {
    case ResolvedKind::kSort: {
      if (!plan->global_sort || limit == 0) return nullptr;
      auto top = std::make_shared<ResolvedPlan>(*plan);
      top->number = plan->number > 0 ? std::min(plan->number, limit) : limit;
      return top;
    }
    case ResolvedKind::kProject: {
      ResolvedPlanPtr child = Limited(plan->children[0], limit);
      return child ? WithChildren(plan, {std::move(child)}) : nullptr;
    }
    case ResolvedKind::kLimit:
      return MakeCounted(ResolvedKind::kLimit, plan->children[0], std::min(limit, plan->number));
    case ResolvedKind::kLocalData:
      return LimitLocalData(plan, limit);
    default:
      return nullptr;
  }
}

}  // namespace

ResolvedPlanPtr PushDownLimits(const ResolvedPlanPtr& plan) {
  return RewriteBottomUp(plan, [](const ResolvedPlanPtr& node) -> ResolvedPlanPtr {
    if (node->kind != ResolvedKind::kLimit) return node;
    ResolvedPlanPtr limited = Limited(node->children[0], node->number);
    return limited ? limited : node;
  });
}

}  // namespace headrace

// DataFrames that the session keeps under an id: views while they are looked up, batches of
// foreachBatch, checkpoints.
#include <utility>

#include "plan/resolved_nodes.h"
#include "session/session_state.h"

namespace headrace {

LogicalPlanPtr Session::Impl::Keep(const std::string& relation_id, ResolvedPlanPtr plan) {
  auto reference = NewLogicalPlan(LogicalKind::kCachedRemote);
  reference->name = relation_id;
  std::lock_guard lock(mutex);
  cached[reference->name] = std::move(plan);
  return reference;
}

Result<std::string> Session::Checkpoint(const LogicalPlanPtr& plan,
                                        const CancellationToken* cancellation,
                                        ObservedRows* observed) {
  ARROW_ASSIGN_OR_RAISE(const ResolvedPlanPtr resolved, impl_->Analyze(plan, cancellation));
  auto rows = std::make_shared<ResolvedPlan>();
  rows->kind = ResolvedKind::kLocalData;
  rows->output = AttributesOf(*resolved->schema());
  ARROW_ASSIGN_OR_RAISE(rows->batches, impl_->Collect(resolved, cancellation, observed));
  std::string relation_id = impl_->engine->random->Uuid();
  PutCached(relation_id, std::move(rows));
  return relation_id;
}

void Session::PutCached(const std::string& relation_id, ResolvedPlanPtr plan) {
  std::lock_guard lock(impl_->mutex);
  impl_->cached[relation_id] = std::move(plan);
}

void Session::RemoveCached(const std::string& relation_id) {
  std::lock_guard lock(impl_->mutex);
  impl_->cached.erase(relation_id);
}

}  // namespace headrace

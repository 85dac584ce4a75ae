#include "operators/stateful/store_holder.h"

namespace headrace {

Status StoreHolder::Open(int64_t version, bool* fresh) {
  rows_updated = rows_removed = rows_dropped = 0;
  update_time_us = removal_time_us = 0;
  ARROW_ASSIGN_OR_RAISE(store_, provider_->Open(operator_id_, partition_, declaration_, version));
  if (fresh != nullptr) *fresh = known_version_ != version;
  // Until the commit, what the operator remembers is ahead of the store's version.
  known_version_ = -1;
  return Status::OK();
}

Status StoreHolder::Commit() {
  if (store_ == nullptr) return Status::OK();
  ARROW_RETURN_NOT_OK(store_->Commit());
  known_version_ = store_->version();
  return Status::OK();
}

Status StoreHolder::Rollback() {
  known_version_ = -1;
  return store_ == nullptr ? Status::OK() : store_->Rollback();
}

void StoreHolder::AddMetrics(RunMetrics* metrics) const {
  const StateStoreMetrics store = store_->Metrics();
  StateOperatorMetrics& all = metrics->state_operators[operator_id_];
  all.rows_total += store.keys;
  all.rows_updated += rows_updated;
  all.rows_removed += rows_removed;
  all.rows_dropped_by_watermark += rows_dropped;
  all.update_time_us += update_time_us;
  all.removal_time_us += removal_time_us;
  all.memory_bytes += store.memory_bytes + index_bytes;
  for (const auto& [name, value] : store.custom) all.custom[name] += value;
}

}  // namespace headrace

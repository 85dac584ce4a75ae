// The state store of one operator in one partition, its life from batch to batch, its metrics.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "operators/instances.h"
#include "operators/plan_instance.h"
#include "state/state_store.h"

namespace headrace {

class StoreHolder {
 public:
  StoreHolder(int operator_id, const OperatorSite& site, StateStoreDeclaration declaration)
      : operator_id_(operator_id),
        partition_(site.partition),
        provider_(site.state),
        declaration_(std::move(declaration)) {}

  // Before the first Open: the store is to find entries by this column's time.
  void IndexBy(StateStoreDeclaration::TimeColumn column) { declaration_.indexed_by = column; }
  // Opens the store at `version`. `*fresh`: what the operator remembers of the store from the
  // batch before does not hold for it.
  Status Open(int64_t version, bool* fresh = nullptr);
  Status Commit();
  Status Rollback();

  StateStore* operator->() const { return store_.get(); }
  const StateStoreDeclaration& declaration() const { return declaration_; }
  void AddMetrics(RunMetrics* metrics) const;
  void AddCustom(RunMetrics* metrics, const char* name, int64_t value) const {
    metrics->state_operators[operator_id_].custom[name] += value;
  }

  // Of this micro-batch.
  int64_t rows_updated = 0, rows_removed = 0, rows_dropped = 0;
  int64_t update_time_us = 0, removal_time_us = 0;
  int64_t index_bytes = 0;

 private:
  const int operator_id_, partition_;
  StateStoreProvider* const provider_;
  StateStoreDeclaration declaration_;
  std::shared_ptr<StateStore> store_;
  int64_t known_version_ = -1;  // the version that the operator has followed so far
};

// Adds the time between construction and destruction to `total_us`.
class StopWatch {
 public:
  explicit StopWatch(int64_t* total_us) : total_us_(total_us) {}
  ~StopWatch() {
    *total_us_ += std::chrono::duration_cast<std::chrono::microseconds>(
                      std::chrono::steady_clock::now() - start_)
                      .count();
  }
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

 private:
  int64_t* total_us_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace headrace

// Streaming aggregation: partial states of a micro-batch are merged into the state store.
//
// The groups of the batch are numbered as they come; a group's stored state is merged in when it
// is seen first, so that first() and collect_list() see old before new.
#include <algorithm>
#include <numeric>
#include <utility>

#include "operators/aggregate_set.h"
#include "operators/event_time.h"
#include "operators/instances.h"
#include "operators/key_selection.h"
#include "operators/stateful/store_holder.h"
#include "operators/stateful_declaration.h"
#include "state/key_table.h"

namespace headrace {
namespace {

class StatefulAggregate final : public StatefulOperator {
 public:
  StatefulAggregate(const PhysicalNode& node, const OperatorSite& site)
      : schema_(node.schema),
        key_count_(static_cast<size_t>(node.key_count)),
        event_time_key_(node.event_time_key),
        store_(node.operator_id, site, DeclareStore(node)),
        touched_(node.aggregates),
        stored_(node.aggregates) {
    for (int i = 0; i < node.key_count; ++i) key_types_.push_back(schema_->field(i)->type());
  }

  Status Begin(const BatchContext& context) override {
    context_ = context;
    if (evicts()) store_.IndexBy({true, event_time_key_});
    ARROW_RETURN_NOT_OK(store_.Open(context.state_version));
    table_.Clear();
    touched_.Clear();
    ClearKeys(&touched_keys_);
    touched_times_.clear();
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    const StopWatch watch(&store_.update_time_us);
    ARROW_ASSIGN_OR_RAISE(batch, WithoutLateRows(std::move(batch)));
    if (batch->num_rows() == 0) return Status::OK();
    const Arrays& columns = batch->columns();
    const Arrays keys(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(key_count_));
    ARROW_RETURN_NOT_OK(Touch(keys, batch->num_rows()));
    return touched_.Merge(columns, key_count_, groups_);
  }

  Status Finish(BatchOutput* output) override {
    // Without keys there is always one group, in Spark even for a batch without rows.
    if (key_count_ == 0 && table_.size() == 0) ARROW_RETURN_NOT_OK(Touch({}, 1));
    ARROW_RETURN_NOT_OK(PutTouched(output));
    if (evicts()) ARROW_RETURN_NOT_OK(Evict(output));
    if (context_.output_mode == OutputMode::kComplete) ARROW_RETURN_NOT_OK(EmitAll(output));
    table_.Clear();
    touched_.Clear();
    return Status::OK();
  }

  Status Commit() override { return store_.Commit(); }
  Status Rollback() override { return store_.Rollback(); }
  void AddMetrics(RunMetrics* metrics) const override { store_.AddMetrics(metrics); }

 private:
  bool evicts() const {
    return event_time_key_ >= 0 && context_.output_mode != OutputMode::kComplete;
  }

  Result<BatchPtr> WithoutLateRows(BatchPtr batch) {
    if (!evicts()) return batch;
    const EventTimes times(*batch->column(event_time_key_));
    const int64_t watermark_us = context_.late_watermark_ms * 1000;
    mask_.assign(static_cast<size_t>(batch->num_rows()), 1);
    int64_t late = 0;
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      if (!times.reached_by(watermark_us, i)) continue;
      mask_[i] = 0;
      ++late;
    }
    store_.rows_dropped += late;
    return late == 0 ? batch : KeepRows(batch, mask_);
  }

  // Numbers the keys into groups_, and merges the stored states of those not seen before.
  Status Touch(const Arrays& keys, int64_t length) {
    ARROW_RETURN_NOT_OK(EncodeRows(keys, length, &encoded_));
    const uint32_t known = table_.bound();
    table_.FindOrInsert(encoded_, &groups_);
    ARROW_RETURN_NOT_OK(touched_.Resize(table_.bound()));
    if (table_.bound() == known) return Status::OK();

    ARROW_RETURN_NOT_OK(CheckRoom(touched_keys_, encoded_.bytes.size()));
    fresh_rows_.clear();
    for (uint32_t i = 0; i < groups_.size(); ++i) {
      if (groups_[i] == known + fresh_rows_.size()) fresh_rows_.push_back(i);
    }
    const EncodedRows* fresh = &encoded_;
    if (fresh_rows_.size() < groups_.size()) {
      ClearKeys(&fresh_);
      for (const uint32_t row : fresh_rows_) AppendKey(encoded_, row, &fresh_);
      fresh = &fresh_;
    }
    AppendKeys(*fresh, &touched_keys_);
    if (evicts()) {
      const EventTimes times(*keys[event_time_key_]);
      for (const uint32_t row : fresh_rows_) {
        touched_times_.push_back(times.is_null(row) ? StateStore::kNever : times[row]);
      }
    }
    ARROW_ASSIGN_OR_RAISE(BatchPtr values, store_->Get(*fresh, &found_));
    std::vector<uint32_t> found_rows, found_groups;
    for (uint32_t i = 0; i < found_.size(); ++i) {
      if (found_[i] == 0) continue;
      found_rows.push_back(i);
      found_groups.push_back(known + i);
    }
    if (found_rows.empty()) return Status::OK();
    if (found_rows.size() == found_.size()) {
      return touched_.Merge(values->columns(), 0, found_groups);
    }
    ARROW_ASSIGN_OR_RAISE(Arrays states, TakeRows(values->columns(), found_rows));
    return touched_.Merge(states, 0, found_groups);
  }

  Status PutTouched(BatchOutput* output) {
    const int64_t groups = touched_keys_.size();
    if (groups == 0) return Status::OK();
    {
      const StopWatch watch(&store_.update_time_us);
      ARROW_ASSIGN_OR_RAISE(Arrays states, touched_.States());
      const BatchPtr values =
          MakeBatch(store_.declaration().value_schema, groups, std::move(states));
      ARROW_RETURN_NOT_OK(evicts() ? store_->Put(touched_keys_, *values, touched_times_)
                                   : store_->Put(touched_keys_, *values));
      store_.rows_updated += groups;
    }
    if (context_.output_mode != OutputMode::kUpdate) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(Arrays columns, DecodeRows(RowsOf(touched_keys_), key_types_));
    ARROW_ASSIGN_OR_RAISE(Arrays results, touched_.Finish());
    columns.insert(columns.end(), results.begin(), results.end());
    return PushInSlices(MakeBatch(schema_, groups, std::move(columns)), output);
  }

  Status Evict(BatchOutput* output) {
    const bool emits = context_.output_mode == OutputMode::kAppend;
    const auto taking = emits ? StateStore::Taking::kReadAndRemove : StateStore::Taking::kRemove;
    while (true) {
      StateStore::Entries expired;
      {
        const StopWatch watch(&store_.removal_time_us);
        ARROW_ASSIGN_OR_RAISE(expired,
                              store_->TakeExpired(context_.eviction_watermark_ms * 1000, taking));
      }
      if (expired.keys.size() == 0) return Status::OK();
      store_.rows_removed += expired.keys.size();
      if (!emits) continue;
      ARROW_ASSIGN_OR_RAISE(Arrays keys, DecodeRows(RowsOf(expired.keys), key_types_));
      ARROW_RETURN_NOT_OK(Emit(std::move(keys), *expired.values, output));
    }
  }

  Status EmitAll(BatchOutput* output) {
    return store_->Scan([&](const arrow::RecordBatch& keys, const arrow::RecordBatch& values) {
      return Emit(keys.columns(), values, output);
    });
  }

  // Results of stored states, one row a key.
  Status Emit(Arrays keys, const arrow::RecordBatch& values, BatchOutput* output) {
    const int64_t rows = values.num_rows();
    std::vector<uint32_t> groups(static_cast<size_t>(rows));
    std::iota(groups.begin(), groups.end(), 0);
    stored_.Clear();
    ARROW_RETURN_NOT_OK(stored_.Resize(rows));
    ARROW_RETURN_NOT_OK(stored_.Merge(values.columns(), 0, groups));
    ARROW_ASSIGN_OR_RAISE(Arrays results, stored_.Finish());
    stored_.Clear();
    keys.insert(keys.end(), results.begin(), results.end());
    return PushInSlices(MakeBatch(schema_, rows, std::move(keys)), output);
  }

  const SchemaPtr schema_;
  const size_t key_count_;
  const int event_time_key_;
  std::vector<DataTypePtr> key_types_;
  StoreHolder store_;
  BatchContext context_;

  // The groups of this batch, by number.
  KeyTable table_;
  EncodedRows touched_keys_;
  std::vector<int64_t> touched_times_;  // of the keys, if they expire
  AggregateSet touched_;
  AggregateSet stored_;  // what is being emitted

  // Of the batch at hand.
  EncodedRows encoded_, fresh_;
  std::vector<uint32_t> groups_, fresh_rows_;
  std::vector<uint8_t> found_, mask_;
};

}  // namespace

OperatorPtr MakeStatefulAggregate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<StatefulAggregate>(node, site);
}

}  // namespace headrace

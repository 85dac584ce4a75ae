// dropDuplicates() and dropDuplicatesWithinWatermark() on a stream.
#include <algorithm>
#include <utility>

#include "operators/event_time.h"
#include "operators/instances.h"
#include "operators/key_selection.h"
#include "operators/stateful/store_holder.h"
#include "operators/stateful_declaration.h"
#include "state/key_table.h"
#include "state/state_times.h"

namespace headrace {
namespace {

// The first row of a key passes at once and its key is stored. A key leaves the store when the
// watermark reaches its event time (if that is part of the key) or, within the watermark, the
// event time of its first row plus the delay.
class StatefulDeduplicate final : public StatefulOperator {
 public:
  StatefulDeduplicate(const PhysicalNode& node, const OperatorSite& site)
      : key_columns_(node.key_columns),
        event_time_column_(node.event_time_column),
        event_time_key_(PlaceOf(node.event_time_column, node.key_columns)),
        within_watermark_(node.within_watermark),
        delay_us_(node.delay_us),
        store_(node.operator_id, site, DeclareStore(node)) {}

  Status Begin(const BatchContext& context) override {
    context_ = context;
    duplicates_ = 0;
    if (within_watermark_) {
      store_.IndexBy({false, 0});
    } else if (event_time_key_ >= 0) {
      store_.IndexBy({true, event_time_key_});
    }
    return store_.Open(context.state_version);
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    const StopWatch watch(&store_.update_time_us);
    ARROW_ASSIGN_OR_RAISE(batch, WithoutLateRows(std::move(batch)));
    if (batch->num_rows() == 0) return Status::OK();
    ARROW_RETURN_NOT_OK(ChooseFirstRows(*batch));
    duplicates_ += batch->num_rows() - static_cast<int64_t>(rows_.size());
    if (rows_.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(BatchPtr first, TakeRows(*batch, rows_));
    ARROW_RETURN_NOT_OK(Store(*first));
    return output->Push(std::move(first));
  }

  Status Finish(BatchOutput*) override {
    if (!evicts()) return Status::OK();
    const StopWatch watch(&store_.removal_time_us);
    while (true) {
      ARROW_ASSIGN_OR_RAISE(
          const StateStore::Entries expired,
          store_->TakeExpired(context_.eviction_watermark_ms * 1000, StateStore::Taking::kRemove));
      if (expired.keys.size() == 0) return Status::OK();
      store_.rows_removed += expired.keys.size();
    }
  }

  Status Commit() override { return store_.Commit(); }
  Status Rollback() override { return store_.Rollback(); }
  void AddMetrics(RunMetrics* metrics) const override {
    store_.AddMetrics(metrics);
    store_.AddCustom(metrics, "numDroppedDuplicateRows", duplicates_);
  }

 private:
  bool evicts() const { return within_watermark_ || event_time_key_ >= 0; }

  static int PlaceOf(int column, const std::vector<int>& columns) {
    const auto place = std::find(columns.begin(), columns.end(), column);
    return place == columns.end() ? -1 : static_cast<int>(place - columns.begin());
  }

  Result<BatchPtr> WithoutLateRows(BatchPtr batch) {
    if (event_time_column_ < 0) return batch;
    const EventTimes times(*batch->column(event_time_column_));
    mask_.assign(static_cast<size_t>(batch->num_rows()), 1);
    int64_t late = 0;
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      if (!times.reached_by(context_.late_watermark_ms * 1000, i)) continue;
      mask_[i] = 0;
      ++late;
    }
    store_.rows_dropped += late;
    return late == 0 ? batch : KeepRows(batch, mask_);
  }

  // rows_ and first_keys_: the first rows of keys that are not in the store.
  Status ChooseFirstRows(const arrow::RecordBatch& batch) {
    Arrays keys;
    for (const int column : key_columns_) keys.push_back(batch.column(column));
    ARROW_RETURN_NOT_OK(EncodeRows(keys, batch.num_rows(), &encoded_));
    table_.Clear();
    table_.FindOrInsert(encoded_, &groups_);
    ClearKeys(&candidates_);
    std::vector<uint32_t> candidate_rows;
    for (size_t i = 0; i < groups_.size(); ++i) {
      if (groups_[i] != candidate_rows.size()) continue;
      AppendKey(encoded_, static_cast<int64_t>(i), &candidates_);
      candidate_rows.push_back(static_cast<uint32_t>(i));
    }
    std::vector<uint8_t> found;
    ARROW_RETURN_NOT_OK(store_->Get(candidates_, &found).status());
    rows_.clear();
    ClearKeys(&first_keys_);
    for (size_t i = 0; i < found.size(); ++i) {
      if (found[i] != 0) continue;
      rows_.push_back(candidate_rows[i]);
      AppendKey(candidates_, static_cast<int64_t>(i), &first_keys_);
    }
    return Status::OK();
  }

  Status Store(const arrow::RecordBatch& first) {
    const int64_t rows = first.num_rows();
    store_.rows_updated += rows;
    std::vector<int64_t> times;
    if (evicts()) times = StateTimesOf(*first.column(event_time_column_));
    ArrayPtr value;
    if (within_watermark_) {
      arrow::Int64Builder builder;
      ARROW_RETURN_NOT_OK(builder.Reserve(rows));
      for (int64_t& time : times) {
        if (time == StateStore::kNever) {
          builder.UnsafeAppendNull();
        } else {
          builder.UnsafeAppend(time += delay_us_);
        }
      }
      ARROW_ASSIGN_OR_RAISE(value, builder.Finish());
    } else {
      ARROW_ASSIGN_OR_RAISE(value, arrow::MakeArrayOfNull(arrow::boolean(), rows));
    }
    const BatchPtr values = MakeBatch(store_.declaration().value_schema, rows, {value});
    return evicts() ? store_->Put(first_keys_, *values, times) : store_->Put(first_keys_, *values);
  }

  const std::vector<int> key_columns_;
  const int event_time_column_;  // late rows are told by it, whether it is a key or not
  const int event_time_key_;     // its place among the keys
  const bool within_watermark_;
  const int64_t delay_us_;
  StoreHolder store_;
  BatchContext context_;
  int64_t duplicates_ = 0;

  KeyTable table_;
  EncodedRows encoded_, candidates_, first_keys_;
  std::vector<uint32_t> groups_, rows_;
  std::vector<uint8_t> mask_;
};

}  // namespace

OperatorPtr MakeStatefulDeduplicate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<StatefulDeduplicate>(node, site);
}

}  // namespace headrace

// Streaming aggregation over session windows.
//
// The store has an entry for each session: grouping keys and start → end and states. In a batch the
// sessions of the keys that got rows are read, merged with those rows and written again; sessions
// that were merged into an earlier one are removed. A session is finished when the watermark
// reaches its end.
#include <algorithm>
#include <utility>

#include "operators/event_time.h"
#include "operators/instances.h"
#include "operators/key_selection.h"
#include "operators/session_rows.h"
#include "operators/stateful/session_index.h"
#include "operators/stateful/store_holder.h"
#include "operators/stateful_declaration.h"

namespace headrace {
namespace {

std::vector<int64_t> Times(const arrow::Array& column) {
  const auto* values = column.data()->GetValues<int64_t>(1);
  return {values, values + column.length()};
}

ArrayPtr TimeColumn(const DataTypePtr& type, const std::vector<int64_t>& times) {
  return arrow::MakeArray(
      arrow::ArrayData::Make(type, static_cast<int64_t>(times.size()),
                             {nullptr, arrow::Buffer::FromVector(std::vector<int64_t>(times))}, 0));
}

class StatefulSessionAggregate final : public StatefulOperator {
 public:
  StatefulSessionAggregate(const PhysicalNode& node, const OperatorSite& site)
      : schema_(node.schema),
        key_count_(node.key_count),
        session_key_(node.session_key),
        event_time_key_(node.event_time_key),
        store_(node.operator_id, site, DeclareStore(node)),
        group_types_(GroupTypes(node)),
        time_type_(node.schema->field(node.session_key)->type()->field(0)->type()),
        rows_(group_types_, node.aggregates),
        stored_(node.aggregates) {}

  Status Begin(const BatchContext& context) override {
    context_ = context;
    if (evicts()) store_.IndexBy({false, 0});
    bool fresh = false;
    ARROW_RETURN_NOT_OK(store_.Open(context.state_version, &fresh));
    rows_.Clear();
    return fresh ? RebuildSessions() : Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    const StopWatch watch(&store_.update_time_us);
    ARROW_ASSIGN_OR_RAISE(batch, WithoutLateRows(std::move(batch)));
    const Arrays& columns = batch->columns();
    const Arrays keys(columns.begin(), columns.begin() + key_count_);
    const Arrays states(columns.begin() + key_count_, columns.end());
    return rows_.Add(WithoutColumn(keys, session_key_), *keys[session_key_], states);
  }

  Status Finish(BatchOutput* output) override {
    ARROW_RETURN_NOT_OK(MergeTouched());
    if (context_.output_mode == OutputMode::kComplete) ARROW_RETURN_NOT_OK(EmitAll(output));
    if (evicts()) ARROW_RETURN_NOT_OK(Evict(output));
    rows_.Clear();
    store_.index_bytes = sessions_.size_bytes();
    return Status::OK();
  }

  Status Commit() override { return store_.Commit(); }
  Status Rollback() override { return store_.Rollback(); }
  void AddMetrics(RunMetrics* metrics) const override { store_.AddMetrics(metrics); }

 private:
  static std::vector<DataTypePtr> GroupTypes(const PhysicalNode& node) {
    std::vector<DataTypePtr> types;
    for (int i = 0; i < node.key_count; ++i) {
      if (i != node.session_key) types.push_back(node.schema->field(i)->type());
    }
    return types;
  }

  bool evicts() const {
    return event_time_key_ == session_key_ && context_.output_mode != OutputMode::kComplete;
  }

  Result<BatchPtr> WithoutLateRows(BatchPtr batch) {
    if (event_time_key_ < 0 || context_.output_mode == OutputMode::kComplete) return batch;
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

  Status MergeTouched() {
    if (rows_.groups() == 0) return Status::OK();
    const StopWatch watch(&store_.update_time_us);
    ARROW_ASSIGN_OR_RAISE(const Arrays groups, rows_.GroupKeys());
    StoredSessions before;
    ARROW_RETURN_NOT_OK(ReadSessions(groups, &before));
    ARROW_ASSIGN_OR_RAISE(const MergedSessions after, rows_.Merge());

    // Both are in order of group and start. What is in the store under a start that no session has
    // any more, and the other way round:
    std::vector<uint32_t> gone_groups, new_groups;
    std::vector<int64_t> gone_starts, new_starts;
    size_t old = 0;
    const auto pass_by = [&](uint32_t group, int64_t start) {
      for (; old < before.groups.size() && before.IsBefore(old, group, start); ++old) {
        gone_groups.push_back(before.groups[old]);
        gone_starts.push_back(before.starts[old]);
      }
    };
    for (size_t i = 0; i < after.groups.size(); ++i) {
      const uint32_t group = after.groups[i];
      pass_by(group, after.starts[i]);
      if (old < before.groups.size() && before.groups[old] == group &&
          before.starts[old] == after.starts[i]) {
        ++old;
      } else {
        new_groups.push_back(group);
        new_starts.push_back(after.starts[i]);
      }
    }
    pass_by(static_cast<uint32_t>(rows_.groups()), 0);
    ARROW_RETURN_NOT_OK(RemoveSessions(groups, gone_groups, gone_starts));

    EncodedRows keys;
    ARROW_RETURN_NOT_OK(EncodeSessions(groups, after.groups, after.starts, &keys));
    ARROW_ASSIGN_OR_RAISE(const Arrays states, rows_.States());
    Arrays columns = {TimeColumn(time_type_, after.ends)};
    columns.insert(columns.end(), states.begin(), states.end());
    const BatchPtr values =
        MakeBatch(store_.declaration().value_schema, after.size(), std::move(columns));
    ARROW_RETURN_NOT_OK(evicts() ? store_->Put(keys, *values, after.ends)
                                 : store_->Put(keys, *values));
    store_.rows_updated += after.size();
    EncodedRows new_keys;
    ARROW_ASSIGN_OR_RAISE(const Arrays new_columns, TakeRows(groups, new_groups));
    ARROW_RETURN_NOT_OK(
        EncodeRows(new_columns, static_cast<int64_t>(new_groups.size()), &new_keys));
    sessions_.Add(new_keys, new_starts);
    return Status::OK();
  }

  struct StoredSessions {
    std::vector<uint32_t> groups;
    std::vector<int64_t> starts, ends;
    bool IsBefore(size_t i, uint32_t group, int64_t start) const {
      return groups[i] != group ? groups[i] < group : starts[i] < start;
    }
  };

  // Adds the stored sessions of the groups to rows_; by group and start.
  Status ReadSessions(const Arrays& groups, StoredSessions* before) {
    EncodedRows encoded;
    ARROW_RETURN_NOT_OK(EncodeRows(groups, rows_.groups(), &encoded));
    std::vector<uint32_t> numbers;
    sessions_.Find(encoded, &numbers);
    for (size_t group = 0; group < numbers.size(); ++group) {
      if (numbers[group] == KeyTable::kAbsent) continue;
      const auto first = static_cast<std::ptrdiff_t>(before->starts.size());
      sessions_.ForEachStart(numbers[group], [&](int64_t start) {
        before->groups.push_back(static_cast<uint32_t>(group));
        before->starts.push_back(start);
      });
      std::sort(before->starts.begin() + first, before->starts.end());
    }
    if (before->groups.empty()) return Status::OK();
    EncodedRows keys;
    ARROW_RETURN_NOT_OK(EncodeSessions(groups, before->groups, before->starts, &keys));
    std::vector<uint8_t> found;
    ARROW_ASSIGN_OR_RAISE(const BatchPtr values, store_->Get(keys, &found));
    if (std::find(found.begin(), found.end(), 0) != found.end()) {
      return Status::Invalid("a session of a key is not in the state store");
    }
    const Arrays& columns = values->columns();
    before->ends = Times(*columns[0]);
    return rows_.AddEarlier(before->groups, before->starts, before->ends,
                            Arrays(columns.begin() + 1, columns.end()));
  }

  // Keys of the store: the groups' keys and starts.
  Status EncodeSessions(const Arrays& groups, const std::vector<uint32_t>& numbers,
                        const std::vector<int64_t>& starts, EncodedRows* keys) const {
    ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRows(groups, numbers));
    columns.push_back(TimeColumn(time_type_, starts));
    return EncodeRows(columns, static_cast<int64_t>(numbers.size()), keys);
  }

  Status RemoveSessions(const Arrays& groups, const std::vector<uint32_t>& numbers,
                        const std::vector<int64_t>& starts) {
    if (numbers.empty()) return Status::OK();
    EncodedRows keys;
    ARROW_RETURN_NOT_OK(EncodeSessions(groups, numbers, starts, &keys));
    ARROW_RETURN_NOT_OK(store_->Remove(keys));
    store_.rows_removed += keys.size();
    ARROW_ASSIGN_OR_RAISE(const Arrays columns, TakeRows(groups, numbers));
    ARROW_RETURN_NOT_OK(EncodeRows(columns, static_cast<int64_t>(numbers.size()), &keys));
    sessions_.Remove(keys, starts);
    return Status::OK();
  }

  Status Evict(BatchOutput* output) {
    while (true) {
      StateStore::Entries finished;
      Arrays keys;
      {
        const StopWatch watch(&store_.removal_time_us);
        ARROW_ASSIGN_OR_RAISE(finished, store_->TakeExpired(context_.eviction_watermark_ms * 1000,
                                                            StateStore::Taking::kReadAndRemove));
        if (finished.keys.size() == 0) return Status::OK();
        store_.rows_removed += finished.keys.size();
        std::vector<DataTypePtr> types = group_types_;
        types.push_back(time_type_);
        ARROW_ASSIGN_OR_RAISE(keys, DecodeRows(RowsOf(finished.keys), types));
        EncodedRows groups;
        ARROW_RETURN_NOT_OK(
            EncodeRows(Arrays(keys.begin(), keys.end() - 1), finished.keys.size(), &groups));
        sessions_.Remove(groups, Times(*keys.back()));
      }
      ARROW_RETURN_NOT_OK(Emit(std::move(keys), *finished.values, output));
    }
  }

  Status EmitAll(BatchOutput* output) {
    return store_->Scan([&](const arrow::RecordBatch& keys, const arrow::RecordBatch& values) {
      return Emit(keys.columns(), values, output);
    });
  }

  // `keys`: groups' keys and starts.
  Status Emit(Arrays keys, const arrow::RecordBatch& values, BatchOutput* output) {
    const int64_t rows = values.num_rows();
    const std::vector<int64_t> starts = Times(*keys.back()), ends = Times(*values.column(0));
    keys.pop_back();
    keys.insert(keys.begin() + session_key_,
                SessionColumn(schema_->field(session_key_)->type(), starts, ends));
    std::vector<uint32_t> groups(static_cast<size_t>(rows));
    for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<uint32_t>(i);
    stored_.Clear();
    ARROW_RETURN_NOT_OK(stored_.Resize(rows));
    ARROW_RETURN_NOT_OK(stored_.Merge(values.columns(), 1, groups));
    ARROW_ASSIGN_OR_RAISE(const Arrays results, stored_.Finish());
    stored_.Clear();
    keys.insert(keys.end(), results.begin(), results.end());
    return PushInSlices(MakeBatch(schema_, rows, std::move(keys)), output);
  }

  Status RebuildSessions() {
    sessions_.Clear();
    return store_->Scan([&](const arrow::RecordBatch& keys, const arrow::RecordBatch&) -> Status {
      EncodedRows encoded;
      const Arrays& columns = keys.columns();
      ARROW_RETURN_NOT_OK(
          EncodeRows(Arrays(columns.begin(), columns.end() - 1), keys.num_rows(), &encoded));
      sessions_.Add(encoded, Times(*columns.back()));
      return Status::OK();
    });
  }

  const SchemaPtr schema_;
  const int key_count_, session_key_, event_time_key_;
  StoreHolder store_;
  const std::vector<DataTypePtr> group_types_;  // of the keys but the session
  const DataTypePtr time_type_;
  BatchContext context_;

  SessionRows rows_;     // of this batch
  AggregateSet stored_;  // what is being emitted
  SessionIndex sessions_;
  std::vector<uint8_t> mask_;
};

}  // namespace

OperatorPtr MakeStatefulSessionAggregate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<StatefulSessionAggregate>(node, site);
}

}  // namespace headrace

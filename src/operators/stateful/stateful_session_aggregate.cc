// Streaming aggregation over session windows.
//
// The store has an entry for each session: grouping keys and start → end and states. In a batch the
// sessions of the keys that got rows are read, merged with those rows and written again; sessions
// that were merged into an earlier one are removed. A session is finished when the watermark
// reaches its end.
#include <algorithm>
#include <map>
#include <utility>

#include "operators/event_time.h"
#include "operators/instances.h"
#include "operators/key_selection.h"
#include "operators/session_rows.h"
#include "operators/stateful/expiry_index.h"
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
    bool fresh = false;
    ARROW_RETURN_NOT_OK(store_.Open(context.state_version, &fresh));
    rows_.Clear();
    return fresh ? RebuildIndexes() : Status::OK();
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
    if (context_.output_mode == OutputMode::kComplete) {
      ARROW_RETURN_NOT_OK(EmitAll(output));
    } else if (event_time_key_ == session_key_) {
      ARROW_RETURN_NOT_OK(Evict(output));
    }
    rows_.Clear();
    store_.index_bytes = expiry_.size_bytes() + sessions_.size_bytes();
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

    // What is in the store under a start that no session has any more.
    std::vector<std::pair<uint32_t, int64_t>> kept;
    for (int64_t i = 0; i < after.size(); ++i) kept.emplace_back(after.groups[i], after.starts[i]);
    std::vector<uint32_t> gone_groups, new_groups;
    std::vector<int64_t> gone_starts, new_starts;
    std::map<std::pair<uint32_t, int64_t>, int64_t> old_ends;
    for (size_t i = 0; i < before.groups.size(); ++i) {
      const std::pair session(before.groups[i], before.starts[i]);
      old_ends.emplace(session, before.ends[i]);
      if (std::binary_search(kept.begin(), kept.end(), session)) continue;
      gone_groups.push_back(before.groups[i]);
      gone_starts.push_back(before.starts[i]);
    }
    for (const auto& session : kept) {
      if (old_ends.contains(session)) continue;
      new_groups.push_back(session.first);
      new_starts.push_back(session.second);
    }
    ARROW_RETURN_NOT_OK(RemoveSessions(groups, gone_groups, gone_starts));

    EncodedRows keys;
    ARROW_RETURN_NOT_OK(EncodeSessions(groups, after.groups, after.starts, &keys));
    ARROW_ASSIGN_OR_RAISE(const Arrays states, rows_.States());
    Arrays values = {TimeColumn(time_type_, after.ends)};
    values.insert(values.end(), states.begin(), states.end());
    ARROW_RETURN_NOT_OK(store_->Put(
        keys, *MakeBatch(store_.declaration().value_schema, after.size(), std::move(values))));
    store_.rows_updated += after.size();
    if (event_time_key_ == session_key_) {
      for (int64_t i = 0; i < after.size(); ++i) {
        const auto old = old_ends.find(kept[i]);
        if (old != old_ends.end() && old->second == after.ends[i]) continue;  // is there already
        ARROW_RETURN_NOT_OK(expiry_.Add(keys, i, after.ends[i]));
      }
    }
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
  };

  // Adds the stored sessions of the groups to rows_.
  Status ReadSessions(const Arrays& groups, StoredSessions* before) {
    EncodedRows encoded;
    ARROW_RETURN_NOT_OK(EncodeRows(groups, rows_.groups(), &encoded));
    std::vector<uint32_t> numbers;
    sessions_.Find(encoded, &numbers);
    for (size_t group = 0; group < numbers.size(); ++group) {
      if (numbers[group] == KeyTable::kAbsent) continue;
      sessions_.ForEachStart(numbers[group], [&](int64_t start) {
        before->groups.push_back(static_cast<uint32_t>(group));
        before->starts.push_back(start);
      });
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
    Arrays keys;
    BatchPtr values;
    {
      const StopWatch watch(&store_.removal_time_us);
      ARROW_ASSIGN_OR_RAISE(const EncodedRows reached, TakeFinished(&values));
      if (reached.size() == 0) return Status::OK();
      ARROW_RETURN_NOT_OK(store_->Remove(reached));
      store_.rows_removed += reached.size();
      std::vector<DataTypePtr> types = group_types_;
      types.push_back(time_type_);
      ARROW_ASSIGN_OR_RAISE(keys, DecodeRows(RowsOf(reached), types));
      EncodedRows groups;
      ARROW_RETURN_NOT_OK(
          EncodeRows(Arrays(keys.begin(), keys.end() - 1), reached.size(), &groups));
      sessions_.Remove(groups, Times(*keys.back()));
    }
    return Emit(std::move(keys), *values, output);
  }

  // The keys of finished sessions and their values. A session that grew since it was put into the
  // index is in there a second time, with its end of now.
  Result<EncodedRows> TakeFinished(BatchPtr* values) {
    const int64_t watermark_us = context_.eviction_watermark_ms * 1000;
    ARROW_ASSIGN_OR_RAISE(const EncodedRows reached, expiry_.TakeReached(watermark_us));
    EncodedRows finished;
    ClearKeys(&finished);
    if (reached.size() == 0) return finished;
    std::vector<uint32_t> numbers;
    finished_.Clear();
    finished_.FindOrInsert(reached, &numbers);
    std::vector<uint8_t> found;
    ARROW_ASSIGN_OR_RAISE(const BatchPtr stored, store_->Get(reached, &found));
    const auto* ends = stored->column(0)->data()->GetValues<int64_t>(1);
    std::vector<uint32_t> rows;
    uint32_t next = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] != next) continue;  // seen before
      ++next;
      if (found[i] == 0 || ends[i] > watermark_us) continue;
      rows.push_back(static_cast<uint32_t>(i));
      AppendKey(reached, static_cast<int64_t>(i), &finished);
    }
    ARROW_ASSIGN_OR_RAISE(*values, TakeRows(*stored, rows));
    return finished;
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

  Status RebuildIndexes() {
    expiry_.Clear();
    sessions_.Clear();
    return store_->Scan(
        [&](const arrow::RecordBatch& keys, const arrow::RecordBatch& values) -> Status {
          EncodedRows encoded;
          const Arrays& columns = keys.columns();
          ARROW_RETURN_NOT_OK(
              EncodeRows(Arrays(columns.begin(), columns.end() - 1), keys.num_rows(), &encoded));
          sessions_.Add(encoded, Times(*columns.back()));
          if (event_time_key_ != session_key_) return Status::OK();
          ARROW_RETURN_NOT_OK(EncodeRows(columns, keys.num_rows(), &encoded));
          const std::vector<int64_t> ends = Times(*values.column(0));
          for (int64_t i = 0; i < keys.num_rows(); ++i) {
            ARROW_RETURN_NOT_OK(expiry_.Add(encoded, i, ends[i]));
          }
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
  ExpiryIndex expiry_;
  KeyTable finished_;
  std::vector<uint8_t> mask_;
};

}  // namespace

OperatorPtr MakeStatefulSessionAggregate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<StatefulSessionAggregate>(node, site);
}

}  // namespace headrace

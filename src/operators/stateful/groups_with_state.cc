// Functions over groups with state: flatMapGroupsWithState() and transformWithState().
//
// The input is sorted by key. Groups are handed over some thousand rows at a time, the last one
// only when it is known to be whole; then come the groups whose timers or timeouts are due.
#include <algorithm>
#include <optional>
#include <utility>

#include <arrow/array/array_primitive.h>

#include "operators/event_time.h"
#include "operators/instances.h"
#include "operators/key_selection.h"
#include "operators/side_input.h"
#include "operators/stateful/group_variable_store.h"
#include "state/key_table.h"

namespace headrace {
namespace {

using Call = GroupBatch::Call;
using Kind = GroupFunctionCall::Kind;
using Timeout = GroupFunctionCall::Timeout;
using Variable = GroupVariable::Kind;

// The stores, seen through the groups of one batch.
class BatchStates final : public GroupStates {
 public:
  BatchStates(std::vector<std::unique_ptr<GroupVariableStore>>* stores, const EncodedRows& keys)
      : stores_(stores), keys_(keys) {}

  Result<BatchPtr> Get(int variable, std::vector<uint8_t>* found) override {
    return (*stores_)[variable]->Get(keys_, found);
  }
  Result<BatchPtr> Entries(int variable, std::vector<int64_t>* begins) override {
    return (*stores_)[variable]->Entries(keys_, begins);
  }
  Status Has(int variable, std::vector<uint8_t>* has) override {
    return (*stores_)[variable]->Has(keys_, has);
  }
  Result<BatchPtr> Find(int variable, const std::vector<uint32_t>& groups, const ArrayPtr& keys,
                        std::vector<uint8_t>* found) override {
    return (*stores_)[variable]->Find(KeysOf(groups), keys, found);
  }
  Status Put(int variable, const std::vector<uint32_t>& groups,
             const arrow::RecordBatch& entries) override {
    return (*stores_)[variable]->Put(KeysOf(groups), entries);
  }
  Status RemoveKeys(int variable, const std::vector<uint32_t>& groups,
                    const ArrayPtr& keys) override {
    return (*stores_)[variable]->RemoveKeys(KeysOf(groups), keys);
  }
  Status Remove(int variable, const std::vector<uint32_t>& groups) override {
    return (*stores_)[variable]->Remove(KeysOf(groups));
  }

 private:
  EncodedRows KeysOf(const std::vector<uint32_t>& groups) const {
    EncodedRows keys;
    ClearKeys(&keys);
    for (const uint32_t group : groups) AppendKey(keys_, group, &keys);
    return keys;
  }

  std::vector<std::unique_ptr<GroupVariableStore>>* const stores_;
  const EncodedRows& keys_;
};

class GroupsWithState final : public StatefulOperator {
 public:
  GroupsWithState(const PhysicalNode& node, const OperatorSite& site)
      : call_(node.group_function),
        schema_(node.schema),
        key_columns_(node.key_columns),
        initial_keys_(node.build_keys),
        event_time_column_(node.event_time_column),
        operator_id_(node.operator_id),
        partition_(site.partition),
        side_(site.side) {
    for (const GroupVariable& variable : call_->variables) {
      stores_.push_back(std::make_unique<GroupVariableStore>(node.operator_id, site, variable,
                                                             call_->key_schema));
    }
    for (size_t i = 0; i < schema_->fields().size(); ++i) {
      if (schema_->field(static_cast<int>(i))->name() == call_->event_time_column) {
        output_event_time_ = static_cast<int>(i);
      }
    }
  }

  Status Begin(const BatchContext& context) override {
    context_ = context;
    counts_ = {};
    pending_.clear();
    pending_rows_ = 0;
    for (const auto& store : stores_) ARROW_RETURN_NOT_OK(store->Open(context.state_version));
    if (processor_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(processor_, call_->function->Make(call_));
    }
    rows_at_once_ = std::max(kBatchRows, processor_->preferred_rows());
    flush_at_ = rows_at_once_;
    initial_done_ = context.batch_id > 0 || side_ == nullptr;
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    ARROW_RETURN_NOT_OK(HandInitialState());
    ARROW_ASSIGN_OR_RAISE(batch, WithoutLateRows(std::move(batch)));
    if (batch->num_rows() == 0) return Status::OK();
    pending_rows_ += batch->num_rows();
    pending_.push_back(std::move(batch));
    return pending_rows_ < flush_at_ ? Status::OK() : HandPending(/*last=*/false, output);
  }

  Status Finish(BatchOutput* output) override {
    ARROW_RETURN_NOT_OK(HandInitialState());
    if (pending_rows_ > 0) ARROW_RETURN_NOT_OK(HandPending(/*last=*/true, output));
    ARROW_RETURN_NOT_OK(HandInitialOnly(output));
    ARROW_RETURN_NOT_OK(HandDue(output));
    const StopWatch watch(stores_.empty() ? &unused_us_ : &stores_[0]->holder().removal_time_us);
    for (const auto& store : stores_) {
      ARROW_RETURN_NOT_OK(store->RemoveExpired(context_.batch_timestamp_ms, &counts_.outlived));
    }
    return Status::OK();
  }

  Status Commit() override {
    for (const auto& store : stores_) ARROW_RETURN_NOT_OK(store->holder().Commit());
    if (call_->timeout != Timeout::kProcessingTime) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(next_due_ms_, Timers().FirstDueMs());
    return Status::OK();
  }
  Status Rollback() override {
    // The processor may have seen half of a batch.
    processor_.reset();
    Status status;
    for (const auto& store : stores_) status &= store->holder().Rollback();
    return status;
  }

  std::optional<int64_t> NextTimerMs() const override {
    if (!next_due_ms_) return std::nullopt;
    return *next_due_ms_ + (strict() ? 1 : 0);
  }

  void AddMetrics(RunMetrics* metrics) const override {
    StateOperatorMetrics& all = metrics->state_operators[operator_id_];
    for (const auto& store : stores_) {
      store->holder().AddMetrics(metrics);
      all.rows_total += store->rows() - store->holder()->Metrics().keys;
    }
    all.rows_dropped_by_watermark += counts_.late;
    if (call_->kind != Kind::kTransformWithState) return;
    all.custom["numExpiredTimers"] += counts_.expired_timers;
    all.custom["numValuesRemovedDueToTTLExpiry"] += counts_.outlived;
    for (const Variable kind : {Variable::kValue, Variable::kList, Variable::kMap}) {
      all.custom[MetricOf(kind)] += 0;  // told of processors without such variables too
    }
    for (const auto& store : stores_) {
      if (const char* name = MetricOf(store->variable().kind)) all.custom[name] += 1;
    }
  }

 private:
  struct Counts {
    int64_t late = 0, expired_timers = 0, outlived = 0;
  };

  static const char* MetricOf(GroupVariable::Kind kind) {
    switch (kind) {
      case GroupVariable::Kind::kValue:
        return "numValueStateVars";
      case GroupVariable::Kind::kList:
        return "numListStateVars";
      case GroupVariable::Kind::kMap:
        return "numMapStateVars";
      default:
        return nullptr;
    }
  }

  bool transforms() const { return call_->kind == Kind::kTransformWithState; }
  // A timeout has to lie before the time, a timer need not.
  bool strict() const { return !transforms(); }
  // With a timeout or time mode: the variable that holds it.
  GroupVariableStore& Timers() const { return *stores_.back(); }

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
    counts_.late += late;
    return late == 0 ? batch : KeepRows(batch, mask_);
  }

  static Arrays Columns(const arrow::RecordBatch& batch, const std::vector<int>& positions) {
    Arrays columns;
    for (const int position : positions) columns.push_back(batch.column(position));
    return columns;
  }

  // The rows without the keys that were only computed to group by.
  static BatchPtr WithoutKeys(const SchemaPtr& schema, const arrow::RecordBatch& rows) {
    Arrays columns(rows.columns().begin(), rows.columns().begin() + schema->num_fields());
    return MakeBatch(schema, rows.num_rows(), std::move(columns));
  }

  // Hands over what waits, all of it or all but the last group, which may have more rows to come.
  Status HandPending(bool last, BatchOutput* output) {
    ARROW_ASSIGN_OR_RAISE(BatchPtr rows, ConcatenateBatches(pending_[0]->schema(), pending_));
    const Arrays keys = Columns(*rows, key_columns_);
    EncodedRows encoded;
    ARROW_RETURN_NOT_OK(EncodeRows(keys, rows->num_rows(), &encoded));
    std::vector<uint32_t> firsts;
    for (int64_t i = 0; i < encoded.size(); ++i) {
      if (i == 0 || encoded.row(i) != encoded.row(i - 1)) {
        firsts.push_back(static_cast<uint32_t>(i));
      }
    }
    int64_t end = rows->num_rows();
    if (!last) {
      end = firsts.back();
      firsts.pop_back();
      pending_ = {rows->Slice(end)};
      pending_rows_ = rows->num_rows() - end;
      flush_at_ = pending_rows_ + std::max(rows_at_once_, pending_rows_);
      if (firsts.empty()) return Status::OK();
      rows = rows->Slice(0, end);
    }
    GroupBatch groups;
    groups.call = Call::kRows;
    groups.begins.assign(firsts.begin(), firsts.end());
    groups.begins.push_back(end);
    groups.rows = WithoutKeys(call_->row_schema, *rows);
    EncodedRows group_keys;
    ClearKeys(&group_keys);
    for (const uint32_t first : firsts) AppendKey(encoded, first, &group_keys);
    ARROW_ASSIGN_OR_RAISE(Arrays first_keys, TakeRows(keys, firsts));
    groups.keys = MakeBatch(call_->key_schema, group_keys.size(), std::move(first_keys));
    if (!untouched_.empty()) {
      for (int64_t i = 0; i < group_keys.size(); ++i) {
        untouched_.erase(std::string(group_keys.row(i)));
      }
    }
    const StopWatch watch(stores_.empty() ? &unused_us_ : &stores_[0]->holder().update_time_us);
    return Hand(std::move(groups), group_keys, output);
  }

  Status Hand(GroupBatch groups, const EncodedRows& keys, BatchOutput* output) {
    groups.processing_time_ms = context_.batch_timestamp_ms;
    groups.watermark_ms = context_.eviction_watermark_ms;
    groups.has_watermark = call_->has_watermark;
    groups.partition = partition_;
    groups.cancellation = context_.cancellation;
    BatchStates states(&stores_, keys);
    std::vector<BatchPtr> given;
    ARROW_RETURN_NOT_OK(processor_->Process(groups, &states, &given));
    for (BatchPtr& batch : given) {
      ARROW_RETURN_NOT_OK(CheckNotLate(*batch));
      if (output != nullptr) ARROW_RETURN_NOT_OK(PushInSlices(batch, output));
    }
    return Status::OK();
  }

  Status CheckNotLate(const arrow::RecordBatch& batch) const {
    if (output_event_time_ < 0) return Status::OK();
    const EventTimes times(*batch.column(output_event_time_));
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      if (!times.reached_by(context_.late_watermark_ms * 1000, i)) continue;
      const std::string watermark = std::to_string(context_.late_watermark_ms);
      const std::string time = std::to_string(times[i] / 1000);
      return MakeError(ErrorKind::kSpark, "EMITTING_ROWS_OLDER_THAN_WATERMARK_NOT_ALLOWED",
                       call_->name + " gave a row with the event time " + time +
                           " ms, but the watermark is at " + watermark +
                           " ms already: operators above would drop the row as late. Give rows "
                           "with later times.",
                       {{"currentWatermark", watermark}, {"emittedRowEventTime", time}});
    }
    return Status::OK();
  }

  // The initial state of this partition's keys, before anything else.
  Status HandInitialState() {
    if (initial_done_) return Status::OK();
    initial_done_ = true;
    KeyTable table;
    EncodedRows encoded, group_keys;
    std::vector<uint32_t> numbers;
    ClearKeys(&group_keys);
    const std::vector<BatchPtr>& batches = side_->partition(partition_);
    if (batches.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const BatchPtr rows, ConcatenateBatches(batches[0]->schema(), batches));
    const Arrays keys = Columns(*rows, initial_keys_);
    ARROW_RETURN_NOT_OK(EncodeRows(keys, rows->num_rows(), &encoded));
    table.FindOrInsert(encoded, &numbers);
    // Rows of a group together, in their order, groups by number.
    std::vector<std::vector<uint32_t>> rows_of(static_cast<size_t>(table.size()));
    for (size_t i = 0; i < numbers.size(); ++i) {
      rows_of[numbers[i]].push_back(static_cast<uint32_t>(i));
    }
    GroupBatch groups;
    groups.call = Call::kInitialState;
    std::vector<uint32_t> order, firsts;
    for (const std::vector<uint32_t>& group : rows_of) {
      const uint32_t first = group[0];
      if (!transforms() && group.size() > 1) return DuplicateInitialState();
      groups.begins.push_back(static_cast<int64_t>(order.size()));
      firsts.push_back(first);
      AppendKey(encoded, first, &group_keys);
      order.insert(order.end(), group.begin(), group.end());
    }
    if (firsts.empty()) return Status::OK();
    groups.begins.push_back(static_cast<int64_t>(order.size()));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr ordered, TakeRows(*rows, order));
    groups.rows = WithoutKeys(call_->initial_schema, *ordered);
    ARROW_ASSIGN_OR_RAISE(Arrays first_keys, TakeRows(keys, firsts));
    groups.keys = MakeBatch(call_->key_schema, group_keys.size(), std::move(first_keys));
    if (!transforms()) {
      for (int64_t i = 0; i < group_keys.size(); ++i) {
        untouched_.emplace(group_keys.row(i));
      }
    }
    return Hand(std::move(groups), group_keys, nullptr);
  }

  Status DuplicateInitialState() const {
    return MakeError(ErrorKind::kIllegalArgument, "",
                     "The initial state of " + call_->name +
                         " has several rows for one key: a group has one state.");
  }

  // Groups that have an initial state and no rows are called too, as in Spark.
  Status HandInitialOnly(BatchOutput* output) {
    if (untouched_.empty()) return Status::OK();
    EncodedRows keys;
    ClearKeys(&keys);
    for (const std::string& key : untouched_) AppendKey(key, &keys);
    untouched_.clear();
    GroupBatch groups;
    groups.call = Call::kRows;
    groups.begins.assign(static_cast<size_t>(keys.size()) + 1, 0);
    ARROW_ASSIGN_OR_RAISE(groups.rows, arrow::RecordBatch::MakeEmpty(call_->row_schema));
    ARROW_ASSIGN_OR_RAISE(groups.keys, DecodeKeys(keys));
    return Hand(std::move(groups), keys, output);
  }

  Result<BatchPtr> DecodeKeys(const EncodedRows& keys) const {
    std::vector<DataTypePtr> types;
    for (const FieldPtr& field : call_->key_schema->fields()) types.push_back(field->type());
    ARROW_ASSIGN_OR_RAISE(Arrays columns, DecodeRows(RowsOf(keys), types));
    return MakeBatch(call_->key_schema, keys.size(), std::move(columns));
  }

  // Timers and timeouts that are due now. What the calls set comes due in the next batch at the
  // earliest, and what they delete has come already: both as in Spark.
  Status HandDue(BatchOutput* output) {
    if (call_->timeout == Timeout::kNone) return Status::OK();
    const int64_t now_ms = call_->timeout == Timeout::kEventTime ? context_.eviction_watermark_ms
                                                                 : context_.batch_timestamp_ms;
    ARROW_ASSIGN_OR_RAISE(const DueGroups due, Timers().TakeDue(strict() ? now_ms : now_ms + 1));
    int64_t next = 0;
    while (next < due.keys.size()) {
      EncodedRows keys;
      ClearKeys(&keys);
      GroupBatch groups;
      groups.call = Call::kTimers;
      // A group that comes again sees what its first call has changed.
      std::set<std::string_view> seen;
      std::vector<int64_t> times_ms;
      while (next < due.keys.size() && keys.size() < kBatchRows &&
             seen.insert(due.keys.row(next)).second) {
        AppendKey(due.keys, next, &keys);
        times_ms.push_back(due.times_ms[static_cast<size_t>(next++)]);
      }
      if (transforms()) groups.timers_ms = times_ms;
      counts_.expired_timers += keys.size();
      groups.begins.assign(static_cast<size_t>(keys.size()) + 1, 0);
      ARROW_ASSIGN_OR_RAISE(groups.rows, arrow::RecordBatch::MakeEmpty(call_->row_schema));
      ARROW_ASSIGN_OR_RAISE(groups.keys, DecodeKeys(keys));
      ARROW_RETURN_NOT_OK(Hand(std::move(groups), keys, output));
      if (!transforms()) {
        ARROW_RETURN_NOT_OK(Timers().SettleTimeouts(keys, times_ms));
        continue;
      }
      const auto times = std::make_shared<arrow::Int64Array>(
          keys.size(), arrow::Buffer::FromVector(std::move(times_ms)));
      ARROW_RETURN_NOT_OK(Timers().RemoveKeys(keys, times));
    }
    return Status::OK();
  }

  const std::shared_ptr<const GroupFunctionCall> call_;
  const SchemaPtr schema_;
  const std::vector<int> key_columns_, initial_keys_;
  const int event_time_column_, operator_id_, partition_;
  SideInput* const side_;
  int output_event_time_ = -1;

  std::vector<std::unique_ptr<GroupVariableStore>> stores_;
  std::unique_ptr<GroupProcessor> processor_;
  BatchContext context_;
  Counts counts_;
  std::optional<int64_t> next_due_ms_;  // of processing time, after a batch
  int64_t unused_us_ = 0;

  std::vector<BatchPtr> pending_;
  int64_t pending_rows_ = 0, rows_at_once_ = kBatchRows, flush_at_ = kBatchRows;
  bool initial_done_ = true;
  std::set<std::string> untouched_;  // keys that so far have an initial state only
  std::vector<uint8_t> mask_;
};

}  // namespace

OperatorPtr MakeGroupsWithState(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<GroupsWithState>(node, site);
}

}  // namespace headrace

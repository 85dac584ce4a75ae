// A join of two streams: each row meets the rows of the other side that wait in the state, and
// waits there itself.
//
// A micro-batch goes through in Spark's order: all new rows of the left side against what the
// right side had before, then all of the right side against the left side with its new rows; so
// each pair is seen once. Then rows leave that the watermark has passed, and those of a preserved
// side that never found a partner come out with nulls.
#include <utility>

#include <arrow/array/util.h>

#include "operators/event_time.h"
#include "operators/exchange.h"
#include "operators/instances.h"
#include "operators/stateful/join_state.h"

namespace headrace {
namespace {

bool PreservesLeft(JoinType type) {
  return type == JoinType::kLeftOuter || type == JoinType::kFullOuter;
}
bool PreservesRight(JoinType type) {
  return type == JoinType::kRightOuter || type == JoinType::kFullOuter;
}

std::vector<uint32_t> RowsWith(const std::vector<uint8_t>& mask) {
  std::vector<uint32_t> rows;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] != 0) rows.push_back(static_cast<uint32_t>(i));
  }
  return rows;
}

class StreamJoinOperator final : public StatefulOperator {
 public:
  StreamJoinOperator(const PhysicalNode& node, const OperatorSite& site)
      : join_(node.stream_join),
        semi_(node.join_type == JoinType::kLeftSemi),
        condition_(node.condition),
        schema_(node.schema),
        partition_(site.partition),
        second_(site.second),
        left_(node, true, site, PreservesLeft(node.join_type)),
        right_(node, false, site, PreservesRight(node.join_type)) {
    std::vector<FieldPtr> fields = left_.row_schema->fields();
    const auto& others = right_.row_schema->fields();
    fields.insert(fields.end(), others.begin(), others.end());
    pair_schema_ = arrow::schema(std::move(fields));
  }

  Status Begin(const BatchContext& context) override {
    context_ = context;
    evaluation_ = EvaluationFor(context, partition_);
    ARROW_RETURN_NOT_OK(left_.state.Open(context.state_version));
    return right_.state.Open(context.state_version);
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    return Join(&left_, &right_, std::move(batch), output);
  }

  Status Finish(BatchOutput* output) override {
    for (BatchPtr& batch : second_->Take(partition_)) {
      if (context_.cancellation != nullptr) ARROW_RETURN_NOT_OK(context_.cancellation->Check());
      ARROW_RETURN_NOT_OK(Join(&right_, &left_, std::move(batch), output));
    }
    ARROW_RETURN_NOT_OK(Evict(&left_, output));
    return Evict(&right_, output);
  }

  Status Commit() override {
    ARROW_RETURN_NOT_OK(left_.state.Commit());
    return right_.state.Commit();
  }
  Status Rollback() override {
    const Status status = left_.state.Rollback();
    return status & right_.state.Rollback();
  }
  void AddMetrics(RunMetrics* metrics) const override {
    left_.state.AddMetrics(metrics);
    right_.state.AddMetrics(metrics);
  }

 private:
  struct Side {
    Side(const PhysicalNode& node, bool left, const OperatorSite& site, bool keeps_unmatched)
        : plan(left ? node.stream_join->left : node.stream_join->right),
          is_left(left),
          preserved(keeps_unmatched),
          state(node, left, site) {
      const auto& fields = node.children[left ? 0 : 1]->schema->fields();
      row_schema = arrow::schema({fields.begin(), fields.begin() + plan.row_columns});
    }

    Arrays RowOf(const arrow::RecordBatch& batch) const {
      const Arrays& columns = batch.columns();
      return {columns.begin(), columns.begin() + plan.row_columns};
    }

    const StreamJoinSide& plan;
    const bool is_left;
    const bool preserved;  // rows without a partner come out
    SchemaPtr row_schema;
    JoinSideState state;
  };

  Status Join(Side* own, Side* other, BatchPtr batch, BatchOutput* output) {
    const StopWatch watch(&own->state.metrics().update_time_us);
    ARROW_ASSIGN_OR_RAISE(batch, WithoutLateRows(own, std::move(batch)));
    if (batch->num_rows() == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(batch, WithoutHopelessRows(own, std::move(batch), output));
    if (batch->num_rows() == 0) return Status::OK();
    ARROW_RETURN_NOT_OK(EncodeKeys(own->plan, *batch));

    matched_.assign(static_cast<size_t>(batch->num_rows()), 0);
    ARROW_RETURN_NOT_OK(other->state.Find(keys_, usable_));
    StoredRows found;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool more, other->state.Next(&found));
      if (!more) break;
      ARROW_RETURN_NOT_OK(Match(own, other, *batch, found, output));
    }
    if (semi_ && own->is_left) ARROW_RETURN_NOT_OK(PushMatched(*batch, output));
    return Store(own, *batch);
  }

  Result<BatchPtr> WithoutLateRows(Side* own, BatchPtr batch) {
    if (own->plan.event_time_column < 0) return batch;
    const EventTimes times(*batch->column(own->plan.event_time_column));
    mask_.assign(static_cast<size_t>(batch->num_rows()), 1);
    int64_t late = 0;
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      if (!times.reached_by(context_.late_watermark_ms * 1000, i)) continue;
      mask_[i] = 0;
      ++late;
    }
    own->state.metrics().rows_dropped += late;
    return late == 0 ? batch : KeepRows(batch, mask_);
  }

  // Rows that fail the condition on their own side need not wait for a partner.
  Result<BatchPtr> WithoutHopelessRows(Side* own, BatchPtr batch, BatchOutput* output) {
    if (own->plan.condition == nullptr) return batch;
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr holds,
                          EvaluateToArray(*own->plan.condition, *batch, evaluation_));
    TrueRows(*holds, &mask_);
    if (own->preserved) {
      std::vector<uint32_t> hopeless;
      for (size_t i = 0; i < mask_.size(); ++i) {
        if (mask_[i] == 0) hopeless.push_back(static_cast<uint32_t>(i));
      }
      ARROW_RETURN_NOT_OK(PushUnmatched(*own, own->RowOf(*batch), hopeless, output));
    }
    return KeepRows(batch, mask_);
  }

  // keys_ and, for each row, whether its key can equal another.
  Status EncodeKeys(const StreamJoinSide& side, const arrow::RecordBatch& batch) {
    Arrays columns;
    usable_.assign(static_cast<size_t>(batch.num_rows()), 1);
    for (const int column : side.keys) {
      const ArrayPtr& key = batch.column(column);
      columns.push_back(key);
      if (join_->nulls_are_equal || (key->null_count() == 0 && key->type_id() != arrow::Type::NA)) {
        continue;
      }
      for (int64_t i = 0; i < key->length(); ++i) usable_[i] &= key->IsValid(i) ? 1 : 0;
    }
    return EncodeRows(columns, batch.num_rows(), &keys_);
  }

  Status Match(Side* own, Side* other, const arrow::RecordBatch& batch, const StoredRows& found,
               BatchOutput* output) {
    Arrays new_rows, stored_rows = found.row();
    if (!semi_ || condition_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(new_rows, TakeRows(own->RowOf(batch), found.origins));
    }
    const auto pairs = static_cast<int64_t>(found.origins.size());
    mask_.assign(found.origins.size(), 1);
    if (condition_ != nullptr) {
      const BatchPtr pair =
          MakeBatch(pair_schema_, pairs, Columns(own->is_left, new_rows, stored_rows));
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr holds, EvaluateToArray(*condition_, *pair, evaluation_));
      TrueRows(*holds, &mask_);
    }
    // Rows of the other side that have met a partner now, and had not before.
    const arrow::BooleanArray& had = found.matched();
    std::vector<uint32_t> newly;
    const bool notes = other->preserved || (semi_ && other->is_left);
    if (notes) met_.Clear();
    if (notes) met_.FindOrInsert(found.places, &places_);
    std::vector<uint8_t> seen(notes ? met_.bound() : 0, 0);
    for (size_t i = 0; i < mask_.size(); ++i) {
      if (mask_[i] == 0) continue;
      matched_[found.origins[i]] = 1;
      if (!notes || had.Value(static_cast<int64_t>(i)) || seen[places_[i]] != 0) continue;
      seen[places_[i]] = 1;
      newly.push_back(static_cast<uint32_t>(i));
    }
    ARROW_RETURN_NOT_OK(other->state.MarkMatched(found, newly));
    if (semi_) {
      if (own->is_left || newly.empty()) return Status::OK();
      ARROW_ASSIGN_OR_RAISE(Arrays rows, TakeRows(stored_rows, newly));
      return Push(static_cast<int64_t>(newly.size()), std::move(rows), output);
    }
    const std::vector<uint32_t> kept = RowsWith(mask_);
    if (kept.size() < mask_.size()) {
      if (kept.empty()) return Status::OK();
      ARROW_ASSIGN_OR_RAISE(new_rows, TakeRows(new_rows, kept));
      ARROW_ASSIGN_OR_RAISE(stored_rows, TakeRows(stored_rows, kept));
    }
    return Push(static_cast<int64_t>(kept.size()), Columns(own->is_left, new_rows, stored_rows),
                output);
  }

  // Which new rows have to wait. A right row has seen all left rows there are: if it would leave
  // in this batch, it is kept only for its row of nulls.
  Status Store(Side* own, const arrow::RecordBatch& batch) {
    std::vector<uint8_t> stored(matched_.size(), 1);
    if (own->is_left) {
      for (size_t i = 0; semi_ && i < stored.size(); ++i) stored[i] = matched_[i] == 0;
    } else {
      ARROW_ASSIGN_OR_RAISE(const std::vector<uint8_t> reached,
                            own->state.ReachedRows(batch, context_.eviction_watermark_ms));
      for (size_t i = 0; i < stored.size(); ++i) {
        stored[i] = reached[i] == 0 || (own->preserved && matched_[i] == 0);
      }
    }
    if (!own->preserved) {
      for (size_t i = 0; i < stored.size(); ++i) stored[i] &= usable_[i];
    }
    return own->state.Append(batch, keys_, RowsWith(stored), matched_);
  }

  Status Evict(Side* side, BatchOutput* output) {
    StoreHolder& metrics = side->state.metrics();
    const StopWatch watch(&metrics.removal_time_us);
    if (!side->preserved) {
      ARROW_ASSIGN_OR_RAISE(metrics.rows_removed,
                            side->state.Evict(context_.eviction_watermark_ms, nullptr));
      return Status::OK();
    }
    // Spark does not count as removed what leaves a preserved side.
    return side->state
        .Evict(context_.eviction_watermark_ms,
               [&](const StoredRows& removed) -> Status {
                 const arrow::BooleanArray& matched = removed.matched();
                 std::vector<uint32_t> unmatched;
                 for (int64_t i = 0; i < matched.length(); ++i) {
                   if (!matched.Value(i)) unmatched.push_back(static_cast<uint32_t>(i));
                 }
                 return PushUnmatched(*side, removed.row(), unmatched, output);
               })
        .status();
  }

  Status PushMatched(const arrow::RecordBatch& batch, BatchOutput* output) {
    const std::vector<uint32_t> rows = RowsWith(matched_);
    if (rows.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRows(left_.RowOf(batch), rows));
    return Push(static_cast<int64_t>(rows.size()), std::move(columns), output);
  }

  // `side`'s rows with nulls for the other side.
  Status PushUnmatched(const Side& side, const Arrays& columns, const std::vector<uint32_t>& rows,
                       BatchOutput* output) const {
    if (rows.empty()) return Status::OK();
    const auto count = static_cast<int64_t>(rows.size());
    ARROW_ASSIGN_OR_RAISE(const Arrays taken, TakeRows(columns, rows));
    Arrays nulls;
    for (const FieldPtr& field : (side.is_left ? right_ : left_).row_schema->fields()) {
      ARROW_ASSIGN_OR_RAISE(ArrayPtr column, arrow::MakeArrayOfNull(field->type(), count));
      nulls.push_back(std::move(column));
    }
    return Push(count, Columns(side.is_left, taken, nulls), output);
  }

  static Arrays Columns(bool own_is_left, const Arrays& own, const Arrays& other) {
    Arrays columns = own_is_left ? own : other;
    const Arrays& right = own_is_left ? other : own;
    columns.insert(columns.end(), right.begin(), right.end());
    return columns;
  }

  Status Push(int64_t rows, Arrays columns, BatchOutput* output) const {
    return PushInSlices(MakeBatch(schema_, rows, std::move(columns)), output);
  }

  const std::shared_ptr<const StreamJoin> join_;
  const bool semi_;
  const ExpressionPtr condition_;
  const SchemaPtr schema_;
  SchemaPtr pair_schema_;
  const int partition_;
  Exchange* const second_;
  Side left_, right_;
  BatchContext context_;
  EvaluationContext evaluation_;

  // Of the batch at hand.
  EncodedRows keys_;
  std::vector<uint8_t> usable_, matched_, mask_;
  KeyTable met_;
  std::vector<uint32_t> places_;
};

}  // namespace

OperatorPtr MakeStreamJoin(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<StreamJoinOperator>(node, site);
}

}  // namespace headrace

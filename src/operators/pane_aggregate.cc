// The partial aggregate of sliding windows whose duration is a multiple of their slide.
//
// A row falls into `duration / slide` windows, but into one pane only, which is one slide long.
// Rows are grouped by pane, and at the end the states of the panes are merged into those of the
// windows that they belong to: the work for a row does not grow with the number of its windows.
#include <algorithm>
#include <numeric>
#include <utility>

#include "operators/aggregate_set.h"
#include "operators/group_table.h"
#include "operators/instances.h"

namespace headrace {
namespace {

// The panes so far are handed on when they outgrow the caches.
constexpr int64_t kPanes = 1 << 20;

bool FollowsTheLastRow(const PhysicalAggregate& entry) {
  return entry.aggregate.name == "last" || entry.aggregate.name == "last_value";
}

class PaneAggregate final : public Operator {
 public:
  PaneAggregate(const PhysicalNode& node, const OperatorSite& site)
      : groupings_(node.groupings),
        window_key_(static_cast<size_t>(node.window_key)),
        duration_(node.window_us.duration),
        slide_(node.window_us.slide),
        start_(node.window_us.start),
        windows_of_a_pane_(duration_ / slide_),
        partition_(site.partition),
        panes_(KeyTypes(node)),
        pane_states_(node.aggregates),
        windows_(KeyTypes(node)),
        window_states_(node.aggregates),
        last_states_(node.aggregates),
        schema_(OutputSchema(node, pane_states_)) {
    for (const PhysicalAggregate& entry : node.aggregates) {
      const size_t states = entry.aggregate.state_types.size();
      from_last_.insert(from_last_.end(), states, FollowsTheLastRow(entry));
    }
    any_last_ = std::find(from_last_.begin(), from_last_.end(), true) != from_last_.end();
  }

  Status Begin(const BatchContext& context) override {
    evaluation_ = EvaluationFor(context, partition_);
    Forget();
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    Arrays keys(groupings_.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(keys[i], EvaluateToArray(*groupings_[i], *batch, evaluation_));
    }
    ARROW_ASSIGN_OR_RAISE(keys[window_key_], PanesOf(*keys[window_key_]));
    ARROW_RETURN_NOT_OK(panes_.Assign(keys, batch->num_rows(), &groups_));
    ARROW_RETURN_NOT_OK(pane_states_.Resize(panes_.size()));
    ARROW_RETURN_NOT_OK(pane_states_.Update(*batch, evaluation_, groups_));
    if (any_last_) {
      last_row_.resize(static_cast<size_t>(panes_.size()));
      for (const uint32_t group : groups_) last_row_[group] = rows_++;
    }
    return panes_.size() < kPanes ? Status::OK() : Emit(output);
  }

  Status Finish(BatchOutput* output) override { return Emit(output); }

 private:
  static std::vector<DataTypePtr> KeyTypes(const PhysicalNode& node) {
    std::vector<DataTypePtr> types;
    for (const ExpressionPtr& grouping : node.groupings) types.push_back(grouping->type());
    return types;
  }

  // The planner's names for the keys, our own for the states.
  static SchemaPtr OutputSchema(const PhysicalNode& node, const AggregateSet& aggregates) {
    std::vector<FieldPtr> fields;
    for (size_t i = 0; i < node.groupings.size(); ++i) {
      fields.push_back(node.schema->field(static_cast<int>(i))->WithNullable(true));
    }
    for (const FieldPtr& field : aggregates.state_fields()) fields.push_back(field);
    return arrow::schema(std::move(fields));
  }

  void Forget() {
    panes_.Clear();
    pane_states_.Clear();
    last_row_.clear();
    rows_ = 0;
    first_pane_ = std::numeric_limits<int64_t>::max();
    last_pane_ = std::numeric_limits<int64_t>::min();
  }

  // The starts of the panes that the times fall into. Rows without time do not come here.
  Result<ArrayPtr> PanesOf(const arrow::Array& times) {
    const auto* values = times.data()->GetValues<int64_t>(1);
    ARROW_ASSIGN_OR_RAISE(
        std::shared_ptr<arrow::Buffer> buffer,
        arrow::AllocateBuffer(times.length() * static_cast<int64_t>(sizeof(int64_t))));
    auto* starts = reinterpret_cast<int64_t*>(buffer->mutable_data());
    // Neighbouring events mostly fall into one pane.
    int64_t from = 0, to = 0;
    for (int64_t i = 0; i < times.length(); ++i) {
      const int64_t time = values[i];
      if (time < from || time >= to) {
        const int64_t rest = (time - start_) % slide_;
        from = time - (rest < 0 ? rest + slide_ : rest);
        to = from + slide_;
        first_pane_ = std::min(first_pane_, from);
        last_pane_ = std::max(last_pane_, from);
      }
      starts[i] = from;
    }
    return arrow::MakeArray(
        arrow::ArrayData::Make(times.type(), times.length(), {nullptr, std::move(buffer)}, 0));
  }

  Status Emit(BatchOutput* output) {
    if (panes_.size() == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const Arrays keys, panes_.Keys());
    ARROW_ASSIGN_OR_RAISE(const Arrays states, pane_states_.States());
    // Panes at one time never share a window.
    ARROW_RETURN_NOT_OK(first_pane_ == last_pane_ ? EmitEach(keys, states, output)
                                                  : EmitMerged(keys, states, output));
    Forget();
    return Status::OK();
  }

  // Keys of the windows of panes [begin, end): all windows of a pane after each other. `rows`: the
  // pane of each.
  Result<Arrays> WindowKeys(const Arrays& keys, int64_t begin, int64_t end,
                            std::vector<uint32_t>* rows) const {
    rows->clear();
    std::vector<int64_t> starts;
    const auto* panes = keys[window_key_]->data()->GetValues<int64_t>(1);
    for (int64_t pane = begin; pane < end; ++pane) {
      for (int64_t i = 0; i < windows_of_a_pane_; ++i) {
        rows->push_back(static_cast<uint32_t>(pane));
        starts.push_back(panes[pane] - i * slide_);
      }
    }
    ARROW_ASSIGN_OR_RAISE(Arrays expanded, TakeRows(keys, *rows));
    const auto length = static_cast<int64_t>(starts.size());
    expanded[window_key_] = arrow::MakeArray(
        arrow::ArrayData::Make(keys[window_key_]->type(), length,
                               {nullptr, arrow::Buffer::FromVector(std::move(starts))}, 0));
    return expanded;
  }

  int64_t PanesAtOnce() const { return std::max<int64_t>(1, kBatchRows / windows_of_a_pane_); }

  Status EmitEach(const Arrays& keys, const Arrays& states, BatchOutput* output) {
    std::vector<uint32_t> rows;
    for (int64_t begin = 0; begin < panes_.size(); begin += PanesAtOnce()) {
      const int64_t end = std::min(begin + PanesAtOnce(), panes_.size());
      ARROW_ASSIGN_OR_RAISE(Arrays columns, WindowKeys(keys, begin, end, &rows));
      ARROW_ASSIGN_OR_RAISE(Arrays values, TakeRows(states, rows));
      columns.insert(columns.end(), values.begin(), values.end());
      ARROW_RETURN_NOT_OK(Push(static_cast<int64_t>(rows.size()), std::move(columns), output));
    }
    return Status::OK();
  }

  Status EmitMerged(const Arrays& keys, const Arrays& states, BatchOutput* output) {
    windows_.Clear();
    window_states_.Clear();
    last_states_.Clear();
    std::vector<uint32_t> rows, windows;
    window_of_.clear();
    // Panes are numbered in order of their first rows.
    for (int64_t begin = 0; begin < panes_.size(); begin += PanesAtOnce()) {
      const int64_t end = std::min(begin + PanesAtOnce(), panes_.size());
      ARROW_ASSIGN_OR_RAISE(const Arrays expanded, WindowKeys(keys, begin, end, &rows));
      const auto length = static_cast<int64_t>(rows.size());
      ARROW_RETURN_NOT_OK(windows_.Assign(expanded, length, &windows));
      ARROW_RETURN_NOT_OK(window_states_.Resize(windows_.size()));
      ARROW_ASSIGN_OR_RAISE(const Arrays values, TakeRows(states, rows));
      ARROW_RETURN_NOT_OK(window_states_.Merge(values, 0, windows));
      if (any_last_) window_of_.insert(window_of_.end(), windows.begin(), windows.end());
    }
    ARROW_ASSIGN_OR_RAISE(Arrays columns, windows_.Keys());
    ARROW_ASSIGN_OR_RAISE(Arrays merged, window_states_.States());
    if (any_last_) ARROW_RETURN_NOT_OK(MergeInOrderOfLastRows(states, &merged));
    columns.insert(columns.end(), merged.begin(), merged.end());
    const int64_t length = windows_.size();
    windows_.Clear();
    window_states_.Clear();
    return Push(length, std::move(columns), output);
  }

  // last() of a window is that of the pane that got a row last.
  Status MergeInOrderOfLastRows(const Arrays& states, Arrays* merged) {
    std::vector<uint32_t> order(last_row_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return last_row_[a] < last_row_[b]; });
    std::vector<uint32_t> rows, windows;
    for (const uint32_t pane : order) {
      for (int64_t i = 0; i < windows_of_a_pane_; ++i) {
        rows.push_back(pane);
        windows.push_back(window_of_[static_cast<size_t>(pane * windows_of_a_pane_ + i)]);
      }
    }
    ARROW_RETURN_NOT_OK(last_states_.Resize(windows_.size()));
    ARROW_ASSIGN_OR_RAISE(const Arrays values, TakeRows(states, rows));
    ARROW_RETURN_NOT_OK(last_states_.Merge(values, 0, windows));
    ARROW_ASSIGN_OR_RAISE(const Arrays last, last_states_.States());
    for (size_t i = 0; i < last.size(); ++i) {
      if (from_last_[i]) (*merged)[i] = last[i];
    }
    last_states_.Clear();
    return Status::OK();
  }

  // `columns`: keys with window starts, states.
  Status Push(int64_t rows, Arrays columns, BatchOutput* output) {
    const ArrayPtr& start = columns[window_key_];
    const auto* starts = start->data()->GetValues<int64_t>(1);
    std::vector<int64_t> ends(starts, starts + rows);
    for (int64_t& end : ends) end += duration_;
    const ArrayPtr end = arrow::MakeArray(arrow::ArrayData::Make(
        start->type(), rows, {nullptr, arrow::Buffer::FromVector(std::move(ends))}, 0));
    columns[window_key_] = arrow::MakeArray(
        arrow::ArrayData::Make(schema_->field(static_cast<int>(window_key_))->type(), rows,
                               {nullptr}, {start->data(), end->data()}, 0));
    return PushInSlices(MakeBatch(schema_, rows, std::move(columns)), output);
  }

  const std::vector<ExpressionPtr> groupings_;
  const size_t window_key_;
  const int64_t duration_, slide_, start_, windows_of_a_pane_;  // microseconds
  const int partition_;
  EvaluationContext evaluation_;

  GroupTable panes_;
  AggregateSet pane_states_;
  std::vector<uint32_t> groups_;
  int64_t first_pane_ = 0, last_pane_ = 0;

  GroupTable windows_;
  AggregateSet window_states_, last_states_;
  std::vector<uint32_t> window_of_;  // pane by pane

  std::vector<bool> from_last_;  // by state column: does it follow the last row?
  bool any_last_ = false;
  std::vector<int64_t> last_row_;  // by pane
  int64_t rows_ = 0;
  const SchemaPtr schema_;
};

}  // namespace

OperatorPtr MakePaneAggregate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PaneAggregate>(node, site);
}

}  // namespace headrace

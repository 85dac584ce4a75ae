// Aggregation within one batch: rows to states before the exchange, states to results after it.
#include <numeric>
#include <utility>

#include "operators/aggregate_set.h"
#include "operators/group_table.h"
#include "operators/instances.h"

namespace headrace {
namespace {

// A partial aggregate hands on what it has when it outgrows the caches for good.
constexpr int64_t kPartialGroups = 1 << 20;

// Once so many rows of a micro-batch have met, grouping goes on only if it made fewer than
// kWorthwhile of them; otherwise it is left to the aggregate above the exchange.
constexpr int64_t kRowsOnTrial = 4 * kBatchRows;
constexpr double kWorthwhile = 0.7;

class PartialAggregate final : public Operator {
 public:
  PartialAggregate(const PhysicalNode& node, const OperatorSite& site)
      : groupings_(node.groupings),
        partition_(site.partition),
        table_(KeyTypes(node)),
        aggregates_(node.aggregates),
        schema_(OutputSchema(node, aggregates_)) {}

  Status Begin(const BatchContext& context) override {
    evaluation_ = EvaluationFor(context, partition_);
    table_.Clear();
    aggregates_.Clear();
    rows_ = 0;
    groups_rows_ = true;
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    Arrays keys(groupings_.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(keys[i], EvaluateToArray(*groupings_[i], *batch, evaluation_));
    }
    if (!groups_rows_) return PassOn(*batch, std::move(keys), output);
    ARROW_RETURN_NOT_OK(table_.Assign(keys, batch->num_rows(), &groups_));
    ARROW_RETURN_NOT_OK(aggregates_.Resize(table_.size()));
    ARROW_RETURN_NOT_OK(aggregates_.Update(*batch, evaluation_, groups_));
    rows_ += batch->num_rows();
    if (rows_ >= kRowsOnTrial) {
      groups_rows_ = static_cast<double>(table_.size()) < kWorthwhile * static_cast<double>(rows_);
    }
    return groups_rows_ && table_.size() < kPartialGroups ? Status::OK() : Emit(output);
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
      fields.push_back(
          arrow::field(node.schema->field(static_cast<int>(i))->name(), node.groupings[i]->type()));
    }
    for (const FieldPtr& field : aggregates.state_fields()) fields.push_back(field);
    return arrow::schema(std::move(fields));
  }

  // Every row becomes a group of its own.
  Status PassOn(const arrow::RecordBatch& batch, Arrays keys, BatchOutput* output) {
    const int64_t rows = batch.num_rows();
    groups_.resize(static_cast<size_t>(rows));
    std::iota(groups_.begin(), groups_.end(), 0);
    ARROW_RETURN_NOT_OK(aggregates_.Resize(rows));
    ARROW_RETURN_NOT_OK(aggregates_.Update(batch, evaluation_, groups_));
    ARROW_ASSIGN_OR_RAISE(Arrays states, aggregates_.States());
    aggregates_.Clear();
    keys.insert(keys.end(), states.begin(), states.end());
    return output->Push(MakeBatch(schema_, rows, std::move(keys)));
  }

  Status Emit(BatchOutput* output) {
    if (table_.size() == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(Arrays columns, table_.Keys());
    ARROW_ASSIGN_OR_RAISE(Arrays states, aggregates_.States());
    columns.insert(columns.end(), states.begin(), states.end());
    const int64_t rows = table_.size();
    table_.Clear();
    aggregates_.Clear();
    rows_ = 0;
    return PushInSlices(MakeBatch(schema_, rows, std::move(columns)), output);
  }

  const std::vector<ExpressionPtr> groupings_;
  const int partition_;
  EvaluationContext evaluation_;
  GroupTable table_;
  AggregateSet aggregates_;
  const SchemaPtr schema_;
  std::vector<uint32_t> groups_;
  int64_t rows_ = 0;  // that table_ has grouped
  bool groups_rows_ = true;
};

class FinalAggregate final : public Operator {
 public:
  FinalAggregate(const PhysicalNode& node, const OperatorSite&)
      : schema_(node.schema),
        key_count_(static_cast<size_t>(node.key_count)),
        table_(KeyTypes(node)),
        aggregates_(node.aggregates) {}

  Status Begin(const BatchContext&) override {
    table_.Clear();
    aggregates_.Clear();
    // Without keys there is one group even if there are no rows.
    return key_count_ == 0 ? aggregates_.Resize(1) : Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    const Arrays& columns = batch->columns();
    const Arrays keys(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(key_count_));
    ARROW_RETURN_NOT_OK(table_.Assign(keys, batch->num_rows(), &groups_));
    if (key_count_ != 0) ARROW_RETURN_NOT_OK(aggregates_.Resize(table_.size()));
    return aggregates_.Merge(columns, key_count_, groups_);
  }

  Status Finish(BatchOutput* output) override {
    ARROW_ASSIGN_OR_RAISE(Arrays columns, table_.Keys());
    ARROW_ASSIGN_OR_RAISE(Arrays results, aggregates_.Finish());
    columns.insert(columns.end(), results.begin(), results.end());
    const int64_t rows = key_count_ == 0 ? 1 : table_.size();
    table_.Clear();
    aggregates_.Clear();
    return PushInSlices(MakeBatch(schema_, rows, std::move(columns)), output);
  }

 private:
  static std::vector<DataTypePtr> KeyTypes(const PhysicalNode& node) {
    std::vector<DataTypePtr> types;
    for (int i = 0; i < node.key_count; ++i) types.push_back(node.schema->field(i)->type());
    return types;
  }

  const SchemaPtr schema_;
  const size_t key_count_;
  GroupTable table_;
  AggregateSet aggregates_;
  std::vector<uint32_t> groups_;
};

}  // namespace

OperatorPtr MakePartialAggregate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PartialAggregate>(node, site);
}

OperatorPtr MakeFinalAggregate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<FinalAggregate>(node, site);
}

}  // namespace headrace

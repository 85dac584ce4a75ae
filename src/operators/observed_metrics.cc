#include "operators/observed_metrics.h"

#include <utility>
#include <vector>

#include "operators/instances.h"
#include "operators/plan_instance.h"

namespace headrace {
namespace {

// observe(): passes rows through and aggregates them on the way.
class CollectMetrics final : public Operator {
 public:
  CollectMetrics(const PhysicalNode& node, const OperatorSite& site)
      : aggregates_(node.aggregates), observed_(site.observed), partition_(site.partition) {}

  Status Begin(const BatchContext& context) override {
    evaluation_ = EvaluationFor(context, partition_);
    aggregates_.Clear();
    return aggregates_.Resize(1);
  }
  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    groups_.assign(static_cast<size_t>(batch->num_rows()), 0);
    ARROW_RETURN_NOT_OK(aggregates_.Update(*batch, evaluation_, groups_));
    return output->Push(std::move(batch));
  }
  Status Finish(BatchOutput*) override {
    ARROW_ASSIGN_OR_RAISE(Arrays states, aggregates_.States());
    return observed_->Merge(states);
  }

 private:
  AggregateSet aggregates_;
  ObservedMetrics* const observed_;
  const int partition_;
  EvaluationContext evaluation_;
  std::vector<uint32_t> groups_;
};

}  // namespace

ObservedMetrics::ObservedMetrics(const PhysicalNode& node)
    : name_(node.metrics_name),
      schema_(node.metrics_schema),
      expressions_(node.expressions),
      aggregates_(node.aggregates) {
  for (size_t i = 0; i < node.aggregates.size(); ++i) {
    result_fields_.push_back(
        arrow::field(node.aggregates[i].aggregate.name, node.aggregates[i].aggregate.type));
  }
}

Status ObservedMetrics::Begin() {
  aggregates_.Clear();
  return aggregates_.Resize(1);
}

Status ObservedMetrics::Merge(const Arrays& states) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return aggregates_.Merge(states, 0, {0});
}

Result<BatchPtr> ObservedMetrics::Row() const {
  ARROW_ASSIGN_OR_RAISE(Arrays results, aggregates_.Finish());
  const BatchPtr row = MakeBatch(arrow::schema(result_fields_), 1, std::move(results));
  if (expressions_.empty()) return schema_ == nullptr ? row : WithSchema(schema_, row);
  Arrays values;
  for (const ExpressionPtr& expression : expressions_) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr value, EvaluateToArray(*expression, *row, {}));
    values.push_back(std::move(value));
  }
  return MakeBatch(schema_, 1, std::move(values));
}

OperatorPtr MakeCollectMetrics(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<CollectMetrics>(node, site);
}

}  // namespace headrace

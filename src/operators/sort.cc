// ORDER BY over one partition, with or without LIMIT.
#include <optional>
#include <utility>

#include "operators/instances.h"
#include "operators/row_order.h"

namespace headrace {
namespace {

class Sort final : public Operator {
 public:
  Sort(const PhysicalNode& node, const OperatorSite& site)
      : schema_(node.schema),
        orders_(node.orders),
        limit_(node.limit),
        partition_(site.partition) {}

  Status Begin(const BatchContext& context) override {
    evaluation_ = EvaluationFor(context, partition_);
    batches_.clear();
    rows_ = 0;
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    rows_ += batch->num_rows();
    batches_.push_back(std::move(batch));
    // With a limit only the first rows so far are kept.
    if (limit_ && rows_ > 2 * *limit_ + 8 * kBatchRows) {
      ARROW_ASSIGN_OR_RAISE(BatchPtr first, Sorted());
      rows_ = first->num_rows();
      batches_.assign(1, std::move(first));
    }
    return Status::OK();
  }

  Status Finish(BatchOutput* output) override {
    if (rows_ == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(BatchPtr sorted, Sorted());
    batches_.clear();
    return PushInSlices(sorted, output);
  }

 private:
  Result<BatchPtr> Sorted() const {
    ARROW_ASSIGN_OR_RAISE(BatchPtr all, ConcatenateBatches(schema_, batches_));
    std::vector<SortKey> keys(orders_.size());
    for (size_t k = 0; k < keys.size(); ++k) {
      keys[k].ascending = orders_[k].ascending;
      keys[k].nulls_first = orders_[k].nulls_first;
      ARROW_ASSIGN_OR_RAISE(keys[k].values,
                            EvaluateToArray(*orders_[k].expression, *all, evaluation_));
    }
    ARROW_ASSIGN_OR_RAISE(const auto rows, SortedRows(keys, all->num_rows(), limit_));
    return TakeRows(*all, rows);
  }

  const SchemaPtr schema_;
  const std::vector<PhysicalSortOrder> orders_;
  const std::optional<int64_t> limit_;
  const int partition_;
  EvaluationContext evaluation_;
  std::vector<BatchPtr> batches_;
  int64_t rows_ = 0;
};

}  // namespace

OperatorPtr MakeSort(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<Sort>(node, site);
}

}  // namespace headrace

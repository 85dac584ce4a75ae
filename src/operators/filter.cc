#include <utility>

#include <arrow/array/array_primitive.h>
#include <arrow/scalar.h>

#include "operators/instances.h"

namespace headrace {
namespace {

class Filter final : public Operator {
 public:
  Filter(const PhysicalNode& node, const OperatorSite& site)
      : condition_(node.expressions[0]),
        columns_read_(site.columns_read),
        partition_(site.partition) {}

  Status Begin(const BatchContext& context) override {
    evaluation_ = EvaluationFor(context, partition_);
    return Status::OK();
  }

  void BeginSource(int partition) override { evaluation_.partition = partition; }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    ARROW_ASSIGN_OR_RAISE(Datum condition, condition_->Evaluate(*batch, evaluation_));
    if (condition.is_scalar()) {
      const arrow::Scalar& value = *condition.scalar();
      const bool keep = value.is_valid && value.type->id() == arrow::Type::BOOL &&
                        static_cast<const arrow::BooleanScalar&>(value).value;
      return keep ? output->Push(std::move(batch)) : Status::OK();
    }
    TrueRows(*condition.make_array(), &mask_);
    rows_.clear();
    for (size_t i = 0; i < mask_.size(); ++i) {
      if (mask_[i] != 0) rows_.push_back(static_cast<uint32_t>(i));
    }
    if (rows_.empty()) return Status::OK();
    if (rows_.size() == mask_.size()) return output->Push(std::move(batch));
    ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRows(ColumnsRead(*batch), rows_));
    return output->Push(
        MakeBatch(batch->schema(), static_cast<int64_t>(rows_.size()), std::move(columns)));
  }

 private:
  // Columns that nobody reads above are not worth gathering: nulls keep their places.
  Arrays ColumnsRead(const arrow::RecordBatch& batch) const {
    Arrays columns = batch.columns();
    for (size_t i = 0; i < columns_read_.size(); ++i) {
      if (columns_read_[i] == 0) columns[i] = std::make_shared<arrow::NullArray>(batch.num_rows());
    }
    return columns;
  }

  const ExpressionPtr condition_;
  const std::vector<uint8_t> columns_read_;
  const int partition_;
  EvaluationContext evaluation_;
  std::vector<uint8_t> mask_;
  std::vector<uint32_t> rows_;
};

}  // namespace

OperatorPtr MakeFilter(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<Filter>(node, site);
}

}  // namespace headrace

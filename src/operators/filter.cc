#include <arrow/scalar.h>

#include "operators/instances.h"

namespace headrace {
namespace {

class Filter final : public Operator {
 public:
  Filter(const PhysicalNode& node, const OperatorSite& site)
      : condition_(node.expressions[0]), partition_(site.partition) {}

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
    ARROW_ASSIGN_OR_RAISE(BatchPtr kept, KeepRows(batch, mask_));
    return kept->num_rows() == 0 ? Status::OK() : output->Push(std::move(kept));
  }

 private:
  const ExpressionPtr condition_;
  const int partition_;
  EvaluationContext evaluation_;
  std::vector<uint8_t> mask_;
};

}  // namespace

OperatorPtr MakeFilter(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<Filter>(node, site);
}

}  // namespace headrace

// explode() and its kin: each input row gives several output rows.
#include "operators/instances.h"

namespace headrace {
namespace {

class Generate final : public Operator {
 public:
  Generate(const PhysicalNode& node, const OperatorSite& site)
      : schema_(node.schema),
        generator_(node.generator),
        required_columns_(node.required_columns),
        partition_(site.partition) {}

  Status Begin(const BatchContext& context) override {
    evaluation_ = EvaluationFor(context, partition_);
    return Status::OK();
  }

  void BeginSource(int partition) override { evaluation_.partition = partition; }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    Arrays arguments(generator_.arguments.size());
    for (size_t i = 0; i < arguments.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(arguments[i],
                            EvaluateToArray(*generator_.arguments[i], *batch, evaluation_));
    }
    parent_rows_.clear();
    Arrays generated;
    ARROW_RETURN_NOT_OK(generator_.generate(arguments, batch->num_rows(), generator_.outer,
                                            &parent_rows_, &generated));
    if (parent_rows_.empty()) return Status::OK();
    Arrays required;
    for (const int column : required_columns_) required.push_back(batch->column(column));
    ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRowsOrNull(required, parent_rows_));
    columns.insert(columns.end(), generated.begin(), generated.end());
    return PushInSlices(
        MakeBatch(schema_, static_cast<int64_t>(parent_rows_.size()), std::move(columns)), output);
  }

 private:
  const SchemaPtr schema_;
  const BoundGenerator generator_;
  const std::vector<int> required_columns_;
  const int partition_;
  EvaluationContext evaluation_;
  std::vector<int64_t> parent_rows_;
};

}  // namespace

OperatorPtr MakeGenerate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<Generate>(node, site);
}

}  // namespace headrace

#include "operators/instances.h"

namespace headrace {
namespace {

class Project final : public Operator {
 public:
  Project(const PhysicalNode& node, const OperatorSite& site)
      : schema_(node.schema), expressions_(node.expressions), partition_(site.partition) {}

  Status Begin(const BatchContext& context) override {
    evaluation_ = EvaluationFor(context, partition_);
    return Status::OK();
  }

  void BeginSource(int partition) override { evaluation_.partition = partition; }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    Arrays columns(expressions_.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(columns[i], EvaluateToArray(*expressions_[i], *batch, evaluation_));
    }
    return output->Push(MakeBatch(schema_, batch->num_rows(), std::move(columns)));
  }

 private:
  const SchemaPtr schema_;
  const std::vector<ExpressionPtr> expressions_;
  const int partition_;
  EvaluationContext evaluation_;
};

}  // namespace

OperatorPtr MakeProject(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<Project>(node, site);
}

}  // namespace headrace

#include "operators/operator_chain.h"

#include <algorithm>
#include <utility>

namespace headrace {
namespace {

// Skipping input of these has no effect but on their output.
bool OnlyTransforms(PhysicalKind kind) {
  return kind == PhysicalKind::kProject || kind == PhysicalKind::kFilter ||
         kind == PhysicalKind::kGenerate || kind == PhysicalKind::kLimit ||
         kind == PhysicalKind::kOffset;
}

}  // namespace

Status OperatorChain::Link::Push(BatchPtr batch) {
  if (batch->num_rows() == 0) return Status::OK();
  if (cancellation != nullptr) ARROW_RETURN_NOT_OK(cancellation->Check());
  return next_->Process(std::move(batch), 0, next_output_);
}

Result<std::unique_ptr<OperatorChain>> OperatorChain::Make(const std::vector<ChainNode>& nodes,
                                                           int partition, StateStoreProvider* state,
                                                           std::unique_ptr<StageOutput> output) {
  std::unique_ptr<OperatorChain> chain(new OperatorChain());
  chain->output_ = std::move(output);
  bool pure = true;
  for (const ChainNode& entry : nodes) {
    const OperatorSite site{partition,         state,          entry.side,
                            entry.second,      entry.observed, entry.watermark_ordinal,
                            entry.columns_read};
    ARROW_ASSIGN_OR_RAISE(OperatorPtr instance, MakeOperator(entry.node, site));
    if (pure && entry.node->kind == PhysicalKind::kLimit) {
      chain->may_satisfy_.push_back(instance.get());
    }
    pure = pure && OnlyTransforms(entry.node->kind);
    chain->operators_.push_back(std::move(instance));
    chain->operator_ids_.push_back(entry.node->operator_id);
  }
  chain->links_.resize(nodes.size());
  for (size_t i = nodes.size(); i-- > 0;) {
    chain->links_[i] = std::make_unique<Link>(chain->operators_[i].get(), chain->Above(i));
  }
  return chain;
}

BatchOutput* OperatorChain::Above(size_t i) const {
  if (i + 1 < links_.size()) return links_[i + 1].get();
  return output_.get();
}

Status OperatorChain::Begin(const BatchContext& context) {
  for (const auto& link : links_) link->cancellation = context.cancellation;
  for (size_t i = 0; i < operators_.size(); ++i) {
    ARROW_RETURN_NOT_OK(operators_[i]->Begin(context.For(operator_ids_[i])));
  }
  return Status::OK();
}

void OperatorChain::BeginSource(int partition) {
  for (const OperatorPtr& instance : operators_) instance->BeginSource(partition);
  output_->BeginSource(partition);
}

Status OperatorChain::Push(BatchPtr batch) {
  if (batch->num_rows() == 0) return Status::OK();
  return links_.empty() ? output_->Push(std::move(batch)) : links_[0]->Push(std::move(batch));
}

Status OperatorChain::Finish() {
  for (size_t i = 0; i < operators_.size(); ++i) {
    ARROW_RETURN_NOT_OK(operators_[i]->Finish(Above(i)));
  }
  return Status::OK();
}

bool OperatorChain::satisfied() const {
  return std::any_of(may_satisfy_.begin(), may_satisfy_.end(),
                     [](const Operator* instance) { return instance->satisfied(); });
}

}  // namespace headrace

// limit(n) on a stream: n rows over the whole life of the query.
#include <algorithm>
#include <utility>

#include "functions/aggregate/columns.h"
#include "operators/instances.h"
#include "operators/stateful/store_holder.h"
#include "operators/stateful_declaration.h"

namespace headrace {
namespace {

class StatefulLimit final : public StatefulOperator {
 public:
  StatefulLimit(const PhysicalNode& node, const OperatorSite& site)
      : limit_(node.number), store_(node.operator_id, site, DeclareStore(node)) {}

  Status Begin(const BatchContext& context) override {
    bool fresh = false;
    ARROW_RETURN_NOT_OK(store_.Open(context.state_version, &fresh));
    ARROW_RETURN_NOT_OK(EncodeRows({}, 1, &key_));
    std::vector<uint8_t> found;
    ARROW_ASSIGN_OR_RAISE(BatchPtr value, store_->Get(key_, &found));
    passed_ = found[0] != 0 ? aggregate::Values<int64_t>(*value->column(0))[0] : 0;
    before_ = passed_;
    return Status::OK();
  }

  // All input is consumed even when no more passes: operators below depend on it.
  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    const int64_t taken = std::clamp<int64_t>(limit_ - passed_, 0, batch->num_rows());
    if (taken == 0) return Status::OK();
    passed_ += taken;
    return output->Push(taken == batch->num_rows() ? std::move(batch) : batch->Slice(0, taken));
  }

  Status Finish(BatchOutput*) override {
    if (passed_ == before_) return Status::OK();
    store_.rows_updated = 1;
    const ArrayPtr value = aggregate::MakeFixedWidth<int64_t>(arrow::int64(), {passed_}, nullptr);
    return store_->Put(key_, *MakeBatch(store_.declaration().value_schema, 1, {value}));
  }

  Status Commit() override { return store_.Commit(); }
  Status Rollback() override { return store_.Rollback(); }
  void AddMetrics(RunMetrics* metrics) const override { store_.AddMetrics(metrics); }

 private:
  const int64_t limit_;
  StoreHolder store_;
  EncodedRows key_;
  int64_t passed_ = 0, before_ = 0;
};

}  // namespace

OperatorPtr MakeStatefulLimit(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<StatefulLimit>(node, site);
}

}  // namespace headrace

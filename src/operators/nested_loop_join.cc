// Joins without an equality: every probe row meets every build row.
#include <algorithm>
#include <utility>

#include "operators/join_rows.h"
#include "operators/side_input.h"

namespace headrace {
namespace {

class NestedLoopJoin final : public Operator {
 public:
  NestedLoopJoin(const PhysicalNode& node, const OperatorSite& site)
      : build_schema_(node.children[1]->schema), side_(site.side), joined_(node, site.partition) {}

  Status Begin(const BatchContext& context) override {
    joined_.Begin(context);
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    ARROW_RETURN_NOT_OK(EnsureBuild());
    const auto probe_count = static_cast<uint32_t>(batch->num_rows());
    const auto build_count = static_cast<uint32_t>(joined_.build()->num_rows());
    joined_.Start(std::move(batch));
    std::vector<uint32_t> probe_rows, build_rows;
    const auto flush = [&]() -> Status {
      ARROW_RETURN_NOT_OK(joined_.AddPairs(probe_rows, build_rows, output));
      probe_rows.clear();
      build_rows.clear();
      return Status::OK();
    };
    for (uint32_t probe = 0; probe < probe_count; ++probe) {
      for (uint32_t build = 0; build < build_count; ++build) {
        probe_rows.push_back(probe);
        build_rows.push_back(build);
        if (static_cast<int64_t>(probe_rows.size()) == kPairsAtOnce) ARROW_RETURN_NOT_OK(flush());
      }
    }
    ARROW_RETURN_NOT_OK(flush());
    return joined_.End(output);
  }

  Status Finish(BatchOutput* output) override {
    if (joined_.needs_build_at_end()) ARROW_RETURN_NOT_OK(EnsureBuild());
    return joined_.Finish(output);
  }

 private:
  Status EnsureBuild() {
    if (joined_.has_build()) return Status::OK();
    const auto concatenate = [this]() -> Result<std::shared_ptr<arrow::RecordBatch>> {
      return ConcatenateBatches(build_schema_, side_->batches());
    };
    ARROW_ASSIGN_OR_RAISE(auto build, side_->Build<arrow::RecordBatch>(concatenate));
    joined_.SetBuild(std::const_pointer_cast<arrow::RecordBatch>(build));
    return Status::OK();
  }

  const SchemaPtr build_schema_;
  SideInput* const side_;
  JoinRows joined_;
};

}  // namespace

OperatorPtr MakeNestedLoopJoin(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<NestedLoopJoin>(node, site);
}

}  // namespace headrace

// LIMIT, OFFSET and tail() over one partition.
#include <algorithm>
#include <deque>
#include <utility>

#include "operators/instances.h"

namespace headrace {
namespace {

class Limit final : public Operator {
 public:
  explicit Limit(const PhysicalNode& node) : limit_(node.limit.value_or(node.number)) {}

  Status Begin(const BatchContext&) override {
    left_ = std::max<int64_t>(0, limit_);
    return Status::OK();
  }
  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    const int64_t taken = std::min(left_, batch->num_rows());
    if (taken == 0) return Status::OK();
    left_ -= taken;
    return output->Push(taken == batch->num_rows() ? std::move(batch) : batch->Slice(0, taken));
  }
  bool satisfied() const override { return left_ == 0; }

 private:
  const int64_t limit_;
  int64_t left_ = 0;
};

class Offset final : public Operator {
 public:
  explicit Offset(const PhysicalNode& node) : offset_(node.number) {}

  Status Begin(const BatchContext&) override {
    left_ = std::max<int64_t>(0, offset_);
    return Status::OK();
  }
  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    const int64_t skipped = std::min(left_, batch->num_rows());
    left_ -= skipped;
    if (skipped == batch->num_rows()) return Status::OK();
    return output->Push(skipped == 0 ? std::move(batch) : batch->Slice(skipped));
  }

 private:
  const int64_t offset_;
  int64_t left_ = 0;
};

class Tail final : public Operator {
 public:
  explicit Tail(const PhysicalNode& node)
      : limit_(std::max<int64_t>(0, node.limit.value_or(node.number))) {}

  Status Begin(const BatchContext&) override {
    kept_.clear();
    rows_ = 0;
    return Status::OK();
  }
  Status Process(BatchPtr batch, int, BatchOutput*) override {
    rows_ += batch->num_rows();
    kept_.push_back(std::move(batch));
    while (!kept_.empty() && rows_ - kept_.front()->num_rows() >= limit_) {
      rows_ -= kept_.front()->num_rows();
      kept_.pop_front();
    }
    return Status::OK();
  }
  Status Finish(BatchOutput* output) override {
    int64_t skipped = std::max<int64_t>(0, rows_ - limit_);
    for (const BatchPtr& batch : kept_) {
      if (skipped < batch->num_rows()) ARROW_RETURN_NOT_OK(output->Push(batch->Slice(skipped)));
      skipped = 0;
    }
    kept_.clear();
    return Status::OK();
  }

 private:
  const int64_t limit_;
  std::deque<BatchPtr> kept_;
  int64_t rows_ = 0;
};

}  // namespace

OperatorPtr MakeLimit(const PhysicalNode& node, const OperatorSite&) {
  return std::make_unique<Limit>(node);
}

OperatorPtr MakeOffset(const PhysicalNode& node, const OperatorSite&) {
  return std::make_unique<Offset>(node);
}

OperatorPtr MakeTail(const PhysicalNode& node, const OperatorSite&) {
  return std::make_unique<Tail>(node);
}

}  // namespace headrace

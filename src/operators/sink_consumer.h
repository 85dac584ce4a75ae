// Hands a plan's result to a sink's writers, one a partition.
#pragma once

#include <memory>
#include <vector>

#include "connector/sink.h"
#include "operators/plan_instance.h"

namespace headrace {

class SinkConsumer final : public ResultConsumer {
 public:
  explicit SinkConsumer(Sink* sink) : sink_(sink) {}
  Status Begin(int partitions) override {
    writers_.resize(static_cast<size_t>(partitions));
    for (int i = 0; i < partitions; ++i) {
      ARROW_ASSIGN_OR_RAISE(writers_[i], sink_->OpenWriter(i));
    }
    return Status::OK();
  }
  Status Write(int partition, const BatchPtr& batch) override {
    return writers_[partition]->Write(batch);
  }
  Status Finish(int partition) override { return writers_[partition]->Finish(); }

 private:
  Sink* sink_;
  std::vector<std::unique_ptr<SinkWriter>> writers_;
};

}  // namespace headrace

// The end of the last stage: hands batches to the consumer of the result.
#pragma once

#include <utility>

#include "operators/exchange.h"
#include "operators/plan_instance.h"

namespace headrace {

class ResultWriter final : public StageOutput {
 public:
  explicit ResultWriter(SchemaPtr schema) : schema_(std::move(schema)) {}

  void Open(ResultConsumer* consumer) { consumer_ = consumer; }
  void Clear() override {}
  void BeginSource(int partition) override { partition_ = partition; }
  Status EndSource(int partition) override { return consumer_->Finish(partition); }
  Status Push(BatchPtr batch) override {
    if (batch->num_rows() == 0) return Status::OK();
    // The branches of a union name their columns each in its own way.
    if (batch->schema() != schema_) batch = WithSchema(schema_, batch);
    return consumer_->Write(partition_, batch);
  }

 private:
  const SchemaPtr schema_;
  ResultConsumer* consumer_ = nullptr;
  int partition_ = 0;
};

}  // namespace headrace

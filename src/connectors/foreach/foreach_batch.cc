#include <map>
#include <mutex>

#include "connectors/foreach/foreach.h"
#include "python/batch_function.h"

namespace headrace {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

class BatchWriter final : public SinkWriter {
 public:
  explicit BatchWriter(Batches* rows) : rows_(rows) {}
  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    if (batch->num_rows() > 0) rows_->push_back(batch);
    return Status::OK();
  }
  Status Finish() override { return Status::OK(); }

 private:
  Batches* rows_;
};

class ForeachBatchSink final : public Sink {
 public:
  ForeachBatchSink(std::unique_ptr<BatchFunction> function, BatchKeeper keeper)
      : function_(std::move(function)), keeper_(std::move(keeper)) {}

  std::string Description() const override { return "ForeachBatchSink"; }
  void SetCancellation(const CancellationToken* cancellation) override {
    cancellation_ = cancellation;
  }
  Result<bool> Begin(int64_t) override {
    partitions_.clear();
    return true;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) override {
    std::lock_guard lock(mutex_);
    return std::make_unique<BatchWriter>(&partitions_[partition]);
  }
  Status Prepare(int64_t batch_id) override {
    Batches rows;
    for (auto& [partition, batches] : partitions_) {
      rows.insert(rows.end(), batches.begin(), batches.end());
    }
    partitions_.clear();
    const std::string id = keeper_.keep(rows);
    rows.clear();  // what the function forgets is freed
    const Status status = function_->Call(id, batch_id, cancellation_);
    keeper_.forget(id);
    return status;
  }
  Status Commit(int64_t) override { return Status::OK(); }
  Status Abort(int64_t) override {
    partitions_.clear();
    return Status::OK();
  }

 private:
  const std::unique_ptr<BatchFunction> function_;
  const BatchKeeper keeper_;
  const CancellationToken* cancellation_ = nullptr;
  std::mutex mutex_;  // writers are opened by several threads
  std::map<int, Batches> partitions_;
};

class ForeachBatchProvider final : public SinkProvider {
 public:
  ForeachBatchProvider(PythonContextPtr python, PythonFunction function, BatchKeeper keeper)
      : python_(std::move(python)), function_(std::move(function)), keeper_(std::move(keeper)) {}

  Status CheckStream(const SinkSpecification& specification, const ConnectorContext&) override {
    if (specification.partition_columns.empty()) return Status::OK();
    return AnalysisError("_LEGACY_ERROR_TEMP_1197",
                         "foreachBatch does not support partitionBy: partition what the function "
                         "writes.",
                         {{"operation", "foreachBatch"}});
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification&,
                                           const ConnectorContext&) override {
    ARROW_ASSIGN_OR_RAISE(auto started, StartBatchFunction(python_, function_));
    return std::make_unique<ForeachBatchSink>(std::move(started), keeper_);
  }
  bool allows_temporary_checkpoint() const override { return true; }

 private:
  const PythonContextPtr python_;
  const PythonFunction function_;
  const BatchKeeper keeper_;
};

}  // namespace

std::shared_ptr<SinkProvider> MakeForeachBatchSink(PythonContextPtr python, PythonFunction function,
                                                   BatchKeeper keeper) {
  return std::make_shared<ForeachBatchProvider>(std::move(python), std::move(function),
                                                std::move(keeper));
}

}  // namespace headrace

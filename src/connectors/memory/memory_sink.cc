#include <atomic>

#include "connector/batch_list_reader.h"
#include "connectors/memory/memory_stream_provider.h"

namespace headrace {

namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

// What the sink has taken so far. Shared with the table of the query's name, which outlives the
// query, and read while the query runs.
class MemoryTable final : public BatchScan {
 public:
  explicit MemoryTable(SchemaPtr schema) : schema_(std::move(schema)) {}

  SchemaPtr schema() const override { return schema_; }
  std::string Description() const override { return "memory"; }
  Result<PartitionReaders> Read(const ScanRequest& request) override {
    Batches rows;
    {
      std::lock_guard lock(mutex_);
      rows = rows_;
    }
    PartitionReaders readers;
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          MakeBatchListReader(std::move(rows), *schema_, request.columns));
    readers.push_back(std::move(reader));
    return readers;
  }

  // Adds one query batch, or puts it in place of all that came before.
  void Take(Batches batch, bool replace) {
    std::lock_guard lock(mutex_);
    if (replace) rows_.clear();
    for (auto& rows : batch) rows_.push_back(std::move(rows));
  }

 private:
  const SchemaPtr schema_;
  std::mutex mutex_;
  Batches rows_;
};

class MemoryWriter final : public SinkWriter {
 public:
  explicit MemoryWriter(std::shared_ptr<Batches> rows) : rows_(std::move(rows)) {}
  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    if (batch->num_rows() > 0) rows_->push_back(batch);
    return Status::OK();
  }
  Status Finish() override { return Status::OK(); }

 private:
  std::shared_ptr<Batches> rows_;
};

class MemorySink final : public Sink {
 public:
  MemorySink(SchemaPtr schema, OutputMode mode)
      : table_(std::make_shared<MemoryTable>(std::move(schema))),
        replace_(mode == OutputMode::kComplete) {}

  std::string Description() const override { return "MemorySink"; }
  Result<bool> Begin(int64_t batch_id) override {
    std::lock_guard lock(mutex_);
    partitions_.clear();
    return batch_id > latest_batch_;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) override {
    auto rows = std::make_shared<Batches>();
    std::lock_guard lock(mutex_);
    partitions_[partition] = rows;
    return std::make_unique<MemoryWriter>(std::move(rows));
  }
  Status Prepare(int64_t) override { return Status::OK(); }
  Status Commit(int64_t batch_id) override {
    std::lock_guard lock(mutex_);
    if (batch_id <= latest_batch_) return Status::OK();
    Batches all;
    int64_t count = 0;
    for (auto& [partition, rows] : partitions_) {
      for (auto& batch : *rows) {
        count += batch->num_rows();
        all.push_back(std::move(batch));
      }
    }
    partitions_.clear();
    table_->Take(std::move(all), replace_);
    latest_batch_ = batch_id;
    last_rows_ = count;
    return Status::OK();
  }
  Status Abort(int64_t) override {
    std::lock_guard lock(mutex_);
    partitions_.clear();
    return Status::OK();
  }
  int64_t last_output_rows() const override { return last_rows_; }
  std::shared_ptr<BatchScan> AsTable() override { return table_; }

 private:
  const std::shared_ptr<MemoryTable> table_;
  const bool replace_;
  std::mutex mutex_;  // writers are opened by several threads
  std::map<int, std::shared_ptr<Batches>> partitions_;
  int64_t latest_batch_ = -1;
  std::atomic<int64_t> last_rows_{0};
};

class MemorySinkProvider final : public SinkProvider {
 public:
  Status CheckStream(const SinkSpecification& specification, const ConnectorContext&) override {
    if (specification.query_name.empty()) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1194",
                           "The memory sink shows its rows as a table of the query's name: give "
                           "the query one with queryName(...).");
    }
    if (!specification.partition_columns.empty()) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1197",
                           "The memory sink does not support partitionBy: it is one table.",
                           {{"operation", "memory"}});
    }
    return Status::OK();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification& specification,
                                           const ConnectorContext&) override {
    return std::make_unique<MemorySink>(specification.schema, specification.output_mode);
  }
  bool allows_temporary_checkpoint() const override { return true; }
};

}  // namespace

void RegisterMemoryConnector(ConnectorRegistry* registry) {
  registry->AddSink("memory", std::make_shared<MemorySinkProvider>());
  registry->AddSource("headrace-memory-test", MakeMemoryStreamProvider());
}

}  // namespace headrace

#include <map>
#include <mutex>
#include <utility>

#include "connectors/testing/testing.h"
#include "connectors/testing/testing_providers.h"

namespace headrace {
namespace {

class TestWriter final : public SinkWriter {
 public:
  explicit TestWriter(NumberedBatches::Batches* rows) : rows_(rows) {}
  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    if (batch->num_rows() > 0) rows_->push_back(batch);
    return Status::OK();
  }
  Status Finish() override { return Status::OK(); }

 private:
  NumberedBatches::Batches* rows_;
};

class TestSink final : public Sink {
 public:
  // `next`: the number of the one batch that `df.write` gives, in place of the batch id.
  TestSink(NumberedBatches output, SchemaPtr schema, std::optional<int64_t> next)
      : output_(std::move(output)), schema_(std::move(schema)), next_(next) {}

  std::string Description() const override { return "TestSink[" + output_.directory() + "]"; }
  Result<bool> Begin(int64_t) override {
    partitions_.clear();
    return true;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) override {
    std::lock_guard lock(mutex_);
    return std::make_unique<TestWriter>(&partitions_[partition]);
  }
  Status Prepare(int64_t) override { return Status::OK(); }
  Status Commit(int64_t batch_id) override {
    NumberedBatches::Batches rows;
    for (auto& [partition, batches] : partitions_) {
      rows.insert(rows.end(), batches.begin(), batches.end());
    }
    rows_ = 0;
    for (const auto& batch : rows) rows_ += batch->num_rows();
    return output_.Write(next_.value_or(batch_id), schema_, rows);
  }
  Status Abort(int64_t) override {
    partitions_.clear();
    return Status::OK();
  }
  int64_t last_output_rows() const override { return rows_; }

 private:
  NumberedBatches output_;
  const SchemaPtr schema_;
  const std::optional<int64_t> next_;
  std::mutex mutex_;  // writers are opened by several threads
  std::map<int, NumberedBatches::Batches> partitions_;
  int64_t rows_ = 0;
};

class TestSinkProvider final : public SinkProvider {
 public:
  Status CheckStream(const SinkSpecification& specification,
                     const ConnectorContext& context) override {
    return TestDirectory(specification.path, context).status();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification& specification,
                                           const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto output, TestDirectory(specification.path, context));
    return std::make_unique<TestSink>(std::move(output), specification.schema, std::nullopt);
  }
  Result<std::unique_ptr<Sink>> OpenBatch(const SinkSpecification& specification, SaveMode mode,
                                          const ConnectorContext& context) override {
    if (mode != SaveMode::kAppend) {
      return NotSupported("the format headrace-test in another mode than append");
    }
    ARROW_ASSIGN_OR_RAISE(auto output, TestDirectory(specification.path, context));
    ARROW_ASSIGN_OR_RAISE(const auto numbers, output.Numbers());
    return std::make_unique<TestSink>(std::move(output), specification.schema,
                                      numbers.empty() ? 0 : numbers.back() + 1);
  }
};

}  // namespace

std::shared_ptr<SinkProvider> MakeTestSinkProvider() {
  return std::make_shared<TestSinkProvider>();
}

void RegisterTestingConnector(ConnectorRegistry* registry) {
  registry->AddSource(kTestFormat, MakeTestSourceProvider());
  registry->AddSink(kTestFormat, MakeTestSinkProvider());
}

}  // namespace headrace

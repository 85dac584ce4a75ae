#include "connectors/noop/noop.h"

#include <atomic>

namespace headrace {

namespace {

class NoopWriter final : public SinkWriter {
 public:
  explicit NoopWriter(std::atomic<int64_t>* rows) : rows_(rows) {}
  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    rows_->fetch_add(batch->num_rows(), std::memory_order_relaxed);
    return Status::OK();
  }
  Status Finish() override { return Status::OK(); }

 private:
  std::atomic<int64_t>* rows_;
};

class NoopSink final : public Sink {
 public:
  std::string Description() const override { return "NoopTable"; }
  Result<bool> Begin(int64_t) override {
    rows_ = 0;
    return true;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int) override {
    return std::make_unique<NoopWriter>(&rows_);
  }
  Status Prepare(int64_t) override { return Status::OK(); }
  Status Commit(int64_t) override { return Status::OK(); }
  Status Abort(int64_t) override { return Status::OK(); }
  int64_t last_output_rows() const override { return rows_; }

 private:
  std::atomic<int64_t> rows_{0};
};

class NoopProvider final : public SinkProvider {
 public:
  Status CheckStream(const SinkSpecification&, const ConnectorContext&) override {
    return Status::OK();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification&,
                                           const ConnectorContext&) override {
    return std::make_unique<NoopSink>();
  }
  bool allows_temporary_checkpoint() const override { return true; }
  Result<std::unique_ptr<Sink>> OpenBatch(const SinkSpecification&, SaveMode mode,
                                          const ConnectorContext&) override {
    if (mode == SaveMode::kErrorIfExists || mode == SaveMode::kIgnore) {
      const std::string name = mode == SaveMode::kIgnore ? "\"Ignore\"" : "\"ErrorIfExists\"";
      return AnalysisError("UNSUPPORTED_DATA_SOURCE_SAVE_MODE",
                           "The sink noop has nothing that could exist already, so it takes no "
                           "save mode " +
                               name + ". Use mode(\"append\") or mode(\"overwrite\").",
                           {{"source", "noop"}, {"createMode", name}});
    }
    return std::make_unique<NoopSink>();
  }
};

}  // namespace

void RegisterNoopConnector(ConnectorRegistry* registry) {
  registry->AddSink("noop", std::make_shared<NoopProvider>());
}

}  // namespace headrace

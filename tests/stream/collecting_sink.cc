#include "collecting_sink.h"

#include <atomic>

#include "types/value_text.h"

namespace headrace {
namespace {

std::vector<std::string> TextsOf(const arrow::RecordBatch& batch) {
  std::vector<std::string> texts;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    std::string text;
    for (int column = 0; column < batch.num_columns(); ++column) {
      if (column > 0) text += "|";
      AppendValue(*batch.column(column), row, *TimeZone::Utc(), TextStyle::kShow, &text);
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

class CollectingSink final : public Sink {
 public:
  explicit CollectingSink(std::shared_ptr<CollectedRows> rows) : rows_(std::move(rows)) {}

  std::string Description() const override { return "CollectingSink"; }
  Result<bool> Begin(int64_t batch_id) override {
    pending_.clear();
    last_rows_ = -1;
    return !rows_->Has(batch_id);
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int) override {
    return std::make_unique<Writer>(this);
  }
  Status Prepare(int64_t) override { return Status::OK(); }
  Status Commit(int64_t batch_id) override {
    if (!rows_->Has(batch_id)) last_rows_ = static_cast<int64_t>(pending_.size());
    rows_->Put(batch_id, std::move(pending_));
    return Status::OK();
  }
  Status Abort(int64_t) override { return Status::OK(); }
  // -1 for a batch that was there already.
  int64_t last_output_rows() const override { return last_rows_; }

 private:
  class Writer final : public SinkWriter {
   public:
    explicit Writer(CollectingSink* sink) : sink_(sink) {}
    Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
      auto texts = TextsOf(*batch);
      std::lock_guard lock(sink_->mutex_);
      for (auto& text : texts) sink_->pending_.push_back(std::move(text));
      return Status::OK();
    }
    Status Finish() override { return Status::OK(); }

   private:
    CollectingSink* sink_;
  };

  std::shared_ptr<CollectedRows> rows_;
  std::mutex mutex_;
  std::vector<std::string> pending_;
  std::atomic<int64_t> last_rows_{-1};
};

class CollectingSinkProvider final : public SinkProvider {
 public:
  explicit CollectingSinkProvider(std::shared_ptr<CollectedRows> rows) : rows_(std::move(rows)) {}
  Status CheckStream(const SinkSpecification&, const ConnectorContext&) override {
    return Status::OK();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification&,
                                           const ConnectorContext&) override {
    return std::make_unique<CollectingSink>(rows_);
  }

 private:
  std::shared_ptr<CollectedRows> rows_;
};

}  // namespace

bool CollectedRows::Has(int64_t batch_id) const {
  std::lock_guard lock(mutex_);
  return batches_.count(batch_id) > 0;
}

void CollectedRows::Put(int64_t batch_id, std::vector<std::string> rows) {
  std::lock_guard lock(mutex_);
  batches_.emplace(batch_id, std::move(rows));
}

std::vector<std::string> CollectedRows::Of(int64_t batch_id) const {
  std::lock_guard lock(mutex_);
  const auto found = batches_.find(batch_id);
  return found == batches_.end() ? std::vector<std::string>{} : found->second;
}

std::vector<std::string> CollectedRows::All() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [id, rows] : batches_) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

int64_t CollectedRows::last_batch_id() const {
  std::lock_guard lock(mutex_);
  return batches_.empty() ? -1 : batches_.rbegin()->first;
}

std::shared_ptr<SinkProvider> MakeCollectingSink(std::shared_ptr<CollectedRows> rows) {
  return std::make_shared<CollectingSinkProvider>(std::move(rows));
}

}  // namespace headrace

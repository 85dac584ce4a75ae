#include "session/partitioned_sink.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "operators/rows.h"
#include "types/row_encoding.h"

namespace headrace {
namespace {

// Rows that go through stay in their partition.
bool KeepsPartitions(LogicalKind kind) {
  switch (kind) {
    case LogicalKind::kProject:
    case LogicalKind::kFilter:
    case LogicalKind::kSubqueryAlias:
    case LogicalKind::kToDf:
    case LogicalKind::kWithColumns:
    case LogicalKind::kRenameColumns:
    case LogicalKind::kDrop:
    case LogicalKind::kToSchema:
    case LogicalKind::kWatermark:
    case LogicalKind::kHint:
    case LogicalKind::kSample:
    case LogicalKind::kFillNa:
    case LogicalKind::kDropNa:
    case LogicalKind::kReplaceNa:
    case LogicalKind::kCollectMetrics:
      return true;
    default:
      return false;
  }
}

class PartitionedSink final : public Sink {
 public:
  PartitionedSink(std::unique_ptr<Sink> sink, SinkPartitioning partitioning,
                  std::shared_ptr<TaskPool> pool)
      : sink_(std::move(sink)), partitioning_(std::move(partitioning)), pool_(std::move(pool)) {}

  std::string Description() const override { return sink_->Description(); }
  void SetCancellation(const CancellationToken* cancellation) override {
    sink_->SetCancellation(cancellation);
  }
  Result<bool> Begin(int64_t batch_id) override {
    writers_ = std::vector<Shared>(static_cast<size_t>(partitioning_.count));
    return sink_->Begin(batch_id);
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) override;
  Status Prepare(int64_t batch_id) override {
    std::vector<std::function<Status()>> tasks;
    for (Shared& shared : writers_) {
      if (shared.writer) tasks.push_back([&shared] { return shared.writer->Finish(); });
    }
    if (!tasks.empty()) ARROW_RETURN_NOT_OK(pool_->RunAll(std::move(tasks)));
    writers_.clear();
    return sink_->Prepare(batch_id);
  }
  Status Commit(int64_t batch_id) override { return sink_->Commit(batch_id); }
  Status Abort(int64_t batch_id) override {
    writers_.clear();
    return sink_->Abort(batch_id);
  }
  int64_t last_output_rows() const override { return sink_->last_output_rows(); }
  std::shared_ptr<BatchScan> AsTable() override { return sink_->AsTable(); }

  const SinkPartitioning& partitioning() const { return partitioning_; }
  Status WriteInto(int index, const BatchPtr& batch) {
    Shared& shared = writers_[static_cast<size_t>(index)];
    std::lock_guard lock(shared.mutex);
    if (!shared.writer) {
      // A sink's writers are opened by one thread at a time.
      std::lock_guard opening(mutex_);
      ARROW_ASSIGN_OR_RAISE(shared.writer, sink_->OpenWriter(index));
    }
    return shared.writer->Write(batch);
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::unique_ptr<SinkWriter> writer;
  };

  const std::unique_ptr<Sink> sink_;
  const SinkPartitioning partitioning_;
  const std::shared_ptr<TaskPool> pool_;
  std::mutex mutex_;
  std::vector<Shared> writers_;
};

// Deals out the rows of one of the query's partitions.
class Dealer final : public SinkWriter {
 public:
  Dealer(PartitionedSink* sink, int partition) : sink_(sink), next_(partition) {}

  Status Write(const BatchPtr& batch) override {
    const SinkPartitioning& partitioning = sink_->partitioning();
    const int count = partitioning.count;
    if (partitioning.kind == SinkPartitioning::Kind::kAtMost || count == 1) {
      return sink_->WriteInto(next_ % count, batch);
    }
    return partitioning.kind == SinkPartitioning::Kind::kEvenly ? DealEvenly(batch)
                                                                : DealByKeys(*batch);
  }
  Status Finish() override { return Status::OK(); }

 private:
  Status DealEvenly(const BatchPtr& batch) {
    const int count = sink_->partitioning().count;
    const int64_t rows = batch->num_rows();
    const int64_t step = (rows + count - 1) / count;
    for (int64_t begin = 0; begin < rows; begin += step) {
      ARROW_RETURN_NOT_OK(
          sink_->WriteInto(next_ % count, batch->Slice(begin, std::min(step, rows - begin))));
      next_ = (next_ + 1) % count;
    }
    return Status::OK();
  }

  Status DealByKeys(const arrow::RecordBatch& batch) {
    const SinkPartitioning& partitioning = sink_->partitioning();
    Arrays keys;
    for (const int column : partitioning.key_columns) keys.push_back(batch.column(column));
    ARROW_RETURN_NOT_OK(EncodeRows(keys, batch.num_rows(), &encoded_));
    std::vector<std::vector<uint32_t>> rows(static_cast<size_t>(partitioning.count));
    for (size_t i = 0; i < encoded_.hashes.size(); ++i) {
      rows[encoded_.hashes[i] % rows.size()].push_back(static_cast<uint32_t>(i));
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].empty()) continue;
      ARROW_ASSIGN_OR_RAISE(const auto taken, TakeRows(batch, rows[i]));
      ARROW_RETURN_NOT_OK(sink_->WriteInto(static_cast<int>(i), taken));
    }
    return Status::OK();
  }

  PartitionedSink* const sink_;
  int next_;
  EncodedRows encoded_;
};

Result<std::unique_ptr<SinkWriter>> PartitionedSink::OpenWriter(int partition) {
  return std::make_unique<Dealer>(this, partition);
}

class PartitionedSinkProvider final : public SinkProvider {
 public:
  PartitionedSinkProvider(std::shared_ptr<SinkProvider> provider, SinkPartitioning partitioning,
                          std::shared_ptr<TaskPool> pool)
      : provider_(std::move(provider)),
        partitioning_(std::move(partitioning)),
        pool_(std::move(pool)) {}

  Status CheckStream(const SinkSpecification& sink, const ConnectorContext& context) override {
    return provider_->CheckStream(sink, context);
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification& specification,
                                           const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto sink, provider_->OpenStream(specification, context));
    return PartitionSink(std::move(sink), partitioning_, pool_);
  }
  bool allows_temporary_checkpoint() const override {
    return provider_->allows_temporary_checkpoint();
  }

 private:
  const std::shared_ptr<SinkProvider> provider_;
  const SinkPartitioning partitioning_;
  const std::shared_ptr<TaskPool> pool_;
};

}  // namespace

SinkPartitioning PartitioningOf(const LogicalPlan& plan, const arrow::Schema& schema,
                                int default_count) {
  const LogicalPlan* node = &plan;
  while (KeepsPartitions(node->kind) && node->children.size() == 1) {
    node = node->children[0].get();
  }
  SinkPartitioning partitioning;
  if (node->kind != LogicalKind::kRepartition) return partitioning;
  partitioning.count = node->number > 0 ? static_cast<int>(node->number) : default_count;
  if (node->expressions.empty()) {
    // `all`: the message's `shuffle`, by which a repartition differs from a coalesce.
    partitioning.kind =
        node->all ? SinkPartitioning::Kind::kEvenly : SinkPartitioning::Kind::kAtMost;
    return partitioning;
  }
  partitioning.kind = SinkPartitioning::Kind::kByKeys;
  for (const auto& expression : node->expressions) {
    const int column = expression->kind == UnresolvedKind::kAttribute
                           ? FindField(schema, expression->name_parts.back())
                           : -1;
    if (column < 0 || schema.field(column)->type()->id() == arrow::Type::MAP) {
      // Keys that are no columns of the result: in one partition they are together all the same.
      partitioning.count = 1;
      return partitioning;
    }
    partitioning.key_columns.push_back(column);
  }
  return partitioning;
}

std::unique_ptr<Sink> PartitionSink(std::unique_ptr<Sink> sink, SinkPartitioning partitioning,
                                    std::shared_ptr<TaskPool> pool) {
  if (partitioning.kind == SinkPartitioning::Kind::kAsPlanned) return sink;
  return std::make_unique<PartitionedSink>(std::move(sink), std::move(partitioning),
                                           std::move(pool));
}

std::shared_ptr<SinkProvider> PartitionSinks(std::shared_ptr<SinkProvider> provider,
                                             SinkPartitioning partitioning,
                                             std::shared_ptr<TaskPool> pool) {
  if (partitioning.kind == SinkPartitioning::Kind::kAsPlanned) return provider;
  return std::make_shared<PartitionedSinkProvider>(std::move(provider), std::move(partitioning),
                                                   std::move(pool));
}

}  // namespace headrace

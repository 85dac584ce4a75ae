#include "connectors/python/python_stream.h"

#include <utility>

#include "connector/batch_list_reader.h"
#include "connector/cancellable.h"
#include "connectors/python/python_tasks.h"
#include "python/data_source_stream.h"

namespace headrace {
namespace {

constexpr char kReadAll[] = R"({"_type": "ReadAllAvailable"})";

class PythonStreamSource final : public Source, public Cancellable {
 public:
  PythonStreamSource(DataSourceCalls calls, DataSourceInstance instance)
      : calls_(std::move(calls)), instance_(std::move(instance)) {}

  SchemaPtr schema() const override { return instance_.schema; }
  std::string Description() const override {
    return "PythonDataSource[" + calls_.source().name + "]";
  }
  void SetCancellation(const CancellationToken* cancellation) override {
    calls_.set_cancellation(cancellation);
  }

  Result<std::optional<OffsetJson>> InitialOffset() override {
    ARROW_RETURN_NOT_OK(StartReader());
    knows_start_ = true;
    ARROW_ASSIGN_OR_RAISE(std::string offset, reader_->InitialOffset());
    return offset;
  }

  Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>& start,
                                                 const ReadLimit& limit) override {
    ARROW_RETURN_NOT_OK(StartReader());
    if (reader_->admission_control() && start) {
      if (limit_.empty()) {
        ARROW_ASSIGN_OR_RAISE(limit_, reader_->DefaultReadLimit());
      }
      ARROW_ASSIGN_OR_RAISE(latest_,
                            reader_->LatestOffset(*start, limit.all_available ? kReadAll : limit_));
      return latest_;
    }
    if (!knows_start_ && start) {
      // A simple reader goes on where its last range ended; that of the run before it is told.
      ARROW_RETURN_NOT_OK(reader_->PlanRange(*start, *start));
      knows_start_ = true;
    }
    ARROW_ASSIGN_OR_RAISE(latest_, reader_->LatestOffset());
    return latest_;
  }

  std::optional<OffsetJson> ReportLatestOffset() override {
    if (reader_ == nullptr || !reader_->admission_control()) return latest_;
    auto offset = reader_->ReportLatestOffset();
    return offset.ok() ? *offset : std::nullopt;
  }

  Result<PartitionReaders> Read(const std::optional<OffsetJson>& start, const OffsetJson& end,
                                const ScanRequest& request) override {
    if (!start) return Status::Invalid("a Python stream is read from no offset on");
    ARROW_RETURN_NOT_OK(StartReader());
    knows_start_ = true;
    ARROW_ASSIGN_OR_RAISE(auto range, reader_->PlanRange(*start, end));
    if (range.rows) return Prefetched(*range.rows, request);
    if (task_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(const PlannedRead read, calls_.PlanRead(instance_, /*streaming=*/true));
      task_ = DataSourceTask(calls_, read.command);
    }
    return ReadPartitions(calls_, task_, range.partitions, instance_.schema, request);
  }

  Status Commit(const OffsetJson& end) override {
    ARROW_RETURN_NOT_OK(StartReader());
    return reader_->Commit(end);
  }

  Result<bool> PrepareForAvailableNow() override {
    ARROW_RETURN_NOT_OK(StartReader());
    if (!reader_->trigger_available_now()) return false;
    ARROW_RETURN_NOT_OK(reader_->PrepareForAvailableNow());
    return true;
  }

 private:
  Status StartReader() {
    if (reader_ != nullptr) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(reader_, DataSourceStream::Start(calls_, instance_));
    return Status::OK();
  }

  Result<PartitionReaders> Prefetched(const std::vector<std::shared_ptr<arrow::RecordBatch>>& rows,
                                      const ScanRequest& request) const {
    ARROW_ASSIGN_OR_RAISE(const auto positions,
                          ColumnPositions(*instance_.schema, request.columns));
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
    for (const auto& batch : rows) {
      ARROW_ASSIGN_OR_RAISE(
          batches.emplace_back(),
          RowsFromWorker(batch->columns(), batch->num_rows(), *instance_.schema, positions));
    }
    ARROW_ASSIGN_OR_RAISE(const auto schema, ProjectSchema(*instance_.schema, request.columns));
    PartitionReaders readers;
    ARROW_ASSIGN_OR_RAISE(readers.emplace_back(),
                          MakeBatchListReader(std::move(batches), *schema, request.columns));
    return readers;
  }

  DataSourceCalls calls_;
  const DataSourceInstance instance_;
  std::unique_ptr<DataSourceStream> reader_;
  std::shared_ptr<const PythonTask> task_;
  std::optional<OffsetJson> latest_;
  std::string limit_;         // of each batch, JSON; "": not asked yet
  bool knows_start_ = false;  // the reader was told where it stands
};

}  // namespace

std::unique_ptr<Source> MakePythonStream(DataSourceCalls calls, DataSourceInstance instance) {
  return std::make_unique<PythonStreamSource>(std::move(calls), std::move(instance));
}

}  // namespace headrace

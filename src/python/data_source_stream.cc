#include "python/data_source_stream.h"

#include <type_traits>
#include <utility>

#include <arrow/ipc/reader.h>

#include "python/python_error.h"

namespace headrace {
namespace {

constexpr char kStreamModule[] = "pyspark.sql.streaming.python_streaming_source_runner";
constexpr int64_t kStopMs = 5000;

// What a reader is asked for; numbers of PySpark's module.
enum Function : int32_t {
  kInitialOffset = 884,
  kLatestOffset = 885,
  kPartitions = 886,
  kCommit = 887,
  kSupportedFeatures = 888,  // this and the next from 4.2 on
  kPrepareForAvailableNow = 889,
  kLatestOffsetOfLimit = 890,
  kDefaultReadLimit = 891,
  kReportLatestOffset = 892,
};
enum Feature : int32_t { kAdmissionControl = 1, kTriggerAvailableNow = 2 };
enum Prefetched : int32_t { kReadByTasks = 0, kRowsFollow = 1, kNoRows = 2 };

Status ReaderFailed(const std::string& action, const std::string& reason) {
  std::string text = "Failed when Python streaming data source perform ";
  text += action;
  text += ": ";
  text += reason;
  return MakeError(ErrorKind::kRuntime, "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR",
                   std::move(text), {{"action", action}, {"msg", reason}});
}

// Keeps the batches of a stream and notices its end.
class BatchKeeper final : public arrow::ipc::Listener {
 public:
  explicit BatchKeeper(std::vector<std::shared_ptr<arrow::RecordBatch>>* batches)
      : batches_(batches) {}
  Status OnEOS() override {
    at_end_ = true;
    return Status::OK();
  }
  Status OnRecordBatchDecoded(std::shared_ptr<arrow::RecordBatch> batch) override {
    batches_->push_back(std::move(batch));
    return Status::OK();
  }
  bool at_end() const { return at_end_; }

 private:
  std::vector<std::shared_ptr<arrow::RecordBatch>>* batches_;
  bool at_end_ = false;
};

}  // namespace

Result<std::unique_ptr<DataSourceStream>> DataSourceStream::Start(
    const DataSourceCalls& calls, const DataSourceInstance& instance) {
  const PythonContext& context = *calls.context();
  ARROW_ASSIGN_OR_RAISE(auto worker,
                        context.runtime->pool().Acquire(context, calls.cancellation()));
  const WorkerGeneration generation = worker->generation();
  auto started = std::unique_ptr<DataSourceStream>(new DataSourceStream(std::move(worker)));
  WorkerStream& stream = started->stream();
  stream.set_idle_limit_ms(0);
  stream.PutText(kStreamModule);
  stream.PutText(calls.source().python_version);
  stream.PutText(context.files_directory);
  stream.PutInt(static_cast<int32_t>(context.includes.size()));
  for (const std::string& archive : context.includes) stream.PutText(archive);
  stream.PutText(instance.pickle);
  stream.PutText(SchemaToJson(*instance.schema));
  stream.PutInt(calls.batch_rows());
  auto load = [&]() -> Status {
    const Status sent = stream.Flush();
    if (!sent.ok() && !IsWorkerGone(sent)) return sent;
    return started->ReadCount().status();
  };
  const Status loaded = load();
  if (!loaded.ok()) {
    if (loaded.IsCancelled()) return loaded;
    const std::string reason = ReasonOf(started->worker_->Explain(loaded));
    return MakeError(ErrorKind::kAnalysis, "PYTHON_DATA_SOURCE_ERROR",
                     "Failed to start the stream reader of the Python data source " +
                         calls.source().name + ": " + reason,
                     {{"action", "initialize"}, {"type", calls.source().name}, {"msg", reason}});
  }
  if (generation >= WorkerGeneration::k4_2) {
    int32_t features = 0;
    ARROW_RETURN_NOT_OK(
        started->Ask(kSupportedFeatures, {}, "checkSupportedFeatures", [&]() -> Status {
          ARROW_ASSIGN_OR_RAISE(features, started->ReadCount());
          return Status::OK();
        }));
    started->admission_control_ = (features & kAdmissionControl) != 0;
    started->trigger_available_now_ = (features & kTriggerAvailableNow) != 0;
  }
  return started;
}

DataSourceStream::~DataSourceStream() {
  if (worker_ == nullptr) return;
  // At the end of its input the module calls the reader's stop(), then tells of that end.
  stream().set_cancellation(nullptr);
  stream().set_idle_limit_ms(kStopMs);
  stream().EndOutput();
  while (stream().ReadInt().ok()) {
  }
}

// Any number or length may be the marker of a traceback.
Result<int32_t> DataSourceStream::ReadCount() {
  ARROW_ASSIGN_OR_RAISE(const int32_t count, stream().ReadInt());
  if (count >= 0) return count;
  if (count != kPythonException) {
    return Status::IOError("a Python streaming reader answered ", count);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string traceback, stream().ReadText());
  return PythonRaised(traceback);
}

template <typename Read>
auto DataSourceStream::Ask(int32_t function, const std::vector<std::string>& arguments,
                           const char* action, Read read) -> decltype(read()) {
  if (worker_ == nullptr) {
    return Status::IOError("the Python streaming reader has failed before");
  }
  stream().PutInt(function);
  for (const std::string& argument : arguments) stream().PutText(argument);
  Status status = stream().Flush();
  if (status.ok() || IsWorkerGone(status)) {
    auto answer = read();
    if (answer.ok()) return answer;
    if constexpr (std::is_same_v<decltype(answer), Status>) {
      status = answer;
    } else {
      status = answer.status();
    }
  }
  if (status.IsCancelled()) return status;
  const std::string reason = ReasonOf(worker_->Explain(status));
  worker_.reset();
  return ReaderFailed(action, reason);
}

Result<std::string> DataSourceStream::AskText(int32_t function,
                                              const std::vector<std::string>& arguments,
                                              const char* action) {
  return Ask(function, arguments, action, [&]() -> Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(const int32_t length, ReadCount());
    return stream().ReadText(length);
  });
}

Status DataSourceStream::AskDone(int32_t function, const std::vector<std::string>& arguments,
                                 const char* action) {
  return Ask(function, arguments, action, [&]() -> Status { return ReadCount().status(); });
}

Result<std::string> DataSourceStream::InitialOffset() {
  return AskText(kInitialOffset, {}, "initialOffset");
}

Result<std::string> DataSourceStream::LatestOffset() {
  return AskText(kLatestOffset, {}, "latestOffset");
}

Result<std::string> DataSourceStream::LatestOffset(const std::string& start,
                                                   const std::string& limit) {
  return AskText(kLatestOffsetOfLimit, {start, limit}, "latestOffset");
}

Result<std::string> DataSourceStream::DefaultReadLimit() {
  return AskText(kDefaultReadLimit, {}, "getDefaultReadLimit");
}

Result<std::optional<std::string>> DataSourceStream::ReportLatestOffset() {
  ARROW_ASSIGN_OR_RAISE(std::string offset, AskText(kReportLatestOffset, {}, "reportLatestOffset"));
  return offset.empty() ? std::nullopt : std::optional(std::move(offset));
}

Status DataSourceStream::PrepareForAvailableNow() {
  return AskDone(kPrepareForAvailableNow, {}, "prepareForTriggerAvailableNow");
}

Status DataSourceStream::Commit(const std::string& end) {
  return AskDone(kCommit, {end}, "commitSource");
}

Result<DataSourceStream::Range> DataSourceStream::PlanRange(const std::string& start,
                                                            const std::string& end) {
  return Ask(kPartitions, {start, end}, "planPartitions", [&]() -> Result<Range> {
    Range range;
    ARROW_ASSIGN_OR_RAISE(const int32_t partitions, ReadCount());
    for (int32_t i = 0; i < partitions; ++i) {
      ARROW_ASSIGN_OR_RAISE(const int32_t length, ReadCount());
      ARROW_ASSIGN_OR_RAISE(range.partitions.emplace_back(), stream().ReadText(length));
    }
    ARROW_ASSIGN_OR_RAISE(const int32_t prefetched, ReadCount());
    if (prefetched == kReadByTasks) return range;
    range.rows.emplace();
    if (prefetched == kRowsFollow) ARROW_RETURN_NOT_OK(ReadRows(&*range.rows));
    return range;
  });
}

Status DataSourceStream::ReadRows(std::vector<std::shared_ptr<arrow::RecordBatch>>* rows) {
  ARROW_ASSIGN_OR_RAISE(const int32_t marker, stream().ReadInt());
  if (marker != kStartArrowStream) {
    return Status::IOError("a Python streaming reader sent ", marker, " in place of rows");
  }
  const auto keeper = std::make_shared<BatchKeeper>(rows);
  arrow::ipc::StreamDecoder decoder(keeper);
  while (!keeper->at_end()) {
    const auto needed = static_cast<int32_t>(decoder.next_required_size());
    ARROW_ASSIGN_OR_RAISE(std::string bytes, stream().ReadText(needed));
    ARROW_RETURN_NOT_OK(decoder.Consume(arrow::Buffer::FromString(std::move(bytes))));
  }
  return Status::OK();
}

}  // namespace headrace

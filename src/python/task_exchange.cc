#include "python/task_exchange.h"

#include <arrow/io/interfaces.h>
#include <arrow/ipc/reader.h>

#include "python/python_error.h"

namespace headrace {
namespace {

// Arrow's writer on top of the frames.
class FrameOutput final : public arrow::io::OutputStream {
 public:
  explicit FrameOutput(FrameWriter* frames) : frames_(frames) {}
  Status Close() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }
  Status Write(const void* data, int64_t size) override {
    frames_->PutRaw({static_cast<const char*>(data), static_cast<size_t>(size)});
    position_ += size;
    return Status::OK();
  }
  using arrow::io::OutputStream::Write;

 private:
  FrameWriter* frames_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

// One Arrow stream of results, decoded as its bytes come.
class TaskExchange::Results final : public arrow::ipc::Listener {
 public:
  void Begin() {
    decoder_ = std::make_unique<arrow::ipc::StreamDecoder>(
        std::shared_ptr<arrow::ipc::Listener>(this, [](arrow::ipc::Listener*) {}));
    at_end_ = false;
  }
  bool active() const { return decoder_ != nullptr; }
  int64_t needed() const { return decoder_->next_required_size(); }
  Status Consume(std::string bytes) {
    ARROW_RETURN_NOT_OK(decoder_->Consume(arrow::Buffer::FromString(std::move(bytes))));
    if (at_end_) decoder_.reset();
    return Status::OK();
  }
  Status OnEOS() override {
    at_end_ = true;
    return Status::OK();
  }
  Status OnRecordBatchDecoded(std::shared_ptr<arrow::RecordBatch> batch) override {
    batches.push_back(std::move(batch));
    return Status::OK();
  }

  std::deque<std::shared_ptr<arrow::RecordBatch>> batches;

 private:
  std::unique_ptr<arrow::ipc::StreamDecoder> decoder_;
  bool at_end_ = false;
};

TaskExchange::~TaskExchange() = default;

Result<std::unique_ptr<TaskExchange>> TaskExchange::Start(PythonContextPtr context,
                                                          const PythonTask* task, TaskPlace place,
                                                          const CancellationToken* cancellation) {
  auto exchange = std::unique_ptr<TaskExchange>(new TaskExchange);
  ARROW_ASSIGN_OR_RAISE(exchange->worker_,
                        context->runtime->pool().Acquire(*context, cancellation));
  exchange->worker_->stream().set_idle_limit_ms(context->idle_limit_ms);
  exchange->generation_ = exchange->worker_->generation();
  exchange->context_ = std::move(context);
  exchange->task_ = task;
  exchange->results_ = std::make_unique<Results>();
  PutTask(*task, place, exchange->worker_->generation(), &exchange->worker_->stream());
  return exchange;
}

void TaskExchange::PutInt(int32_t value) {
  if (worker_ != nullptr) worker_->stream().PutInt(value);
}

Status TaskExchange::SendBatch(const arrow::RecordBatch& batch) {
  if (ended_) return Status::OK();
  if (writer_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(
        writer_, arrow::ipc::MakeStreamWriter(std::make_shared<FrameOutput>(&worker_->stream()),
                                              batch.schema()));
  }
  ARROW_RETURN_NOT_OK(writer_->WriteRecordBatch(batch));
  return Sent(worker_->stream().FlushIfLarge());
}

Status TaskExchange::EndStream(const std::shared_ptr<arrow::Schema>& schema) {
  if (ended_) return Status::OK();
  if (writer_ == nullptr) {  // a stream without batches
    ARROW_ASSIGN_OR_RAISE(writer_, arrow::ipc::MakeStreamWriter(
                                       std::make_shared<FrameOutput>(&worker_->stream()), schema));
  }
  ARROW_RETURN_NOT_OK(writer_->Close());
  writer_.reset();
  return Sent(worker_->stream().FlushIfLarge());
}

Status TaskExchange::SendPickle(const std::string& pickle) {
  if (ended_) return Status::OK();
  worker_->stream().PutText(pickle);
  return Sent(worker_->stream().FlushIfLarge());
}

// A function that raised closes the connection; its traceback waits to be read.
Status TaskExchange::Sent(const Status& status) {
  if (IsWorkerGone(status)) return Receive(/*wait=*/true);
  ARROW_RETURN_NOT_OK(status);
  ARROW_RETURN_NOT_OK(worker_->stream().Poll());
  return Receive(/*wait=*/false);
}

Status TaskExchange::Finish() {
  ARROW_RETURN_NOT_OK(EndInput());
  return Receive(/*wait=*/true);
}

Status TaskExchange::EndInput() {
  if (ended_) return Status::OK();
  finishing_ = true;
  if (pickled()) worker_->stream().PutInt(kEndOfDataSection);
  worker_->stream().PutInt(kEndOfStream);
  const Status sent = worker_->stream().Flush();
  return IsWorkerGone(sent) ? Status::OK() : sent;  // a traceback waits to be read
}

Result<std::shared_ptr<arrow::RecordBatch>> TaskExchange::NextBatch() {
  bool progress = true;
  while (results_->batches.empty() && !ended_) {
    const Status status = ReceiveOne(/*wait=*/true, &progress);
    if (!status.ok()) return Explain(status);
  }
  return TakeBatch();
}

Status TaskExchange::Receive(bool wait) {
  bool progress = true;
  while (progress && !ended_) {
    progress = false;
    const Status status = ReceiveOne(wait, &progress);
    if (!status.ok()) return Explain(status);
  }
  return Status::OK();
}

Status TaskExchange::ReceiveOne(bool wait, bool* progress) {
  WorkerStream& stream = worker_->stream();
  if (results_->active()) {
    const auto needed = static_cast<size_t>(results_->needed());
    if (!wait && stream.available() < needed) return Status::OK();
    *progress = true;
    ARROW_ASSIGN_OR_RAISE(std::string bytes, stream.ReadText(static_cast<int32_t>(needed)));
    return results_->Consume(std::move(bytes));
  }
  // Texts behind their length are waited for: they have been sent.
  if (!wait && stream.available() < sizeof(int32_t)) return Status::OK();
  *progress = true;
  ARROW_ASSIGN_OR_RAISE(const int32_t marker, stream.ReadInt());
  if (marker >= 0 && pickled()) {
    ARROW_ASSIGN_OR_RAISE(std::string pickle, stream.ReadText(marker));
    pickles_.push_back(std::move(pickle));
    return Status::OK();
  }
  if (marker == kStartArrowStream) {
    results_->Begin();
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(CheckMarker(&stream, marker));
  if (marker != kTimingData) {
    return Status::IOError("a Python worker sent ", marker, " in place of results");
  }
  ended_ = true;
  if (!finishing_) {  // it waits for the end of an input that it does not want
    worker_.reset();
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const bool reusable, ReadTaskEnd(&stream, worker_->generation()));
  if (reusable) context_->runtime->pool().Return(std::move(worker_));
  worker_.reset();
  return Status::OK();
}

Status TaskExchange::Explain(const Status& status) {
  const Status explained = worker_ ? worker_->Explain(status) : status;
  worker_.reset();
  return explained;
}

std::shared_ptr<arrow::RecordBatch> TaskExchange::TakeBatch() {
  if (results_->batches.empty()) return nullptr;
  auto batch = std::move(results_->batches.front());
  results_->batches.pop_front();
  return batch;
}

std::optional<std::string> TaskExchange::TakePickle() {
  if (pickles_.empty()) return std::nullopt;
  std::string pickle = std::move(pickles_.front());
  pickles_.pop_front();
  return pickle;
}

}  // namespace headrace

#include "python/data_source.h"

#include <cstdlib>
#include <utility>

#include <arrow/type.h>

#include "python/python_error.h"

namespace headrace {
namespace {

constexpr int32_t kBatchRows = 10000;  // Spark's default
constexpr int64_t kAbortIdleMs = 30000;

// A failed task's message: the pickle of None.
constexpr std::string_view kNone("\x80\x02N.", 4);

}  // namespace

// One request to one of PySpark's modules and its answer.
class DataSourceCalls::Call {
 public:
  // `action`: what is told of a failure, "create" or "plan"; `streaming`: of one in the middle of a
  // query.
  Call(const DataSourceCalls& calls, std::string module, std::string action, bool streaming = false)
      : calls_(calls),
        module_(std::move(module)),
        action_(std::move(action)),
        streaming_(streaming) {}

  Status Begin(bool abort = false) {
    ARROW_ASSIGN_OR_RAISE(worker_, calls_.context_->runtime->pool().Acquire(
                                       *calls_.context_, abort ? nullptr : calls_.cancellation_));
    WorkerStream& stream = worker_->stream();
    stream.set_idle_limit_ms(abort ? kAbortIdleMs : 0);
    stream.PutText(module_);
    stream.PutText(calls_.source_.python_version);
    stream.PutText(calls_.context_->files_directory);
    stream.PutInt(static_cast<int32_t>(calls_.context_->includes.size()));
    for (const std::string& archive : calls_.context_->includes) stream.PutText(archive);
    stream.PutBool(false);  // broadcast variables: no decryption,
    stream.PutInt(0);       // none
    if (generation() >= WorkerGeneration::k4_2) stream.PutInt(0);  // configuration of profilers
    return Status::OK();
  }

  WorkerStream& stream() { return worker_->stream(); }
  WorkerGeneration generation() const { return worker_->generation(); }

  void PutMessages(const CommitMessages& messages) {
    stream().PutInt(static_cast<int32_t>(messages.size()));
    for (const auto& message : messages) stream().PutText(message ? *message : kNone);
  }

  // Sends what was put; `read` takes in the answer.
  template <typename Read>
  Status Finish(Read read) {
    auto exchange = [&]() -> Status {
      stream().PutInt(kEndOfStream);
      const Status sent = stream().Flush();
      if (!sent.ok() && !IsWorkerGone(sent)) return sent;
      ARROW_RETURN_NOT_OK(read());
      ARROW_ASSIGN_OR_RAISE(const int32_t accumulators, ReadCount());
      for (int32_t i = 0; i < accumulators; ++i) ARROW_RETURN_NOT_OK(stream().ReadText());
      ARROW_ASSIGN_OR_RAISE(const int32_t end, stream().ReadInt());
      if (end == kEndOfStream) calls_.context_->runtime->pool().Return(std::move(worker_));
      return Status::OK();
    };
    const Status status = exchange();
    if (status.ok() || status.IsCancelled()) return status;
    const std::string reason = ReasonOf(worker_ ? worker_->Explain(status) : status);
    std::string text = "Failed to " + action_;
    text += " Python data source " + calls_.source_.name + ": " + reason;
    if (streaming_) {
      return MakeError(ErrorKind::kRuntime, "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR",
                       std::move(text), {{"action", action_}, {"msg", reason}});
    }
    return MakeError(ErrorKind::kAnalysis, "PYTHON_DATA_SOURCE_ERROR", std::move(text),
                     {{"action", action_}, {"type", calls_.source_.name}, {"msg", reason}});
  }

  // A traceback may stand wherever a number or a length could.
  Result<int32_t> ReadCount() {
    ARROW_ASSIGN_OR_RAISE(const int32_t count, stream().ReadInt());
    ARROW_RETURN_NOT_OK(CheckMarker(count));
    return count;
  }
  Result<std::string> ReadPickle() {
    ARROW_ASSIGN_OR_RAISE(const int32_t length, ReadCount());
    return stream().ReadText(length);
  }
  Status ReadPlan(PlannedRead* read) {
    ARROW_ASSIGN_OR_RAISE(read->command, ReadPickle());
    ARROW_ASSIGN_OR_RAISE(const int32_t partitions, ReadCount());
    for (int32_t i = 0; i < partitions; ++i) {
      ARROW_ASSIGN_OR_RAISE(read->partitions.emplace_back(), ReadPickle());
    }
    return Status::OK();
  }
  Status ReadDone() { return ReadCount().status(); }

 private:
  Status CheckMarker(int32_t marker) {
    if (marker >= 0) return Status::OK();
    if (marker != kPythonException) {
      return Status::IOError("a Python data source answered ", marker);
    }
    ARROW_ASSIGN_OR_RAISE(const std::string traceback, stream().ReadText());
    return PythonRaised(traceback);
  }

  const DataSourceCalls& calls_;
  const std::string module_, action_;
  const bool streaming_;
  PythonWorkerPtr worker_;
};

namespace {

void PutOptions(const std::map<std::string, std::string>& options, FrameWriter* frames) {
  frames->PutInt(static_cast<int32_t>(options.size()));
  for (const auto& [key, value] : options) {
    frames->PutText(key);
    frames->PutText(value);
  }
}

bool BinaryAsBytes(const PythonContext& context) {
  const auto found = context.configuration.find("spark.sql.execution.pyspark.binaryAsBytes");
  return found == context.configuration.end() || found->second == "true";
}

// Whether readers may have a pushFilters: no filter is pushed, but none needs to be.
bool AllowsPushFilters(const PythonContext& context) {
  const auto found = context.configuration.find("spark.sql.python.filterPushdown.enabled");
  return found != context.configuration.end() && found->second == "true";
}

}  // namespace

SchemaPtr PartitionColumn() { return arrow::schema({arrow::field("partition", arrow::binary())}); }

SchemaPtr CommitMessageColumn() {
  return arrow::schema({arrow::field("message", arrow::binary())});
}

int32_t DataSourceCalls::batch_rows() const {
  const auto found = context_->configuration.find("spark.sql.execution.arrow.maxRecordsPerBatch");
  if (found == context_->configuration.end()) return kBatchRows;
  const int rows = std::atoi(found->second.c_str());
  return rows > 0 ? rows : kBatchRows;
}

Result<DataSourceInstance> DataSourceCalls::Create(const Options& options,
                                                   const SchemaPtr& user_schema) const {
  Call call(*this, "pyspark.sql.worker.create_data_source", "create");
  ARROW_RETURN_NOT_OK(call.Begin());
  call.stream().PutText(source_.command);
  call.stream().PutText(source_.name);
  call.stream().PutBool(user_schema != nullptr);
  if (user_schema != nullptr) call.stream().PutText(SchemaToJson(*user_schema));
  PutOptions(options, &call.stream());
  DataSourceInstance instance;
  std::string schema;
  ARROW_RETURN_NOT_OK(call.Finish([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(instance.pickle, call.ReadPickle());
    ARROW_RETURN_NOT_OK(call.ReadCount());  // whether it is DDL
    ARROW_ASSIGN_OR_RAISE(schema, call.stream().ReadText());
    return Status::OK();
  }));
  ARROW_ASSIGN_OR_RAISE(instance.schema, ParseSchema(schema));
  return instance;
}

Result<PlannedRead> DataSourceCalls::PlanRead(const DataSourceInstance& instance,
                                              bool streaming) const {
  Call call(*this, "pyspark.sql.worker.plan_data_source_read", "plan");
  ARROW_RETURN_NOT_OK(call.Begin());
  WorkerStream& stream = call.stream();
  stream.PutText(instance.pickle);
  stream.PutText(SchemaToJson(*PartitionColumn()));
  stream.PutText(SchemaToJson(*instance.schema));
  stream.PutInt(batch_rows());
  if (call.generation() >= WorkerGeneration::k4_1) stream.PutBool(AllowsPushFilters(*context_));
  stream.PutBool(streaming);
  if (call.generation() >= WorkerGeneration::k4_1) stream.PutBool(BinaryAsBytes(*context_));
  PlannedRead read;
  ARROW_RETURN_NOT_OK(call.Finish([&] { return call.ReadPlan(&read); }));
  return read;
}

Result<PlannedWrite> DataSourceCalls::PlanWrite(const Options& options, const SchemaPtr& schema,
                                                bool overwrite, bool streaming) const {
  Call call(*this, "pyspark.sql.worker.write_into_data_source", "plan");
  ARROW_RETURN_NOT_OK(call.Begin());
  WorkerStream& stream = call.stream();
  stream.PutText(source_.command);
  stream.PutText(source_.name);
  stream.PutText(SchemaToJson(*schema));
  stream.PutText(SchemaToJson(*CommitMessageColumn()));
  PutOptions(options, &stream);
  stream.PutBool(overwrite);
  stream.PutBool(streaming);
  if (call.generation() >= WorkerGeneration::k4_1) stream.PutBool(BinaryAsBytes(*context_));
  PlannedWrite write;
  ARROW_RETURN_NOT_OK(call.Finish([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(write.command, call.ReadPickle());
    ARROW_ASSIGN_OR_RAISE(write.writer, call.ReadPickle());
    return Status::OK();
  }));
  return write;
}

Status DataSourceCalls::EndWrite(const std::string& writer, const CommitMessages& messages,
                                 bool abort) const {
  Call call(*this, "pyspark.sql.worker.commit_data_source_write", abort ? "abort" : "commit");
  ARROW_RETURN_NOT_OK(call.Begin(abort));
  call.stream().PutText(writer);
  call.PutMessages(messages);
  call.stream().PutBool(abort);
  return call.Finish([&] { return call.ReadDone(); });
}

Status DataSourceCalls::EndStreamWrite(const DataSourceInstance& instance, bool overwrite,
                                       const CommitMessages& messages, int64_t batch_id,
                                       bool abort) const {
  Call call(*this, "pyspark.sql.worker.python_streaming_sink_runner", abort ? "abort" : "commit",
            /*streaming=*/true);
  ARROW_RETURN_NOT_OK(call.Begin(abort));
  WorkerStream& stream = call.stream();
  stream.PutText(instance.pickle);
  stream.PutText(SchemaToJson(*instance.schema));
  stream.PutBool(overwrite);
  call.PutMessages(messages);
  stream.PutLong(batch_id);
  stream.PutBool(abort);
  return call.Finish([&] { return call.ReadDone(); });
}

}  // namespace headrace

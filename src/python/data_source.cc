#include "python/data_source.h"

#include <cstdlib>
#include <utility>

#include <arrow/type.h>

#include "python/module_call.h"
#include "python/python_error.h"

namespace headrace {
namespace {

constexpr int32_t kBatchRows = 10000;  // Spark's default
constexpr int64_t kAbortIdleMs = 30000;

// A failed task's message: the pickle of None.
constexpr std::string_view kNone("\x80\x02N.", 4);

}  // namespace

// A request about one source; failures name it.
class DataSourceCalls::Call {
 public:
  // `action`: what is told of a failure, "create" or "plan"; `streaming`: of one in the middle of a
  // query; `abort`: it is made although the query was cancelled.
  static Result<Call> Begin(const DataSourceCalls& calls, const std::string& module,
                            std::string action, bool streaming = false, bool abort = false) {
    ARROW_ASSIGN_OR_RAISE(
        auto request,
        ModuleCall::Begin(*calls.context_, module, calls.source_.python_version,
                          abort ? nullptr : calls.cancellation_, abort ? kAbortIdleMs : 0));
    return Call(calls.source_.name, std::move(request), std::move(action), streaming);
  }

  WorkerStream& stream() { return request_.stream(); }
  WorkerGeneration generation() const { return request_.generation(); }

  void PutMessages(const CommitMessages& messages) {
    stream().PutInt(static_cast<int32_t>(messages.size()));
    for (const auto& message : messages) stream().PutText(message ? *message : kNone);
  }

  // Sends what was put; `read` takes in the answer.
  template <typename Read>
  Status Finish(Read read) {
    const Status status = request_.Finish(std::move(read));
    if (status.ok() || status.IsCancelled()) return status;
    const std::string reason = ReasonOf(status);
    std::string text = "Failed to " + action_ + " Python data source " + source_ + ": " + reason;
    if (streaming_) {
      return MakeError(ErrorKind::kRuntime, "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR",
                       std::move(text), {{"action", action_}, {"msg", reason}});
    }
    return MakeError(ErrorKind::kAnalysis, "PYTHON_DATA_SOURCE_ERROR", std::move(text),
                     {{"action", action_}, {"type", source_}, {"msg", reason}});
  }

  Result<int32_t> ReadCount() { return request_.ReadCount(); }
  Result<std::string> ReadPickle() { return request_.ReadText(); }
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
  Call(std::string source, ModuleCall request, std::string action, bool streaming)
      : source_(std::move(source)),
        request_(std::move(request)),
        action_(std::move(action)),
        streaming_(streaming) {}

  std::string source_;
  ModuleCall request_;
  std::string action_;
  bool streaming_;
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

// Whether readers may have a pushFilters.
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
  ARROW_ASSIGN_OR_RAISE(Call call,
                        Call::Begin(*this, "pyspark.sql.worker.create_data_source", "create"));
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
  ARROW_ASSIGN_OR_RAISE(Call call,
                        Call::Begin(*this, "pyspark.sql.worker.plan_data_source_read", "plan"));
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

Result<bool> DataSourceCalls::TakesFilters() const {
  if (!AllowsPushFilters(*context_)) return false;
  ARROW_ASSIGN_OR_RAISE(const PythonInstallation installation,
                        context_->runtime->Find(context_->interpreter));
  return installation.generation >= WorkerGeneration::k4_1;
}

Result<PlannedRead> DataSourceCalls::PlanFilteredRead(const DataSourceInstance& instance,
                                                      const std::string& filters) const {
  ARROW_ASSIGN_OR_RAISE(
      Call call, Call::Begin(*this, "pyspark.sql.worker.data_source_pushdown_filters", "plan"));
  WorkerStream& stream = call.stream();
  stream.PutText(instance.pickle);
  stream.PutText(SchemaToJson(*instance.schema));
  stream.PutText(filters);
  stream.PutInt(batch_rows());
  stream.PutBool(BinaryAsBytes(*context_));
  PlannedRead read;
  ARROW_RETURN_NOT_OK(call.Finish([&]() -> Status {
    ARROW_RETURN_NOT_OK(call.ReadPlan(&read));
    // Which filters the reader applies. Rows are filtered again in any case.
    ARROW_ASSIGN_OR_RAISE(int32_t applied, call.ReadCount());
    for (; applied > 0; --applied) ARROW_RETURN_NOT_OK(call.ReadCount());
    return Status::OK();
  }));
  return read;
}

Result<PlannedWrite> DataSourceCalls::PlanWrite(const Options& options, const SchemaPtr& schema,
                                                bool overwrite, bool streaming) const {
  ARROW_ASSIGN_OR_RAISE(Call call,
                        Call::Begin(*this, "pyspark.sql.worker.write_into_data_source", "plan"));
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
  ARROW_ASSIGN_OR_RAISE(Call call,
                        Call::Begin(*this, "pyspark.sql.worker.commit_data_source_write",
                                    abort ? "abort" : "commit", /*streaming=*/false, abort));
  call.stream().PutText(writer);
  call.PutMessages(messages);
  call.stream().PutBool(abort);
  return call.Finish([&] { return call.ReadDone(); });
}

Status DataSourceCalls::EndStreamWrite(const DataSourceInstance& instance, bool overwrite,
                                       const CommitMessages& messages, int64_t batch_id,
                                       bool abort) const {
  ARROW_ASSIGN_OR_RAISE(Call call,
                        Call::Begin(*this, "pyspark.sql.worker.python_streaming_sink_runner",
                                    abort ? "abort" : "commit", /*streaming=*/true, abort));
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

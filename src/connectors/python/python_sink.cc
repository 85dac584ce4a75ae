#include <map>
#include <mutex>
#include <utility>

#include "connectors/python/python.h"
#include "connectors/python/python_tasks.h"

namespace headrace {
namespace {

DataSourceCalls::Options OptionsOf(const SinkSpecification& specification) {
  DataSourceCalls::Options options;
  for (const auto& [key, value] : specification.options.values()) options[ToLower(key)] = value;
  if (specification.path) options["path"] = *specification.path;
  return options;
}

// What sinks of batches and streams share: the messages of a batch's partitions.
class PythonSink : public Sink {
 public:
  PythonSink(DataSourceCalls calls, SchemaPtr schema, const PlannedWrite& write)
      : calls_(std::move(calls)),
        schema_(std::move(schema)),
        task_(DataSourceTask(calls_, write.command)) {}

  std::string Description() const override {
    return "PythonDataSource[" + calls_.source().name + "]";
  }
  void SetCancellation(const CancellationToken* cancellation) override {
    calls_.set_cancellation(cancellation);
  }
  Result<bool> Begin(int64_t) override {
    messages_.clear();
    return true;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) override {
    std::lock_guard lock(mutex_);
    return WritePartition(calls_, task_, partition, schema_, &messages_[partition]);
  }
  Status Prepare(int64_t) override { return Status::OK(); }
  Status Commit(int64_t batch_id) override { return End(batch_id, /*abort=*/false); }
  Status Abort(int64_t batch_id) override { return End(batch_id, /*abort=*/true); }

 protected:
  virtual Status End(int64_t batch_id, const CommitMessages& messages, bool abort) = 0;

  DataSourceCalls calls_;
  const SchemaPtr schema_;

 private:
  Status End(int64_t batch_id, bool abort) {
    CommitMessages messages;
    for (auto& [partition, message] : messages_) messages.push_back(message);
    return End(batch_id, messages, abort);
  }

  const std::shared_ptr<const PythonTask> task_;
  std::mutex mutex_;  // writers are opened by several threads
  std::map<int, std::optional<std::string>> messages_;
};

class PythonBatchSink final : public PythonSink {
 public:
  PythonBatchSink(DataSourceCalls calls, SchemaPtr schema, const PlannedWrite& write)
      : PythonSink(std::move(calls), std::move(schema), write), writer_(write.writer) {}

 private:
  Status End(int64_t, const CommitMessages& messages, bool abort) override {
    return calls_.EndWrite(writer_, messages, abort);
  }
  const std::string writer_;
};

class PythonStreamSink final : public PythonSink {
 public:
  PythonStreamSink(DataSourceCalls calls, DataSourceInstance instance, const PlannedWrite& write,
                   bool overwrite)
      : PythonSink(std::move(calls), instance.schema, write),
        instance_(std::move(instance)),
        overwrite_(overwrite) {}

 private:
  Status End(int64_t batch_id, const CommitMessages& messages, bool abort) override {
    return calls_.EndStreamWrite(instance_, overwrite_, messages, batch_id, abort);
  }
  const DataSourceInstance instance_;
  const bool overwrite_;
};

class PythonSinkProvider final : public SinkProvider {
 public:
  PythonSinkProvider(PythonContextMaker python, DataSourceClass source)
      : python_(std::move(python)), source_(std::move(source)) {}

  Status CheckStream(const SinkSpecification& specification, const ConnectorContext&) override {
    if (specification.output_mode == OutputMode::kUpdate) {
      return AnalysisError(
          "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
          "Python data sources take rows to append or, in complete mode, all rows: "
          "not the output mode update.",
          {{"outputMode", "update"}, {"className", source_.name}});
    }
    return python_().status();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification& specification,
                                           const ConnectorContext&) override {
    ARROW_ASSIGN_OR_RAISE(DataSourceCalls calls, Calls());
    const auto options = OptionsOf(specification);
    const bool overwrite = specification.output_mode == OutputMode::kComplete;
    ARROW_ASSIGN_OR_RAISE(auto instance, calls.Create(options, specification.schema));
    ARROW_ASSIGN_OR_RAISE(const auto write, calls.PlanWrite(options, specification.schema,
                                                            overwrite, /*streaming=*/true));
    return std::make_unique<PythonStreamSink>(std::move(calls), std::move(instance), write,
                                              overwrite);
  }

  Result<std::unique_ptr<Sink>> OpenBatch(const SinkSpecification& specification, SaveMode mode,
                                          const ConnectorContext&) override {
    if (mode == SaveMode::kErrorIfExists || mode == SaveMode::kIgnore) {
      const std::string name = mode == SaveMode::kIgnore ? "Ignore" : "ErrorIfExists";
      return AnalysisError("UNSUPPORTED_DATA_SOURCE_SAVE_MODE",
                           "The data source " + source_.name +
                               " cannot tell whether there is data, "
                               "so it is not written in the mode " +
                               name + ". Use mode(\"append\") or mode(\"overwrite\").",
                           {{"source", source_.name}, {"createMode", "\"" + name + "\""}});
    }
    ARROW_ASSIGN_OR_RAISE(DataSourceCalls calls, Calls());
    ARROW_ASSIGN_OR_RAISE(const auto write,
                          calls.PlanWrite(OptionsOf(specification), specification.schema,
                                          mode == SaveMode::kOverwrite, /*streaming=*/false));
    return std::make_unique<PythonBatchSink>(std::move(calls), specification.schema, write);
  }

 private:
  Result<DataSourceCalls> Calls() const {
    ARROW_ASSIGN_OR_RAISE(auto python, python_());
    return DataSourceCalls(std::move(python), source_, nullptr);
  }

  const PythonContextMaker python_;
  const DataSourceClass source_;
};

}  // namespace

std::shared_ptr<SinkProvider> MakePythonSink(PythonContextMaker python, DataSourceClass source) {
  return std::make_shared<PythonSinkProvider>(std::move(python), std::move(source));
}

}  // namespace headrace

#include "connectors/file/file_sink.h"

#include "base/injection.h"
#include "connectors/file/batch_file_sink.h"
#include "connectors/file/file_format.h"
#include "connectors/file/file_path.h"
#include "connectors/file/file_set.h"
#include "connectors/file/log_entries.h"
#include "storage/storage.h"

namespace headrace {

namespace {

class FileStreamSink final : public Sink {
 public:
  static Result<std::unique_ptr<Sink>> Open(const SinkSpecification& specification,
                                            const ConnectorContext& context) {
    ARROW_ASSIGN_OR_RAISE(auto directory, SinkDirectory(specification));
    ARROW_ASSIGN_OR_RAISE(auto layout, FileLayout::Make(specification, true, context));
    ARROW_ASSIGN_OR_RAISE(auto format, MakeWriteFormat(specification.format, layout.data_schema,
                                                       specification.options, context));
    const std::string log_directory = JoinPath(directory, kSinkLogDirectory);
    ARROW_RETURN_NOT_OK(context.files->CreateDirectories(log_directory));
    ARROW_RETURN_NOT_OK(context.files->SyncDirectory(directory));
    ARROW_ASSIGN_OR_RAISE(auto keep, Retention(specification.options, context.clock));
    ARROW_ASSIGN_OR_RAISE(auto log, OpenLog(log_directory, "fileSink", context, std::move(keep)));
    ARROW_ASSIGN_OR_RAISE(const auto latest, log->LatestId());
    return std::unique_ptr<Sink>(new FileStreamSink(std::move(directory), std::move(layout),
                                                    std::move(format), std::move(log),
                                                    latest.value_or(-1), context));
  }

  std::string Description() const override { return "FileSink[" + QualifiedPath(directory_) + "]"; }

  Result<bool> Begin(int64_t batch_id) override {
    if (batch_id <= latest_) return false;
    set_ = std::make_unique<FileSet>(directory_, layout_, format_, /*one_uuid=*/false, context_);
    return true;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) override {
    return set_->OpenWriter(partition);
  }
  Status Prepare(int64_t) override {
    ARROW_RETURN_NOT_OK(set_->Complete());
    HEADRACE_INJECT("sink.prepared");
    return Status::OK();
  }
  Status Commit(int64_t batch_id) override {
    if (batch_id <= latest_) return Status::OK();
    std::vector<std::string> entries;
    for (const auto& file : set_->files()) {
      entries.push_back(
          SinkLogEntry{file.path, file.size_bytes, file.modification_time_ms, true}.ToJson());
    }
    const Status added = log_->Add(batch_id, entries);
    if (added.IsAlreadyExists()) {
      return MakeError(ErrorKind::kSpark, "CONCURRENT_STREAM_LOG_UPDATE",
                       "Another query has just written the batch " + std::to_string(batch_id) +
                           " into " + QualifiedPath(directory_) +
                           ". Let one query write into a directory.",
                       {{"batchId", std::to_string(batch_id)}});
    }
    ARROW_RETURN_NOT_OK(added);
    latest_ = batch_id;
    set_ = nullptr;
    HEADRACE_INJECT("sink.committed");
    return Status::OK();
  }
  Status Abort(int64_t) override {
    if (!set_) return Status::OK();
    const Status removed = set_->RemoveAll();
    set_ = nullptr;
    return removed;
  }

 private:
  FileStreamSink(std::string directory, FileLayout layout,
                 std::shared_ptr<const WriteFormat> format, std::unique_ptr<CompactibleLog> log,
                 int64_t latest, const ConnectorContext& context)
      : directory_(std::move(directory)),
        layout_(std::move(layout)),
        format_(std::move(format)),
        log_(std::move(log)),
        context_(context),
        latest_(latest) {}

  // Which entries a compaction keeps; null: all.
  static Result<std::function<bool(const std::string&)>> Retention(
      const Options& options, const std::shared_ptr<Clock>& clock) {
    if (!options.Has("retention")) return std::function<bool(const std::string&)>();
    ARROW_ASSIGN_OR_RAISE(const int64_t age_us, options.GetDurationUs("retention", 0));
    return [age_us, clock](const std::string& text) {
      const auto entry = SinkLogEntry::Parse(text);
      return !entry.ok() || entry->modification_time_ms >= clock->now_ms() - age_us / 1000;
    };
  }

  const std::string directory_;
  const FileLayout layout_;
  const std::shared_ptr<const WriteFormat> format_;
  const std::unique_ptr<CompactibleLog> log_;
  const ConnectorContext context_;
  int64_t latest_;
  std::unique_ptr<FileSet> set_;  // of the batch that is being written
};

class FileSinkProvider final : public SinkProvider {
 private:
  static ConnectorContext WithStoreOf(const SinkSpecification& specification,
                                      ConnectorContext context) {
    context.files = WithStoreOptions(std::move(context.files), specification.options);
    return context;
  }

 public:
  Status CheckStream(const SinkSpecification& specification,
                     const ConnectorContext& context) override {
    const std::string format = ToLower(specification.format);
    if (!IsFileFormat(format)) {
      return NotSupported("file format " + format, "Use parquet, orc, avro, json, csv or text.");
    }
    if (specification.output_mode != OutputMode::kAppend) {
      const std::string mode = OutputModeName(specification.output_mode);
      return AnalysisError("STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
                           "Files can only be appended, so a " + format +
                               " sink takes no output mode " + mode +
                               ". Use append, or foreachBatch to overwrite.",
                           {{"outputMode", mode}, {"className", format}});
    }
    ARROW_RETURN_NOT_OK(SinkDirectory(specification).status());
    ARROW_ASSIGN_OR_RAISE(const auto layout, FileLayout::Make(specification, true, context));
    return MakeWriteFormat(format, layout.data_schema, specification.options, context).status();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification& specification,
                                           const ConnectorContext& context) override {
    return FileStreamSink::Open(specification, WithStoreOf(specification, context));
  }
  Result<std::unique_ptr<Sink>> OpenBatch(const SinkSpecification& specification, SaveMode mode,
                                          const ConnectorContext& context) override {
    return OpenBatchFileSink(specification, mode, WithStoreOf(specification, context));
  }
};

}  // namespace

Result<std::string> SinkDirectory(const SinkSpecification& specification) {
  const auto path = specification.path ? specification.path : specification.options.Get("path");
  if (!path) {
    return IllegalArgument("_LEGACY_ERROR_TEMP_2047",
                           "'path' is not specified: say with start(path) or option(\"path\", …) "
                           "where the files go.");
  }
  ARROW_ASSIGN_OR_RAISE(const auto plain, StripFileScheme(*path));
  return AbsolutePath(plain);
}

std::shared_ptr<SinkProvider> MakeFileSinkProvider() {
  return std::make_shared<FileSinkProvider>();
}

}  // namespace headrace

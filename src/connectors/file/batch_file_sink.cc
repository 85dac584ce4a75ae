#include "connectors/file/batch_file_sink.h"

#include <set>

#include "base/injection.h"
#include "connectors/file/file_path.h"
#include "connectors/file/file_set.h"

namespace headrace {

namespace {

// How the directory of each job begins; hidden from readers, as all that begins with an underscore.
constexpr char kStagingDirectory[] = "_temporary-";

class BatchFileSink final : public Sink {
 public:
  BatchFileSink(std::string directory, FileLayout layout, std::shared_ptr<const WriteFormat> format,
                bool overwrite, bool only_partitions, const ConnectorContext& context)
      : directory_(std::move(directory)),
        layout_(std::move(layout)),
        format_(std::move(format)),
        overwrite_(overwrite),
        only_partitions_(only_partitions),
        context_(context) {}

  std::string Description() const override {
    return "InsertIntoHadoopFsRelationCommand " + QualifiedPath(directory_);
  }
  Result<bool> Begin(int64_t) override {
    const std::string staging = JoinPath(directory_, kStagingDirectory + context_.random->Uuid());
    ARROW_RETURN_NOT_OK(context_.files->CreateDirectories(staging));
    set_ = std::make_unique<FileSet>(staging, layout_, format_, /*one_uuid=*/true, context_);
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

  Status Commit(int64_t) override {
    if (!set_) return Status::OK();
    // What is replaced goes only now, so that a job that fails leaves the old data.
    if (overwrite_) ARROW_RETURN_NOT_OK(RemoveOld());
    std::set<std::string> touched{directory_};
    for (const auto& file : set_->files()) {
      const std::string target =
          JoinPath(directory_, file.path.substr(set_->directory().size() + 1));
      const std::string parent = DirectoryName(target);
      if (touched.insert(parent).second) {
        ARROW_RETURN_NOT_OK(context_.files->CreateDirectories(parent));
      }
      ARROW_RETURN_NOT_OK(context_.files->Rename(file.path, target));
    }
    ARROW_RETURN_NOT_OK(RemoveStaging());
    ARROW_RETURN_NOT_OK(context_.files->WriteFile(JoinPath(directory_, "_SUCCESS"), ""));
    for (const auto& directory : touched) {
      ARROW_RETURN_NOT_OK(context_.files->SyncDirectory(directory));
    }
    set_ = nullptr;
    HEADRACE_INJECT("sink.committed");
    return Status::OK();
  }

  Status Abort(int64_t) override {
    if (!set_) return Status::OK();
    const Status removed = RemoveStaging();
    set_ = nullptr;
    return removed;
  }

 private:
  Status Remove(const std::string& path, bool is_directory) {
    return is_directory ? context_.files->RemoveDirectory(path) : context_.files->RemoveFile(path);
  }

  Status RemoveOld() {
    std::set<std::string> directories;
    if (only_partitions_) {
      for (const auto& file : set_->files()) {
        directories.insert(
            JoinPath(directory_, DirectoryName(file.path).substr(set_->directory().size() + 1)));
      }
    } else {
      directories.insert(directory_);
    }
    for (const auto& directory : directories) {
      ARROW_ASSIGN_OR_RAISE(const auto children, context_.files->List(directory));
      for (const auto& child : children) {
        if (BaseName(child.path).starts_with(kStagingDirectory)) continue;
        ARROW_RETURN_NOT_OK(Remove(child.path, child.is_directory));
      }
    }
    return Status::OK();
  }

  Status RemoveStaging() { return context_.files->RemoveDirectory(set_->directory()); }

  const std::string directory_;
  const FileLayout layout_;
  const std::shared_ptr<const WriteFormat> format_;
  const bool overwrite_;
  const bool only_partitions_;
  const ConnectorContext context_;
  std::unique_ptr<FileSet> set_;
};

}  // namespace

Result<std::unique_ptr<Sink>> OpenBatchFileSink(const SinkSpecification& specification,
                                                SaveMode mode, const ConnectorContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto directory, SinkDirectory(specification));
  ARROW_ASSIGN_OR_RAISE(auto layout, FileLayout::Make(specification, false, context));
  ARROW_ASSIGN_OR_RAISE(auto format, MakeWriteFormat(specification.format, layout.data_schema,
                                                     specification.options, context));
  ARROW_ASSIGN_OR_RAISE(const bool exists, context.files->Exists(directory));
  if (exists && mode == SaveMode::kIgnore) return nullptr;
  if (exists && mode == SaveMode::kErrorIfExists) {
    return AnalysisError("PATH_ALREADY_EXISTS",
                         "There is something at " + QualifiedPath(directory) +
                             " already. Use mode(\"append\") to add to it, mode(\"overwrite\") to "
                             "replace it.",
                         {{"outputPath", QualifiedPath(directory)}});
  }
  if (exists && mode == SaveMode::kOverwrite) {
    ARROW_ASSIGN_OR_RAISE(const auto information, context.files->Information(directory));
    if (!information.is_directory) ARROW_RETURN_NOT_OK(context.files->RemoveFile(directory));
  }
  const std::string partition_mode = specification.options.GetOr(
      "partitionOverwriteMode",
      context.configuration("spark.sql.sources.partitionOverwriteMode").value_or("static"));
  const bool only_partitions = layout.partitioned() && EqualsIgnoreCase(partition_mode, "dynamic");
  return std::make_unique<BatchFileSink>(std::move(directory), std::move(layout), std::move(format),
                                         mode == SaveMode::kOverwrite, only_partitions, context);
}

}  // namespace headrace

#include "connectors/file/batch_file_sink.h"

#include <map>
#include <set>

#include "base/directory_exchange.h"
#include "base/injection.h"
#include "base/remote_path.h"
#include "connectors/file/file_path.h"
#include "connectors/file/file_set.h"

namespace headrace {

namespace {

// How the directory of each job begins; hidden from readers, as all that begins with an underscore.
constexpr char kStagingDirectory[] = "_temporary-";
constexpr char kSuccess[] = "_SUCCESS";

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
    const std::string name = kStagingDirectory + context_.random->Uuid();
    std::string staging = JoinPath(directory_, name);
    if (overwrite_ && !only_partitions_ && CanExchangeDirectory(context_.files.get(), directory_)) {
      // Only a directory beside another one can take its place.
      const std::string beside = JoinPath(DirectoryName(directory_), name);
      if (context_.files->CreateDirectories(beside).ok()) staging = beside;
    }
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
    ARROW_ASSIGN_OR_RAISE(const bool replaced, ReplaceAll());
    if (!replaced) ARROW_RETURN_NOT_OK(MoveIntoPlace());
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
  // The new directory in the place of the old one, at once. False: that cannot be done.
  Result<bool> ReplaceAll() {
    const std::string staging = set_->directory();
    if (DirectoryName(staging) == directory_) return false;
    const std::string success = JoinPath(staging, kSuccess);
    ARROW_RETURN_NOT_OK(context_.files->WriteFile(success, ""));
    ARROW_RETURN_NOT_OK(context_.files->SyncDirectory(staging));
    HEADRACE_INJECT("sink.replacing");
    ARROW_ASSIGN_OR_RAISE(const bool replaced, Replace(staging, directory_));
    if (!replaced) ARROW_RETURN_NOT_OK(context_.files->RemoveFile(success));
    if (replaced) ARROW_RETURN_NOT_OK(RemoveStaging());
    return replaced;
  }

  // Afterwards `fresh` holds what was in `place`, or is gone if nothing was.
  Result<bool> Replace(const std::string& fresh, const std::string& place) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, context_.files->Exists(place));
    bool replaced = true;
    if (exists) {
      ARROW_ASSIGN_OR_RAISE(replaced, ExchangeDirectories(context_.files.get(), fresh, place));
    } else {
      ARROW_RETURN_NOT_OK(context_.files->CreateDirectories(DirectoryName(place)));
      ARROW_RETURN_NOT_OK(context_.files->Rename(fresh, place));
      ARROW_RETURN_NOT_OK(context_.files->SyncDirectory(DirectoryName(place)));
    }
    if (replaced) HEADRACE_INJECT("sink.replaced");
    return replaced;
  }

  // File by file; partitions that are overwritten at once, each of them, where that can be done.
  Status MoveIntoPlace() {
    std::map<std::string, std::vector<std::string>> staged;  // by directory
    for (const auto& file : set_->files()) staged[DirectoryName(file.path)].push_back(file.path);
    std::vector<std::string> old;
    if (overwrite_ && !only_partitions_) ARROW_RETURN_NOT_OK(CollectFiles(directory_, &old));
    std::set<std::string> touched{directory_};
    for (const auto& [directory, files] : staged) {
      const std::string target = directory_ + directory.substr(set_->directory().size());
      if (only_partitions_ && overwrite_ && !IsRemote(target)) {
        ARROW_ASSIGN_OR_RAISE(const bool replaced, Replace(directory, target));
        if (replaced) continue;
      }
      if (only_partitions_ && overwrite_) ARROW_RETURN_NOT_OK(CollectFiles(target, &old));
      if (touched.insert(target).second && !IsRemote(target)) {
        ARROW_RETURN_NOT_OK(context_.files->CreateDirectories(target));
      }
      for (const auto& file : files) {
        ARROW_RETURN_NOT_OK(context_.files->Rename(file, JoinPath(target, BaseName(file))));
      }
    }
    // What is replaced goes only now, so that nothing is lost.
    HEADRACE_INJECT("sink.replacing");
    for (const auto& file : old) ARROW_RETURN_NOT_OK(context_.files->RemoveFile(file));
    if (overwrite_ && !only_partitions_) ARROW_RETURN_NOT_OK(RemoveEmpty(directory_));
    ARROW_RETURN_NOT_OK(RemoveStaging());
    ARROW_RETURN_NOT_OK(context_.files->WriteFile(JoinPath(directory_, kSuccess), ""));
    for (const auto& directory : touched) {
      ARROW_RETURN_NOT_OK(context_.files->SyncDirectory(directory));
    }
    return Status::OK();
  }

  // Without those of jobs that run.
  Status CollectFiles(const std::string& directory, std::vector<std::string>* found) {
    ARROW_ASSIGN_OR_RAISE(const auto children, context_.files->List(directory));
    for (const auto& child : children) {
      if (BaseName(child.path).starts_with(kStagingDirectory)) continue;
      if (child.is_directory) {
        ARROW_RETURN_NOT_OK(CollectFiles(child.path, found));
      } else {
        found->push_back(child.path);
      }
    }
    return Status::OK();
  }

  // Directories below `directory` that hold nothing.
  Status RemoveEmpty(const std::string& directory) {
    ARROW_ASSIGN_OR_RAISE(const auto children, context_.files->List(directory));
    for (const auto& child : children) {
      if (!child.is_directory || BaseName(child.path).starts_with(kStagingDirectory)) continue;
      ARROW_RETURN_NOT_OK(RemoveEmpty(child.path));
      ARROW_ASSIGN_OR_RAISE(const auto left, context_.files->List(child.path));
      if (left.empty()) ARROW_RETURN_NOT_OK(context_.files->RemoveDirectory(child.path));
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

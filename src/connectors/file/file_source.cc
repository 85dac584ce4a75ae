// The provider of file sources: from a specification to a schema, a scan or a stream.
#include "connectors/file/file_source.h"

#include "connector/metadata_column.h"
#include "connectors/file/file_metadata.h"
#include "connectors/file/file_path.h"
#include "connectors/file/file_stream_source.h"
#include "connectors/file/partition_columns.h"
#include "connectors/file/table_files.h"
#include "storage/storage.h"

namespace headrace {

namespace {

Status PathNotFound(const std::string& path) {
  return AnalysisError("PATH_NOT_FOUND",
                       "There is no file or directory " + path +
                           ". Check the path; relative ones count from the server's directory.",
                       {{"path", path}});
}

Status CheckPathsExist(const std::vector<std::string>& paths, bool streaming, FileSystem* files) {
  for (const auto& path : paths) {
    if (HasGlob(path)) {
      if (streaming) continue;  // matches may come later
      ARROW_ASSIGN_OR_RAISE(const auto matches, ExpandGlob(path, files));
      if (matches.empty()) return PathNotFound(QualifiedPath(path));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const bool exists, files->Exists(path));
    if (!exists) return PathNotFound(streaming ? path : QualifiedPath(path));
  }
  return Status::OK();
}

// A file source as far as it can be told before it is read.
struct Discovery {
  std::shared_ptr<const FileFormat> format;
  FileSelection selection;
  std::vector<std::string> paths;
  std::vector<DataFile> files;
  arrow::FieldVector partition_columns;
};

Result<Discovery> Discover(const SourceSpecification& source, bool streaming,
                           const ConnectorContext& context) {
  Discovery found;
  ARROW_ASSIGN_OR_RAISE(found.format, MakeFileFormat(source.format, source.options, context));
  ARROW_ASSIGN_OR_RAISE(found.selection, FileSelection::Parse(source.options, false, context));
  ARROW_ASSIGN_OR_RAISE(found.paths, SourcePaths(source));
  if (streaming && found.paths.size() != 1) {
    return IllegalArgument("_LEGACY_ERROR_TEMP_2047",
                           found.paths.empty()
                               ? "'path' is not specified: a file stream needs load(path)."
                               : "A file stream reads one path, which may be a glob; " +
                                     std::to_string(found.paths.size()) + " are given.");
  }
  const auto table_partitions = TablePartitions(source.options);
  if (!table_partitions) {
    ARROW_RETURN_NOT_OK(CheckPathsExist(found.paths, streaming, context.files.get()));
  }
  ARROW_ASSIGN_OR_RAISE(auto listing, FileListing::Make(found.paths, found.selection, context));
  ARROW_ASSIGN_OR_RAISE(found.files, listing->ListChanged());
  if (table_partitions) {
    for (const auto& name : *table_partitions) {
      const int position = FindField(*source.user_schema, name);
      if (position < 0) return Status::Invalid("no column for the partition ", name);
      found.partition_columns.push_back(AsNullable(source.user_schema)->field(position));
    }
  } else if (!found.selection.recursive_lookup) {
    ARROW_ASSIGN_OR_RAISE(
        const bool infer,
        BoolConfiguration(context, "spark.sql.sources.partitionColumnTypeInference.enabled", true));
    ARROW_ASSIGN_OR_RAISE(
        found.partition_columns,
        FindPartitionColumns(found.files, source.user_schema, infer, context.session_zone));
  }
  return found;
}

bool HasColumn(const arrow::FieldVector& columns, const std::string& name) {
  for (const auto& column : columns) {
    if (EqualsIgnoreCase(column->name(), name)) return true;
  }
  return false;
}

Status CheckNoDuplicates(const arrow::Schema& schema) {
  for (int i = 0; i < schema.num_fields(); ++i) {
    for (int j = 0; j < i; ++j) {
      if (!EqualsIgnoreCase(schema.field(i)->name(), schema.field(j)->name())) continue;
      const std::string name = QuoteIdentifier(ToLower(schema.field(i)->name()));
      return AnalysisError("COLUMN_ALREADY_EXISTS",
                           "The column " + name + " is in the schema twice; rename one.",
                           {{"columnName", name}});
    }
  }
  return Status::OK();
}

Result<SchemaPtr> FileSchema(const SourceSpecification& source, bool streaming,
                             const Discovery& found, const ConnectorContext& context) {
  if (source.user_schema) return source.user_schema;
  if (auto fixed = found.format->fixed_schema()) return fixed;
  if (streaming) {
    ARROW_ASSIGN_OR_RAISE(const bool infer,
                          BoolConfiguration(context, "spark.sql.streaming.schemaInference", false));
    if (!infer) {
      return IllegalArgument(
          "_LEGACY_ERROR_TEMP_2048",
          "A stream of files needs a schema: give it with schema(...), or set "
          "spark.sql.streaming.schemaInference to true to infer it from files that exist. A batch "
          "read of the directory shows what would be inferred.");
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto inferred, found.format->InferSchema(found.files, context.files.get()));
  if (inferred) return inferred;
  const std::string name = found.format->display_name();
  return AnalysisError("UNABLE_TO_INFER_SCHEMA",
                       "The schema of " + name +
                           " files cannot be inferred, because there is no file with content. "
                           "Give it with schema(...).",
                       {{"format", name}});
}

// The columns of the files, then those of the directories. A column that is in both keeps its
// place, unless the program gave the schema.
Result<SchemaPtr> WholeSchema(const SchemaPtr& in_files, const Discovery& found, bool user_given) {
  arrow::FieldVector fields;
  for (const auto& field : in_files->fields()) {
    if (!HasColumn(found.partition_columns, field->name())) {
      fields.push_back(field);
      continue;
    }
    if (user_given) continue;
    for (const auto& column : found.partition_columns) {
      if (EqualsIgnoreCase(column->name(), field->name())) fields.push_back(column);
    }
  }
  for (const auto& column : found.partition_columns) {
    if (!HasColumn(fields, column->name())) fields.push_back(column);
  }
  auto schema = AsNullable(arrow::schema(std::move(fields)));
  ARROW_RETURN_NOT_OK(CheckNoDuplicates(*schema));
  return schema;
}

// `schema` as ResolveSchema gave it: which of its columns come from directories? Directories may
// have changed since, but the columns that the program did not give can come from nowhere else.
arrow::FieldVector PartitionColumnsOf(const SourceSpecification& source, const Discovery& found,
                                      const SchemaPtr& schema) {
  arrow::FieldVector columns;
  for (const auto& field : schema->fields()) {
    const bool not_given = source.user_schema && FindField(*source.user_schema, field->name()) < 0;
    if (not_given || HasColumn(found.partition_columns, field->name())) columns.push_back(field);
  }
  return columns;
}

class FileBatchScan final : public BatchScan {
 public:
  FileBatchScan(std::string description, std::shared_ptr<FileTable> table,
                std::vector<DataFile> files)
      : description_(std::move(description)), table_(std::move(table)), files_(std::move(files)) {}

  SchemaPtr schema() const override { return table_->schema(); }
  std::string Description() const override { return description_; }
  Result<PartitionReaders> Read(const ScanRequest& request) override {
    return table_->Read(files_, request);
  }
  std::vector<std::string> InputFiles() const override {
    std::vector<std::string> uris;
    for (const auto& file : files_) uris.push_back(FileUri(file.path));
    return uris;
  }

 private:
  const std::string description_;
  const std::shared_ptr<FileTable> table_;
  const std::vector<DataFile> files_;
};

// The schema without the hidden columns, which lie in no file.
SchemaPtr WithoutMetadata(const SchemaPtr& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema->fields()) {
    if (!IsMetadataColumn(*field)) fields.push_back(field);
  }
  return arrow::schema(std::move(fields));
}

class FileSourceProvider final : public SourceProvider, public MetadataColumnProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& source, bool streaming,
                                  const ConnectorContext& given) override {
    const ConnectorContext context = WithStoreOf(source, given);
    ARROW_ASSIGN_OR_RAISE(const auto found, Discover(source, streaming, context));
    ARROW_ASSIGN_OR_RAISE(const auto in_files, FileSchema(source, streaming, found, context));
    return WholeSchema(in_files, found, source.user_schema != nullptr);
  }

  Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification& source,
                                               const SchemaPtr& schema,
                                               const ConnectorContext& given) override {
    const ConnectorContext context = WithStoreOf(source, given);
    ARROW_ASSIGN_OR_RAISE(auto found, Discover(source, false, context));
    ARROW_ASSIGN_OR_RAISE(auto table, MakeTable(source, found, schema, context));
    std::string description = ToLower(source.format) + " [";
    for (const auto& path : found.paths) {
      description += (&path == &found.paths.front() ? "" : ", ") + path;
    }
    return std::make_unique<FileBatchScan>(description + "]", std::move(table),
                                           std::move(found.files));
  }

  Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification& source,
                                             const SchemaPtr& schema,
                                             const std::string& metadata_path,
                                             const ConnectorContext& given) override {
    const ConnectorContext context = WithStoreOf(source, given);
    ARROW_ASSIGN_OR_RAISE(const auto selection,
                          FileSelection::Parse(source.options, true, context));
    ARROW_ASSIGN_OR_RAISE(const auto options, FileStreamOptions::Parse(source.options));
    ARROW_ASSIGN_OR_RAISE(const auto found, Discover(source, true, context));
    ARROW_ASSIGN_OR_RAISE(auto table, MakeTable(source, found, schema, context));
    return FileStreamSource::Open(found.paths[0], std::move(table), selection, options,
                                  metadata_path, context);
  }

  arrow::FieldVector MetadataColumns(const SourceSpecification& source) const override {
    return {FileMetadataField(EqualsIgnoreCase(source.format, "parquet")), InputFileField()};
  }

 private:
  static ConnectorContext WithStoreOf(const SourceSpecification& source, ConnectorContext context) {
    context.files = WithStoreOptions(std::move(context.files), source.options);
    return context;
  }

  static Result<std::shared_ptr<FileTable>> MakeTable(const SourceSpecification& source,
                                                      const Discovery& found,
                                                      const SchemaPtr& given,
                                                      const ConnectorContext& context) {
    const SchemaPtr schema = WithoutMetadata(given);
    return FileTable::Make(found.format, schema, PartitionColumnsOf(source, found, schema),
                           found.selection, context);
  }
};

}  // namespace

std::shared_ptr<SourceProvider> MakeFileSourceProvider() {
  return std::make_shared<FileSourceProvider>();
}

}  // namespace headrace

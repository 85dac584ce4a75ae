#include "connectors/file/file_set.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <unordered_map>

#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/util/io_util.h>

#include "base/data_files.h"
#include "base/injection.h"
#include "base/java_error.h"
#include "base/remote_path.h"
#include "connectors/file/file_path.h"
#include "types/row_encoding.h"
#include "types/value_text.h"

namespace headrace {

namespace {

// Files that one writer keeps open; rows of more partitions than that make more files.
constexpr size_t kMaxOpenFiles = 128;

Status DuplicateColumn(const std::string& name) {
  const std::string quoted = QuoteIdentifier(ToLower(name));
  return AnalysisError("COLUMN_ALREADY_EXISTS",
                       "The column " + quoted + " is written twice; rename one of them.",
                       {{"columnName", quoted}});
}

Status MissingPartitionColumn(const std::string& name, const arrow::Schema& schema,
                              bool streaming) {
  std::string names;
  for (const auto& field : schema.fields()) names += (names.empty() ? "" : ", ") + field->name();
  const std::string text =
      "The partition column " + name + " is none of the columns that are written: " + names + ".";
  if (!streaming) {
    return AnalysisError(
        "_LEGACY_ERROR_TEMP_1155", text,
        {{"col", name}, {"schemaCatalog", SimpleString(*arrow::struct_(schema.fields()))}});
  }
  return AnalysisError(
      "_LEGACY_ERROR_TEMP_1196", text,
      {{"columnType", "Partition"}, {"columnName", name}, {"validColumnNames", names}});
}

// Arrow's errors name no file, and say why in a detail that does not reach the user.
Status CannotWrite(const std::string& path, const Status& cause) {
  if (ErrorDetail::Get(cause) != nullptr || JavaClassOf(cause) != nullptr) return cause;
  const int error = arrow::internal::ErrnoFromStatus(cause);
  return Status::IOError("cannot write ", path, ": ",
                         error == 0 ? cause.message() : strerrordesc_np(error));
}

}  // namespace

Result<FileLayout> FileLayout::Make(const SinkSpecification& specification, bool streaming,
                                    const ConnectorContext& context) {
  const arrow::Schema& schema = *specification.schema;
  for (int i = 0; i < schema.num_fields(); ++i) {
    for (int j = 0; j < i; ++j) {
      if (EqualsIgnoreCase(schema.field(i)->name(), schema.field(j)->name())) {
        return DuplicateColumn(schema.field(i)->name());
      }
    }
  }
  FileLayout layout;
  for (const auto& name : specification.partition_columns) {
    const int column = FindField(schema, name);
    if (column < 0) return MissingPartitionColumn(name, schema, streaming);
    const auto& chosen = layout.partition_columns;
    if (std::find(chosen.begin(), chosen.end(), column) != chosen.end()) {
      return DuplicateColumn(name);
    }
    layout.partition_columns.push_back(column);
    const auto& type = *schema.field(column)->type();
    if (type.num_fields() > 0) {
      return AnalysisError("INVALID_PARTITION_COLUMN_DATA_TYPE",
                           "The column " + QuoteIdentifier(name) + " is of the type " +
                               SqlName(type) + ", whose values cannot be directory names.",
                           {{"type", "\"" + SqlName(type) + "\""}});
    }
  }
  arrow::FieldVector data;
  for (int i = 0; i < schema.num_fields(); ++i) {
    const auto& chosen = layout.partition_columns;
    if (std::find(chosen.begin(), chosen.end(), i) != chosen.end()) continue;
    layout.data_columns.push_back(i);
    data.push_back(schema.field(i));
  }
  if (layout.partitioned() && data.empty()) {
    return AnalysisError("ALL_PARTITION_COLUMNS_NOT_ALLOWED",
                         "All columns are partition columns, so nothing is left for the files. "
                         "Leave one out of partitionBy.");
  }
  layout.data_schema = arrow::schema(std::move(data));
  layout.zone = context.session_zone;
  ARROW_ASSIGN_OR_RAISE(layout.max_records_per_file,
                        specification.options.GetInt("maxRecordsPerFile", 0));
  return layout;
}

// One task's rows: a file, or a file for each partition directory.
class FileSetWriter final : public SinkWriter {
 public:
  FileSetWriter(FileSet* set, int partition) : set_(set), partition_(partition) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    if (batch->num_rows() == 0) return Status::OK();
    const FileLayout& layout = set_->layout_;
    ARROW_ASSIGN_OR_RAISE(auto data, batch->SelectColumns(layout.data_columns));
    data = arrow::RecordBatch::Make(layout.data_schema, data->num_rows(), data->columns());
    if (!layout.partitioned()) {
      ARROW_RETURN_NOT_OK(WriteInto("", data));
    } else {
      ARROW_RETURN_NOT_OK(WritePartitioned(*batch, data));
    }
    HEADRACE_INJECT("sink.half-written");
    return Status::OK();
  }

  Status Finish() override {
    if (partition_ == 0 && !set_->layout_.partitioned() && paths_.empty()) {
      ARROW_RETURN_NOT_OK(Open("").status());
    }
    for (auto& [directory, file] : open_) ARROW_RETURN_NOT_OK(Close(&file));
    open_.clear();
    return set_->Register(partition_, std::move(paths_));
  }

 private:
  struct OpenFile {
    std::string path;
    std::unique_ptr<FileWriter> writer;
    int64_t rows = 0;
  };

  static Status Close(OpenFile* file) {
    const Status closed = file->writer->Close();
    return closed.ok() ? closed : CannotWrite(file->path, closed);
  }

  Result<OpenFile*> Open(const std::string& directory) {
    if (open_.size() >= kMaxOpenFiles) {
      // The next row of a directory that is closed now goes into another file.
      ARROW_RETURN_NOT_OK(Close(&open_.begin()->second));
      open_.erase(open_.begin());
    }
    ARROW_ASSIGN_OR_RAISE(auto path, set_->NewPath(partition_, directory, counters_[directory]++));
    paths_.push_back(path);
    OpenFile file;
    auto stream = OpenOutput(set_->context_.files.get(), path);
    if (!stream.ok()) return CannotWrite(path, stream.status());
    auto writer = set_->format_->Create(std::move(*stream));
    if (!writer.ok()) return CannotWrite(path, writer.status());
    file.writer = std::move(*writer);
    file.path = std::move(path);
    return &(open_[directory] = std::move(file));
  }

  Status WriteInto(const std::string& directory, std::shared_ptr<arrow::RecordBatch> rows) {
    const int64_t limit = set_->layout_.max_records_per_file;
    while (rows->num_rows() > 0) {
      auto found = open_.find(directory);
      if (found != open_.end() && limit > 0 && found->second.rows >= limit) {
        ARROW_RETURN_NOT_OK(Close(&found->second));
        open_.erase(found);
        found = open_.end();
      }
      OpenFile* file = found == open_.end() ? nullptr : &found->second;
      if (!file) {
        ARROW_ASSIGN_OR_RAISE(file, Open(directory));
      }
      const int64_t count =
          limit > 0 ? std::min(limit - file->rows, rows->num_rows()) : rows->num_rows();
      const Status written = file->writer->Write(rows->Slice(0, count));
      if (!written.ok()) return CannotWrite(file->path, written);
      file->rows += count;
      rows = rows->Slice(count);
    }
    return Status::OK();
  }

  Status WritePartitioned(const arrow::RecordBatch& batch,
                          const std::shared_ptr<arrow::RecordBatch>& data) {
    ARROW_ASSIGN_OR_RAISE(const auto groups, GroupRows(batch));
    if (groups.size() == 1) return WriteInto(groups.begin()->first, data);
    for (const auto& [directory, rows] : groups) {
      arrow::Int64Builder indices;
      ARROW_RETURN_NOT_OK(indices.AppendValues(rows));
      ARROW_ASSIGN_OR_RAISE(const auto taken, indices.Finish());
      ARROW_ASSIGN_OR_RAISE(const auto part,
                            arrow::compute::Take(Datum(data), Datum(taken),
                                                 arrow::compute::TakeOptions::NoBoundsCheck()));
      ARROW_RETURN_NOT_OK(WriteInto(directory, part.record_batch()));
    }
    return Status::OK();
  }

  // Row numbers by directory. Directory names are made once for each distinct key.
  Result<std::map<std::string, std::vector<int64_t>>> GroupRows(const arrow::RecordBatch& batch) {
    arrow::ArrayVector keys;
    for (const int column : set_->layout_.partition_columns) keys.push_back(batch.column(column));
    ARROW_RETURN_NOT_OK(EncodeRows(keys, batch.num_rows(), &encoded_));
    std::unordered_map<std::string_view, std::vector<int64_t>> rows_by_key;
    for (int64_t i = 0; i < batch.num_rows(); ++i) rows_by_key[encoded_.row(i)].push_back(i);
    std::map<std::string, std::vector<int64_t>> groups;
    for (auto& [key, rows] : rows_by_key) {
      ARROW_ASSIGN_OR_RAISE(const auto directory, DirectoryOf(batch, rows.front()));
      auto& group = groups[directory];
      // null and "" have one directory.
      group.insert(group.end(), rows.begin(), rows.end());
      if (group.size() != rows.size()) std::sort(group.begin(), group.end());
    }
    return groups;
  }

  Result<std::string> DirectoryOf(const arrow::RecordBatch& batch, int64_t row) const {
    std::string directory;
    for (const int column : set_->layout_.partition_columns) {
      const auto one = batch.column(column)->Slice(row, 1);
      ARROW_ASSIGN_OR_RAISE(const auto text, CastToString(*one, *set_->layout_.zone));
      if (!directory.empty()) directory += '/';
      directory += EscapePartitionText(batch.schema()->field(column)->name()) + "=";
      const bool absent = text->IsNull(0) || text->GetView(0).empty();
      directory += absent ? kNullPartition : EscapePartitionText(text->GetView(0));
    }
    return directory;
  }

  FileSet* const set_;
  const int partition_;
  std::map<std::string, OpenFile> open_;  // by directory
  std::map<std::string, int> counters_;
  std::vector<std::string> paths_;
  EncodedRows encoded_;
};

FileSet::FileSet(std::string directory, const FileLayout& layout,
                 std::shared_ptr<const WriteFormat> format, bool one_uuid,
                 const ConnectorContext& context)
    : directory_(std::move(directory)),
      layout_(layout),
      format_(std::move(format)),
      context_(context),
      uuid_(one_uuid ? context.random->Uuid() : "") {}

Result<std::unique_ptr<SinkWriter>> FileSet::OpenWriter(int partition) {
  return std::make_unique<FileSetWriter>(this, partition);
}

Result<std::string> FileSet::NewPath(int partition, const std::string& subdirectory, int counter) {
  char number[16];
  char file[16];
  std::snprintf(number, sizeof(number), "part-%05d-", partition);
  std::snprintf(file, sizeof(file), "%cc%03d", subdirectory.empty() ? '-' : '.', counter);
  const std::string uuid = uuid_.empty() ? context_.random->Uuid() : uuid_;
  const std::string directory =
      subdirectory.empty() ? directory_ : JoinPath(directory_, subdirectory);
  std::string path = JoinPath(directory, number + uuid + file + format_->extension());
  std::lock_guard lock(mutex_);
  if (directories_.insert(directory).second && !IsRemote(directory)) {
    ARROW_RETURN_NOT_OK(context_.files->CreateDirectories(directory));
  }
  paths_.insert(path);
  return path;
}

Status FileSet::Register(int partition, std::vector<std::string> paths) {
  std::vector<WrittenFile> files;
  for (auto& path : paths) {
    ARROW_RETURN_NOT_OK(context_.files->Sync(path));
    ARROW_ASSIGN_OR_RAISE(const auto information, context_.files->Information(path));
    files.push_back({std::move(path), information.size_bytes, information.modification_time_ms});
  }
  std::lock_guard lock(mutex_);
  for (auto& file : files) finished_.emplace_back(partition, std::move(file));
  return Status::OK();
}

Status FileSet::Complete() {
  const bool has_first = std::any_of(finished_.begin(), finished_.end(),
                                     [](const auto& entry) { return entry.first == 0; });
  if (!layout_.partitioned() && !has_first) {
    // There was no partition 0, because there was no input.
    FileSetWriter first(this, 0);
    ARROW_RETURN_NOT_OK(first.Finish());
  }
  std::stable_sort(finished_.begin(), finished_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  written_.clear();
  for (const auto& [partition, file] : finished_) written_.push_back(file);

  // A new directory is an entry of its parent.
  std::set<std::string> parents{directory_};
  for (std::string directory : directories_) {
    while (directory.size() > directory_.size()) {
      parents.insert(directory);
      directory = DirectoryName(directory);
    }
  }
  for (const auto& directory : parents) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, context_.files->Exists(directory));
    if (exists) ARROW_RETURN_NOT_OK(context_.files->SyncDirectory(directory));
  }
  return Status::OK();
}

Status FileSet::RemoveAll() {
  std::lock_guard lock(mutex_);
  for (const auto& path : paths_) ARROW_RETURN_NOT_OK(context_.files->RemoveFile(path));
  paths_.clear();
  finished_.clear();
  written_.clear();
  return Status::OK();
}

}  // namespace headrace

#include "connectors/file/file_scan.h"

#include <algorithm>
#include <limits>

#include "base/error_cause.h"
#include "base/injection.h"
#include "base/log.h"
#include "connector/batch_list_reader.h"
#include "connector/metadata_column.h"
#include "connectors/file/file_metadata.h"
#include "connectors/file/file_path.h"
#include "connectors/file/partition_columns.h"

namespace headrace {

namespace {

// Opening a file costs about as much as parsing this many bytes.
constexpr int64_t kOpenCostBytes = 32 << 10;
// Less is not worth another thread's wake-up.
constexpr int64_t kMinPartitionBytes = 1 << 20;
// Requests whose readers are kept; a table that many plans read forgets the oldest.
constexpr size_t kMaxRequests = 16;

// Places of columns that are made here.
constexpr int kMetadataPlace = std::numeric_limits<int>::min();
constexpr int kInputFilePlace = kMetadataPlace + 1;

bool IsMissing(FileSystem* files, const std::string& path) {
  const auto exists = files->Exists(path);
  return exists.ok() && !*exists;
}

// Not the file's content is at fault.
bool IsRefusal(const ErrorDetail& detail) {
  return detail.condition() == "INVALID_PARTITION_VALUE" ||
         detail.condition() == "UNSUPPORTED_FEATURE";
}

// FAILED_READ_FILE with the path, around what went wrong.
Status WrapReadError(const Status& cause, const std::string& path, bool missing) {
  if (cause.IsCancelled()) return cause;
  const auto* detail = ErrorDetail::Get(cause);
  if (detail && (detail->condition().starts_with("FAILED_READ_FILE") || IsRefusal(*detail))) {
    return cause;
  }
  const std::string uri = FileUri(path);
  if (missing) {
    return MakeError(ErrorKind::kSpark, "FAILED_READ_FILE.FILE_NOT_EXIST",
                     "The file " + uri +
                         " was to be read, but does not exist any more. Put it back, or set "
                         "ignoreMissingFiles to go on without it.",
                     {{"path", uri}});
  }
  return WithCause(
      MakeError(ErrorKind::kSpark, "FAILED_READ_FILE.NO_HINT",
                "Reading the file " + uri + " failed: " + cause.message(), {{"path", uri}}),
      cause);
}

}  // namespace

struct FileTable::Request {
  std::vector<std::string> columns;
  ReadTask task;
  // For each column of the result: its place among the file's columns, or -1 - its place among the
  // partition columns, or one of the two above.
  std::vector<int> places;
  SchemaPtr result;

  std::mutex mutex;
  std::vector<std::unique_ptr<SliceReader>> idle;

  Result<std::unique_ptr<SliceReader>> Take(const FileFormat& format) {
    {
      std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto reader = std::move(idle.back());
        idle.pop_back();
        return reader;
      }
    }
    return format.MakeReader(task);
  }
  void GiveBack(std::unique_ptr<SliceReader> reader) {
    std::lock_guard lock(mutex);
    idle.push_back(std::move(reader));
  }
};

// One partition.
class FilesReader final : public PartitionReader {
 public:
  FilesReader(std::shared_ptr<FileTable> table, std::shared_ptr<FileTable::Request> request,
              std::vector<FileSlice> slices)
      : table_(std::move(table)), request_(std::move(request)), slices_(std::move(slices)) {}

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (true) {
      if (!open_) {
        if (next_ == slices_.size()) {
          if (reader_) request_->GiveBack(std::move(reader_));
          return nullptr;
        }
        HEADRACE_INJECT("source.read");
        const Status opened = OpenSlice();
        if (!opened.ok()) {
          ARROW_RETURN_NOT_OK(PassOver(opened));
          continue;
        }
      }
      auto rows = reader_->Next();
      if (!rows.ok()) {
        ARROW_RETURN_NOT_OK(PassOver(rows.status()));
        continue;
      }
      if (!*rows) {
        open_ = false;
        ++next_;
        continue;
      }
      return Complete(**rows);
    }
  }

 private:
  Status OpenSlice() {
    if (!reader_) {
      ARROW_ASSIGN_OR_RAISE(reader_, request_->Take(*table_->format_));
    }
    const FileSlice& slice = slices_[next_];
    ARROW_ASSIGN_OR_RAISE(constants_,
                          PartitionValues(*slice.file, table_->partition_columns_, table_->zone_));
    ARROW_RETURN_NOT_OK(reader_->Open(slice));
    open_ = true;
    return Status::OK();
  }

  // What went wrong with the current slice, or OK when the options say to go on with the next.
  Status PassOver(const Status& failure) {
    const std::string& path = slices_[next_].file->path;
    const bool missing = IsMissing(table_->files_.get(), path);
    const auto& selection = table_->selection_;
    const auto* detail = ErrorDetail::Get(failure);
    if (failure.IsCancelled() || (detail && IsRefusal(*detail)) ||
        !(missing ? selection.ignore_missing_files : selection.ignore_corrupt_files)) {
      return WrapReadError(failure, path, missing);
    }
    LogWarn("file", std::string(missing ? "missing" : "corrupt") + " file is passed over: " + path +
                        ": " + failure.message());
    reader_ = nullptr;  // may hold half a record
    open_ = false;
    ++next_;
    return Status::OK();
  }

  // Adds the partition columns.
  Result<std::shared_ptr<arrow::RecordBatch>> Complete(const arrow::RecordBatch& rows) {
    arrow::ArrayVector columns;
    columns.reserve(request_->places.size());
    for (const int place : request_->places) {
      if (place >= 0) {
        columns.push_back(rows.column(place));
        continue;
      }
      if (place == kMetadataPlace) {
        ARROW_ASSIGN_OR_RAISE(const auto row_index, reader_->RowIndex());
        ARROW_ASSIGN_OR_RAISE(auto metadata,
                              MakeFileMetadata(slices_[next_], rows.num_rows(), row_index));
        columns.push_back(std::move(metadata));
        continue;
      }
      if (place == kInputFilePlace) {
        ARROW_ASSIGN_OR_RAISE(auto input_file, MakeInputFile(slices_[next_], rows.num_rows()));
        columns.push_back(std::move(input_file));
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(auto constant,
                            arrow::MakeArrayFromScalar(*constants_[-1 - place], rows.num_rows()));
      columns.push_back(std::move(constant));
    }
    return arrow::RecordBatch::Make(request_->result, rows.num_rows(), std::move(columns));
  }

  std::shared_ptr<FileTable> table_;
  std::shared_ptr<FileTable::Request> request_;
  const std::vector<FileSlice> slices_;
  size_t next_ = 0;
  bool open_ = false;
  std::unique_ptr<SliceReader> reader_;
  std::vector<std::shared_ptr<arrow::Scalar>> constants_;
};

Result<std::shared_ptr<FileTable>> FileTable::Make(std::shared_ptr<const FileFormat> format,
                                                   SchemaPtr schema,
                                                   arrow::FieldVector partition_columns,
                                                   FileSelection selection,
                                                   const ConnectorContext& context) {
  std::shared_ptr<FileTable> table(new FileTable);
  arrow::FieldVector in_files;
  for (const auto& field : schema->fields()) {
    bool is_partition = false;
    for (const auto& column : partition_columns) {
      is_partition |= EqualsIgnoreCase(column->name(), field->name());
    }
    if (!is_partition) in_files.push_back(field);
  }
  table->file_schema_ = arrow::schema(std::move(in_files));
  ARROW_RETURN_NOT_OK(format->CheckSchema(*table->file_schema_));
  arrow::FieldVector readable = schema->fields();
  if (FindField(*schema, kFileMetadataColumn) < 0) {
    readable.push_back(FileMetadataField(format->has_row_index()));
  }
  readable.push_back(InputFileField());
  table->readable_ = arrow::schema(std::move(readable));
  table->format_ = std::move(format);
  table->schema_ = std::move(schema);
  table->partition_columns_ = std::move(partition_columns);
  table->selection_ = std::move(selection);
  table->files_ = context.files;
  table->zone_ = context.session_zone;
  table->parallelism_ = std::max(context.default_parallelism, 1);
  return table;
}

Result<std::shared_ptr<FileTable::Request>> FileTable::RequestFor(const ScanRequest& request) {
  std::lock_guard lock(mutex_);
  for (const auto& known : requests_) {
    // Filters are compared by identity: a query's plan is made once.
    if (known->columns == request.columns && known->task.filters == request.filters) return known;
  }
  auto made = std::make_shared<Request>();
  made->columns = request.columns;
  arrow::FieldVector in_files;
  for (const auto& name : request.columns) {
    int place = -1;
    for (size_t i = 0; i < partition_columns_.size(); ++i) {
      if (EqualsIgnoreCase(partition_columns_[i]->name(), name)) place = -1 - static_cast<int>(i);
    }
    const int in_file = file_schema_->GetFieldIndex(name);
    if (in_file >= 0) {
      place = static_cast<int>(in_files.size());
      in_files.push_back(file_schema_->field(in_file));
    } else if (name == kFileMetadataColumn && FindField(*schema_, name) < 0) {
      place = kMetadataPlace;
    } else if (name == kInputFileColumn) {
      place = kInputFilePlace;
    }
    made->places.push_back(place);
  }
  ARROW_ASSIGN_OR_RAISE(made->result, ProjectSchema(*readable_, request.columns));
  made->task = {file_schema_, arrow::schema(std::move(in_files)), request.filters, request.columns};
  ARROW_RETURN_NOT_OK(format_->CheckRequest(*made->task.columns));
  if (requests_.size() == kMaxRequests) requests_.erase(requests_.begin());
  requests_.push_back(made);
  return made;
}

Result<PartitionReaders> FileTable::Read(const std::vector<DataFile>& files,
                                         const ScanRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto prepared, RequestFor(request));
  PartitionReaders readers;
  for (auto& slices : PackSlices(files, *format_, parallelism_, max_partition_bytes_)) {
    for (auto& slice : slices) slice.files = files_.get();
    readers.push_back(
        std::make_unique<FilesReader>(shared_from_this(), prepared, std::move(slices)));
  }
  return readers;
}

std::vector<std::vector<FileSlice>> PackSlices(const std::vector<DataFile>& files,
                                               const FileFormat& format, int parallelism,
                                               int64_t max_partition_bytes) {
  int64_t total = 0;
  for (const auto& file : files) total += file.size_bytes + kOpenCostBytes;
  const int64_t target =
      std::min(max_partition_bytes, std::max(kMinPartitionBytes, total / parallelism));

  std::vector<FileSlice> slices;
  for (const auto& file : files) {
    if (file.size_bytes == 0) continue;
    const auto shared = std::make_shared<const DataFile>(file);
    const bool cut = file.size_bytes > target && format.IsSplittable(file);
    const int64_t step = cut ? target : file.size_bytes;
    for (int64_t offset = 0; offset < file.size_bytes; offset += step) {
      slices.push_back({shared, offset, std::min(step, file.size_bytes - offset)});
    }
  }
  std::stable_sort(slices.begin(), slices.end(),
                   [](const auto& a, const auto& b) { return a.length > b.length; });

  std::vector<std::vector<FileSlice>> partitions;
  int64_t filled = 0;
  for (auto& slice : slices) {
    if (partitions.empty() || filled + slice.length > target) {
      partitions.emplace_back();
      filled = 0;
    }
    filled += slice.length + kOpenCostBytes;
    partitions.back().push_back(std::move(slice));
  }
  return partitions;
}

}  // namespace headrace

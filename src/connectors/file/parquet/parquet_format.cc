#include <algorithm>
#include <utility>

#include <arrow/builder.h>
#include <arrow/compute/initialize.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>

#include "base/data_files.h"
#include "connectors/file/file_format.h"
#include "connectors/file/file_path.h"
#include "connectors/file/parquet/parquet_pruning.h"
#include "connectors/file/parquet/parquet_types.h"
#include "connectors/file/schema_merge.h"
#include "connectors/file/stored_column.h"

namespace headrace {

namespace {

constexpr int64_t kParquetRowsPerBatch = 16384;

Result<std::unique_ptr<parquet::arrow::FileReader>> OpenParquet(FileSystem* files,
                                                                const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenInput(files, path));
  parquet::ArrowReaderProperties properties;
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  properties.set_batch_size(kParquetRowsPerBatch);
  // The engine has its own threads, and local files need no read-ahead.
  properties.set_use_threads(false);
  properties.set_pre_buffer(false);
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(std::move(file)));
  builder.properties(properties);
  return builder.Build();
}

void AddLeaves(const parquet::arrow::SchemaField& field, std::vector<int>* leaves) {
  if (field.is_leaf()) leaves->push_back(field.column_index);
  for (const auto& child : field.children) AddLeaves(child, leaves);
}

class ParquetReader final : public SliceReader {
 public:
  explicit ParquetReader(const ReadTask& task)
      : columns_(task.columns), filter_(task.filters, task.filter_columns) {}

  Status Open(const FileSlice& slice) override {
    batches_ = nullptr;
    rows_only_ = 0;
    file_ = nullptr;
    ARROW_ASSIGN_OR_RAISE(file_, OpenParquet(slice.files, slice.file->path));
    path_ = slice.file->path;

    const auto& manifest = file_->manifest();
    const auto metadata = file_->parquet_reader()->metadata();
    std::vector<int> row_groups;
    ranges_.clear();
    handed_out_ = last_rows_ = 0;
    int64_t rows = 0;
    int64_t first_row = 0;
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      const auto row_group = metadata->RowGroup(i);
      const int64_t begin = std::exchange(first_row, first_row + row_group->num_rows());
      if (!Covers(slice, *row_group) || !filter_.MayMatch(*row_group, manifest)) continue;
      row_groups.push_back(i);
      ranges_.push_back({begin, row_group->num_rows()});
      rows += row_group->num_rows();
    }

    std::vector<int> leaves;
    places_.clear();
    // Batches hold the wanted columns in the order of the file.
    std::vector<int> wanted_by_field(manifest.schema_fields.size(), -1);
    for (int i = 0; i < columns_->num_fields(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const int field, FindField(manifest, columns_->field(i)->name()));
      if (field >= 0) wanted_by_field[field] = i;
    }
    places_.assign(columns_->num_fields(), -1);
    int next = 0;
    for (size_t field = 0; field < wanted_by_field.size(); ++field) {
      if (wanted_by_field[field] < 0) continue;
      places_[wanted_by_field[field]] = next++;
      AddLeaves(manifest.schema_fields[field], &leaves);
    }
    if (leaves.empty()) {
      rows_only_ = rows;
      return Status::OK();
    }
    if (row_groups.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(batches_, file_->GetRecordBatchReader(row_groups, leaves));
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    std::shared_ptr<arrow::RecordBatch> batch;
    int64_t rows = 0;
    if (batches_) {
      do {
        ARROW_RETURN_NOT_OK(batches_->ReadNext(&batch));
      } while (batch && batch->num_rows() == 0);
      if (!batch) return nullptr;
      rows = batch->num_rows();
    } else {
      rows = std::min(rows_only_, kParquetRowsPerBatch);
      if (rows == 0) return nullptr;
      rows_only_ -= rows;
    }
    handed_out_ += last_rows_;
    last_rows_ = rows;
    arrow::ArrayVector arrays;
    for (int i = 0; i < columns_->num_fields(); ++i) {
      const auto& field = columns_->field(i);
      if (places_[i] < 0) {
        ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), rows));
        arrays.push_back(std::move(nulls));
        continue;
      }
      auto converted = ConvertStoredColumn(batch->column(places_[i]), field->type());
      if (!converted.ok()) return Mismatch(*field, *batch->column(places_[i])->type());
      arrays.push_back(converted.MoveValueUnsafe());
    }
    return arrow::RecordBatch::Make(columns_, rows, std::move(arrays));
  }

  Result<std::shared_ptr<arrow::Array>> RowIndex() override {
    arrow::Int64Builder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(last_rows_));
    int64_t skip = handed_out_;
    for (const auto& [begin, count] : ranges_) {
      for (int64_t i = std::min(skip, count); i < count && builder.length() < last_rows_; ++i) {
        builder.UnsafeAppend(begin + i);
      }
      skip -= std::min(skip, count);
    }
    return builder.Finish();
  }

 private:
  // A row group belongs to the slice that holds its middle.
  static bool Covers(const FileSlice& slice, const parquet::RowGroupMetaData& row_group) {
    if (slice.offset == 0 && slice.length >= slice.file->size_bytes) return true;
    const auto first = row_group.num_columns() > 0 ? row_group.ColumnChunk(0) : nullptr;
    int64_t start = row_group.file_offset();
    if (first) {
      start = first->has_dictionary_page()
                  ? std::min(first->dictionary_page_offset(), first->data_page_offset())
                  : first->data_page_offset();
    }
    int64_t size = row_group.total_compressed_size();
    if (size == 0) {
      for (int i = 0; i < row_group.num_columns(); ++i) {
        size += row_group.ColumnChunk(i)->total_compressed_size();
      }
    }
    const int64_t middle = start + size / 2;
    return slice.offset <= middle && middle < slice.end();
  }

  // -1: the file has no such column.
  Result<int> FindField(const parquet::arrow::SchemaManifest& manifest, const std::string& name) {
    int found = -1;
    for (size_t i = 0; i < manifest.schema_fields.size(); ++i) {
      const std::string& other = manifest.schema_fields[i].field->name();
      if (other == name) return static_cast<int>(i);
      if (!EqualsIgnoreCase(other, name)) continue;
      if (found >= 0) {
        return MakeError(ErrorKind::kRuntime, "_LEGACY_ERROR_TEMP_2093",
                         "The column " + QuoteIdentifier(name) + " could be several columns of " +
                             path_ + ", whose names differ only in case.",
                         {{"requiredFieldName", name}});
      }
      found = static_cast<int>(i);
    }
    return found;
  }

  Status Mismatch(const arrow::Field& wanted, const DataType& given) const {
    return MakeError(ErrorKind::kSpark, "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
                     "The file " + FileUri(path_) + " holds the column " +
                         QuoteIdentifier(wanted.name()) + " as " + given.ToString() +
                         ", which cannot be read as " + SqlName(*wanted.type()) + ".",
                     {{"path", FileUri(path_)},
                      {"column", "[" + wanted.name() + "]"},
                      {"expectedType", SimpleString(*wanted.type())},
                      {"actualType", given.ToString()}});
  }

  const SchemaPtr columns_;
  const RowGroupFilter filter_;
  std::string path_;
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::vector<int> places_;  // in the batches; -1: not in the file
  // First row and number of rows of the row groups that are read.
  std::vector<std::pair<int64_t, int64_t>> ranges_;
  int64_t handed_out_ = 0;  // rows before the last batch
  int64_t last_rows_ = 0;   // rows of the last batch
  int64_t rows_only_ = 0;   // left to hand out when no column of the file is wanted
};

Result<SchemaPtr> ParquetSchemaOf(FileSystem* files, const std::string& path) {
  const auto file = OpenParquet(files, path);
  if (!file.ok()) {
    return MakeError(ErrorKind::kSpark, "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER",
                     "The file " + FileUri(path) +
                         " is no Parquet file, or is damaged: " + file.status().message(),
                     {{"path", FileUri(path)}});
  }
  const auto reader = (*file)->parquet_reader();
  const auto metadata = reader->metadata()->key_value_metadata();
  if (metadata && metadata->Contains(kSparkSchemaKey)) {
    ARROW_ASSIGN_OR_RAISE(const auto json, metadata->Get(kSparkSchemaKey));
    const auto type = ParseJsonType(json);
    // A schema with types that Spark's own code defines is of no use; the file's is.
    if (type.ok()) return arrow::schema((*type)->fields());
  }
  arrow::FieldVector fields;
  for (const auto& field : (*file)->manifest().schema_fields) {
    ARROW_ASSIGN_OR_RAISE(auto type, SparkTypeOfParquet(*reader->metadata()->schema(), field));
    fields.push_back(arrow::field(field.field->name(), std::move(type)));
  }
  return arrow::schema(std::move(fields));
}

class ParquetFormat final : public FileFormat {
 public:
  explicit ParquetFormat(bool merge_schema) : merge_schema_(merge_schema) {}

  std::string display_name() const override { return "Parquet"; }
  bool IsSplittable(const DataFile&) const override { return true; }
  bool has_row_index() const override { return true; }
  Status CheckSchema(const arrow::Schema&) const override { return Status::OK(); }

  Result<SchemaPtr> InferSchema(const std::vector<DataFile>& files,
                                FileSystem* file_system) const override {
    SchemaPtr merged;
    for (const auto& file : files) {
      if (file.size_bytes == 0) continue;
      ARROW_ASSIGN_OR_RAISE(const auto schema, ParquetSchemaOf(file_system, file.path));
      if (!merge_schema_) return schema;
      ARROW_ASSIGN_OR_RAISE(merged, merged ? MergeSchemas(*merged, *schema) : schema);
    }
    return merged;
  }

  Result<std::unique_ptr<SliceReader>> MakeReader(const ReadTask& task) const override {
    return std::make_unique<ParquetReader>(task);
  }

 private:
  const bool merge_schema_;
};

}  // namespace

Result<std::shared_ptr<const FileFormat>> MakeParquetFormat(const Options& options,
                                                            const ConnectorContext& context) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  ARROW_RETURN_NOT_OK(CheckOptionNames("parquet", options,
                                       {{"mergeschema", "compression"},
                                        {{"datetimerebasemode", {"corrected", "exception"}},
                                         {"int96rebasemode", {"corrected", "exception"}}}}));
  ARROW_ASSIGN_OR_RAISE(const bool configured,
                        BoolConfiguration(context, "spark.sql.parquet.mergeSchema", false));
  ARROW_ASSIGN_OR_RAISE(const bool merge, options.GetBool("mergeSchema", configured));
  return std::make_shared<ParquetFormat>(merge);
}

}  // namespace headrace

#include <algorithm>

#include <arrow/adapters/orc/adapter.h>
#include <arrow/compute/initialize.h>

#include "base/data_files.h"
#include "connectors/file/file_format.h"
#include "connectors/file/file_path.h"
#include "connectors/file/orc/orc_calendar.h"
#include "connectors/file/orc/orc_types.h"
#include "connectors/file/schema_merge.h"
#include "connectors/file/stored_column.h"
#include "expression/cast.h"

namespace headrace {

namespace {

using arrow::adapters::orc::ORCFileReader;

Result<std::unique_ptr<ORCFileReader>> OpenOrc(FileSystem* files, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenInput(files, path));
  return ORCFileReader::Open(file, arrow::default_memory_pool());
}

class OrcReader final : public SliceReader {
 public:
  explicit OrcReader(const ReadTask& task) : task_(task) {}

  Status Open(const FileSlice& slice) override {
    batches_ = nullptr;
    stripes_.clear();
    rows_only_ = 0;
    path_ = slice.file->path;
    ARROW_ASSIGN_OR_RAISE(file_, OpenOrc(slice.files, path_));
    for (int64_t i = 0; i < file_->NumberOfStripes(); ++i) {
      const auto stripe = file_->GetStripeInformation(i);
      if (stripe.offset < slice.offset || stripe.offset >= slice.end()) continue;
      stripes_.push_back(stripe.first_row_id);
      rows_only_ += stripe.num_rows;
    }
    std::reverse(stripes_.begin(), stripes_.end());
    return ChooseColumns();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (indices_.empty()) return NextWithoutColumns();
    while (true) {
      if (!batches_) {
        if (stripes_.empty()) return nullptr;
        ARROW_RETURN_NOT_OK(file_->Seek(stripes_.back()));
        stripes_.pop_back();
        ARROW_ASSIGN_OR_RAISE(batches_, file_->NextStripeReader(kRowsPerBatch, indices_));
        if (!batches_) continue;
      }
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(batches_->ReadNext(&batch));
      if (batch && batch->num_rows() > 0) return Complete(*batch);
      if (!batch) batches_ = nullptr;
    }
  }

 private:
  // Which fields of the file are to be read, and where the wanted columns are among them.
  Status ChooseColumns() {
    ARROW_ASSIGN_OR_RAISE(const auto schema, file_->ReadSchema());
    // Hive's files of old name their columns by position.
    bool by_position = schema->num_fields() > 0;
    for (const auto& field : schema->fields()) by_position &= field->name().starts_with("_col");
    std::vector<int> wanted_by_field(static_cast<size_t>(schema->num_fields()), -1);
    for (int i = 0; i < task_.columns->num_fields(); ++i) {
      const std::string& name = task_.columns->field(i)->name();
      const int field =
          by_position ? task_.file_schema->GetFieldIndex(name) : FindField(*schema, name);
      if (field >= 0 && field < schema->num_fields()) wanted_by_field[field] = i;
    }
    places_.assign(static_cast<size_t>(task_.columns->num_fields()), -1);
    indices_.clear();
    for (size_t field = 0; field < wanted_by_field.size(); ++field) {
      if (wanted_by_field[field] < 0) continue;
      places_[wanted_by_field[field]] = static_cast<int>(indices_.size());
      indices_.push_back(static_cast<int>(field));
    }
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> NextWithoutColumns() {
    const int64_t rows = std::min(rows_only_, kRowsPerBatch);
    if (rows == 0) return nullptr;
    rows_only_ -= rows;
    arrow::ArrayVector nulls;
    for (const auto& field : task_.columns->fields()) {
      ARROW_ASSIGN_OR_RAISE(auto array, arrow::MakeArrayOfNull(field->type(), rows));
      nulls.push_back(std::move(array));
    }
    return arrow::RecordBatch::Make(task_.columns, rows, std::move(nulls));
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Complete(const arrow::RecordBatch& batch) {
    arrow::ArrayVector arrays;
    for (int i = 0; i < task_.columns->num_fields(); ++i) {
      const auto& field = task_.columns->field(i);
      if (places_[i] < 0) {
        ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), batch.num_rows()));
        arrays.push_back(std::move(nulls));
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const auto column, DatesOfOrc(batch.column(places_[i])));
      auto converted = Convert(column, field->type());
      if (!converted.ok()) return Mismatch(*field, *column->type());
      arrays.push_back(converted.MoveValueUnsafe());
    }
    return arrow::RecordBatch::Make(task_.columns, batch.num_rows(), std::move(arrays));
  }

  // ORC turns any simple type into any other; what does not fit is null.
  static Result<std::shared_ptr<arrow::Array>> Convert(const std::shared_ptr<arrow::Array>& column,
                                                       const DataTypePtr& wanted) {
    if (IsTimestampNtz(*wanted) && column->type_id() == arrow::Type::INT64) {
      return Relabel(*column, wanted);
    }
    auto converted = ConvertStoredColumn(column, wanted);
    if (converted.ok() || column->type()->num_fields() > 0 || wanted->num_fields() > 0) {
      return converted;
    }
    ARROW_ASSIGN_OR_RAISE(const auto known, SparkFieldOfOrc(*arrow::field("", column->type())));
    ARROW_ASSIGN_OR_RAISE(const auto spark, ConvertStoredColumn(column, known->type()));
    ARROW_ASSIGN_OR_RAISE(const auto cast,
                          CastValues(Datum(spark), wanted, {CastMode::kTry, TimeZone::Utc()}));
    return cast.make_array();
  }

  Status Mismatch(const arrow::Field& wanted, const DataType& given) const {
    return Status::TypeError("the column ", QuoteIdentifier(wanted.name()), " is ",
                             given.ToString(), ", which cannot be read as ",
                             SqlName(*wanted.type()));
  }

  const ReadTask task_;
  std::string path_;
  std::unique_ptr<ORCFileReader> file_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;  // of the current stripe
  std::vector<int64_t> stripes_;                       // first rows of those to come, last first
  std::vector<int> indices_;                           // fields of the file
  std::vector<int> places_;                            // in the batches; -1: not in the file
  int64_t rows_only_ = 0;
};

Result<SchemaPtr> SchemaOf(FileSystem* files, const std::string& path) {
  auto schema = [&]() -> Result<SchemaPtr> {
    ARROW_ASSIGN_OR_RAISE(const auto file, OpenOrc(files, path));
    return file->ReadSchema();
  }();
  if (!schema.ok()) {
    return MakeError(ErrorKind::kSpark, "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER",
                     "The file " + FileUri(path) +
                         " is no ORC file, or is damaged: " + schema.status().message(),
                     {{"path", FileUri(path)}});
  }
  arrow::FieldVector fields;
  for (const auto& field : (*schema)->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto made, SparkFieldOfOrc(*field));
    fields.push_back(std::move(made));
  }
  return arrow::schema(std::move(fields));
}

class OrcFormat final : public FileFormat {
 public:
  OrcFormat(bool merge_schema, bool ignore_corrupt_files)
      : merge_schema_(merge_schema), ignore_corrupt_files_(ignore_corrupt_files) {}

  std::string display_name() const override { return "ORC"; }
  bool IsSplittable(const DataFile&) const override { return true; }
  Status CheckSchema(const arrow::Schema& schema) const override {
    for (const auto& field : schema.fields()) {
      if (HoldsNull(*field->type())) return UnsupportedFieldType(display_name(), *field);
    }
    return Status::OK();
  }

  Result<SchemaPtr> InferSchema(const std::vector<DataFile>& files,
                                FileSystem* file_system) const override {
    SchemaPtr merged;
    for (const auto& file : files) {
      if (file.size_bytes == 0) continue;
      auto schema = SchemaOf(file_system, file.path);
      if (!schema.ok() && ignore_corrupt_files_) continue;
      ARROW_RETURN_NOT_OK(schema.status());
      if (!merge_schema_) return schema;
      ARROW_ASSIGN_OR_RAISE(merged, merged ? MergeSchemas(*merged, **schema) : schema);
    }
    return merged;
  }

  Result<std::unique_ptr<SliceReader>> MakeReader(const ReadTask& task) const override {
    return std::make_unique<OrcReader>(task);
  }

 private:
  static bool HoldsNull(const DataType& type) {
    if (type.id() == arrow::Type::NA) return true;
    return std::any_of(type.fields().begin(), type.fields().end(),
                       [](const auto& child) { return HoldsNull(*child->type()); });
  }

  const bool merge_schema_;
  const bool ignore_corrupt_files_;
};

}  // namespace

Result<std::shared_ptr<const FileFormat>> MakeOrcFormat(const Options& options,
                                                        const ConnectorContext& context) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  ARROW_RETURN_NOT_OK(
      CheckOptionNames("orc", options, {{"mergeschema", "compression", "orc.compress"}, {}}));
  ARROW_ASSIGN_OR_RAISE(const bool configured,
                        BoolConfiguration(context, "spark.sql.orc.mergeSchema", false));
  ARROW_ASSIGN_OR_RAISE(const bool merge, options.GetBool("mergeSchema", configured));
  ARROW_ASSIGN_OR_RAISE(const auto selection, FileSelection::Parse(options, false, context));
  return std::make_shared<OrcFormat>(merge, selection.ignore_corrupt_files);
}

}  // namespace headrace

#include <algorithm>

#include <arrow/builder.h>
#include <arrow/compute/api.h>

#include "connectors/file/csv/csv_inference.h"
#include "connectors/file/csv/csv_records.h"
#include "connectors/file/file_format.h"
#include "connectors/file/file_path.h"
#include "functions/csv/csv_columns.h"

namespace headrace {

namespace {

class CsvReader final : public SliceReader {
 public:
  CsvReader(const ReadTask& task, const CsvFileOptions& options)
      : columns_(task.columns), options_(options.csv), records_(options) {
    corrupt_ = columns_->GetFieldIndex(options_.corrupt_record_column);
    // The corrupt-record column is no column of the file.
    for (const auto& field : task.file_schema->fields()) {
      if (field->name() == options_.corrupt_record_column) continue;
      file_columns_.push_back(field->name());
    }
    const int parsed = columns_->num_fields() - (corrupt_ >= 0 ? 1 : 0);
    // Which values there are too many or too few of is known only when all are asked for.
    check_count_ = parsed == static_cast<int>(file_columns_.size()) || !options_.column_pruning;
    for (int i = 0; i < columns_->num_fields(); ++i) {
      if (i == corrupt_) continue;
      const auto& name = columns_->field(i)->name();
      const auto found = std::find(file_columns_.begin(), file_columns_.end(), name);
      wanted_.emplace_back(i, found - file_columns_.begin());
    }
  }

  Status Open(const FileSlice& slice) override {
    path_ = slice.file->path;
    header_checked_ = options_.enforce_schema || !options_.header || slice.offset > 0;
    return records_.Open(slice);
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (true) {
      cells_.clear();
      malformed_.clear();
      raw_.clear();
      ARROW_ASSIGN_OR_RAISE(const bool more, Collect());
      std::shared_ptr<arrow::RecordBatch> batch;
      if (!malformed_.empty()) {
        ARROW_ASSIGN_OR_RAISE(batch, MakeBatch());
      }
      if (more) ARROW_RETURN_NOT_OK(records_.Release());
      if (batch && batch->num_rows() > 0) return batch;
      if (!more) return nullptr;
    }
  }

 private:
  // Fills the cells of some records; false: these were the last.
  Result<bool> Collect() {
    std::string_view raw;
    while (static_cast<int64_t>(malformed_.size()) < kRowsPerBatch) {
      values_.clear();
      ARROW_ASSIGN_OR_RAISE(const bool more, records_.Next(&values_, &raw));
      if (!header_checked_ && !records_.header().empty()) ARROW_RETURN_NOT_OK(CheckHeader());
      if (!more) return records_.full();
      ARROW_RETURN_NOT_OK(CheckCsvLimits(values_, options_));
      const bool wrong_count =
          check_count_ && !wanted_.empty() && values_.size() != file_columns_.size();
      malformed_.push_back(wrong_count ? 1 : 0);
      raw_.push_back(raw);
      for (const auto& [column, place] : wanted_) cells_.push_back(CellOf(place));
    }
    return true;
  }

  CsvCell CellOf(int64_t place) const {
    if (place >= static_cast<int64_t>(values_.size())) return {};
    return CsvCellOf(values_[place], options_);
  }

  Result<std::shared_ptr<arrow::RecordBatch>> MakeBatch() {
    const auto rows = static_cast<int64_t>(malformed_.size());
    arrow::ArrayVector arrays(columns_->num_fields());
    for (size_t i = 0; i < wanted_.size(); ++i) {
      const int column = wanted_[i].first;
      ARROW_ASSIGN_OR_RAISE(arrays[column], ConvertCsvColumn(cells_.data() + i, wanted_.size(),
                                                             rows, columns_->field(column)->type(),
                                                             options_, malformed_.data()));
    }
    if (options_.mode == CsvMode::kFailFast) ARROW_RETURN_NOT_OK(FailOnMalformed());
    if (corrupt_ >= 0) {
      arrow::StringBuilder builder;
      for (int64_t i = 0; i < rows; ++i) {
        ARROW_RETURN_NOT_OK(malformed_[i] ? builder.Append(raw_[i]) : builder.AppendNull());
      }
      ARROW_RETURN_NOT_OK(builder.Finish(&arrays[corrupt_]));
    }
    auto batch = arrow::RecordBatch::Make(columns_, rows, std::move(arrays));
    return options_.mode == CsvMode::kDropMalformed ? DropMalformed(std::move(batch)) : batch;
  }

  Result<std::shared_ptr<arrow::RecordBatch>> DropMalformed(
      std::shared_ptr<arrow::RecordBatch> batch) const {
    arrow::Int64Builder kept;
    for (size_t i = 0; i < malformed_.size(); ++i) {
      if (!malformed_[i]) ARROW_RETURN_NOT_OK(kept.Append(static_cast<int64_t>(i)));
    }
    if (kept.length() == batch->num_rows()) return batch;
    if (batch->num_columns() == 0) return batch->Slice(0, kept.length());
    ARROW_ASSIGN_OR_RAISE(const auto rows, kept.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto taken, arrow::compute::Take(Datum(batch), Datum(rows)));
    return taken.record_batch();
  }

  Status FailOnMalformed() const {
    for (size_t i = 0; i < malformed_.size(); ++i) {
      if (!malformed_[i]) continue;
      return MakeError(
          ErrorKind::kSpark, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
          "The record '" + std::string(raw_[i].substr(0, 200)) +
              "' does not fit the schema, and the mode is FAILFAST. PERMISSIVE "
              "gives null for what cannot be read.",
          {{"badRecord", std::string(raw_[i].substr(0, 200))}, {"failFastMode", "FAILFAST"}});
    }
    return Status::OK();
  }

  Status CheckHeader() {
    header_checked_ = true;
    const auto& header = records_.header();
    bool same = header.size() == file_columns_.size();
    for (size_t i = 0; same && i < header.size(); ++i) {
      same = EqualsIgnoreCase(header[i], file_columns_[i]);
    }
    if (same) return Status::OK();
    std::string in_file;
    std::string in_schema;
    for (const auto& name : header) in_file += (in_file.empty() ? "" : ", ") + name;
    for (const auto& name : file_columns_) in_schema += (in_schema.empty() ? "" : ", ") + name;
    return IllegalArgument("", "The header of " + FileUri(path_) + " is: " + in_file +
                                   ". The schema has the columns: " + in_schema +
                                   ". Correct one of them, or leave out enforceSchema=false.");
  }

  const SchemaPtr columns_;
  const CsvOptions options_;
  int corrupt_ = -1;  // the corrupt-record column among columns_
  std::vector<std::string> file_columns_;
  std::vector<std::pair<int, int64_t>> wanted_;  // place in columns_, place in the file
  bool check_count_ = false;

  CsvRecords records_;
  std::string path_;
  bool header_checked_ = true;
  std::vector<CsvValue> values_;  // of one record
  // Of one batch:
  std::vector<CsvCell> cells_;  // row after row
  std::vector<uint8_t> malformed_;
  std::vector<std::string_view> raw_;
};

class CsvFormat final : public FileFormat {
 public:
  explicit CsvFormat(CsvFileOptions options)
      : file_options_(std::move(options)), options_(file_options_.csv) {}

  std::string display_name() const override { return "CSV"; }
  bool IsSplittable(const DataFile& file) const override {
    return !options_.multi_line && file_options_.line_separator.empty() &&
           file_options_.charset.empty() && !IsCompressedName(file.path);
  }
  Status CheckSchema(const arrow::Schema& schema) const override {
    ARROW_RETURN_NOT_OK(CheckCorruptRecordColumn(schema, options_.corrupt_record_column));
    for (const auto& field : schema.fields()) {
      if (!IsCsvType(*field->type())) return UnsupportedFieldType(display_name(), *field);
    }
    return Status::OK();
  }
  Status CheckRequest(const arrow::Schema& columns) const override {
    if (columns.num_fields() == 1 && columns.field(0)->name() == options_.corrupt_record_column) {
      return AnalysisError("UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN",
                           "A query of CSV files must use another column beside " +
                               QuoteIdentifier(options_.corrupt_record_column) +
                               ": what is malformed depends on the columns that are read.");
    }
    return Status::OK();
  }
  Result<SchemaPtr> InferSchema(const std::vector<DataFile>& files,
                                FileSystem* file_system) const override {
    return InferCsvSchema(files, file_system, file_options_);
  }
  Result<std::unique_ptr<SliceReader>> MakeReader(const ReadTask& task) const override {
    return std::make_unique<CsvReader>(task, file_options_);
  }

 private:
  const CsvFileOptions file_options_;
  const CsvOptions& options_;
};

}  // namespace

Result<std::shared_ptr<const FileFormat>> MakeCsvFormat(const Options& options,
                                                        const ConnectorContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto parsed, CsvFileOptions::Parse(options, context));
  return std::make_shared<CsvFormat>(std::move(parsed));
}

}  // namespace headrace

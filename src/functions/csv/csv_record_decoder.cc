#include "functions/csv/csv_record_decoder.h"

#include <algorithm>

#include <arrow/builder.h>
#include <arrow/util/bit_util.h>

namespace headrace {

Result<std::unique_ptr<CsvRecordDecoder>> CsvRecordDecoder::Make(DataTypePtr type,
                                                                 const CsvOptions& options) {
  for (const auto& field : type->fields()) {
    if (IsCsvType(*field->type())) continue;
    return MakeError(ErrorKind::kUnsupportedOperation, "UNSUPPORTED_DATATYPE",
                     "`from_csv` cannot read the field " + QuoteIdentifier(field->name()) +
                         " of the type " + SqlName(*field->type()) + ".",
                     {{"typeName", "\"" + SqlName(*field->type()) + "\""}});
  }
  return std::unique_ptr<CsvRecordDecoder>(new CsvRecordDecoder(std::move(type), options));
}

CsvRecordDecoder::CsvRecordDecoder(DataTypePtr type, const CsvOptions& options)
    : type_(std::move(type)), options_(options), tokenizer_(options_) {
  corrupt_ =
      static_cast<const arrow::StructType&>(*type_).GetFieldIndex(options_.corrupt_record_column);
}

Result<std::shared_ptr<arrow::Array>> CsvRecordDecoder::Decode(const arrow::StringArray& records) {
  const int64_t rows = records.length();
  const int fields = type_->num_fields() - (corrupt_ >= 0 ? 1 : 0);
  cells_.assign(static_cast<size_t>(rows * fields), {});
  malformed_.assign(static_cast<size_t>(rows), 0);
  tokenizer_.Forget();
  for (int64_t row = 0; row < rows; ++row) {
    if (records.IsNull(row)) continue;
    values_.clear();
    const std::string_view record = records.GetView(row);
    if (tokenizer_.IsIgnored(record)) {
      // There is no record in it.
      malformed_[row] = 1;
      continue;
    }
    size_t position = 0;
    tokenizer_.Cut(record, &position, &values_);
    ARROW_RETURN_NOT_OK(CheckCsvLimits(values_, options_));
    if (static_cast<int>(values_.size()) != fields) malformed_[row] = 1;
    for (int i = 0; i < std::min(fields, static_cast<int>(values_.size())); ++i) {
      cells_[row * fields + i] = CsvCellOf(values_[i], options_);
    }
  }
  arrow::ArrayVector arrays(static_cast<size_t>(type_->num_fields()));
  int place = 0;
  for (int i = 0; i < type_->num_fields(); ++i) {
    if (i == corrupt_) continue;
    ARROW_ASSIGN_OR_RAISE(
        arrays[i], ConvertCsvColumn(cells_.data() + place++, fields, rows, type_->field(i)->type(),
                                    options_, malformed_.data()));
  }
  arrow::StringBuilder corrupt;
  for (int64_t row = 0; row < rows; ++row) {
    if (!malformed_[row]) {
      ARROW_RETURN_NOT_OK(corrupt.AppendNull());
      continue;
    }
    // A text without a record has none that could be malformed.
    ARROW_RETURN_NOT_OK(tokenizer_.IsIgnored(records.GetView(row))
                            ? corrupt.AppendNull()
                            : corrupt.Append(records.GetView(row)));
    if (options_.mode != CsvMode::kFailFast) continue;
    const std::string text(records.GetView(row).substr(0, 200));
    return MakeError(ErrorKind::kSpark, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                     "The record '" + text +
                         "' does not fit the schema, and the mode is FAILFAST. PERMISSIVE gives "
                         "null for what cannot be read.",
                     {{"badRecord", text}, {"failFastMode", "FAILFAST"}});
  }
  if (corrupt_ >= 0) ARROW_RETURN_NOT_OK(corrupt.Finish(&arrays[corrupt_]));
  auto data = arrow::ArrayData::Make(type_, rows, {nullptr});
  for (const auto& array : arrays) data->child_data.push_back(array->data());
  if (records.null_count() > 0) {
    ARROW_ASSIGN_OR_RAISE(auto bits, arrow::AllocateEmptyBitmap(rows));
    for (int64_t row = 0; row < rows; ++row) {
      arrow::bit_util::SetBitTo(bits->mutable_data(), row, records.IsValid(row));
    }
    data->buffers[0] = std::move(bits);
    data->null_count = records.null_count();
  }
  return arrow::MakeArray(data);
}

}  // namespace headrace

#include "connectors/file/file_metadata.h"

#include "base/file_system.h"
#include "connector/metadata_column.h"
#include "connectors/file/file_path.h"

namespace headrace {

namespace {

FieldPtr Part(const char* name, DataTypePtr type) {
  return arrow::field(name, std::move(type), /*nullable=*/false);
}

FieldPtr Hidden(const char* name, arrow::FieldVector parts) {
  return MarkMetadataColumn(
      arrow::field(name, arrow::struct_(std::move(parts)), /*nullable=*/false));
}

Result<std::shared_ptr<arrow::Array>> Constants(
    const DataTypePtr& type, int64_t rows, std::vector<std::shared_ptr<arrow::Scalar>> values,
    const std::shared_ptr<arrow::Array>& last = nullptr) {
  arrow::ArrayVector columns;
  for (const auto& value : values) {
    ARROW_ASSIGN_OR_RAISE(auto column, arrow::MakeArrayFromScalar(*value, rows));
    columns.push_back(std::move(column));
  }
  if (last) columns.push_back(last);
  return std::make_shared<arrow::StructArray>(type, rows, std::move(columns));
}

std::shared_ptr<arrow::Scalar> Text(std::string value) {
  return std::make_shared<arrow::StringScalar>(std::move(value));
}

std::shared_ptr<arrow::Scalar> Number(int64_t value) {
  return std::make_shared<arrow::Int64Scalar>(value);
}

}  // namespace

FieldPtr FileMetadataField(bool row_index) {
  arrow::FieldVector parts = {
      Part("file_path", arrow::utf8()),          Part("file_name", arrow::utf8()),
      Part("file_size", arrow::int64()),         Part("file_block_start", arrow::int64()),
      Part("file_block_length", arrow::int64()), Part("file_modification_time", TimestampType())};
  if (row_index) parts.push_back(Part("row_index", arrow::int64()));
  return Hidden(kFileMetadataColumn, std::move(parts));
}

FieldPtr InputFileField() {
  return Hidden(kInputFileColumn, {Part("name", arrow::utf8()), Part("block_start", arrow::int64()),
                                   Part("block_length", arrow::int64())});
}

Result<std::shared_ptr<arrow::Array>> MakeFileMetadata(
    const FileSlice& slice, int64_t rows, const std::shared_ptr<arrow::Array>& row_index) {
  const DataFile& file = *slice.file;
  return Constants(
      FileMetadataField(row_index != nullptr)->type(), rows,
      {Text(QualifiedPath(file.path)), Text(BaseName(file.path)), Number(file.size_bytes),
       Number(slice.offset), Number(slice.length),
       std::make_shared<arrow::TimestampScalar>(file.modification_time_ms * 1000, TimestampType())},
      row_index);
}

Result<std::shared_ptr<arrow::Array>> MakeInputFile(const FileSlice& slice, int64_t rows) {
  return Constants(InputFileField()->type(), rows,
                   {Text(FileUri(slice.file->path)), Number(slice.offset), Number(slice.length)});
}

}  // namespace headrace

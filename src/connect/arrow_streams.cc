#include "connect/arrow_streams.h"

#include <arrow/array/concatenate.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/byte_size.h>

namespace headrace {
namespace {

constexpr int64_t kBatchRows = 10000;
constexpr int64_t kBatchBytes = 4 << 20;

Result<std::shared_ptr<arrow::RecordBatch>> ConvertBatch(const arrow::RecordBatch& batch,
                                                         const SchemaPtr& schema) {
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto column,
                          ConvertLayout(batch.column(i)->data(), schema->field(i)->type()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(columns));
}

}  // namespace

Result<LocalRows> ReadArrowStream(std::string_view bytes) {
  // The batches outlive the message, so they get buffers of their own.
  auto buffer = arrow::Buffer::FromString(std::string(bytes));
  auto input = std::make_shared<arrow::io::BufferReader>(std::move(buffer));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(input));
  arrow::FieldVector fields;
  for (const auto& field : reader->schema()->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto type, EngineType(field->type()));
    fields.push_back(arrow::field(field->name(), std::move(type), field->nullable()));
  }
  LocalRows rows{arrow::schema(std::move(fields)), {}};
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) return rows;
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
    ARROW_ASSIGN_OR_RAISE(batch, ConvertBatch(*batch, rows.schema));
    rows.batches.push_back(std::move(batch));
  }
}

Result<std::string> WriteArrowStream(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(sink, batch.schema()));
  ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(batch));
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(auto buffer, sink->Finish());
  return buffer->ToString();
}

ResultEncoder::ResultEncoder(SchemaPtr schema, const std::string& zone, Consumer consume)
    : schema_(std::move(schema)), consume_(std::move(consume)) {
  arrow::FieldVector fields;
  for (const auto& field : schema_->fields()) {
    fields.push_back(field->WithType(WireType(field->type(), zone))->RemoveMetadata());
  }
  wire_schema_ = arrow::schema(std::move(fields));
}

Status ResultEncoder::Add(const std::shared_ptr<arrow::RecordBatch>& batch) {
  if (batch->num_rows() == 0) return Status::OK();
  // Slices are cheap, so the batch is cut first and joined with what waits.
  int64_t bytes = arrow::util::TotalBufferSize(*batch);
  int64_t piece = std::clamp<int64_t>(batch->num_rows() * kBatchBytes / std::max<int64_t>(bytes, 1),
                                      1, kBatchRows);
  for (int64_t offset = 0; offset < batch->num_rows(); offset += piece) {
    auto slice = batch->Slice(offset, piece);
    int64_t slice_bytes = bytes * slice->num_rows() / batch->num_rows();
    if (pending_rows_ > 0 && (pending_rows_ + slice->num_rows() > kBatchRows ||
                              pending_bytes_ + slice_bytes > kBatchBytes)) {
      ARROW_RETURN_NOT_OK(Flush());
    }
    pending_rows_ += slice->num_rows();
    pending_bytes_ += slice_bytes;
    pending_.push_back(std::move(slice));
  }
  return Status::OK();
}

Status ResultEncoder::Finish() {
  if (pending_rows_ > 0) return Flush();
  if (encoded_) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto empty, arrow::RecordBatch::MakeEmpty(wire_schema_));
  return Encode(*empty);
}

Status ResultEncoder::Flush() {
  std::shared_ptr<arrow::RecordBatch> batch = pending_.front();
  if (pending_.size() > 1) {
    ARROW_ASSIGN_OR_RAISE(batch, arrow::ConcatenateRecordBatches(pending_));
  }
  pending_.clear();
  pending_rows_ = pending_bytes_ = 0;
  ARROW_ASSIGN_OR_RAISE(batch, ConvertBatch(*batch, wire_schema_));
  return Encode(*batch);
}

Status ResultEncoder::Encode(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(auto stream, WriteArrowStream(batch));
  int64_t start = rows_;
  rows_ += batch.num_rows();
  encoded_ = true;
  return consume_(start, batch.num_rows(), std::move(stream));
}

}  // namespace headrace

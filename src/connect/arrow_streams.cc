#include "connect/arrow_streams.h"

#include <map>

#include <arrow/array/concatenate.h>
#include <arrow/compute/cast.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/byte_size.h>

namespace headrace {
namespace {

constexpr int64_t kBatchRows = 10000;
constexpr int64_t kBatchBytes = 4 << 20;

// The engine's type for what clients send.
Result<DataTypePtr> EngineType(const DataTypePtr& type) {
  switch (type->id()) {
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return arrow::utf8();
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return arrow::binary();
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(*type).timezone().empty() ? TimestampNtzType()
                                                                                : TimestampType();
    case arrow::Type::DURATION:
      return arrow::duration(arrow::TimeUnit::MICRO);
    case arrow::Type::DICTIONARY:
      return EngineType(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: {
      ARROW_ASSIGN_OR_RAISE(auto element, EngineType(type->field(0)->type()));
      return ArrayOf(std::move(element), type->field(0)->nullable());
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      ARROW_ASSIGN_OR_RAISE(auto key, EngineType(map.key_type()));
      ARROW_ASSIGN_OR_RAISE(auto item, EngineType(map.item_type()));
      return MapOf(std::move(key), std::move(item), map.item_field()->nullable());
    }
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) {
        ARROW_ASSIGN_OR_RAISE(auto each, EngineType(field->type()));
        fields.push_back(arrow::field(field->name(), std::move(each), field->nullable()));
      }
      return arrow::struct_(std::move(fields));
    }
    case arrow::Type::NA:
    case arrow::Type::BOOL:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128:
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return type;
    default:
      return AnalysisError(
          "UNSUPPORTED_DATATYPE",
          "Columns of the Arrow type " + type->ToString() + " cannot be made a DataFrame of.",
          {{"typeName", "\"" + type->ToString() + "\""}});
  }
}

bool SameLayout(const DataType& from, const DataType& to) {
  if (from.id() != to.id() || from.num_fields() != to.num_fields()) return false;
  if (from.id() == arrow::Type::TIMESTAMP) {
    return static_cast<const arrow::TimestampType&>(from).unit() ==
           static_cast<const arrow::TimestampType&>(to).unit();
  }
  return from.num_fields() > 0 || from.Equals(to);
}

// `data` under another type of the same layout, or converted where layouts differ.
Result<std::shared_ptr<arrow::ArrayData>> Convert(const std::shared_ptr<arrow::ArrayData>& data,
                                                  const DataTypePtr& type) {
  if (data->type->Equals(*type, /*check_metadata=*/true)) return data;
  if (!SameLayout(*data->type, *type)) {
    arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe(type);
    options.allow_time_truncate = true;
    ARROW_ASSIGN_OR_RAISE(auto cast, arrow::compute::Cast(*arrow::MakeArray(data), options));
    return cast.make_array()->data();
  }
  auto copy = data->Copy();
  copy->type = type;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(copy->child_data[i],
                          Convert(data->child_data[i], type->field(static_cast<int>(i))->type()));
  }
  return copy;
}

Result<std::shared_ptr<arrow::RecordBatch>> ConvertBatch(const arrow::RecordBatch& batch,
                                                         const SchemaPtr& schema) {
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto column, Convert(batch.column(i)->data(), schema->field(i)->type()));
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

DataTypePtr WireType(const DataTypePtr& type, const std::string& zone) {
  auto field_of = [&](const FieldPtr& field) {
    return field->WithType(WireType(field->type(), zone));
  };
  switch (type->id()) {
    case arrow::Type::TIMESTAMP:
      return IsTimestampLtz(*type) ? arrow::timestamp(arrow::TimeUnit::MICRO, zone) : type;
    case arrow::Type::LIST:
      return arrow::list(field_of(type->field(0)));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(field_of(map.key_field()),
                                              field_of(map.item_field()));
    }
    case arrow::Type::STRUCT: {
      std::map<std::string, int> uses, numbers;
      for (const auto& field : type->fields()) ++uses[field->name()];
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) {
        const std::string& name = field->name();
        fields.push_back(field_of(field));
        if (uses[name] == 1) continue;
        fields.back() = fields.back()->WithName(name + "_" + std::to_string(numbers[name]++));
      }
      return arrow::struct_(std::move(fields));
    }
    default:
      return type;
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

#include <cstring>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/writer.h>
#include <nlohmann/json.hpp>

#include "base/crc32c.h"
#include "state/state_file.h"
#include "state/state_file_format.h"

namespace headrace {

using namespace state_format;

std::string LayoutOf(const arrow::DataType& type) {
  if (type.num_fields() == 0) return SimpleString(type);
  std::string layout;
  switch (type.id()) {
    case arrow::Type::STRUCT:
      layout = "struct";
      break;
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return "map<" + LayoutOf(*map.key_type()) + "," + LayoutOf(*map.item_type()) + ">";
    }
    default:
      layout = "array";
      break;
  }
  const char* separator = "<";
  for (const FieldPtr& field : type.fields()) {
    layout += separator + LayoutOf(*field->type());
    separator = ",";
  }
  return layout + ">";
}

std::string LayoutOf(const arrow::Schema& schema) {
  return LayoutOf(arrow::StructType(schema.fields()));
}

Status StateFileWriter::Begin(const StateFileIdentity& identity, const StateOrigin& origin,
                              int64_t entries) {
  size_ = static_cast<int64_t>(kMagic.size());
  checksum_ = Crc32c(kMagic);
  ARROW_RETURN_NOT_OK(file_->Append(kMagic));
  const StateStoreDeclaration& store = identity.declaration;
  const nlohmann::ordered_json header = {
      {"format", kFormatVersion},
      {"kind", identity.kind == StateFileIdentity::Kind::kDelta ? "delta" : "snapshot"},
      {"version", identity.version},
      {"operatorId", identity.operator_id},
      {"partitionId", identity.partition},
      {"storeName", store.name},
      {"stamp", origin.stamp},
      {"stampOfVersion", origin.version},
      {"entries", entries},
      {"keyEncoding", kKeyEncoding},
      {"schemaVersion", store.schema_version},
      {"keyLayout", LayoutOf(*store.key_schema)},
      {"valueLayout", LayoutOf(*store.value_schema)},
      {"keySchema", nlohmann::ordered_json::parse(SchemaToJson(*store.key_schema))},
      {"valueSchema", nlohmann::ordered_json::parse(SchemaToJson(*store.value_schema))}};
  return WriteBlock(kHeader, header.dump());
}

Status StateFileWriter::AddPuts(const std::shared_ptr<arrow::Array>& keys,
                                const arrow::RecordBatch& values) {
  puts_ += static_cast<uint64_t>(keys->length());
  std::vector<FieldPtr> fields = {arrow::field("key", arrow::binary(), false)};
  arrow::ArrayVector arrays = {keys};
  for (int i = 0; i < values.num_columns(); ++i) {
    fields.push_back(values.schema()->field(i));
    arrays.push_back(values.column(i));
  }
  return WriteBatch(kPuts, *arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                                     keys->length(), std::move(arrays)));
}

Status StateFileWriter::AddRemovals(const std::shared_ptr<arrow::Array>& keys) {
  removals_ += static_cast<uint64_t>(keys->length());
  const SchemaPtr schema = arrow::schema({arrow::field("key", arrow::binary(), false)});
  return WriteBatch(kRemovals, *arrow::RecordBatch::Make(schema, keys->length(), {keys}));
}

Result<StateStamp> StateFileWriter::Finish() {
  const Trailer trailer = {puts_, removals_, checksum_, 0};
  const std::string_view payload(reinterpret_cast<const char*>(&trailer), sizeof trailer);
  ARROW_RETURN_NOT_OK(WriteBlock(kTrailer, payload));
  return trailer.file_checksum;
}

Status StateFileWriter::WriteBatch(uint32_t kind, const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(
      const std::shared_ptr<arrow::Buffer> message,
      arrow::ipc::SerializeRecordBatch(batch, arrow::ipc::IpcWriteOptions::Defaults()));
  return WriteBlock(kind, std::string_view(*message));
}

Status StateFileWriter::WriteBlock(uint32_t kind, std::string_view payload) {
  BlockHead head = {kind, 0, payload.size()};
  const std::string padding(Padded(payload.size()) - payload.size(), '\0');
  const std::string_view kind_bytes(reinterpret_cast<const char*>(&head.kind), sizeof head.kind);
  const std::string_view size_bytes(reinterpret_cast<const char*>(&head.payload_bytes),
                                    sizeof head.payload_bytes);
  head.checksum = Crc32c(padding, Crc32c(payload, Crc32c(size_bytes, Crc32c(kind_bytes))));

  // One write a block, but large payloads are not copied for it.
  std::string start(reinterpret_cast<const char*>(&head), sizeof head);
  checksum_ = Crc32c(padding, Crc32c(payload, Crc32c(start, checksum_)));
  size_ += static_cast<int64_t>(start.size() + payload.size() + padding.size());
  constexpr size_t kSmall = 64 << 10;
  if (payload.size() <= kSmall) {
    start.append(payload).append(padding);
    return file_->Append(start);
  }
  ARROW_RETURN_NOT_OK(file_->Append(start));
  ARROW_RETURN_NOT_OK(file_->Append(payload));
  return padding.empty() ? Status::OK() : file_->Append(padding);
}

}  // namespace headrace

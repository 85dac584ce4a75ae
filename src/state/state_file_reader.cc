#include <algorithm>
#include <cstring>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/reader.h>
#include <nlohmann/json.hpp>

#include "base/crc32c.h"
#include "state/state_file.h"
#include "state/state_file_format.h"

namespace headrace {

using namespace state_format;

namespace {

constexpr const char* kAdvice =
    " Restore the file from a copy, or start the query with a new checkpoint.";

Status Misplaced(const std::string& path, const std::string& what) {
  return MakeError(ErrorKind::kSpark, "CANNOT_LOAD_STATE_STORE.UNCATEGORIZED",
                   "The state file " + path + " does not belong here: " + what + "." + kAdvice);
}

// Compares what the header says with what is expected, field by field.
class HeaderCheck {
 public:
  HeaderCheck(const std::string& path, const nlohmann::json& header)
      : path_(path), header_(header) {}

  template <typename Value>
  Status Equals(const char* field, const Value& expected) const {
    const auto found = header_.find(field);
    if (found != header_.end() && *found == expected) return Status::OK();
    return Misplaced(path_, std::string("its ") + field + " is " +
                                (found == header_.end() ? "not given" : found->dump()) +
                                ", expected was " + nlohmann::json(expected).dump());
  }

 private:
  const std::string& path_;
  const nlohmann::json& header_;
};

// A part of a file's content, which it keeps alive: batches may outlive the file's object.
class PayloadBuffer final : public arrow::Buffer {
 public:
  PayloadBuffer(std::shared_ptr<std::string> content, const char* start, int64_t size)
      : arrow::Buffer(reinterpret_cast<const uint8_t*>(start), size),
        content_(std::move(content)) {}

 private:
  const std::shared_ptr<std::string> content_;
};

}  // namespace

Status StateFile::Damaged(const std::string& what, uint32_t expected, uint32_t computed) const {
  return MakeError(ErrorKind::kSpark, "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED",
                   "The state file " + path_ + " is damaged: " + what + "." + kAdvice,
                   {{"fileName", path_},
                    {"expectedSize", ""},
                    {"expectedChecksum", std::to_string(expected)},
                    {"computedSize", std::to_string(size_)},
                    {"computedChecksum", std::to_string(computed)}});
}

Result<StateFile> StateFile::Read(const std::string& path, const StateFileIdentity& expected,
                                  FileSystem* files, int64_t large_bytes) {
  StateFile file;
  file.path_ = path;
  file.files_ = files;
  ARROW_ASSIGN_OR_RAISE(const FileInformation information, files->Information(path));
  file.size_ = information.size_bytes;
  if (file.size_ < large_bytes) {
    ARROW_ASSIGN_OR_RAISE(std::string content, files->ReadFile(path));
    file.content_ = std::make_shared<std::string>(std::move(content));
    file.size_ = static_cast<int64_t>(file.content_->size());
  }
  file.value_schema_ = expected.declaration.value_schema;
  ARROW_RETURN_NOT_OK(file.Verify(expected));
  return file;
}

Result<std::string_view> StateFile::Bytes(int64_t offset, int64_t length,
                                          std::string* owner) const {
  if (offset + length > size_) return Damaged("it ends within a block");
  if (content_ != nullptr) {
    return std::string_view(*content_).substr(static_cast<size_t>(offset),
                                              static_cast<size_t>(length));
  }
  ARROW_ASSIGN_OR_RAISE(*owner, files_->ReadRange(path_, offset, length));
  if (static_cast<int64_t>(owner->size()) != length) return Damaged("it ends within a block");
  return std::string_view(*owner);
}

Result<std::string_view> StateFile::Payload(const Block& block, std::string* owner) const {
  ARROW_ASSIGN_OR_RAISE(
      const std::string_view padded,
      Bytes(block.offset, static_cast<int64_t>(Padded(static_cast<uint64_t>(block.bytes))), owner));
  const auto bytes = static_cast<uint64_t>(block.bytes);
  const std::string_view kind(reinterpret_cast<const char*>(&block.kind), sizeof block.kind);
  const std::string_view size(reinterpret_cast<const char*>(&bytes), sizeof bytes);
  const uint32_t computed = Crc32c(padded, Crc32c(size, Crc32c(kind)));
  if (computed == block.checksum) return padded;
  return Damaged("the block at byte " +
                     std::to_string(block.offset - static_cast<int64_t>(sizeof(BlockHead))) +
                     " has a wrong checksum",
                 block.checksum, computed);
}

Result<StateFile> StateFile::ReadHeader(const std::string& path, const StateFileIdentity& expected,
                                        FileSystem* files) {
  StateFile file;
  file.path_ = path;
  file.files_ = files;
  ARROW_ASSIGN_OR_RAISE(const FileInformation information, files->Information(path));
  file.size_ = information.size_bytes;
  ARROW_RETURN_NOT_OK(file.CheckMagic());
  const auto at = static_cast<int64_t>(kMagic.size());
  std::string owner;
  BlockHead head;
  ARROW_ASSIGN_OR_RAISE(const std::string_view head_bytes, file.Bytes(at, sizeof head, &owner));
  std::memcpy(&head, head_bytes.data(), sizeof head);
  const int64_t payload_at = at + static_cast<int64_t>(sizeof head);
  if (head.payload_bytes > static_cast<uint64_t>(file.size_ - payload_at)) {
    return file.Damaged("it ends within a block");
  }
  file.blocks_.push_back(
      {head.kind, head.checksum, payload_at, static_cast<int64_t>(head.payload_bytes)});
  ARROW_ASSIGN_OR_RAISE(const std::string_view padded, file.Payload(file.blocks_[0], &owner));
  ARROW_RETURN_NOT_OK(file.CheckHeader(expected, padded.substr(0, head.payload_bytes)));
  return file;
}

Status StateFile::CheckMagic() const {
  const auto magic_bytes = static_cast<int64_t>(kMagic.size());
  std::string owner;
  ARROW_ASSIGN_OR_RAISE(const std::string_view start,
                        Bytes(0, std::min(magic_bytes, size_), &owner));
  if (start == kMagic) return Status::OK();
  // A state that Spark wrote has files of the same names.
  return Misplaced(
      path_, "it is damaged or was not written by Headrace, whose state files begin with " +
                 std::string(kMagic) + ". A query with state cannot go on from Spark's checkpoint");
}

Status StateFile::Verify(const StateFileIdentity& expected) {
  ARROW_RETURN_NOT_OK(CheckMagic());
  const auto magic_bytes = static_cast<int64_t>(kMagic.size());
  std::string owner;
  uint32_t before_block = 0;  // checksum of all bytes before the block at hand
  uint32_t so_far = Crc32c(kMagic);
  std::string last_payload;
  for (int64_t at = magic_bytes; at < size_;) {
    BlockHead head;
    ARROW_ASSIGN_OR_RAISE(const std::string_view head_bytes, Bytes(at, sizeof head, &owner));
    std::memcpy(&head, head_bytes.data(), sizeof head);
    const int64_t payload_at = at + static_cast<int64_t>(sizeof head);
    const auto left = static_cast<uint64_t>(size_ - payload_at);
    if (head.payload_bytes > left || Padded(head.payload_bytes) > left) {
      return Damaged("it ends within a block");
    }
    before_block = so_far;
    so_far = Crc32c(head_bytes, so_far);
    blocks_.push_back(
        {head.kind, head.checksum, payload_at, static_cast<int64_t>(head.payload_bytes)});
    ARROW_ASSIGN_OR_RAISE(const std::string_view padded, Payload(blocks_.back(), &owner));
    so_far = Crc32c(padded, so_far);
    if (blocks_.size() == 1) {
      ARROW_RETURN_NOT_OK(CheckHeader(expected, padded.substr(0, head.payload_bytes)));
    }
    at = payload_at + static_cast<int64_t>(padded.size());
    if (at == size_) last_payload = padded.substr(0, head.payload_bytes);
  }

  if (blocks_.size() < 2 || blocks_.back().kind != kTrailer ||
      last_payload.size() != sizeof(Trailer)) {
    return Damaged("its end is missing");
  }
  Trailer trailer;
  std::memcpy(&trailer, last_payload.data(), sizeof trailer);
  checksum_ = before_block;
  if (checksum_ != trailer.file_checksum) {
    return Damaged("the whole has a wrong checksum", trailer.file_checksum, checksum_);
  }
  return Status::OK();
}

Status StateFile::CheckHeader(const StateFileIdentity& expected, std::string_view text) {
  if (blocks_.front().kind != kHeader) return Damaged("it does not begin with its header");
  const nlohmann::json header = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return Damaged("its header is no JSON object");
  const HeaderCheck check(path_, header);
  const StateStoreDeclaration& store = expected.declaration;
  ARROW_RETURN_NOT_OK(check.Equals("format", kFormatVersion));
  ARROW_RETURN_NOT_OK(check.Equals(
      "kind", expected.kind == StateFileIdentity::Kind::kDelta ? "delta" : "snapshot"));
  ARROW_RETURN_NOT_OK(check.Equals("version", expected.version));
  ARROW_RETURN_NOT_OK(check.Equals("operatorId", expected.operator_id));
  ARROW_RETURN_NOT_OK(check.Equals("partitionId", expected.partition));
  ARROW_RETURN_NOT_OK(check.Equals("storeName", store.name));
  ARROW_RETURN_NOT_OK(check.Equals("keyEncoding", kKeyEncoding));
  ARROW_RETURN_NOT_OK(check.Equals("schemaVersion", store.schema_version));
  ARROW_RETURN_NOT_OK(check.Equals("keyLayout", LayoutOf(*store.key_schema)));
  ARROW_RETURN_NOT_OK(check.Equals("valueLayout", LayoutOf(*store.value_schema)));
  if (!header.contains("stamp") || !header["stamp"].is_number_unsigned()) {
    return Damaged("its header has no stamp");
  }
  named_stamp_ = header["stamp"].get<StateStamp>();
  for (const char* field : {"stampOfVersion", "entries"}) {
    if (!header.contains(field) || !header[field].is_number_integer()) {
      return Damaged(std::string("its header has no ") + field);
    }
  }
  named_version_ = header["stampOfVersion"];
  entries_ = header["entries"];
  return Status::OK();
}

Status StateFile::ForEachBatch(
    uint32_t kind, const SchemaPtr& schema,
    const std::function<Status(const arrow::RecordBatch&)>& consume) const {
  for (const Block& block : blocks_) {
    if (block.kind != kind) continue;
    std::string owner;
    ARROW_ASSIGN_OR_RAISE(const std::string_view padded, Payload(block, &owner));
    const std::shared_ptr<arrow::Buffer> buffer =
        content_ != nullptr
            ? std::make_shared<PayloadBuffer>(content_, padded.data(), block.bytes)
            : std::shared_ptr<arrow::Buffer>(arrow::Buffer::FromString(std::move(owner)));
    arrow::io::BufferReader reader(buffer);
    arrow::ipc::DictionaryMemo dictionaries;
    auto batch = arrow::ipc::ReadRecordBatch(schema, &dictionaries,
                                             arrow::ipc::IpcReadOptions::Defaults(), &reader);
    if (!batch.ok()) return Damaged("a batch is no Arrow data: " + batch.status().message());
    ARROW_RETURN_NOT_OK(consume(**batch));
  }
  return Status::OK();
}

Status StateFile::ForEachRemoval(
    const std::function<Status(const arrow::Array& keys)>& consume) const {
  const SchemaPtr schema = arrow::schema({arrow::field("key", arrow::binary(), false)});
  return ForEachBatch(kRemovals, schema,
                      [&](const arrow::RecordBatch& batch) { return consume(*batch.column(0)); });
}

Status StateFile::ForEachPut(
    const std::function<Status(const arrow::Array& keys, const arrow::RecordBatch& values)>&
        consume) const {
  std::vector<FieldPtr> fields = {arrow::field("key", arrow::binary(), false)};
  for (const FieldPtr& field : value_schema_->fields()) fields.push_back(field);
  return ForEachBatch(kPuts, arrow::schema(std::move(fields)),
                      [&](const arrow::RecordBatch& batch) -> Status {
                        ARROW_ASSIGN_OR_RAISE(const auto values, batch.RemoveColumn(0));
                        return consume(*batch.column(0), *values);
                      });
}

}  // namespace headrace

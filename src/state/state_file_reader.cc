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

Status Damaged(const std::string& path, const std::string& what, uint64_t computed_size,
               uint32_t expected, uint32_t computed) {
  return MakeError(ErrorKind::kSpark, "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED",
                   "The state file " + path + " is damaged: " + what + "." + kAdvice,
                   {{"fileName", path},
                    {"expectedSize", ""},
                    {"expectedChecksum", std::to_string(expected)},
                    {"computedSize", std::to_string(computed_size)},
                    {"computedChecksum", std::to_string(computed)}});
}

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

}  // namespace

Result<StateFile> StateFile::Read(const std::string& path, const StateFileIdentity& expected,
                                  FileSystem* files) {
  StateFile file;
  file.path_ = path;
  ARROW_ASSIGN_OR_RAISE(std::string content, files->ReadFile(path));
  file.content_ = std::make_shared<std::string>(std::move(content));
  file.value_schema_ = expected.declaration.value_schema;
  ARROW_RETURN_NOT_OK(file.Verify(expected));
  return file;
}

Status StateFile::Verify(const StateFileIdentity& expected) {
  const std::string_view content = *content_;
  const auto damaged = [&](const std::string& what, uint32_t stored = 0, uint32_t computed = 0) {
    return Damaged(path_, what, content.size(), stored, computed);
  };
  if (!content.starts_with(kMagic)) {
    // A state that Spark wrote has files of the same names.
    return Misplaced(path_,
                     "it is damaged or was not written by Headrace, whose state files begin with " +
                         std::string(kMagic) +
                         ". A query with state cannot go on from Spark's checkpoint");
  }
  uint64_t at = kMagic.size();
  uint64_t trailer_at = 0;
  while (at < content.size()) {
    BlockHead head;
    if (content.size() - at < sizeof head) return damaged("it ends within a block");
    std::memcpy(&head, content.data() + at, sizeof head);
    const uint64_t payload_at = at + sizeof head;
    const uint64_t left = content.size() - payload_at;
    if (head.payload_bytes > left || Padded(head.payload_bytes) > left) {
      return damaged("it ends within a block");
    }
    const std::string_view padded = content.substr(payload_at, Padded(head.payload_bytes));
    const std::string_view kind_bytes = content.substr(at, sizeof head.kind);
    const std::string_view size_bytes = content.substr(at + 8, sizeof head.payload_bytes);
    const uint32_t computed = Crc32c(padded, Crc32c(size_bytes, Crc32c(kind_bytes)));
    if (computed != head.checksum) {
      return damaged("the block at byte " + std::to_string(at) + " has a wrong checksum",
                     head.checksum, computed);
    }
    blocks_.push_back({head.kind, padded.substr(0, head.payload_bytes)});
    trailer_at = at;
    at = payload_at + padded.size();
  }

  if (blocks_.size() < 2 || blocks_.front().kind != kHeader || blocks_.back().kind != kTrailer ||
      blocks_.back().payload.size() != sizeof(Trailer)) {
    return damaged("its end is missing");
  }
  Trailer trailer;
  std::memcpy(&trailer, blocks_.back().payload.data(), sizeof trailer);
  checksum_ = Crc32c(content.substr(0, trailer_at));
  if (checksum_ != trailer.file_checksum) {
    return damaged("the whole has a wrong checksum", trailer.file_checksum, checksum_);
  }

  const nlohmann::json header =
      nlohmann::json::parse(blocks_.front().payload, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return damaged("its header is no JSON object");
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
    return damaged("its header has no stamp");
  }
  named_stamp_ = header["stamp"].get<StateStamp>();
  return Status::OK();
}

Status StateFile::ForEachBatch(
    uint32_t kind, const SchemaPtr& schema,
    const std::function<Status(const arrow::RecordBatch&)>& consume) const {
  for (const Block& block : blocks_) {
    if (block.kind != kind) continue;
    const auto buffer =
        std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(block.payload.data()),
                                        static_cast<int64_t>(block.payload.size()));
    arrow::io::BufferReader reader(buffer);
    arrow::ipc::DictionaryMemo dictionaries;
    auto batch = arrow::ipc::ReadRecordBatch(schema, &dictionaries,
                                             arrow::ipc::IpcReadOptions::Defaults(), &reader);
    if (!batch.ok()) {
      return Damaged(path_, "a batch is no Arrow data: " + batch.status().message(),
                     content_->size(), 0, 0);
    }
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

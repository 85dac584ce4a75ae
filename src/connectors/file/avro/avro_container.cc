#include "connectors/file/avro/avro_container.h"

#include <algorithm>

#include "base/data_files.h"
#include "functions/avro/avro_bytes.h"

namespace headrace {

namespace {

constexpr std::string_view kMagic("Obj\1", 4);
constexpr int64_t kChunkBytes = 64 << 10;
constexpr int64_t kMostHeaderBytes = 64 << 20;
constexpr int64_t kMostBlockBytes = int64_t{1} << 31;
constexpr auto kMarkerBytes = static_cast<int64_t>(sizeof(AvroSyncMarker));

Status Damaged(const std::string& what) {
  return Status::Invalid("not an Avro file, or a damaged one: ", what);
}

// False: `bytes` end before the header does.
bool ParseHeader(std::string_view bytes, AvroHeader* header) {
  AvroCursor cursor{bytes.data() + kMagic.size(), bytes.data() + bytes.size()};
  header->metadata.clear();
  while (true) {
    int64_t count;
    if (!cursor.ReadBlockCount(&count)) return false;
    if (count == 0) break;
    for (; count > 0; --count) {
      std::string_view key;
      std::string_view value;
      if (!cursor.ReadBytes(&key) || !cursor.ReadBytes(&value)) return false;
      header->metadata.emplace(key, value);
    }
  }
  if (!cursor.ReadFixed(&header->sync)) return false;
  header->size_bytes = cursor.at - bytes.data();
  return true;
}

}  // namespace

Result<AvroHeader> AvroHeader::Read(arrow::io::RandomAccessFile* file) {
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  AvroHeader header;
  for (int64_t wanted = std::min(size, kChunkBytes);; wanted = std::min(size, wanted * 4)) {
    std::string bytes(static_cast<size_t>(wanted), '\0');
    ARROW_ASSIGN_OR_RAISE(const int64_t count, file->ReadAt(0, wanted, bytes.data()));
    bytes.resize(static_cast<size_t>(count));
    if (!bytes.starts_with(kMagic)) return Damaged("it does not begin as one");
    if (ParseHeader(bytes, &header)) break;
    if (wanted == size || wanted > kMostHeaderBytes) return Damaged("its header is cut off");
  }
  const auto schema = header.metadata.find("avro.schema");
  if (schema == header.metadata.end()) return Damaged("it has no schema");
  header.schema_json = schema->second;
  const auto codec = header.metadata.find("avro.codec");
  if (codec != header.metadata.end()) header.codec = codec->second;
  return header;
}

std::string AvroHeader::ToBytes() const {
  auto all = metadata;
  all["avro.schema"] = schema_json;
  all["avro.codec"] = codec;
  std::string bytes(kMagic);
  AppendAvroLong(static_cast<int64_t>(all.size()), &bytes);
  for (const auto& [key, value] : all) {
    AppendAvroBytes(key, &bytes);
    AppendAvroBytes(value, &bytes);
  }
  AppendAvroLong(0, &bytes);
  bytes.append(sync.data(), sync.size());
  return bytes;
}

Status AvroBlockReader::Open(const FileSlice& slice) {
  at_end_ = true;
  ARROW_ASSIGN_OR_RAISE(file_, OpenInput(slice.files, slice.file->path));
  ARROW_ASSIGN_OR_RAISE(file_size_, file_->GetSize());
  ARROW_ASSIGN_OR_RAISE(header_, AvroHeader::Read(file_.get()));
  ARROW_ASSIGN_OR_RAISE(codec_, AvroBlockCodec::Make(header_.codec));
  slice_end_ = slice.end();
  const int64_t first_marker = header_.size_bytes - kMarkerBytes;
  if (slice.offset <= first_marker) {
    at_end_ = slice_end_ <= first_marker;
    position_ = header_.size_bytes;
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const bool found, FindMarker(slice.offset));
  at_end_ = !found;
  return Status::OK();
}

Result<bool> AvroBlockReader::FindMarker(int64_t from) {
  std::string bytes;
  for (int64_t at = from; at < slice_end_; at += kChunkBytes) {
    // A marker may reach into the next chunk.
    bytes.resize(static_cast<size_t>(kChunkBytes + kMarkerBytes - 1));
    ARROW_ASSIGN_OR_RAISE(const int64_t count,
                          file_->ReadAt(at, static_cast<int64_t>(bytes.size()), bytes.data()));
    bytes.resize(static_cast<size_t>(count));
    const size_t found = bytes.find(std::string_view(header_.sync.data(), header_.sync.size()));
    if (found != std::string::npos) {
      position_ = at + static_cast<int64_t>(found) + kMarkerBytes;
      return position_ - kMarkerBytes < slice_end_;
    }
    if (count < kChunkBytes) break;
  }
  return false;
}

Result<bool> AvroBlockReader::Next(bool content_wanted, AvroBlock* block) {
  if (at_end_ || position_ >= file_size_) return false;
  char numbers[20];
  ARROW_ASSIGN_OR_RAISE(const int64_t count, file_->ReadAt(position_, sizeof(numbers), numbers));
  AvroCursor cursor{numbers, numbers + count};
  int64_t size;
  if (!cursor.ReadLong(&block->values) || !cursor.ReadLong(&size) || block->values < 0 ||
      size < 0) {
    return Damaged("a block begins wrongly");
  }
  const int64_t begin = position_ + (cursor.at - numbers);
  if (size > kMostBlockBytes || size > file_size_ - begin - kMarkerBytes) {
    return Damaged("a block is cut off");
  }
  const int64_t skipped = content_wanted ? 0 : size;
  std::string bytes(static_cast<size_t>(size - skipped + kMarkerBytes), '\0');
  ARROW_ASSIGN_OR_RAISE(
      const int64_t read,
      file_->ReadAt(begin + skipped, static_cast<int64_t>(bytes.size()), bytes.data()));
  const std::string_view all(bytes);
  if (read < static_cast<int64_t>(bytes.size()) ||
      all.substr(all.size() - kMarkerBytes) !=
          std::string_view(header_.sync.data(), header_.sync.size())) {
    return Damaged("a block does not end with the file's marker");
  }
  if (content_wanted) {
    ARROW_ASSIGN_OR_RAISE(block->content,
                          codec_->Decompress(all.substr(0, static_cast<size_t>(size))));
  }
  position_ = begin + size + kMarkerBytes;
  at_end_ = position_ - kMarkerBytes >= slice_end_;
  return true;
}

}  // namespace headrace

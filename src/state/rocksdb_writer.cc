#include "state/rocksdb_writer.h"

#include <algorithm>
#include <utility>

#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

namespace headrace {
namespace {

// From so many entries on a table of their own is the cheaper way.
constexpr size_t kEntriesForTable = 2048;

rocksdb::Slice SliceOf(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

uint64_t PrefixOf(std::string_view key) {
  uint64_t prefix = 0;
  for (size_t i = 0; i < 8; ++i) {
    prefix = prefix << 8 | (i < key.size() ? static_cast<uint8_t>(key[i]) : 0);
  }
  return prefix;
}

}  // namespace

RocksDbWriter::RocksDbWriter(RocksDbDatabase* database, RocksDbDatabase::Family family)
    : database_(database), family_(std::move(family)) {}

Status RocksDbWriter::Put(std::string_view key, std::string_view value) {
  return Add(key, value, static_cast<uint32_t>(value.size()));
}

Status RocksDbWriter::Remove(std::string_view key) { return Add(key, {}, kRemoved); }

Status RocksDbWriter::Add(std::string_view key, std::string_view value, uint32_t value_length) {
  entries_.push_back(
      {PrefixOf(key), bytes_.size(), static_cast<uint32_t>(key.size()), value_length});
  bytes_.append(key).append(value);
  const size_t used = bytes_.size() + entries_.size() * sizeof(Entry);
  return static_cast<int64_t>(used) < database_->writer_bytes() ? Status::OK() : Finish();
}

std::string_view RocksDbWriter::KeyOf(const Entry& entry) const {
  return std::string_view(bytes_).substr(entry.start, entry.key_length);
}

std::string_view RocksDbWriter::ValueOf(const Entry& entry) const {
  return std::string_view(bytes_).substr(entry.start + entry.key_length, entry.value_length);
}

void RocksDbWriter::Sort() {
  const auto same_key = [this](const Entry& a, const Entry& b) {
    return a.prefix == b.prefix && KeyOf(a) == KeyOf(b);
  };
  // The newest entry of a key comes first.
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int order = KeyOf(a).compare(KeyOf(b));
    return order != 0 ? order < 0 : a.start > b.start;
  });
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same_key), entries_.end());
}

Status RocksDbWriter::Finish() {
  if (entries_.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(entries_.size() < kEntriesForTable ? WriteBatch() : WriteTable());
  entries_.clear();
  bytes_.clear();
  return Status::OK();
}

Status RocksDbWriter::WriteBatch() {
  rocksdb::WriteBatch batch;
  for (const Entry& entry : entries_) {
    const rocksdb::Slice key = SliceOf(KeyOf(entry));
    ARROW_RETURN_NOT_OK(FromRocksDb(entry.value_length == kRemoved
                                        ? batch.Delete(family_.get(), key)
                                        : batch.Put(family_.get(), key, SliceOf(ValueOf(entry))),
                                    "write"));
  }
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return FromRocksDb((*database_)->Write(options, &batch), "write");
}

Status RocksDbWriter::WriteTable() {
  Sort();
  const std::string path = database_->NewTablePath();
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), database_->options(), family_.get());
  ARROW_RETURN_NOT_OK(FromRocksDb(writer.Open(path), "make a table file"));
  for (const Entry& entry : entries_) {
    const rocksdb::Slice key = SliceOf(KeyOf(entry));
    ARROW_RETURN_NOT_OK(FromRocksDb(entry.value_length == kRemoved
                                        ? writer.Delete(key)
                                        : writer.Put(key, SliceOf(ValueOf(entry))),
                                    "write a table file"));
  }
  ARROW_RETURN_NOT_OK(FromRocksDb(writer.Finish(), "write a table file"));
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  return FromRocksDb((*database_)->IngestExternalFile(family_.get(), {path}, options),
                     "take over a table file");
}

}  // namespace headrace

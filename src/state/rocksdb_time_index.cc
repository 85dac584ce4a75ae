#include "state/rocksdb_time_index.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <rocksdb/write_batch.h>

#include "base/time_units.h"

namespace headrace {
namespace {

// A note is written when it is so long, so that reading one takes little memory.
constexpr size_t kNoteBytes = 64 << 10;
constexpr size_t kHeadBytes = sizeof(int64_t) + sizeof(uint32_t);

int64_t SecondOf(int64_t time_us) {
  return time_us / kMicrosPerSecond - (time_us % kMicrosPerSecond < 0 ? 1 : 0);
}

void AppendBigEndian(uint64_t value, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

// Rows of a family are in order of the second, then of their making.
std::string RowKey(int64_t second, uint64_t number) {
  std::string key;
  AppendBigEndian(static_cast<uint64_t>(second) ^ (uint64_t{1} << 63), &key);
  AppendBigEndian(number, &key);
  return key;
}

void AppendNote(std::string_view key, int64_t time_us, std::string* note) {
  const auto length = static_cast<uint32_t>(key.size());
  note->append(reinterpret_cast<const char*>(&time_us), sizeof time_us);
  note->append(reinterpret_cast<const char*>(&length), sizeof length);
  note->append(key);
}

struct Noted {
  int64_t time_us;
  std::string_view key;
};

Noted NoteAt(std::string_view note, size_t* at) {
  Noted noted{};
  uint32_t length;
  std::memcpy(&noted.time_us, note.data() + *at, sizeof noted.time_us);
  std::memcpy(&length, note.data() + *at + sizeof noted.time_us, sizeof length);
  noted.key = note.substr(*at + kHeadBytes, length);
  *at += kHeadBytes + length;
  return noted;
}

}  // namespace

RocksDbTimeIndex::RocksDbTimeIndex(std::shared_ptr<RocksDbDatabase> database)
    : database_(std::move(database)) {}

Status RocksDbTimeIndex::Reset() {
  Forget();
  if (family_ != nullptr) ARROW_RETURN_NOT_OK(database_->DropFamily(family_));
  family_ = nullptr;
  ARROW_ASSIGN_OR_RAISE(family_, database_->AddFamily());
  return Status::OK();
}

void RocksDbTimeIndex::Add(std::string_view key, int64_t time_us) {
  AppendNote(key, time_us, &pending_[SecondOf(time_us)]);
  pending_bytes_ += static_cast<int64_t>(kHeadBytes + key.size());
  if (first_us_) first_us_ = std::min(*first_us_, time_us);
}

void RocksDbTimeIndex::Sort(std::string_view note, int64_t limit_us, std::string* rest) {
  for (size_t at = 0; at < note.size();) {
    const Noted noted = NoteAt(note, &at);
    const bool due = noted.time_us <= limit_us;
    if (due) first_us_.reset();
    AppendNote(noted.key, noted.time_us, due ? &ready_ : rest);
  }
}

// The next note that may be due; what is not due stays noted.
Result<bool> RocksDbTimeIndex::ReadNote(int64_t limit_us) {
  if (limit_us != limit_us_) {
    if (!undue_row_.empty()) next_row_ = std::min(next_row_, undue_row_);
    undue_row_.clear();
    limit_us_ = limit_us;
  }
  const std::string end = RowKey(SecondOf(limit_us) + 1, 0);
  if (next_row_ >= end) return false;
  rocksdb::ReadOptions options;
  const rocksdb::Slice upper(end);
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> rows((*database_)->NewIterator(options, family_.get()));
  for (rows->Seek(next_row_); rows->Valid(); rows->Next()) {
    std::string row = rows->key().ToString();
    next_row_ = row + '\0';
    if (taken_.contains(row)) continue;
    std::string rest;
    Sort({rows->value().data(), rows->value().size()}, limit_us, &rest);
    if (ready_.empty()) {
      if (undue_row_.empty()) undue_row_ = std::move(row);
      continue;
    }
    taken_.insert(std::move(row));
    for (size_t at = 0; at < rest.size();) {
      const Noted noted = NoteAt(rest, &at);
      Add(noted.key, noted.time_us);
    }
    return true;
  }
  ARROW_RETURN_NOT_OK(FromRocksDb(rows->status(), "read"));
  next_row_ = end;
  return false;
}

Status RocksDbTimeIndex::Take(int64_t limit_us, int64_t most, EncodedRows* keys) {
  keys->bytes.clear();
  keys->offsets.assign(1, 0);
  keys->hashes.clear();
  while (true) {
    while (next_ready_ < ready_.size() && keys->size() < most) {
      const Noted noted = NoteAt(ready_, &next_ready_);
      keys->bytes.append(noted.key);
      keys->offsets.push_back(static_cast<uint32_t>(keys->bytes.size()));
      keys->hashes.push_back(HashBytes(noted.key));
    }
    if (next_ready_ < ready_.size() || keys->size() >= most) return Status::OK();
    ready_.clear();
    next_ready_ = 0;
    // First what this batch noted, then what those before did.
    for (auto second = pending_.begin();
         ready_.empty() && second != pending_.end() && second->first <= SecondOf(limit_us);) {
      std::string rest;
      Sort(second->second, limit_us, &rest);
      pending_bytes_ -= static_cast<int64_t>(second->second.size() - rest.size());
      second->second = std::move(rest);
      second = second->second.empty() ? pending_.erase(second) : std::next(second);
    }
    if (!ready_.empty()) continue;
    ARROW_ASSIGN_OR_RAISE(const bool more, ReadNote(limit_us));
    if (!more) return Status::OK();
  }
}

Result<int64_t> RocksDbTimeIndex::First() {
  if (first_us_) return *first_us_;
  int64_t first = std::numeric_limits<int64_t>::max();
  const auto look = [&first](std::string_view note) {
    for (size_t at = 0; at < note.size();) first = std::min(first, NoteAt(note, &at).time_us);
  };
  look(std::string_view(ready_).substr(next_ready_));
  if (!pending_.empty()) look(pending_.begin()->second);
  const std::unique_ptr<rocksdb::Iterator> rows(
      (*database_)->NewIterator(rocksdb::ReadOptions(), family_.get()));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::string row = rows->key().ToString();
    if (row >= RowKey(SecondOf(first) + 1, 0)) break;
    if (!taken_.contains(row)) look({rows->value().data(), rows->value().size()});
  }
  ARROW_RETURN_NOT_OK(FromRocksDb(rows->status(), "read"));
  first_us_ = first;
  return first;
}

Status RocksDbTimeIndex::Flush() {
  if (taken_.empty() && pending_.empty()) {
    ForgetChanges();
    return Status::OK();
  }
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  rocksdb::WriteBatch batch;
  const auto write = [&]() -> Status {
    const Status written = FromRocksDb((*database_)->Write(options, &batch), "write");
    batch.Clear();
    return written;
  };
  for (const std::string& row : taken_) {
    ARROW_RETURN_NOT_OK(FromRocksDb(batch.Delete(family_.get(), row), "write"));
  }
  for (const auto& [second, note] : pending_) {
    for (size_t start = 0; start < note.size();) {
      size_t end = start;
      while (end < note.size() && end - start < kNoteBytes) NoteAt(note, &end);
      ARROW_RETURN_NOT_OK(FromRocksDb(batch.Put(family_.get(), RowKey(second, next_note_++),
                                                rocksdb::Slice(note.data() + start, end - start)),
                                      "write"));
      start = end;
      constexpr size_t kBytesPerWrite = 4 << 20;
      if (batch.GetDataSize() > kBytesPerWrite) ARROW_RETURN_NOT_OK(write());
    }
  }
  ARROW_RETURN_NOT_OK(write());
  ForgetChanges();
  return Status::OK();
}

void RocksDbTimeIndex::Forget() {
  first_us_.reset();
  ForgetChanges();
}

void RocksDbTimeIndex::ForgetChanges() {
  pending_.clear();
  pending_bytes_ = 0;
  taken_.clear();
  next_row_.clear();
  undue_row_.clear();
  ready_.clear();
  next_ready_ = 0;
}

}  // namespace headrace

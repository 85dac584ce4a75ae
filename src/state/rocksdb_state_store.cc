#include "state/rocksdb_state_store.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <arrow/array/builder_binary.h>

#include "base/injection.h"
#include "state/rocksdb_writer.h"
#include "state/state_times.h"
#include "types/row_prefix.h"

namespace headrace {
namespace {

constexpr int64_t kRowsPerBatch = 8192;

using MicrosecondClock = std::chrono::steady_clock;

int64_t MicrosecondsSince(MicrosecondClock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(MicrosecondClock::now() - start)
      .count();
}

rocksdb::Slice SliceOf(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ViewOf(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

void Append(std::string_view key, uint64_t hash, EncodedRows* keys) {
  if (keys->offsets.empty()) keys->offsets.push_back(0);
  keys->bytes.append(key);
  keys->offsets.push_back(static_cast<uint32_t>(keys->bytes.size()));
  keys->hashes.push_back(hash);
}

std::vector<std::string_view> RowsOf(const EncodedRows& rows) {
  std::vector<std::string_view> views;
  views.reserve(static_cast<size_t>(rows.size()));
  for (int64_t i = 0; i < rows.size(); ++i) views.push_back(rows.row(i));
  return views;
}

// A version frozen for its snapshot.
struct FrozenVersion {
  FrozenVersion(std::shared_ptr<RocksDbDatabase> database, RocksDbDatabase::Family family)
      : database(std::move(database)),
        family(std::move(family)),
        snapshot((*this->database)->GetSnapshot()) {}
  ~FrozenVersion() { (*database)->ReleaseSnapshot(snapshot); }
  FrozenVersion(const FrozenVersion&) = delete;
  FrozenVersion& operator=(const FrozenVersion&) = delete;

  const std::shared_ptr<RocksDbDatabase> database;
  const RocksDbDatabase::Family family;
  const rocksdb::Snapshot* const snapshot;
};

// Calls `consume` with keys and their encoded values, in batches.
Status Iterate(
    RocksDbDatabase* database, rocksdb::ColumnFamilyHandle* family,
    const rocksdb::Snapshot* snapshot,
    const std::function<Status(const EncodedRows& keys, const EncodedRows& values)>& consume) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.fill_cache = false;
  options.readahead_size = 1 << 20;
  const std::unique_ptr<rocksdb::Iterator> entries((*database)->NewIterator(options, family));
  entries->SeekToFirst();
  while (entries->Valid()) {
    EncodedRows keys, values;
    for (; entries->Valid() && keys.size() < kRowsPerBatch; entries->Next()) {
      const std::string_view key = ViewOf(entries->key());
      Append(key, HashBytes(key), &keys);
      Append(ViewOf(entries->value()), 0, &values);
    }
    ARROW_RETURN_NOT_OK(consume(keys, values));
  }
  return FromRocksDb(entries->status(), "read");
}

// The entries of the database whose keys begin with a prefix, in the order of their bytes.
class PrefixRange {
 public:
  PrefixRange(RocksDbDatabase* database, rocksdb::ColumnFamilyHandle* family,
              std::string_view prefix)
      : end_(prefix) {
    // The first key behind them all; none: the prefix is nothing but the largest of bytes.
    while (!end_.empty() && static_cast<uint8_t>(end_.back()) == 0xff) end_.pop_back();
    if (!end_.empty()) end_.back() = static_cast<char>(static_cast<uint8_t>(end_.back()) + 1);
    upper_ = end_;
    rocksdb::ReadOptions options;
    if (!end_.empty()) options.iterate_upper_bound = &upper_;
    entries_.reset((*database)->NewIterator(options, family));
    entries_->Seek(SliceOf(prefix));
  }

  bool Valid() const { return entries_->Valid(); }
  void Next() { entries_->Next(); }
  std::string_view key() const { return ViewOf(entries_->key()); }
  std::string_view value() const { return ViewOf(entries_->value()); }
  Status status() const { return FromRocksDb(entries_->status(), "read"); }

 private:
  std::string end_;
  rocksdb::Slice upper_;
  std::unique_ptr<rocksdb::Iterator> entries_;
};

}  // namespace

// Writes what is loaded to the database, the last of it with Finish.
class RocksDbStateStore::LoadTarget final : public StateTarget {
 public:
  explicit LoadTarget(RocksDbStateStore* store) : store_(store) {}

  Status Clear() override {
    ARROW_RETURN_NOT_OK(store_->NewFamily());
    writer_.emplace(store_->database_.get(), store_->family_);
    return Status::OK();
  }
  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values, bool) override {
    ARROW_RETURN_NOT_OK(store_->value_rows_.Encode(values, &rows_));
    for (int64_t i = 0; i < keys.size(); ++i) {
      ARROW_RETURN_NOT_OK(writer_->Put(keys.row(i), rows_.row(i)));
    }
    return store_->NoteTimes(keys, values);
  }
  Status Remove(const EncodedRows& keys) override {
    for (int64_t i = 0; i < keys.size(); ++i) ARROW_RETURN_NOT_OK(writer_->Remove(keys.row(i)));
    return Status::OK();
  }
  Status Finish() { return writer_ ? writer_->Finish() : Status::OK(); }

 private:
  RocksDbStateStore* const store_;
  std::optional<RocksDbWriter> writer_;
  EncodedRows rows_;
};

RocksDbStateStore::RocksDbStateStore(std::shared_ptr<StateHistory> history,
                                     std::shared_ptr<RocksDbDatabase> database, int64_t cache_bytes)
    : VersionedStore(std::move(history)),
      database_(std::move(database)),
      cache_bytes_(cache_bytes),
      value_rows_(declaration().value_schema),
      times_(database_),
      touched_(declaration().value_schema),
      prefixes_(declaration()) {}

Status RocksDbStateStore::NewFamily() {
  if (family_ != nullptr) ARROW_RETURN_NOT_OK(database_->DropFamily(family_));
  family_ = nullptr;
  ARROW_ASSIGN_OR_RAISE(family_, database_->AddFamily());
  return declaration().indexed_by ? times_.Reset() : Status::OK();
}

Status RocksDbStateStore::NoteTimes(const EncodedRows& keys, const arrow::RecordBatch& values) {
  if (!declaration().indexed_by) return Status::OK();
  const StateTimes times_of(declaration());
  std::vector<int64_t> times;
  if (declaration().indexed_by->in_key) {
    ARROW_ASSIGN_OR_RAISE(times, times_of.OfKeys(keys));
  } else {
    times = times_of.OfValues(values);
  }
  for (int64_t i = 0; i < keys.size(); ++i) {
    if (times[i] != kNever) times_.Add(keys.row(i), times[i]);
  }
  constexpr int64_t kMuch = 1 << 20;
  return times_.memory_bytes() < kMuch ? Status::OK() : times_.Flush();
}

void RocksDbStateStore::Forget() {
  times_.Forget();
  read_ = KeyTable();
  touched_ = StateTable(declaration().value_schema);
  absent_ = KeyTable();
  prefixes_.Clear();
  whole_prefixes_ = KeyTable();
}

Status RocksDbStateStore::Load(int64_t version) {
  const auto start = MicrosecondClock::now();
  broken_ = true;
  Forget();
  LoadTarget target(this);
  ARROW_ASSIGN_OR_RAISE(origin_, history_->Load(version, &target));
  ARROW_RETURN_NOT_OK(target.Finish());
  if (declaration().indexed_by) ARROW_RETURN_NOT_OK(times_.Flush());
  version_ = version;
  broken_ = false;
  counts_.load_us += MicrosecondsSince(start);
  return Status::OK();
}

Status RocksDbStateStore::Adopt(const MemoryStateStore& other) {
  broken_ = true;
  Forget();
  ARROW_RETURN_NOT_OK(NewFamily());
  const StateTable& table = other.table();
  const std::vector<uint32_t> numbers = table.AllNumbers();
  RocksDbWriter writer(database_.get(), family_);
  EncodedRows rows;
  for (size_t start = 0; start < numbers.size(); start += kRowsPerBatch) {
    const size_t length = std::min<size_t>(kRowsPerBatch, numbers.size() - start);
    ARROW_ASSIGN_OR_RAISE(const auto values,
                          table.Values(numbers.data() + start, static_cast<int64_t>(length)));
    ARROW_RETURN_NOT_OK(value_rows_.Encode(*values, &rows));
    for (size_t i = 0; i < length; ++i) {
      ARROW_RETURN_NOT_OK(
          writer.Put(table.key(numbers[start + i]), rows.row(static_cast<int64_t>(i))));
    }
    if (!declaration().indexed_by) continue;
    EncodedRows keys;
    table.Keys({numbers.begin() + static_cast<std::ptrdiff_t>(start),
                numbers.begin() + static_cast<std::ptrdiff_t>(start + length)},
               &keys);
    ARROW_RETURN_NOT_OK(NoteTimes(keys, *values));
  }
  ARROW_RETURN_NOT_OK(writer.Finish());
  if (declaration().indexed_by) ARROW_RETURN_NOT_OK(times_.Flush());
  version_ = other.version();
  origin_ = other.origin();
  broken_ = false;
  return Status::OK();
}

bool RocksDbStateStore::IsAt(int64_t version) const {
  return !broken_ && version_ == version && !touched_.changed();
}

Status RocksDbStateStore::Touch(const EncodedRows& keys) {
  touched_.Find(keys, &numbers_);
  absent_.Find(keys, &absent_numbers_);
  std::vector<int64_t> asked;
  for (int64_t i = 0; i < keys.size(); ++i) {
    if (numbers_[i] == KeyTable::kAbsent && absent_numbers_[i] == KeyTable::kAbsent) {
      asked.push_back(i);
    }
  }
  if (asked.empty()) return Status::OK();

  const auto start = MicrosecondClock::now();
  std::vector<rocksdb::Slice> slices;
  slices.reserve(asked.size());
  for (const int64_t i : asked) slices.push_back(SliceOf(keys.row(i)));
  std::vector<rocksdb::PinnableSlice> values(asked.size());
  std::vector<rocksdb::Status> statuses(asked.size());
  (*database_)
      ->MultiGet(rocksdb::ReadOptions(), family_.get(), slices.size(), slices.data(), values.data(),
                 statuses.data());
  EncodedRows present, absent;
  std::vector<std::string_view> rows;
  for (size_t i = 0; i < asked.size(); ++i) {
    const bool there = !statuses[i].IsNotFound();
    if (there) {
      ARROW_RETURN_NOT_OK(FromRocksDb(statuses[i], "read"));
      rows.push_back(ViewOf(values[i]));
    }
    Append(keys.row(asked[i]), keys.hashes[asked[i]], there ? &present : &absent);
  }
  counts_.gets += static_cast<int64_t>(asked.size());
  if (absent.size() > 0) absent_.FindOrInsert(absent, &absent_numbers_);
  if (present.size() > 0) {
    ARROW_ASSIGN_OR_RAISE(const auto decoded, value_rows_.Decode(rows));
    ARROW_RETURN_NOT_OK(touched_.AddCommitted(present, *decoded));
    prefixes_.Add(touched_.put_numbers(), touched_);
  }
  counts_.get_us += MicrosecondsSince(start);
  return Status::OK();
}

Result<std::shared_ptr<arrow::RecordBatch>> RocksDbStateStore::Get(const EncodedRows& keys,
                                                                   std::vector<uint8_t>* found) {
  ARROW_RETURN_NOT_OK(Touch(keys));
  return touched_.Get(keys, found);
}

Status RocksDbStateStore::Put(const EncodedRows& keys, const arrow::RecordBatch& values) {
  ARROW_RETURN_NOT_OK(Touch(keys));
  const auto start = MicrosecondClock::now();
  ARROW_RETURN_NOT_OK(touched_.Put(keys, values));
  prefixes_.Add(touched_.put_numbers(), touched_);
  counts_.puts += keys.size();
  counts_.put_us += MicrosecondsSince(start);
  return Status::OK();
}

Status RocksDbStateStore::Put(const EncodedRows& keys, const arrow::RecordBatch& values,
                              const std::vector<int64_t>& times) {
  ARROW_RETURN_NOT_OK(Touch(keys));
  touched_.Find(keys, &numbers_);
  std::vector<int64_t> before(times.size(), kNever);
  if (declaration().indexed_by->in_key) {
    for (size_t i = 0; i < times.size(); ++i) {
      if (numbers_[i] != KeyTable::kAbsent) before[i] = times[i];
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto stored, touched_.Values(numbers_.data(), keys.size()));
    before = StateTimes(declaration()).OfValues(*stored);
  }
  const bool any_read = read_.size() > 0;
  if (any_read) read_.Find(keys, &numbers_);
  for (size_t i = 0; i < times.size(); ++i) {
    const bool read = any_read && numbers_[i] != KeyTable::kAbsent && read_.alive(numbers_[i]);
    if (read) read_.Erase(numbers_[i]);
    if ((read || times[i] != before[i]) && times[i] != kNever) {
      times_.Add(keys.row(static_cast<int64_t>(i)), times[i]);
    }
  }
  return Put(keys, values);
}

Result<StateStore::Entries> RocksDbStateStore::TakeExpired(int64_t limit_us, Taking taking) {
  while (true) {
    EncodedRows noted;
    ARROW_RETURN_NOT_OK(times_.Take(limit_us, kRowsPerBatch, &noted));
    if (noted.size() == 0) return Entries{noted, nullptr};
    ARROW_ASSIGN_OR_RAISE(Entries due, StillDue(noted, limit_us));
    if (due.keys.size() == 0) continue;
    if (taking == Taking::kRead) {
      read_.FindOrInsert(due.keys, &numbers_);
    } else {
      ARROW_RETURN_NOT_OK(Remove(due.keys));
    }
    return due;
  }
}

Result<StateStore::Entries> RocksDbStateStore::StillDue(const EncodedRows& keys, int64_t limit_us) {
  ARROW_RETURN_NOT_OK(Touch(keys));
  touched_.Find(keys, &numbers_);
  std::vector<uint32_t> numbers;
  for (const uint32_t number : numbers_) {
    if (number != KeyTable::kAbsent) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  Entries due;
  ARROW_ASSIGN_OR_RAISE(due.values,
                        touched_.Values(numbers.data(), static_cast<int64_t>(numbers.size())));
  if (!declaration().indexed_by->in_key) {
    const std::vector<int64_t> times = StateTimes(declaration()).OfValues(*due.values);
    size_t kept = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (times[i] <= limit_us) numbers[kept++] = numbers[i];
    }
    if (kept < numbers.size()) {
      numbers.resize(kept);
      ARROW_ASSIGN_OR_RAISE(due.values,
                            touched_.Values(numbers.data(), static_cast<int64_t>(kept)));
    }
  }
  touched_.Keys(numbers, &due.keys);
  return due;
}

Status RocksDbStateStore::TouchPrefixed(const EncodedRows& prefixes) {
  whole_prefixes_.Find(prefixes, &numbers_);
  EncodedRows fresh, keys;
  std::string values;
  std::vector<size_t> ends;
  for (int64_t i = 0; i < prefixes.size(); ++i) {
    if (numbers_[i] != KeyTable::kAbsent) continue;
    Append(prefixes.row(i), prefixes.hashes[i], &fresh);
  }
  if (fresh.size() == 0) return Status::OK();
  const auto start = MicrosecondClock::now();
  // Entries that are known already, or removed, are not what the database has.
  const auto add = [&]() -> Status {
    touched_.Find(keys, &numbers_);
    absent_.Find(keys, &absent_numbers_);
    EncodedRows present;
    std::vector<std::string_view> rows;
    for (int64_t i = 0; i < keys.size(); ++i) {
      if (numbers_[i] != KeyTable::kAbsent || absent_numbers_[i] != KeyTable::kAbsent) continue;
      Append(keys.row(i), keys.hashes[i], &present);
      const size_t begin = i == 0 ? 0 : ends[i - 1];
      rows.push_back(std::string_view(values).substr(begin, ends[i] - begin));
    }
    counts_.gets += keys.size();
    keys = EncodedRows();
    if (present.size() > 0) {
      ARROW_ASSIGN_OR_RAISE(const auto decoded, value_rows_.Decode(rows));
      ARROW_RETURN_NOT_OK(touched_.AddCommitted(present, *decoded));
      prefixes_.Add(touched_.put_numbers(), touched_);
    }
    values.clear();
    ends.clear();
    return Status::OK();
  };
  for (int64_t i = 0; i < fresh.size(); ++i) {
    PrefixRange range(database_.get(), family_.get(), fresh.row(i));
    for (; range.Valid(); range.Next()) {
      Append(range.key(), HashBytes(range.key()), &keys);
      values.append(range.value());
      ends.push_back(values.size());
      if (keys.size() == kRowsPerBatch) ARROW_RETURN_NOT_OK(add());
    }
    ARROW_RETURN_NOT_OK(range.status());
  }
  ARROW_RETURN_NOT_OK(add());
  whole_prefixes_.FindOrInsert(fresh, &numbers_);
  counts_.get_us += MicrosecondsSince(start);
  return Status::OK();
}

Result<StateStore::PrefixedEntries> RocksDbStateStore::GetPrefixed(const EncodedRows& prefixes) {
  ARROW_RETURN_NOT_OK(TouchPrefixed(prefixes));
  PrefixedEntries entries;
  numbers_.clear();
  prefixes_.Find(prefixes, &numbers_, &entries.begins);
  touched_.Keys(numbers_, &entries.keys);
  ARROW_ASSIGN_OR_RAISE(entries.values,
                        touched_.Values(numbers_.data(), static_cast<int64_t>(numbers_.size())));
  return entries;
}

Status RocksDbStateStore::HasPrefixes(const EncodedRows& prefixes, std::vector<uint8_t>* has) {
  prefixes_.Has(prefixes, has);
  whole_prefixes_.Find(prefixes, &numbers_);
  EncodedRows key;
  for (int64_t i = 0; i < prefixes.size(); ++i) {
    if ((*has)[i] != 0 || numbers_[i] != KeyTable::kAbsent) continue;
    PrefixRange range(database_.get(), family_.get(), prefixes.row(i));
    for (; (*has)[i] == 0 && range.Valid(); range.Next()) {
      key = EncodedRows();
      Append(range.key(), HashBytes(range.key()), &key);
      absent_.Find(key, &absent_numbers_);
      (*has)[i] = absent_numbers_[0] == KeyTable::kAbsent;
    }
    ARROW_RETURN_NOT_OK(range.status());
  }
  return Status::OK();
}

Result<int64_t> RocksDbStateStore::CountPrefixes() {
  std::vector<DataTypePtr> types;
  for (int i = 0; i < *declaration().prefix_columns; ++i) {
    types.push_back(declaration().key_schema->field(i)->type());
  }
  // Keys with one prefix follow each other.
  int64_t count = 0;
  std::string last;
  PrefixRange all(database_.get(), family_.get(), "");
  for (; all.Valid(); all.Next()) {
    const std::string_view prefix = all.key().substr(0, PrefixBytes(all.key(), types));
    if (count > 0 && prefix == last) continue;
    last = prefix;
    ++count;
  }
  ARROW_RETURN_NOT_OK(all.status());
  return count;
}

Status RocksDbStateStore::Remove(const EncodedRows& keys) {
  ARROW_RETURN_NOT_OK(Touch(keys));
  if (declaration().prefix_columns) {
    touched_.Find(keys, &numbers_);
    prefixes_.Remove(numbers_);
  }
  ARROW_RETURN_NOT_OK(touched_.Remove(keys));
  absent_.FindOrInsert(keys, &absent_numbers_);
  return Status::OK();
}

Status RocksDbStateStore::Scan(
    const std::function<Status(const arrow::RecordBatch& keys, const arrow::RecordBatch& values)>&
        consume) {
  const SchemaPtr& key_schema = declaration().key_schema;
  std::vector<DataTypePtr> key_types;
  for (const FieldPtr& field : key_schema->fields()) key_types.push_back(field->type());
  // What is in memory hides what the database has.
  const auto emit = [&](const EncodedRows& keys, const EncodedRows& values) -> Status {
    touched_.Find(keys, &numbers_);
    absent_.Find(keys, &absent_numbers_);
    std::vector<std::string_view> key_rows, value_rows;
    for (int64_t i = 0; i < keys.size(); ++i) {
      if (numbers_[i] != KeyTable::kAbsent || absent_numbers_[i] != KeyTable::kAbsent) continue;
      key_rows.push_back(keys.row(i));
      value_rows.push_back(values.row(i));
    }
    if (key_rows.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(arrow::ArrayVector columns, DecodeRows(key_rows, key_types));
    const auto count = static_cast<int64_t>(key_rows.size());
    const auto key_batch = arrow::RecordBatch::Make(key_schema, count, std::move(columns));
    ARROW_ASSIGN_OR_RAISE(const auto value_batch, value_rows_.Decode(value_rows));
    return consume(*key_batch, *value_batch);
  };
  ARROW_RETURN_NOT_OK(Iterate(database_.get(), family_.get(), nullptr, emit));
  return touched_.Scan(key_schema, consume);
}

Status RocksDbStateStore::Commit() {
  if (broken_) {
    return CannotCommit(version_ + 1, "an earlier error left the store without its contents");
  }
  StateOrigin origin = origin_;
  if (touched_.changed()) {
    const int64_t entries = origin_.entries + touched_.ChangeOfSize();
    auto written = history_->WriteDelta(version_ + 1, origin_, entries, &touched_);
    if (!written.ok()) return CannotCommit(version_ + 1, written.status().message());
    origin = *written;
  } else {
    const Status kept = history_->KeepVersion(version_ + 1, origin_);
    if (!kept.ok()) return CannotCommit(version_ + 1, kept.message());
  }

  broken_ = true;  // until the database has all of it
  RocksDbWriter writer(database_.get(), family_);
  const EncodedRows& removed = touched_.removed_keys();
  for (size_t i = 0; i + 1 < removed.offsets.size(); ++i) {
    ARROW_RETURN_NOT_OK(writer.Remove(removed.row(static_cast<int64_t>(i))));
  }
  const std::vector<uint32_t> changed = touched_.ChangedNumbers();
  EncodedRows rows;
  for (size_t begin = 0; begin < changed.size(); begin += kRowsPerBatch) {
    const size_t length = std::min<size_t>(kRowsPerBatch, changed.size() - begin);
    ARROW_ASSIGN_OR_RAISE(const auto values,
                          touched_.Values(changed.data() + begin, static_cast<int64_t>(length)));
    ARROW_RETURN_NOT_OK(value_rows_.Encode(*values, &rows));
    for (size_t i = 0; i < length; ++i) {
      ARROW_RETURN_NOT_OK(
          writer.Put(touched_.key(changed[begin + i]), rows.row(static_cast<int64_t>(i))));
    }
  }
  ARROW_RETURN_NOT_OK(writer.Finish());
  if (declaration().indexed_by) ARROW_RETURN_NOT_OK(times_.Flush());

  origin_ = origin;
  ++version_;
  broken_ = false;
  touched_.MarkCommitted();
  absent_ = KeyTable();
  read_ = KeyTable();
  if (touched_.size_bytes() > cache_bytes_) Forget();
  HEADRACE_INJECT("state.committed");
  return Status::OK();
}

Status RocksDbStateStore::Rollback() {
  if (broken_) return Load(version_);
  Forget();
  return Status::OK();
}

StateStoreMetrics RocksDbStateStore::Metrics() const {
  StateStoreMetrics metrics;
  metrics.keys = origin_.entries + touched_.ChangeOfSize();
  metrics.memory_bytes = memory_bytes();
  uint64_t table_bytes = 0;
  if (family_ != nullptr) {
    (void)(*database_)
        ->GetIntProperty(family_.get(), rocksdb::DB::Properties::kTotalSstFilesSize, &table_bytes);
    uint64_t buffer_bytes = 0;
    (void)(*database_)
        ->GetIntProperty(family_.get(), rocksdb::DB::Properties::kCurSizeAllMemTables,
                         &buffer_bytes);
    metrics.memory_bytes += static_cast<int64_t>(buffer_bytes);
  }
  metrics.custom = {
      {"rocksdbGetCount", counts_.gets},
      {"rocksdbGetLatency", counts_.get_us / 1000},
      {"rocksdbPutCount", counts_.puts},
      {"rocksdbPutLatency", counts_.put_us / 1000},
      {"rocksdbLoadLatencyMs", counts_.load_us / 1000},
      {"rocksdbSstFileSize", static_cast<int64_t>(table_bytes)},
      {SnapshotMetric(), history_->last_written_snapshot()},
  };
  return metrics;
}

std::function<Status()> RocksDbStateStore::SnapshotOf(int64_t version) {
  // Of an older version there is nothing but its files.
  if (broken_ || origin_.version != version || touched_.changed()) {
    return [history = history_, version] { return history->WriteSnapshot(version); };
  }
  const auto frozen = std::make_shared<FrozenVersion>(database_, family_);
  return [history = history_, origin = origin_, frozen]() -> Status {
    HEADRACE_INJECT("state.snapshot");
    ARROW_ASSIGN_OR_RAISE(const StateFile delta, history->ReadDelta(origin.version));
    if (delta.checksum() != origin.stamp) return Status::Invalid("its batch ran again");
    const ValueRows value_rows(history->declaration().value_schema);
    return history->WriteSnapshot(origin, [&](StateFileWriter* writer) {
      return Iterate(frozen->database.get(), frozen->family.get(), frozen->snapshot,
                     [&](const EncodedRows& keys, const EncodedRows& values) -> Status {
                       arrow::BinaryBuilder builder;
                       for (int64_t i = 0; i < keys.size(); ++i) {
                         ARROW_RETURN_NOT_OK(builder.Append(keys.row(i)));
                       }
                       ARROW_ASSIGN_OR_RAISE(const auto encoded, builder.Finish());
                       ARROW_ASSIGN_OR_RAISE(const auto decoded, value_rows.Decode(RowsOf(values)));
                       return writer->AddPuts(encoded, *decoded);
                     });
    });
  };
}

}  // namespace headrace

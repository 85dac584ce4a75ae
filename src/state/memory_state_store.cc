#include "state/memory_state_store.h"

#include <algorithm>
#include <utility>

#include "base/injection.h"
#include "state/state_times.h"

namespace headrace {

MemoryStateStore::MemoryStateStore(std::shared_ptr<StateHistory> history)
    : VersionedStore(std::move(history)),
      table_(declaration().value_schema),
      prefixes_(declaration()) {}

Status MemoryStateStore::Load(int64_t version) {
  broken_ = true;
  ARROW_ASSIGN_OR_RAISE(origin_, history_->Load(version, &table_));
  ARROW_RETURN_NOT_OK(IndexTimes());
  prefixes_.Clear();
  if (declaration().prefix_columns) prefixes_.Add(table_.AllNumbers(), table_);
  version_ = version;
  broken_ = false;
  return Status::OK();
}

bool MemoryStateStore::IsAt(int64_t version) const {
  return !broken_ && version_ == version && !table_.changed() && !taken_;
}

Result<std::shared_ptr<arrow::RecordBatch>> MemoryStateStore::Get(const EncodedRows& keys,
                                                                  std::vector<uint8_t>* found) {
  return table_.Get(keys, found);
}

Status MemoryStateStore::Put(const EncodedRows& keys, const arrow::RecordBatch& values) {
  ARROW_RETURN_NOT_OK(table_.Put(keys, values));
  prefixes_.Add(table_.put_numbers(), table_);
  return Status::OK();
}

Status MemoryStateStore::Remove(const EncodedRows& keys) {
  if (declaration().indexed_by || declaration().prefix_columns) {
    table_.Find(keys, &numbers_);
    for (const uint32_t number : numbers_) {
      if (number != KeyTable::kAbsent) times_.Forget(number);
    }
    prefixes_.Remove(numbers_);
  }
  return table_.Remove(keys);
}

Status MemoryStateStore::Put(const EncodedRows& keys, const arrow::RecordBatch& values,
                             const std::vector<int64_t>& times) {
  ARROW_RETURN_NOT_OK(Put(keys, values));
  times_.Set(table_.put_numbers(), times.data());
  return Status::OK();
}

Result<StateStore::Entries> MemoryStateStore::TakeExpired(int64_t limit_us, Taking taking) {
  constexpr size_t kMost = 8192;
  Entries entries;
  times_.Take(limit_us, kMost, &numbers_);
  table_.Keys(numbers_, &entries.keys);
  if (taking != Taking::kRemove) {
    ARROW_ASSIGN_OR_RAISE(entries.values,
                          table_.Values(numbers_.data(), static_cast<int64_t>(numbers_.size())));
  }
  if (taking == Taking::kRead) {
    taken_ = taken_ || !numbers_.empty();
  } else {
    prefixes_.Remove(numbers_);
    ARROW_RETURN_NOT_OK(table_.RemoveNumbers(numbers_));
  }
  return entries;
}

Result<StateStore::PrefixedEntries> MemoryStateStore::GetPrefixed(const EncodedRows& prefixes) {
  PrefixedEntries entries;
  numbers_.clear();
  prefixes_.Find(prefixes, &numbers_, &entries.begins);
  table_.Keys(numbers_, &entries.keys);
  ARROW_ASSIGN_OR_RAISE(entries.values,
                        table_.Values(numbers_.data(), static_cast<int64_t>(numbers_.size())));
  return entries;
}

Status MemoryStateStore::HasPrefixes(const EncodedRows& prefixes, std::vector<uint8_t>* has) {
  prefixes_.Has(prefixes, has);
  return Status::OK();
}

Status MemoryStateStore::IndexTimes() {
  times_.Clear();
  taken_ = false;
  if (!declaration().indexed_by) return Status::OK();
  const StateTimes times_of(declaration());
  constexpr size_t kRows = 64 << 10;
  const std::vector<uint32_t> all = table_.AllNumbers();
  EncodedRows keys;
  for (size_t start = 0; start < all.size(); start += kRows) {
    numbers_.assign(all.begin() + start, all.begin() + std::min(start + kRows, all.size()));
    std::vector<int64_t> times;
    if (declaration().indexed_by->in_key) {
      table_.Keys(numbers_, &keys);
      ARROW_ASSIGN_OR_RAISE(times, times_of.OfKeys(keys));
    } else {
      ARROW_ASSIGN_OR_RAISE(const auto values,
                            table_.Values(numbers_.data(), static_cast<int64_t>(numbers_.size())));
      times = times_of.OfValues(*values);
    }
    times_.Set(numbers_, times.data());
  }
  return Status::OK();
}

Status MemoryStateStore::Scan(
    const std::function<Status(const arrow::RecordBatch& keys, const arrow::RecordBatch& values)>&
        consume) {
  return table_.Scan(declaration().key_schema, consume);
}

Status MemoryStateStore::Commit() {
  if (broken_) {
    return CannotCommit(version_ + 1, "an earlier error left the store without its contents");
  }
  if (table_.changed()) {
    auto origin = history_->WriteDelta(version_ + 1, origin_, table_.size(), &table_);
    if (!origin.ok()) return CannotCommit(version_ + 1, origin.status().message());
    origin_ = *origin;
  } else {
    const Status kept = history_->KeepVersion(version_ + 1, origin_);
    if (!kept.ok()) return CannotCommit(version_ + 1, kept.message());
  }
  ++version_;
  table_.MarkCommitted();
  taken_ = false;
  HEADRACE_INJECT("state.committed");
  return Status::OK();
}

// A batch seldom fails: it is cheaper to read the old version again than to keep old values.
Status MemoryStateStore::Rollback() { return IsAt(version_) ? Status::OK() : Load(version_); }

StateStoreMetrics MemoryStateStore::Metrics() const {
  const int64_t bytes = memory_bytes();
  return {table_.size(),
          bytes,
          {{"loadedMapCacheHitCount", hits_},
           {"loadedMapCacheMissCount", misses_},
           {"stateOnCurrentVersionSizeBytes", bytes},
           {SnapshotMetric(), history_->last_written_snapshot()}}};
}

std::function<Status()> MemoryStateStore::SnapshotOf(int64_t version) {
  return [history = history_, version] { return history->WriteSnapshot(version); };
}

}  // namespace headrace

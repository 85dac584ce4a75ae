#include "state/memory_state_store.h"

#include <utility>

#include "base/injection.h"

namespace headrace {

MemoryStateStore::MemoryStateStore(std::shared_ptr<StateHistory> history)
    : VersionedStore(std::move(history)), table_(declaration().value_schema) {}

Status MemoryStateStore::Load(int64_t version) {
  broken_ = true;
  ARROW_ASSIGN_OR_RAISE(stamp_, history_->Load(version, &table_));
  version_ = version;
  broken_ = false;
  return Status::OK();
}

bool MemoryStateStore::IsAt(int64_t version) const {
  return !broken_ && version_ == version && !table_.changed();
}

Result<std::shared_ptr<arrow::RecordBatch>> MemoryStateStore::Get(const EncodedRows& keys,
                                                                  std::vector<uint8_t>* found) {
  return table_.Get(keys, found);
}

Status MemoryStateStore::Put(const EncodedRows& keys, const arrow::RecordBatch& values) {
  return table_.Put(keys, values);
}

Status MemoryStateStore::Remove(const EncodedRows& keys) { return table_.Remove(keys); }

Status MemoryStateStore::Scan(
    const std::function<Status(const arrow::RecordBatch& keys, const arrow::RecordBatch& values)>&
        consume) {
  return table_.Scan(declaration().key_schema, consume);
}

Status MemoryStateStore::Commit() {
  if (broken_) {
    return CannotCommit(version_ + 1, "an earlier error left the store without its contents");
  }
  Result<StateStamp> stamp = history_->WriteDelta(version_ + 1, stamp_, &table_);
  if (!stamp.ok()) return CannotCommit(version_ + 1, stamp.status().message());
  stamp_ = *stamp;
  ++version_;
  table_.MarkCommitted();
  HEADRACE_INJECT("state.committed");
  return Status::OK();
}

// A batch seldom fails: it is cheaper to read the old version again than to keep old values.
Status MemoryStateStore::Rollback() { return IsAt(version_) ? Status::OK() : Load(version_); }

StateStoreMetrics MemoryStateStore::Metrics() const {
  const int64_t bytes = table_.size_bytes();
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

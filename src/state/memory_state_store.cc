#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/injection.h"
#include "base/log.h"
#include "state/state_history.h"
#include "state/state_store.h"
#include "state/state_table.h"

namespace headrace {
namespace {

class MemoryStateStore : public StateStore {
 public:
  explicit MemoryStateStore(std::shared_ptr<StateHistory> history)
      : history_(std::move(history)), table_(declaration().value_schema) {
    for (const FieldPtr& field : declaration().key_schema->fields()) {
      key_types_.push_back(field->type());
    }
  }

  Status Load(int64_t version) {
    broken_ = true;
    ARROW_ASSIGN_OR_RAISE(stamp_, history_->Load(version, &table_));
    version_ = version;
    broken_ = false;
    return Status::OK();
  }

  // Whether it is exactly the committed version.
  bool IsAt(int64_t version) const { return !broken_ && version_ == version && !table_.changed(); }
  void CountOpening(bool hit) { ++(hit ? hits_ : misses_); }

  int64_t version() const override { return version_; }
  const StateStoreDeclaration& declaration() const override { return history_->declaration(); }

  Result<std::shared_ptr<arrow::RecordBatch>> Get(const EncodedRows& keys,
                                                  std::vector<uint8_t>* found) override {
    return table_.Get(keys, found);
  }

  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values) override {
    return table_.Put(keys, values);
  }

  Status Remove(const EncodedRows& keys) override { return table_.Remove(keys); }

  Status Scan(const std::function<Status(const arrow::RecordBatch& keys,
                                         const arrow::RecordBatch& values)>& consume) override {
    constexpr int64_t kRowsPerBatch = 8192;
    const std::vector<uint32_t> numbers = table_.AllNumbers();
    const auto count = static_cast<int64_t>(numbers.size());
    std::vector<std::string_view> encoded;
    for (int64_t start = 0; start < count; start += kRowsPerBatch) {
      const int64_t length = std::min(kRowsPerBatch, count - start);
      encoded.clear();
      for (int64_t i = start; i < start + length; ++i) encoded.push_back(table_.key(numbers[i]));
      ARROW_ASSIGN_OR_RAISE(arrow::ArrayVector columns, DecodeRows(encoded, key_types_));
      const auto keys =
          arrow::RecordBatch::Make(declaration().key_schema, length, std::move(columns));
      ARROW_ASSIGN_OR_RAISE(const auto values, table_.Values(numbers.data() + start, length));
      ARROW_RETURN_NOT_OK(consume(*keys, *values));
    }
    return Status::OK();
  }

  Status Commit() override {
    if (broken_) return CannotCommit("an earlier error left the store without its contents");
    Result<StateStamp> stamp = history_->WriteDelta(version_ + 1, stamp_, &table_);
    if (!stamp.ok()) return CannotCommit(stamp.status().message());
    stamp_ = *stamp;
    ++version_;
    table_.MarkCommitted();
    HEADRACE_INJECT("state.committed");
    return Status::OK();
  }

  // A batch seldom fails: it is cheaper to read the old version again than to keep old values.
  Status Rollback() override { return IsAt(version_) ? Status::OK() : Load(version_); }

  StateStoreMetrics Metrics() const override {
    const int64_t bytes = table_.size_bytes();
    return {table_.size(),
            bytes,
            {{"loadedMapCacheHitCount", hits_},
             {"loadedMapCacheMissCount", misses_},
             {"stateOnCurrentVersionSizeBytes", bytes}}};
  }

 private:
  Status CannotCommit(const std::string& cause) const {
    const std::string path = history_->PathOf(StateFileIdentity::Kind::kDelta, version_ + 1);
    return MakeError(ErrorKind::kSpark, "CANNOT_WRITE_STATE_STORE.CANNOT_COMMIT",
                     "The state could not be committed as " + path + ": " + cause + ".",
                     {{"providerClass", "Headrace"}});
  }

  const std::shared_ptr<StateHistory> history_;
  std::vector<DataTypePtr> key_types_;
  StateTable table_;
  int64_t version_ = 0;
  StateStamp stamp_ = 0;
  bool broken_ = false;  // the table holds no version
  int64_t hits_ = 0;
  int64_t misses_ = 0;
};

// Makes snapshots on a thread of its own, one after the other.
class SnapshotThread {
 public:
  ~SnapshotThread() {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void Add(std::shared_ptr<StateHistory> history, int64_t version, int64_t oldest_needed) {
    std::lock_guard guard(mutex_);
    queue_.push_back({std::move(history), version, oldest_needed});
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    wake_.notify_all();
  }

 private:
  struct Work {
    std::shared_ptr<StateHistory> history;
    int64_t version;
    int64_t oldest_needed;
  };

  // What is asked for is done, even when the query ends: the next start is the quicker for it.
  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const Work work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      Status status = work.history->WriteSnapshot(work.version);
      if (status.ok()) status = work.history->Purge(work.oldest_needed);
      // Without it the state is as safe as before, only slower to load.
      if (!status.ok()) LogWarn("state", "making a snapshot failed: " + status.message());
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

class MemoryStateStoreProvider : public StateStoreProvider {
 public:
  MemoryStateStoreProvider(std::string directory, StateStoreOptions options)
      : directory_(std::move(directory)), options_(std::move(options)) {}

  Result<std::shared_ptr<StateStore>> Open(int operator_id, int partition,
                                           const StateStoreDeclaration& declaration,
                                           int64_t version) override {
    std::string path =
        JoinPath(JoinPath(directory_, std::to_string(operator_id)), std::to_string(partition));
    if (declaration.name != "default") path = JoinPath(path, declaration.name);

    std::unique_lock lock(mutex_);
    Entry& entry = entries_[path];
    const bool same =
        entry.store != nullptr && SameDeclaration(entry.store->declaration(), declaration);
    if (!same) {
      entry.history =
          std::make_shared<StateHistory>(path, operator_id, partition, declaration, options_.files);
      entry.store = std::make_shared<MemoryStateStore>(entry.history);
    }
    const std::shared_ptr<MemoryStateStore> store = entry.store;
    lock.unlock();  // partitions load side by side

    const bool hit = same && store->IsAt(version);
    store->CountOpening(hit);
    if (!hit) ARROW_RETURN_NOT_OK(store->Load(version));
    return store;
  }

  void Maintain(int64_t version) override {
    std::lock_guard guard(mutex_);
    for (const auto& [path, entry] : entries_) {
      const auto due = entry.history->TakeDueSnapshot(version, options_.min_deltas_for_snapshot);
      if (due) snapshots_.Add(entry.history, *due, *due - options_.min_versions_to_retain);
    }
  }

 private:
  struct Entry {
    std::shared_ptr<StateHistory> history;
    std::shared_ptr<MemoryStateStore> store;
  };

  static bool SameDeclaration(const StateStoreDeclaration& a, const StateStoreDeclaration& b) {
    return a.name == b.name && a.schema_version == b.schema_version &&
           a.key_schema->Equals(*b.key_schema) && a.value_schema->Equals(*b.value_schema);
  }

  const std::string directory_;
  const StateStoreOptions options_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  SnapshotThread snapshots_;
};

}  // namespace

std::unique_ptr<StateStoreProvider> MakeMemoryStateStoreProvider(std::string directory,
                                                                 StateStoreOptions options) {
  return std::make_unique<MemoryStateStoreProvider>(std::move(directory), std::move(options));
}

}  // namespace headrace

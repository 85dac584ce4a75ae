// The stores of a query: which are open, where they are, when snapshots are due.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "base/injection.h"
#include "base/log.h"
#include "state/memory_state_store.h"
#include "state/rocksdb_state_store.h"
#include "state/snapshot_thread.h"
#include "state/state_history.h"
#include "state/state_reader.h"
#include "state/state_store.h"
#include "state/unchanged_stores.h"

namespace headrace {
namespace {

bool SameDeclaration(const StateStoreDeclaration& a, const StateStoreDeclaration& b) {
  return a.name == b.name && a.schema_version == b.schema_version &&
         a.key_schema->Equals(*b.key_schema) && a.value_schema->Equals(*b.value_schema);
}

class OwnStateStoreProvider final : public StateStoreProvider {
 public:
  OwnStateStoreProvider(std::string directory, StateStoreOptions options)
      : directory_(std::move(directory)),
        options_(std::move(options)),
        uses_rocksdb_(options_.kind == StateStoreKind::kRocksDb) {}

  Result<std::shared_ptr<StateStore>> Open(int operator_id, int partition,
                                           const StateStoreDeclaration& declaration,
                                           int64_t version) override {
    const std::string path =
        StateHistory::DirectoryOf(directory_, operator_id, partition, declaration.name);
    std::unique_lock lock(mutex_);
    std::shared_ptr<VersionedStore>& entry = stores_[path];
    const bool same = entry != nullptr && SameDeclaration(entry->declaration(), declaration);
    const std::shared_ptr<VersionedStore> before = same ? entry : nullptr;
    std::shared_ptr<StateHistory> history =
        same ? before->history()
             : std::make_shared<StateHistory>(directory_, operator_id, partition, declaration,
                                              options_.files);
    if (!same) AddExpected(*history);
    const auto* in_memory = dynamic_cast<const MemoryStateStore*>(before.get());
    const bool moves = in_memory != nullptr && uses_rocksdb_;
    if (!same || moves) {
      ARROW_ASSIGN_OR_RAISE(entry, MakeStore(std::move(history)));
    }
    const std::shared_ptr<VersionedStore> store = entry;
    lock.unlock();  // partitions load side by side

    if (moves && before->IsAt(version)) {
      ARROW_RETURN_NOT_OK(static_cast<RocksDbStateStore*>(store.get())->Adopt(*in_memory));
    }
    const bool hit = (same || moves) && store->IsAt(version);
    store->CountOpening(hit);
    if (!hit) ARROW_RETURN_NOT_OK(store->Load(version));
    return store;
  }

  Status KeepUndeclared(const std::vector<StatefulOperatorDeclaration>& operators,
                        int64_t version) override {
    std::lock_guard guard(mutex_);
    for (const StatefulOperatorDeclaration& now : operators) {
      ARROW_ASSIGN_OR_RAISE(const StatefulOperatorDeclaration stored,
                            ReadStateOperator(directory_, now.operator_id, options_.files.get()));
      for (const StateStoreDeclaration& store : stored.stores) {
        const bool declared =
            std::any_of(now.stores.begin(), now.stores.end(),
                        [&](const StateStoreDeclaration& each) { return each.name == store.name; });
        if (declared || store.variable_type.empty()) continue;
        for (int partition = 0; partition < stored.partitions; ++partition) {
          const StateHistory history(directory_, now.operator_id, partition, store, options_.files);
          ARROW_ASSIGN_OR_RAISE(const StateOrigin origin, history.OriginOf(version));
          kept_[now.operator_id].push_back({store.name, partition, origin});
        }
      }
    }
    return Status::OK();
  }

  Status FinishCommit(int64_t version) override {
    std::lock_guard guard(mutex_);
    std::map<int, std::vector<UnchangedStore>> unchanged = kept_;
    for (const auto& [path, store] : stores_) {
      if (store == nullptr) continue;
      const StateHistory& history = *store->history();
      std::vector<UnchangedStore>& of_operator = unchanged[history.operator_id()];
      if (const auto origin = history.UnchangedAt(version)) {
        of_operator.push_back({history.declaration().name, history.partition(), *origin});
      }
    }
    for (const auto& [operator_id, stores] : unchanged) {
      ARROW_ASSIGN_OR_RAISE(Notes * notes, NotesOf(operator_id));
      if (!stores.empty()) {
        ARROW_RETURN_NOT_OK(notes->stores.Write(version, stores));
        notes->newest = std::max(notes->newest, version);
      } else if (notes->newest >= version) {
        // Of an earlier run of the batch.
        ARROW_RETURN_NOT_OK(notes->stores.Remove(version));
      }
    }
    HEADRACE_INJECT("state.noted");
    return Status::OK();
  }

  void Maintain(int64_t version) override {
    std::lock_guard guard(mutex_);
    constexpr int64_t kVersionsAtOnce = 32;
    if (version % kVersionsAtOnce == 0) {
      const Status purged = PurgeNotes(version - options_.min_versions_to_retain);
      if (!purged.ok()) LogWarn("state", "removing old files failed: " + purged.message());
    }
    int64_t memory_bytes = 0;
    for (const auto& [path, store] : stores_) {
      if (store == nullptr) continue;  // it could not be made
      memory_bytes += store->memory_bytes();
      const std::shared_ptr<StateHistory>& history = store->history();
      const auto due = history->TakeDueSnapshot(version, options_.min_deltas_for_snapshot);
      if (!due) continue;
      snapshots_.Add(store->SnapshotOf(*due), history, *due - options_.min_versions_to_retain);
    }
    if (database_ != nullptr) memory_bytes += database_->memory_bytes();
    memory_bytes_ = memory_bytes;
    if (options_.memory_limit_bytes > 0 && memory_bytes > options_.memory_limit_bytes) {
      MoveToRocksDb("the state takes " + std::to_string(memory_bytes) + " bytes of memory");
    }
  }

  int64_t memory_bytes() const override { return memory_bytes_; }

 private:
  // Without a limit; also what a database has at least.
  static constexpr int64_t kDefaultRocksDbBytes = 256 << 20;
  static constexpr int64_t kLeastRocksDbBytes = 1 << 20;

  // The following are called with `mutex_` held.

  struct Notes {
    UnchangedStores stores;
    int64_t newest = 0;  // no file has a higher version
  };
  Result<Notes*> NotesOf(int operator_id) {
    const auto known = notes_.find(operator_id);
    if (known != notes_.end()) return &known->second;
    Notes notes{UnchangedStores(directory_, operator_id, options_.files.get())};
    ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> versions, notes.stores.Versions());
    if (!versions.empty()) notes.newest = versions.back();
    return &notes_.emplace(operator_id, std::move(notes)).first->second;
  }
  Status PurgeNotes(int64_t oldest) {
    for (auto& [operator_id, notes] : notes_) {
      ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> versions, notes.stores.Versions());
      for (const int64_t version : versions) {
        if (version < oldest) ARROW_RETURN_NOT_OK(notes.stores.Remove(version));
      }
    }
    return Status::OK();
  }

  // A state that is too large for the memory is not loaded into it first.
  void AddExpected(const StateHistory& history) {
    if (options_.memory_limit_bytes == 0 || uses_rocksdb_) return;
    expected_bytes_ += history.BytesToLoad();
    if (expected_bytes_ > options_.memory_limit_bytes) {
      MoveToRocksDb("the state takes more than " + std::to_string(expected_bytes_) +
                    " bytes on disk");
    }
  }

  void MoveToRocksDb(const std::string& why) {
    if (uses_rocksdb_) return;
    uses_rocksdb_ = true;
    LogInfo("state", why + ", past headrace.state.memoryLimit (" +
                         std::to_string(options_.memory_limit_bytes) + "): RocksDB takes it over");
  }

  Result<std::shared_ptr<VersionedStore>> MakeStore(std::shared_ptr<StateHistory> history) {
    if (!uses_rocksdb_) return std::make_shared<MemoryStateStore>(std::move(history));
    // One half for the database, one for what the stores keep of it.
    const int64_t bytes = options_.memory_limit_bytes > 0
                              ? std::max(options_.memory_limit_bytes / 2, kLeastRocksDbBytes)
                              : kDefaultRocksDbBytes;
    if (database_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(database_, RocksDbDatabase::Create(options_.local_directory, bytes));
    }
    const auto stores = static_cast<int64_t>(std::max<size_t>(stores_.size(), 8));
    return std::make_shared<RocksDbStateStore>(std::move(history), database_, bytes / stores);
  }

  const std::string directory_;
  const StateStoreOptions options_;
  std::mutex mutex_;
  bool uses_rocksdb_;
  int64_t expected_bytes_ = 0;
  std::shared_ptr<RocksDbDatabase> database_;
  std::map<std::string, std::shared_ptr<VersionedStore>> stores_;
  std::map<int, Notes> notes_;                       // by operator
  std::map<int, std::vector<UnchangedStore>> kept_;  // KeepUndeclared, by operator
  std::atomic<int64_t> memory_bytes_{0};
  SnapshotThread snapshots_;
};

}  // namespace

std::unique_ptr<StateStoreProvider> MakeStateStoreProvider(std::string directory,
                                                           StateStoreOptions options) {
  return std::make_unique<OwnStateStoreProvider>(std::move(directory), std::move(options));
}

}  // namespace headrace

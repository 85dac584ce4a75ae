#include "state/state_history.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <arrow/array/builder_binary.h>

#include "base/atomic_write.h"
#include "base/injection.h"
#include "base/log.h"
#include "state/encoded_keys.h"

namespace headrace {
namespace {

using Kind = StateFileIdentity::Kind;

constexpr int64_t kRowsPerBatch = 16 << 10;

constexpr AtomicWritePoints kDeltaPoints = {.temp_written = "state.delta-temp-written"};

Status MissingDelta(const std::string& path) {
  return MakeError(ErrorKind::kSpark, "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS",
                   "The state file " + path +
                       " is missing. Restore it from a copy, or start the query with a new "
                       "checkpoint.",
                   {{"fileToRead", path}, {"clazz", "Headrace"}});
}

// A table takes what is loaded as committed.
class TableTarget final : public StateTarget {
 public:
  TableTarget(SchemaPtr value_schema, StateTable* table)
      : value_schema_(std::move(value_schema)), table_(table) {}

  Status Clear() override {
    *table_ = StateTable(value_schema_);
    return Status::OK();
  }
  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values, bool) override {
    ARROW_RETURN_NOT_OK(table_->Put(keys, values));
    table_->MarkCommitted();
    return Status::OK();
  }
  Status Remove(const EncodedRows& keys) override {
    ARROW_RETURN_NOT_OK(table_->Remove(keys));
    table_->MarkCommitted();
    return Status::OK();
  }

 private:
  const SchemaPtr value_schema_;
  StateTable* const table_;
};

Status ForeignHistory(const std::string& path, const std::string& what) {
  return MakeError(ErrorKind::kSpark, "CANNOT_LOAD_STATE_STORE.INVALID_CHECKPOINT_LINEAGE",
                   "The state file " + path + " belongs to another history of this state: " + what +
                       ". Restore the directory from one copy, or start the query with a "
                       "new checkpoint.",
                   {{"lineage", path}, {"message", what}});
}

}  // namespace

StateHistory::StateHistory(const std::string& state_directory, int operator_id, int partition,
                           StateStoreDeclaration declaration, std::shared_ptr<FileSystem> files)
    : directory_(DirectoryOf(state_directory, operator_id, partition, declaration.name)),
      operator_id_(operator_id),
      partition_(partition),
      declaration_(std::move(declaration)),
      files_(std::move(files)),
      unchanged_stores_(state_directory, operator_id, files_.get()) {}

std::string StateHistory::DirectoryOf(const std::string& state_directory, int operator_id,
                                      int partition, const std::string& store) {
  std::string path =
      JoinPath(JoinPath(state_directory, std::to_string(operator_id)), std::to_string(partition));
  return store == "default" ? path : JoinPath(path, store);
}

std::string StateHistory::PathOf(Kind kind, int64_t version) const {
  return JoinPath(directory_,
                  std::to_string(version) + (kind == Kind::kDelta ? ".delta" : ".snapshot"));
}

StateFileIdentity StateHistory::Identity(Kind kind, int64_t version) const {
  return {kind, operator_id_, partition_, declaration_, version};
}

Result<StateHistory::Listing> StateHistory::List() const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FileInformation> children, files_->List(directory_));
  Listing listing;
  for (const FileInformation& child : children) {
    const std::string name = BaseName(child.path);
    int64_t version = 0;
    const char* const last = name.data() + name.size();
    const auto parsed = std::from_chars(name.data(), last, version);
    const std::string_view suffix(parsed.ptr, static_cast<size_t>(last - parsed.ptr));
    if (parsed.ec != std::errc() || version <= 0) continue;
    if (suffix == ".delta") listing.deltas.insert(version);
    if (suffix == ".snapshot") listing.snapshots.insert(version);
  }
  return listing;
}

Result<StateFile> StateHistory::ReadFile(Kind kind, int64_t version) const {
  return StateFile::Read(PathOf(kind, version), Identity(kind, version), files_.get());
}

Result<StateFile> StateHistory::ReadDelta(int64_t version) const {
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(PathOf(Kind::kDelta, version)));
  if (!exists) return MissingDelta(PathOf(Kind::kDelta, version));
  return ReadFile(Kind::kDelta, version);
}

Result<StateFile> StateHistory::ReadDelta(int64_t version, const StateOrigin& previous) const {
  ARROW_ASSIGN_OR_RAISE(StateFile delta, ReadFile(Kind::kDelta, version));
  if (delta.named_stamp() != previous.stamp) {
    return ForeignHistory(
        PathOf(Kind::kDelta, version),
        "it does not build on the version " + std::to_string(previous.version) + " that is here");
  }
  return delta;
}

Result<std::optional<StateFile>> StateHistory::ReadChanges(int64_t version) const {
  ARROW_ASSIGN_OR_RAISE(const auto note, NoteOf(version));
  if (note) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(StateFile delta, ReadDelta(version));
  return delta;
}

Result<std::optional<StateOrigin>> StateHistory::NoteOf(int64_t version) const {
  if (version == 0) return std::nullopt;
  return unchanged_stores_.Find(version, declaration_.name, partition_);
}

Result<StateOrigin> StateHistory::OriginOf(int64_t version) const {
  if (version == 0) return StateOrigin();
  ARROW_ASSIGN_OR_RAISE(const std::optional<StateOrigin> note, NoteOf(version));
  if (note) return *note;
  ARROW_ASSIGN_OR_RAISE(const StateFile delta, ReadDelta(version));
  return StateOrigin{version, delta.checksum(), delta.entries()};
}

Result<std::vector<int64_t>> StateHistory::Chain(int64_t from, int64_t to,
                                                 const Listing& listing) const {
  std::vector<int64_t> chain;
  for (int64_t version = to; version > from;) {
    if (!listing.deltas.contains(version)) return MissingDelta(PathOf(Kind::kDelta, version));
    ARROW_ASSIGN_OR_RAISE(const StateFile delta,
                          StateFile::ReadHeader(PathOf(Kind::kDelta, version),
                                                Identity(Kind::kDelta, version), files_.get()));
    chain.push_back(version);
    if (delta.named_version() >= version || delta.named_version() < from) {
      return ForeignHistory(PathOf(Kind::kDelta, version),
                            "it builds on version " + std::to_string(delta.named_version()));
    }
    version = delta.named_version();
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

Status StateHistory::PrepareDirectory() {
  // Once only: later there may be a snapshot in the making.
  {
    std::lock_guard guard(mutex_);
    if (prepared_) return Status::OK();
  }
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(directory_));
  ARROW_RETURN_NOT_OK(files_->RemoveTemporaryFiles(directory_));
  std::lock_guard guard(mutex_);
  prepared_ = true;
  return Status::OK();
}

Result<StateOrigin> StateHistory::Load(int64_t version, StateTable* table) {
  TableTarget target(declaration_.value_schema, table);
  return Load(version, &target);
}

Result<StateOrigin> StateHistory::Load(int64_t version, StateTarget* target) {
  ARROW_RETURN_NOT_OK(PrepareDirectory());
  return ReadInto(version, std::nullopt, target);
}

Result<StateOrigin> StateHistory::Read(int64_t version, std::optional<int64_t> snapshot,
                                       StateTable* table) {
  TableTarget target(declaration_.value_schema, table);
  return ReadInto(version, snapshot, &target);
}

Result<StateOrigin> StateHistory::ReadInto(int64_t version, std::optional<int64_t> snapshot,
                                           StateTarget* target) {
  ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
  {
    std::lock_guard guard(mutex_);
    const auto newest = [](const std::set<int64_t>& versions) {
      return versions.empty() ? 0 : *versions.rbegin();
    };
    newest_snapshot_ = std::max(newest_snapshot_, newest(listing.snapshots));
    newest_delta_ = std::max(newest_delta_, newest(listing.deltas));
  }
  // The note counts: a delta beside it is of a run of the batch that did not come to its end.
  ARROW_ASSIGN_OR_RAISE(const std::optional<StateOrigin> note, NoteOf(version));
  const int64_t last_change = note ? note->version : version;
  const auto checked = [&](Result<StateOrigin> loaded) -> Result<StateOrigin> {
    if (!loaded.ok() || !note || loaded->stamp == note->stamp) return loaded;
    return ForeignHistory(unchanged_stores_.PathOf(version),
                          "it names another version " + std::to_string(last_change));
  };
  if (snapshot) {
    ARROW_RETURN_NOT_OK(target->Clear());
    return checked(LoadFrom(*snapshot, last_change, listing, target));
  }
  // From the newest snapshot; if it is damaged, the one before and more deltas give the same state.
  std::vector<int64_t> starts = {0};
  for (const int64_t snapshot : listing.snapshots) {
    if (snapshot <= last_change) starts.push_back(snapshot);
  }
  Status first_error;
  for (auto start = starts.rbegin(); start != starts.rend(); ++start) {
    ARROW_RETURN_NOT_OK(target->Clear());
    Result<StateOrigin> origin = LoadFrom(*start, last_change, listing, target);
    if (origin.ok()) {
      if (!first_error.ok()) LogWarn("state", "used an older snapshot: " + first_error.message());
      return checked(std::move(origin));
    }
    if (first_error.ok()) first_error = origin.status();
  }
  return first_error;
}

Result<StateOrigin> StateHistory::LoadFrom(int64_t snapshot, int64_t version,
                                           const Listing& listing, StateTarget* target) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> chain, Chain(snapshot, version, listing));
  EncodedRows keys;
  const auto put_all = [&](const StateFile& file, bool all_new) {
    return file.ForEachPut([&](const arrow::Array& encoded, const arrow::RecordBatch& values) {
      KeysFromArray(encoded, &keys);
      return target->Put(keys, values, all_new);
    });
  };
  StateOrigin origin;
  int64_t snapshot_bytes = 0;
  if (snapshot > 0) {
    ARROW_ASSIGN_OR_RAISE(const StateFile file, ReadFile(Kind::kSnapshot, snapshot));
    origin = {snapshot, file.named_stamp(), file.entries()};
    snapshot_bytes = file.size_bytes();
    if (listing.deltas.contains(snapshot)) {
      ARROW_ASSIGN_OR_RAISE(const StateFile delta, ReadFile(Kind::kDelta, snapshot));
      if (delta.checksum() != origin.stamp) {
        return ForeignHistory(PathOf(Kind::kSnapshot, snapshot), "the delta beside it differs");
      }
    }
    ARROW_RETURN_NOT_OK(put_all(file, /*all_new=*/true));
  }
  std::map<int64_t, int64_t> delta_bytes;
  for (const int64_t v : chain) {
    ARROW_ASSIGN_OR_RAISE(const StateFile delta, ReadDelta(v, origin));
    const bool first = origin.version == 0;
    origin = {v, delta.checksum(), delta.entries()};
    delta_bytes[v] = delta.size_bytes();
    ARROW_RETURN_NOT_OK(delta.ForEachRemoval([&](const arrow::Array& encoded) {
      KeysFromArray(encoded, &keys);
      return target->Remove(keys);
    }));
    ARROW_RETURN_NOT_OK(put_all(delta, /*all_new=*/first));
  }

  std::lock_guard guard(mutex_);
  snapshot_version_ = snapshot;
  snapshot_bytes_ = snapshot_bytes;
  delta_bytes_ = std::move(delta_bytes);
  return origin;
}

Status StateHistory::RemoveSnapshotsFrom(int64_t version) {
  {
    std::lock_guard guard(mutex_);
    if (newest_snapshot_ < version) return Status::OK();
    newest_snapshot_ = version - 1;
  }
  ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
  for (const int64_t snapshot : listing.snapshots) {
    if (snapshot < version) continue;
    ARROW_RETURN_NOT_OK(files_->RemoveFile(PathOf(Kind::kSnapshot, snapshot)));
  }
  return Status::OK();
}

Status StateHistory::KeepVersion(int64_t version, const StateOrigin& origin) {
  ARROW_RETURN_NOT_OK(RemoveSnapshotsFrom(version));
  int64_t newest = 0;
  {
    std::lock_guard guard(mutex_);
    newest = std::exchange(newest_delta_, std::min(newest_delta_, version - 1));
    unchanged_version_ = version;
    unchanged_origin_ = origin;
  }
  for (; newest >= version; --newest) {
    ARROW_RETURN_NOT_OK(files_->RemoveFile(PathOf(Kind::kDelta, newest)));
  }
  return Status::OK();
}

std::optional<StateOrigin> StateHistory::UnchangedAt(int64_t version) const {
  std::lock_guard guard(mutex_);
  if (unchanged_version_ != version) return std::nullopt;
  return unchanged_origin_;
}

Result<StateOrigin> StateHistory::WriteDelta(int64_t version, const StateOrigin& origin,
                                             int64_t entries, StateTable* table) {
  ARROW_RETURN_NOT_OK(RemoveSnapshotsFrom(version));
  const std::vector<uint32_t> changed = table->ChangedNumbers();
  const EncodedRows& removed = table->removed_keys();
  const auto removed_count = static_cast<int64_t>(removed.offsets.size()) - 1;
  StateStamp stamp = 0;
  int64_t size_bytes = 0;
  const auto write = [&](WritableFile* file) -> Status {
    StateFileWriter writer(file);
    ARROW_RETURN_NOT_OK(writer.Begin(Identity(Kind::kDelta, version), origin, entries));
    for (int64_t start = 0; start < removed_count; start += kRowsPerBatch) {
      arrow::BinaryBuilder keys;
      for (int64_t i = start; i < std::min(start + kRowsPerBatch, removed_count); ++i) {
        ARROW_RETURN_NOT_OK(keys.Append(removed.row(i)));
      }
      ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Array> array, keys.Finish());
      ARROW_RETURN_NOT_OK(writer.AddRemovals(array));
    }
    const auto count = static_cast<int64_t>(changed.size());
    for (int64_t start = 0; start < count; start += kRowsPerBatch) {
      const int64_t length = std::min(kRowsPerBatch, count - start);
      arrow::BinaryBuilder keys;
      ARROW_RETURN_NOT_OK(keys.Reserve(length));
      for (int64_t i = start; i < start + length; ++i) {
        ARROW_RETURN_NOT_OK(keys.Append(table->key(changed[i])));
      }
      ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Array> array, keys.Finish());
      ARROW_ASSIGN_OR_RAISE(const auto values, table->Values(changed.data() + start, length));
      ARROW_RETURN_NOT_OK(writer.AddPuts(array, *values));
    }
    ARROW_ASSIGN_OR_RAISE(stamp, writer.Finish());
    size_bytes = writer.size_bytes();
    return Status::OK();
  };
  // The batch may run again after a crash: then its version is there, and may be of no use. Nobody
  // reads it before the batch is in the sink, so a part of it may be there as well.
  ARROW_RETURN_NOT_OK(WriteFileAtomically(files_.get(), PathOf(Kind::kDelta, version), write,
                                          /*overwrite=*/true, SyncOrder::kNameThenFile,
                                          kDeltaPoints));
  std::lock_guard guard(mutex_);
  delta_bytes_[version] = size_bytes;
  newest_delta_ = std::max(newest_delta_, version);
  unchanged_version_ = 0;
  return StateOrigin{version, stamp, entries};
}

std::optional<int64_t> StateHistory::TakeDueSnapshot(int64_t latest, int min_deltas) {
  // So many deltas are folded however small they are.
  constexpr int64_t kManyTimes = 20;
  std::lock_guard guard(mutex_);
  if (delta_bytes_.empty()) return std::nullopt;
  const auto after = delta_bytes_.upper_bound(latest);
  if (after == delta_bytes_.begin()) return std::nullopt;
  const int64_t version = std::prev(after)->first;
  const int64_t deltas = std::distance(delta_bytes_.begin(), after);
  if (deltas <= min_deltas) return std::nullopt;
  int64_t bytes = 0;
  for (const auto& [v, size] : delta_bytes_) bytes += v <= version ? size : 0;
  if (bytes * 2 < snapshot_bytes_ && deltas <= kManyTimes * min_deltas) return std::nullopt;
  delta_bytes_.erase(delta_bytes_.begin(), delta_bytes_.upper_bound(version));
  snapshot_version_ = version;
  return version;
}

// A pass over files from the newest to the oldest: of several entries for a key the first counts.
Status StateHistory::WriteSnapshot(int64_t version) {
  HEADRACE_INJECT("state.snapshot");
  ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
  int64_t base = 0;
  for (const int64_t snapshot : listing.snapshots) {
    if (snapshot < version) base = snapshot;
  }
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> chain, Chain(base, version, listing));
  std::vector<StateFile> oldest_first;
  StateOrigin origin;
  if (base > 0) {
    ARROW_ASSIGN_OR_RAISE(StateFile file, ReadFile(Kind::kSnapshot, base));
    origin = {base, file.named_stamp(), file.entries()};
    oldest_first.push_back(std::move(file));
  }
  for (const int64_t v : chain) {
    ARROW_ASSIGN_OR_RAISE(StateFile delta, ReadDelta(v, origin));
    origin = {v, delta.checksum(), delta.entries()};
    oldest_first.push_back(std::move(delta));
  }

  return WriteSnapshot(origin, [&](StateFileWriter* writer) -> Status {
    KeyFilter seen;
    for (auto state = oldest_first.rbegin(); state != oldest_first.rend(); ++state) {
      ARROW_RETURN_NOT_OK(state->ForEachPut(
          [&](const arrow::Array& keys, const arrow::RecordBatch& values) -> Status {
            ARROW_ASSIGN_OR_RAISE(const auto fresh, seen.TakeNew(keys, values));
            if (fresh.values->num_rows() == 0) return Status::OK();
            return writer->AddPuts(fresh.keys, *fresh.values);
          }));
      // Within a delta removals come before puts, so here after them.
      ARROW_RETURN_NOT_OK(state->ForEachRemoval([&](const arrow::Array& keys) {
        seen.Add(keys);
        return Status::OK();
      }));
    }
    return Status::OK();
  });
}

Status StateHistory::WriteSnapshot(const StateOrigin& origin,
                                   const std::function<Status(StateFileWriter*)>& add) {
  const int64_t version = origin.version;
  int64_t size_bytes = 0;
  const auto write = [&](WritableFile* file) -> Status {
    StateFileWriter writer(file);
    ARROW_RETURN_NOT_OK(writer.Begin(Identity(Kind::kSnapshot, version), origin, origin.entries));
    ARROW_RETURN_NOT_OK(add(&writer));
    ARROW_RETURN_NOT_OK(writer.Finish());
    size_bytes = writer.size_bytes();
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(files_->WriteFileAtomically(PathOf(Kind::kSnapshot, version), write,
                                                  /*overwrite=*/true));
  std::lock_guard guard(mutex_);
  snapshot_bytes_ = size_bytes;
  newest_snapshot_ = std::max(newest_snapshot_, version);
  last_written_snapshot_ = std::max(last_written_snapshot_, version);
  return Status::OK();
}

int64_t StateHistory::last_written_snapshot() const {
  std::lock_guard guard(mutex_);
  return last_written_snapshot_;
}

int64_t StateHistory::BytesToLoad() const {
  const Result<Listing> listing = List();
  if (!listing.ok()) return 0;
  const int64_t snapshot = listing->snapshots.empty() ? 0 : *listing->snapshots.rbegin();
  int64_t bytes = 0;
  const auto add = [&](Kind kind, int64_t version) {
    const Result<FileInformation> file = files_->Information(PathOf(kind, version));
    if (file.ok()) bytes += file->size_bytes;
  };
  if (snapshot > 0) add(Kind::kSnapshot, snapshot);
  for (auto delta = listing->deltas.upper_bound(snapshot); delta != listing->deltas.end();
       ++delta) {
    add(Kind::kDelta, *delta);
  }
  return bytes;
}

Status StateHistory::Purge(int64_t oldest) {
  ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
  auto base = listing.snapshots.upper_bound(oldest);
  if (base == listing.snapshots.begin()) return Status::OK();
  --base;
  for (const int64_t version : listing.deltas) {
    if (version >= *base) break;
    ARROW_RETURN_NOT_OK(files_->RemoveFile(PathOf(Kind::kDelta, version)));
  }
  for (const int64_t version : listing.snapshots) {
    if (version >= *base) break;
    ARROW_RETURN_NOT_OK(files_->RemoveFile(PathOf(Kind::kSnapshot, version)));
  }
  return Status::OK();
}

}  // namespace headrace

// The files of one store: `V.delta` for every version that changed it, `V.snapshot` for some. Loads
// versions, writes new ones, folds deltas into snapshots, removes what is no longer needed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "state/state_file.h"
#include "state/state_table.h"
#include "state/unchanged_stores.h"

namespace headrace {

// What a version is loaded into.
class StateTarget {
 public:
  virtual ~StateTarget() = default;
  virtual Status Clear() = 0;
  // `all_new`: the target has none of the keys, and they differ.
  virtual Status Put(const EncodedRows& keys, const arrow::RecordBatch& values, bool all_new) = 0;
  virtual Status Remove(const EncodedRows& keys) = 0;
};

// Thread-safe: snapshots are made of files that are never written again, while the next versions
// come to be.
class StateHistory {
 public:
  // In DirectoryOf `state_directory`.
  StateHistory(const std::string& state_directory, int operator_id, int partition,
               StateStoreDeclaration declaration, std::shared_ptr<FileSystem> files);

  const StateStoreDeclaration& declaration() const { return declaration_; }
  int operator_id() const { return operator_id_; }
  int partition() const { return partition_; }

  // Versions that have a file of the kind.
  struct Listing {
    std::set<int64_t> deltas;
    std::set<int64_t> snapshots;
  };
  Result<Listing> List() const;

  // `<state>/<operator>/<partition>[/<store>]`.
  static std::string DirectoryOf(const std::string& state_directory, int operator_id, int partition,
                                 const std::string& store);

  // Fills an empty table with version `version`; its origin. Prepares the directory for writing.
  Result<StateOrigin> Load(int64_t version, StateTable* table);
  Result<StateOrigin> Load(int64_t version, StateTarget* target);
  // The same for who only reads. `snapshot`: the one to start from; no value: the newest that is
  // intact.
  Result<StateOrigin> Read(int64_t version, std::optional<int64_t> snapshot, StateTable* table);
  // The delta of `version`, verified by itself; null if that version changed nothing.
  Result<std::optional<StateFile>> ReadChanges(int64_t version) const;
  Result<StateFile> ReadDelta(int64_t version) const;
  // Where the contents of `version` come from.
  Result<StateOrigin> OriginOf(int64_t version) const;

  // Writes the changes of `table` as `version`, which builds on `origin` and has `entries`.
  Result<StateOrigin> WriteDelta(int64_t version, const StateOrigin& origin, int64_t entries,
                                 StateTable* table);
  // The version changes nothing: it has no delta, but is to be noted (UnchangedStores).
  Status KeepVersion(int64_t version, const StateOrigin& origin);
  // What is to be noted of `version`.
  std::optional<StateOrigin> UnchangedAt(int64_t version) const;

  // The version at which a snapshot is due: there are more than `min_deltas` deltas up to `latest`
  // since the last one, and they are no trifle beside it. Each version is given once.
  std::optional<int64_t> TakeDueSnapshot(int64_t latest, int min_deltas);
  // Makes it of the files.
  Status WriteSnapshot(int64_t version);
  // Makes it of entries that `add` gives to the writer.
  Status WriteSnapshot(const StateOrigin& origin,
                       const std::function<Status(StateFileWriter*)>& add);
  int64_t last_written_snapshot() const;  // the newest that this object wrote; -1: none
  // Of the files that make up the newest version, as far as they can be told.
  int64_t BytesToLoad() const;
  // Removes what no version from `oldest` on needs.
  Status Purge(int64_t oldest);

  std::string PathOf(StateFileIdentity::Kind kind, int64_t version) const;

 private:
  Status PrepareDirectory();
  // Snapshots of a history that ends because `version` is written anew.
  Status RemoveSnapshotsFrom(int64_t version);
  // What UnchangedStores has of `version`.
  Result<std::optional<StateOrigin>> NoteOf(int64_t version) const;
  // The versions with deltas that lead from `from`, exclusive, to `to`, ascending.
  Result<std::vector<int64_t>> Chain(int64_t from, int64_t to, const Listing& listing) const;
  Result<StateFile> ReadFile(StateFileIdentity::Kind kind, int64_t version) const;
  StateFileIdentity Identity(StateFileIdentity::Kind kind, int64_t version) const;
  // Load from `snapshot` (0: from nothing) and the deltas after it.
  Result<StateOrigin> LoadFrom(int64_t snapshot, int64_t version, const Listing& listing,
                               StateTarget* target);
  Result<StateOrigin> ReadInto(int64_t version, std::optional<int64_t> snapshot,
                               StateTarget* target);
  // A delta that must build on `previous`.
  Result<StateFile> ReadDelta(int64_t version, const StateOrigin& previous) const;

  const std::string directory_;
  const int operator_id_;
  const int partition_;
  const StateStoreDeclaration declaration_;
  const std::shared_ptr<FileSystem> files_;
  const UnchangedStores unchanged_stores_;

  mutable std::mutex mutex_;
  int64_t last_written_snapshot_ = -1;  // by this object
  bool prepared_ = false;
  int64_t newest_snapshot_ = 0, newest_delta_ = 0;  // no file has a higher version
  int64_t unchanged_version_ = 0;                   // the last of KeepVersion, and its origin
  StateOrigin unchanged_origin_;
  // What decides when a snapshot is due.
  int64_t snapshot_version_ = 0;  // the last one made or being made
  int64_t snapshot_bytes_ = 0;
  std::map<int64_t, int64_t> delta_bytes_;  // by version, of deltas after it
};

}  // namespace headrace

// The files of one store: `V.delta` for every version, `V.snapshot` for some. Loads versions,
// writes new ones, folds deltas into snapshots, removes what is no longer needed.
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

namespace headrace {

// Thread-safe: snapshots are made of files that are never written again, while the next versions
// come to be.
class StateHistory {
 public:
  StateHistory(std::string directory, int operator_id, int partition,
               StateStoreDeclaration declaration, std::shared_ptr<FileSystem> files);

  const StateStoreDeclaration& declaration() const { return declaration_; }

  // Fills an empty table with version `version`; its stamp.
  Result<StateStamp> Load(int64_t version, StateTable* table);

  // Writes the changes of `table` as `version`, the successor of the version with `previous`.
  Result<StateStamp> WriteDelta(int64_t version, StateStamp previous, StateTable* table);

  // The version at which a snapshot is due: there are more than `min_deltas` deltas up to `latest`
  // since the last one, and they are no trifle beside it. Each version is given once.
  std::optional<int64_t> TakeDueSnapshot(int64_t latest, int min_deltas);
  Status WriteSnapshot(int64_t version);
  // Removes what no version from `oldest` on needs.
  Status Purge(int64_t oldest);

  std::string PathOf(StateFileIdentity::Kind kind, int64_t version) const;

 private:
  struct Listing {
    std::set<int64_t> deltas;
    std::set<int64_t> snapshots;
  };

  Status PrepareDirectory();
  // Snapshots of a history that ends because `version` is written anew.
  Status RemoveSnapshotsFrom(int64_t version);
  Result<Listing> List() const;
  Result<StateFile> Read(StateFileIdentity::Kind kind, int64_t version) const;
  StateFileIdentity Identity(StateFileIdentity::Kind kind, int64_t version) const;
  // Load from `snapshot` (0: from nothing) and the deltas after it.
  Result<StateStamp> LoadFrom(int64_t snapshot, int64_t version, const Listing& listing,
                              StateTable* table);
  // A delta that must build on `previous`.
  Result<StateFile> ReadDelta(int64_t version, StateStamp previous) const;

  const std::string directory_;
  const int operator_id_;
  const int partition_;
  const StateStoreDeclaration declaration_;
  const std::shared_ptr<FileSystem> files_;

  std::mutex mutex_;
  bool prepared_ = false;
  int64_t newest_snapshot_ = 0;  // no file has a higher version
  // What decides when a snapshot is due.
  int64_t snapshot_version_ = 0;  // the last one made or being made
  int64_t snapshot_bytes_ = 0;
  std::map<int64_t, int64_t> delta_bytes_;  // by version, of deltas after it
};

}  // namespace headrace

// `state/<operator>/_unchanged/V`: the stores that version V left as they were (docs/formats.md).
//
// A store without changes writes no delta: with many partitions that would be nearly all that a
// small batch does. One file for all of them keeps a store that did not change apart from one whose
// delta is lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/atomic_write.h"
#include "base/file_system.h"
#include "state/state_file.h"

namespace headrace {

struct UnchangedStore {
  std::string name;
  int partition = 0;
  StateOrigin origin;
};

class UnchangedStores {
 public:
  UnchangedStores(const std::string& state_directory, int operator_id, FileSystem* files);

  // Durable when it returns, in place of what an earlier run of the batch said.
  // As of a delta, nobody reads it before the batch is in the sink, unless `order` says otherwise.
  Status Write(int64_t version, const std::vector<UnchangedStore>& stores,
               SyncOrder order = SyncOrder::kNameThenFile);
  // Without stores: there is no file.
  Result<std::vector<UnchangedStore>> Read(int64_t version) const;
  // No value: the version changed the store, or there is no such version.
  Result<std::optional<StateOrigin>> Find(int64_t version, const std::string& name,
                                          int partition) const;
  // Versions that have a file, ascending.
  Result<std::vector<int64_t>> Versions() const;
  Status Remove(int64_t version) { return files_->RemoveFile(PathOf(version)); }
  std::string PathOf(int64_t version) const;

 private:
  const std::string directory_;
  const int operator_id_;
  FileSystem* const files_;
  bool prepared_ = false;
};

}  // namespace headrace

// The state in a checkpoint, read from outside: after the query's end, or while it runs.
//
// No file is changed. A query that runs replaces files under a reader; a read that meets such a
// moment is repeated.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "base/file_system.h"
#include "state/state_store.h"

namespace headrace {

// What `state/<op>/_metadata/metadata` tells, which Spark and Headrace write alike.
struct StateOperatorSummary {
  struct Store {
    std::string name;
    int partitions = 0;
  };
  int64_t operator_id = 0;
  std::string name;
  std::vector<Store> stores;
};
// By operator id. Errors: NotSupported for a format of Spark's that Headrace does not read.
Result<std::vector<StateOperatorSummary>> ReadStateSummaries(const std::string& state_directory,
                                                             FileSystem* files);

// Whether Headrace wrote the operator's state: its `_metadata/schema` is there.
Result<bool> HasStateSchema(const std::string& state_directory, int operator_id, FileSystem* files);
// An operator of a query that Headrace ran, as of its last start.
Result<StatefulOperatorDeclaration> ReadStateOperator(const std::string& state_directory,
                                                      int operator_id, FileSystem* files);

// One store in one partition.
class StateReader {
 public:
  using Consumer =
      std::function<Status(const arrow::RecordBatch& keys, const arrow::RecordBatch& values)>;
  // `values` is null for keys that were removed.
  using ChangeConsumer = std::function<Status(int64_t version, const arrow::RecordBatch& keys,
                                              const arrow::RecordBatch* values)>;

  StateReader(const std::string& state_directory, int operator_id, int partition,
              StateStoreDeclaration declaration, std::shared_ptr<FileSystem> files);

  // All entries of `version`; with `snapshot` read from the snapshot of that version and the deltas
  // after it, whatever other snapshots there are.
  Status Scan(int64_t version, std::optional<int64_t> snapshot, const Consumer& consume) const;
  // What each version from `first` to `last` changed: its removals, then its puts. A key that was
  // removed and put again is in both, one that came and went within a batch in neither.
  Status ScanChanges(int64_t first, int64_t last, const ChangeConsumer& consume) const;

  struct File {
    std::string path;
    int64_t version = 0;
    bool is_snapshot = false;
    bool builds_on_nothing = false;  // the first change there ever was
    int64_t size_bytes = 0;
  };
  // Of this store, by version.
  Result<std::vector<File>> Files() const;
  // The newest version of the operator if it left this store as it was, else 0.
  Result<int64_t> NewestUnchanged() const;
  // Files that tell which stores did not change, of all stores of an operator: those that are
  // damaged.
  static std::vector<std::pair<std::string, Status>> VerifyNotes(const std::string& state_directory,
                                                                 int operator_id,
                                                                 FileSystem* files);
  // Reads a file as a whole; OK if it is intact and belongs where it lies.
  Status Verify(const File& file) const;

 private:
  const std::string directory_;  // of all states
  const int operator_id_, partition_;
  const StateStoreDeclaration declaration_;
  const std::shared_ptr<FileSystem> files_;
};

}  // namespace headrace

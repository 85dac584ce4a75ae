// Versioned key-value state of one operator in one partition.
//
// Version V is the state after batch V-1; version 0 is empty and needs no files. A store is opened
// at a version, changed by whole columns, then either committed as the next version or rolled
// back. Keys and values are record batches of fixed schemas. One thread at a time.
// On disk (docs/formats.md): <directory>/V.delta (what changed, if anything did), V.snapshot (all),
// checksummed.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "base/file_system.h"
#include "types/row_encoding.h"

namespace headrace {

// What an operator says of a store; from it follow metrics, the state reader and the check of a
// changed query against an old checkpoint.
struct StateStoreDeclaration {
  std::string name = "default";
  SchemaPtr key_schema;
  SchemaPtr value_schema;
  int schema_version = 1;
  // The column that holds the time at which an entry leaves the store: a timestamp, a window (its
  // end counts), or a bigint of microseconds. For reports only.
  struct TimeColumn {
    bool in_key = true;
    int column = 0;
    int64_t unit_us = 1;                         // microseconds that 1 of a bigint stands for
    std::optional<int64_t> none = std::nullopt;  // the bigint that stands for no time
  };
  std::optional<TimeColumn> expires_by = std::nullopt;
  // The column by whose time the store finds entries (StateStore::TakeExpired). On no disk.
  std::optional<TimeColumn> indexed_by = std::nullopt;
  // So many columns, the first of the keys, find all entries that have them
  // (StateStore::GetPrefixed). On no disk.
  std::optional<int> prefix_columns = std::nullopt;
  // What the store is to a program, in Spark's words: "ValueState", "ListState", "MapState" for
  // variables, "TimerState"; "": nothing.
  std::string variable_type = {};
};

struct StateStoreMetrics {
  int64_t keys = 0;
  int64_t memory_bytes = 0;
  std::map<std::string, int64_t>
      custom;  // loadedMapCacheHitCount, stateOnCurrentVersionSizeBytes …
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  virtual int64_t version() const = 0;  // the version that was opened
  virtual const StateStoreDeclaration& declaration() const = 0;

  // For each key row: found[i] tells whether it is there; row i of the result is its value (nulls
  // when it is not). `keys` are the encodings of rows with key_schema's types.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Get(const EncodedRows& keys,
                                                          std::vector<uint8_t>* found) = 0;
  // Inserts or replaces. `keys` and `values` have equally many rows; duplicates: the last wins.
  virtual Status Put(const EncodedRows& keys, const arrow::RecordBatch& values) = 0;
  virtual Status Remove(const EncodedRows& keys) = 0;

  // With an index by time: as Put, where times[i] is what row i has in the column, in microseconds,
  // kNever for a null. What is put without times keeps those that it had.
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  virtual Status Put(const EncodedRows& keys, const arrow::RecordBatch& values,
                     const std::vector<int64_t>& times) = 0;
  struct Entries {
    EncodedRows keys;
    std::shared_ptr<arrow::RecordBatch> values;  // null unless asked for
  };
  enum class Taking {
    kRemove,         // the entries leave the store
    kReadAndRemove,  // the same, with their values
    kRead,           // they stay, until the caller removes or changes them
  };
  // The next entries, some thousand at most, with time <= limit_us; without keys: there are no
  // more. An entry is given once, unless it is put again.
  virtual Result<Entries> TakeExpired(int64_t limit_us, Taking taking) = 0;
  // No entry expires before this; kNever: none does. Too early, perhaps, where an entry had that
  // time that is gone, until TakeExpired was asked for it.
  virtual Result<int64_t> FirstTime() = 0;

  // With prefix columns: the entries whose keys begin with the columns that prefixes[i] encodes are
  // those from begins[i] to begins[i + 1], in no order. No prefix comes twice.
  struct PrefixedEntries {
    EncodedRows keys;
    std::shared_ptr<arrow::RecordBatch> values;
    std::vector<int64_t> begins;
  };
  virtual Result<PrefixedEntries> GetPrefixed(const EncodedRows& prefixes) = 0;
  // Which of them have entries.
  virtual Status HasPrefixes(const EncodedRows& prefixes, std::vector<uint8_t>* has) = 0;
  // How many have. Before the first change since the store was opened.
  virtual Result<int64_t> CountPrefixes() = 0;

  // All entries in batches: decoded keys then values. The consumer must not change the store.
  virtual Status Scan(const std::function<Status(const arrow::RecordBatch& keys,
                                                 const arrow::RecordBatch& values)>& consume) = 0;

  // Durable version()+1: every byte is synced when it returns, but for the note that nothing
  // changed (StateStoreProvider::FinishCommit). The store is then at that version.
  virtual Status Commit() = 0;
  // Forgets uncommitted changes.
  virtual Status Rollback() = 0;
  virtual StateStoreMetrics Metrics() const = 0;
};

struct StatefulOperatorDeclaration {
  int operator_id = 0;
  std::string name;  // "stateStoreSave"
  int partitions = 1;
  std::vector<StateStoreDeclaration> stores;
  // Of state variables: Spark's JSON about them, and those that the program wants to be gone.
  std::string properties = {};
  std::vector<std::string> deleted_stores = {};
};

// Opens stores, keeps the last versions in memory between batches, makes snapshots in the
// background, deletes old versions. One per streaming query run. Thread-safe.
class StateStoreProvider {
 public:
  virtual ~StateStoreProvider() = default;
  // `operator_id`, `partition` as in `state/<operator>/<partition>[/<name>]`. Errors:
  // CANNOT_LOAD_STATE_STORE.* naming the file; CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED.
  virtual Result<std::shared_ptr<StateStore>> Open(int operator_id, int partition,
                                                   const StateStoreDeclaration& declaration,
                                                   int64_t version) = 0;
  // Called when all stores have committed `version`, before anybody relies on it: makes durable
  // which of them it did not change.
  virtual Status FinishCommit(int64_t version) = 0;
  // Before the first Open: these operators' stores that are in the metadata but that the query does
  // not declare (any more) stay as they are at `version`, so that they can be declared again.
  virtual Status KeepUndeclared(const std::vector<StatefulOperatorDeclaration>& operators,
                                int64_t version) = 0;
  // Called after the commit log has batch `version - 1`: may snapshot and purge.
  virtual void Maintain(int64_t version) = 0;
  // What all stores have in memory, as of the last Maintain.
  virtual int64_t memory_bytes() const = 0;
};

// Where the current version is while the query runs. The files below `<checkpoint>/state` are the
// same for both: a query can change from one to the other at any start.
enum class StateStoreKind {
  kMemory,   // columnar tables
  kRocksDb,  // a RocksDB database outside the checkpoint, made anew at each start
};

struct StateStoreOptions {
  int min_versions_to_retain = 100;
  int min_deltas_for_snapshot = 10;
  std::shared_ptr<FileSystem> files = FileSystem::Local();
  StateStoreKind kind = StateStoreKind::kMemory;
  // Of all stores together. Past it, stores in memory move to RocksDB when they are opened for the
  // next version; RocksDB's caches and buffers keep to it. 0: none, and RocksDB's own default.
  int64_t memory_limit_bytes = 0;
  // Where RocksDB's directories are made; "": in the system's directory for temporary files.
  std::string local_directory = {};
};
// Change log and snapshots below `directory` (`<checkpoint>/state`).
std::unique_ptr<StateStoreProvider> MakeStateStoreProvider(std::string directory,
                                                           StateStoreOptions options);

// Names and schemas of all stateful operators, in `state/<op>/_metadata/metadata` and `schema`
// (Spark's text for metadata). As long as no version of any state is there, they are written anew.
// Errors: STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA,
// STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE, STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE,
// STATE_STORE_INVALID_CONFIG_AFTER_RESTART (number of partitions),
// STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE, INVALID_LOG_VERSION.EXACT_MATCH_VERSION (variables as
// an earlier version laid them out). State variables may come and go: new ones are empty at
// `version`, which the first batch opens; those that are not declared stay in the metadata
// (StateStoreProvider::KeepUndeclared); those that are deleted are gone from it, and from the disk.
Status CheckOrWriteStateMetadata(const std::string& state_directory,
                                 const std::vector<StatefulOperatorDeclaration>& operators,
                                 FileSystem* files, int64_t version = 0);

}  // namespace headrace

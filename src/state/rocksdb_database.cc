#include "state/rocksdb_database.h"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "base/log.h"
#include "base/random.h"
#include "state/rocksdb_unsynced_files.h"

namespace headrace {
namespace {

constexpr std::string_view kPrefix = "headrace-state-";
constexpr std::string_view kLockSuffix = ".lock";

std::string TemporaryDirectory() {
  const char* configured = std::getenv("TMPDIR");
  return configured != nullptr && *configured != '\0' ? configured : "/tmp";
}

// Directories whose processes died: nobody holds their locks.
void RemoveAbandoned(const std::string& parent, FileSystem* files) {
  const auto children = files->List(parent);
  if (!children.ok()) return;
  for (const FileInformation& child : *children) {
    const std::string name = BaseName(child.path);
    if (!name.starts_with(kPrefix) || !name.ends_with(kLockSuffix)) continue;
    const auto lock = files->Lock(child.path);
    if (!lock.ok()) continue;
    const std::string directory = child.path.substr(0, child.path.size() - kLockSuffix.size());
    Status removed = files->RemoveDirectory(directory);
    if (removed.ok()) removed = files->RemoveFile(child.path);
    if (!removed.ok()) LogWarn("state", "left behind by a crash: " + removed.message());
  }
}

}  // namespace

Status FromRocksDb(const rocksdb::Status& status, const char* operation) {
  if (status.ok()) return Status::OK();
  return Status::IOError("RocksDB cannot ", operation, ": ", status.ToString());
}

Result<std::shared_ptr<RocksDbDatabase>> RocksDbDatabase::Create(const std::string& parent,
                                                                 int64_t memory_bytes) {
  const std::shared_ptr<FileSystem> files = FileSystem::Local();
  const std::string home = parent.empty() ? TemporaryDirectory() : AbsolutePath(parent);
  ARROW_RETURN_NOT_OK(files->CreateDirectories(home));
  RemoveAbandoned(home, files.get());

  std::shared_ptr<RocksDbDatabase> made(new RocksDbDatabase);
  made->directory_ = JoinPath(home, std::string(kPrefix) + Random::System()->Uuid());
  made->lock_path_ = made->directory_ + std::string(kLockSuffix);
  ARROW_ASSIGN_OR_RAISE(made->lock_, files->Lock(made->lock_path_));

  made->cache_ = rocksdb::NewLRUCache(static_cast<size_t>(memory_bytes));
  rocksdb::Options& options = made->options_;
  options.create_if_missing = true;
  // Write buffers take up to half of the cache's room.
  const auto buffer_bytes = static_cast<size_t>(memory_bytes / 2);
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(buffer_bytes, made->cache_);
  options.write_buffer_size = std::max<size_t>(buffer_bytes / 4, 64 << 10);
  options.max_background_jobs =
      static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 2u, 4u));
  options.keep_log_file_num = 1;
  options.info_log_level = rocksdb::InfoLogLevel::ERROR_LEVEL;
  options.max_open_files = 1024;
  options.env = UnsyncedEnvironment();
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = made->cache_;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Most keys that a batch asks for are new or in a table: the write buffer need not be searched.
  options.memtable_prefix_bloom_size_ratio = 0.05;
  options.memtable_whole_key_filtering = true;
  made->writer_bytes_ = std::clamp<int64_t>(memory_bytes / 4, 1 << 20, 64 << 20);

  rocksdb::DB* database = nullptr;
  ARROW_RETURN_NOT_OK(FromRocksDb(rocksdb::DB::Open(options, made->directory_, &database),
                                  ("open " + made->directory_).c_str()));
  made->database_.reset(database);
  return made;
}

RocksDbDatabase::~RocksDbDatabase() {
  database_.reset();
  if (directory_.empty()) return;
  const std::shared_ptr<FileSystem> files = FileSystem::Local();
  Status removed = files->RemoveDirectory(directory_);
  if (removed.ok()) removed = files->RemoveFile(lock_path_);
  if (!removed.ok()) LogWarn("state", "RocksDB's directory: " + removed.message());
}

Result<RocksDbDatabase::Family> RocksDbDatabase::AddFamily() {
  std::string name;
  {
    std::lock_guard guard(mutex_);
    name = std::to_string(families_++);
  }
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  ARROW_RETURN_NOT_OK(
      FromRocksDb(database_->CreateColumnFamily(options_, name, &handle), "make a column family"));
  return Family(handle, [database = database_.get()](rocksdb::ColumnFamilyHandle* family) {
    (void)database->DestroyColumnFamilyHandle(family);
  });
}

std::string RocksDbDatabase::NewTablePath() {
  return JoinPath(directory_, "written-" + std::to_string(tables_++));
}

Status RocksDbDatabase::DropFamily(const Family& family) {
  return FromRocksDb(database_->DropColumnFamily(family.get()), "drop a column family");
}

int64_t RocksDbDatabase::memory_bytes() const { return static_cast<int64_t>(cache_->GetUsage()); }

}  // namespace headrace

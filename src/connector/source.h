// What a source promises.
//
// A streaming Source is made once a query run, used by the query's thread only (readers by pool
// threads). Offsets are JSON texts that only the source understands, except that equal text means
// equal offset. The same (start, end] range gives the same rows again: after a crash a batch is
// re-read from the offset log. A batch scan (BatchScan) is a range without offsets.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/options.h"
#include "base/random.h"
#include "base/task_pool.h"
#include "expression/expression.h"

namespace headrace {

using OffsetJson = std::string;

// Everything environmental that a connector may use.
struct ConnectorContext {
  std::shared_ptr<Clock> clock = Clock::System();
  std::shared_ptr<FileSystem> files = FileSystem::Local();
  std::shared_ptr<Random> random = Random::System();
  std::shared_ptr<const TimeZone> session_zone = TimeZone::Utc();
  int default_parallelism = 2;
  // Session configuration by full key ("spark.sql.files.ignoreCorruptFiles"); no value: default.
  std::function<std::optional<std::string>(const std::string&)> configuration =
      [](const std::string&) { return std::nullopt; };
  // Where console output goes; null: stdout.
  std::function<void(const std::string&)> print;
};

// What a reader is asked for. `columns` are names of the source's schema, in output order. Filters
// are hints that reference `columns` through BoundReference; a reader may skip rows (files, row
// groups) that cannot match, but rows that it returns are filtered again above.
struct ScanRequest {
  std::vector<std::string> columns;
  std::vector<ExpressionPtr> filters;
};

// One partition of a read: used by one thread at a time.
class PartitionReader {
 public:
  virtual ~PartitionReader() = default;
  // The next batch with exactly the requested columns, null at the end.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};
using PartitionReaders = std::vector<std::unique_ptr<PartitionReader>>;

struct ReadLimit {
  bool all_available = true;  // Trigger.Once: rate limits are ignored
};

class Source {
 public:
  virtual ~Source() = default;
  virtual SchemaPtr schema() const = 0;
  virtual std::string Description() const = 0;  // "FileStreamSource[file:/dir]"

  // The newest end that one batch beginning after `start` may have under the source's own limits
  // (maxFilesPerTrigger …), or under none if `limit.all_available`. No value: no data ever came.
  // Equal to `start`: nothing new. May write the source's own metadata (file log) durably.
  virtual Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>& start,
                                                         const ReadLimit& limit) = 0;
  // The start of the very first batch ("initial offset"); no value: the log holds none and the
  // first range has no start (V1 sources: files).
  virtual Result<std::optional<OffsetJson>> InitialOffset() { return std::optional<OffsetJson>(); }
  // For progress: the newest offset known regardless of limits; no value: null in the JSON.
  virtual std::optional<OffsetJson> ReportLatestOffset() { return std::nullopt; }

  // Rows in (start, end]. Cheap: work happens in the readers.
  virtual Result<PartitionReaders> Read(const std::optional<OffsetJson>& start,
                                        const OffsetJson& end, const ScanRequest& request) = 0;
  // Batches up to `end` are committed; one batch late, as in Spark.
  virtual Status Commit(const OffsetJson& end) = 0;

  // `wake` is called (from any thread, under the source's lock) when LatestOffset may answer anew.
  // The query sleeps until then, `next_poll_us` at most, if no event can tell (a directory);
  // negative: events are enough. The query calls `SetWake(nullptr)` before it ends.
  virtual void SetWake(std::function<void()> wake) { (void)wake; }
  virtual int64_t next_poll_us() const { return 10000; }

  // Trigger.AvailableNow: fixes the end at what is there now. False: not supported natively, the
  // whole query falls back to one unlimited batch.
  virtual Result<bool> PrepareForAvailableNow() { return false; }
  // Metrics of the last batch for progress ("metrics" of the source); empty: omitted.
  virtual std::map<std::string, std::string> Metrics() const { return {}; }
};

// A finite relation. Read may be called several times; each gives all rows.
class BatchScan {
 public:
  virtual ~BatchScan() = default;
  virtual SchemaPtr schema() const = 0;
  virtual std::string Description() const = 0;  // explain(): "parquet [/dir]"
  virtual Result<PartitionReaders> Read(const ScanRequest& request) = 0;
  virtual std::vector<std::string> InputFiles() const { return {}; }
};

// `spark.read/readStream.format(f).schema(s).options(o).load(paths)`.
struct SourceSpecification {
  std::string format;
  SchemaPtr user_schema;  // null: none given
  Options options;
  std::vector<std::string> paths;
};

class SourceProvider {
 public:
  virtual ~SourceProvider() = default;
  // Schema for analysis, streaming or batch. Static errors surface here: missing options, missing
  // path (PATH_NOT_FOUND), missing schema.
  virtual Result<SchemaPtr> ResolveSchema(const SourceSpecification&, bool streaming,
                                          const ConnectorContext&) = 0;
  // NotSupported naming the format when the source has no such side.
  virtual Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification&,
                                                       const SchemaPtr& schema,
                                                       const ConnectorContext&);
  // `metadata_path`: `<checkpoint>/sources/K`, the source's own durable space.
  virtual Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification&,
                                                     const SchemaPtr& schema,
                                                     const std::string& metadata_path,
                                                     const ConnectorContext&);
};

}  // namespace headrace

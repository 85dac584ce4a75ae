// What a sink promises.
//
// A streaming Sink is made once a query run. For each batch: Begin (false: this batch id is
// already in, the batch is not run again), then writers — one a partition, on pool threads —, then
// Prepare (everything durable but invisible), then, after the state is committed, Commit (visible;
// committing an id that is in has no effect). Abort may follow anything before Commit.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/source.h"

namespace headrace {

enum class OutputMode { kAppend, kUpdate, kComplete };
std::string OutputModeName(OutputMode mode);  // "append"
// STREAMING_OUTPUT_MODE.INVALID for anything else (case-insensitive; "" is append).
Result<OutputMode> ParseOutputMode(const std::string& text);

class SinkWriter {
 public:
  virtual ~SinkWriter() = default;
  virtual Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;
  virtual Status Finish() = 0;  // flushes; the data of this partition is complete
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual std::string Description() const = 0;
  // Told once before the first batch: what may block is to give up when this is cancelled.
  virtual void SetCancellation(const CancellationToken* cancellation) { (void)cancellation; }
  virtual Result<bool> Begin(int64_t batch_id) = 0;
  virtual Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) = 0;
  virtual Status Prepare(int64_t batch_id) = 0;
  virtual Status Commit(int64_t batch_id) = 0;
  virtual Status Abort(int64_t batch_id) = 0;
  // Rows of the last batch for progress; -1: unknown (files).
  virtual int64_t last_output_rows() const { return -1; }
  // The memory sink's content, for the temp view of the query's name; null for others.
  virtual std::shared_ptr<BatchScan> AsTable() { return nullptr; }
};

struct SinkSpecification {
  std::string format;
  Options options;  // includes path and queryName if given
  std::optional<std::string> path;
  std::vector<std::string> partition_columns;
  std::string query_name;
  std::string query_id;
  OutputMode output_mode = OutputMode::kAppend;
  SchemaPtr schema;
};

enum class SaveMode { kErrorIfExists, kAppend, kOverwrite, kIgnore };

class SinkProvider {
 public:
  virtual ~SinkProvider() = default;
  // Static checks at start(): output mode (STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE), options,
  // partition columns, types the format cannot hold.
  virtual Status CheckStream(const SinkSpecification&, const ConnectorContext&) = 0;
  virtual Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification&,
                                                   const ConnectorContext&) = 0;
  // May the checkpoint be a temporary directory (memory, console, noop, foreach)?
  virtual bool allows_temporary_checkpoint() const { return false; }
  // `df.write`: a sink used for the single batch 0; null result: mode is `ignore` and data exists.
  virtual Result<std::unique_ptr<Sink>> OpenBatch(const SinkSpecification&, SaveMode,
                                                  const ConnectorContext&);
};

}  // namespace headrace

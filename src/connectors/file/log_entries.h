// Lines of the two logs that the file connector keeps, in Spark's own form: which files a source
// has taken (`<checkpoint>/sources/K`) and which files a sink has committed (`_spark_metadata`).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "checkpoint/compactible_log.h"
#include "connector/source.h"

namespace headrace {

// {"path":"file:///in/a.json","timestamp":1600000001000,"batchId":0}
struct SourceLogEntry {
  std::string path;  // absolute, not encoded
  int64_t modification_time_ms = 0;
  int64_t log_offset = 0;

  std::string ToJson() const;
  static Result<SourceLogEntry> Parse(const std::string& json);
};

// {"path":"file:///out/part-0.json","size":7,"isDir":false,"modificationTime":1795247740761,
//  "blockReplication":1,"blockSize":33554432,"action":"add"}
struct SinkLogEntry {
  std::string path;
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
  bool is_add = true;  // false: an entry of old logs that takes a file away again

  std::string ToJson() const;
  static Result<SinkLogEntry> Parse(const std::string& json);
};

inline constexpr char kSinkLogDirectory[] = "_spark_metadata";

// Opens a log with the settings of `spark.sql.streaming.<kind>.log.*`; kind: fileSource, fileSink.
Result<std::unique_ptr<CompactibleLog>> OpenLog(
    const std::string& directory, const std::string& kind, const ConnectorContext& context,
    std::function<bool(const std::string&)> keep = nullptr);

// `{"logOffset":3}` and, from old checkpoints, `3`.
std::string LogOffsetJson(int64_t offset);
Result<int64_t> ParseLogOffset(const OffsetJson& json);

}  // namespace headrace

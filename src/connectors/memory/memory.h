// Rows in memory: the sink behind `format("memory")`, and a source that tests feed.
#pragma once

#include <mutex>

#include "connector/registry.h"

namespace headrace {

// The source of tests: a handle through which rows are added, batch by batch; each AddData is one
// offset. Readers find it by `format("headrace-memory-test").option("stream", name)`. Thread-safe.
// The data outlives queries, so that a restarted query reads the same ranges again.
class MemoryStream {
 public:
  // Makes (or replaces) the stream of this name.
  static std::shared_ptr<MemoryStream> Create(const std::string& name, SchemaPtr schema);
  // Null when there is none.
  static std::shared_ptr<MemoryStream> Find(const std::string& name);
  static void Remove(const std::string& name);

  MemoryStream(std::string name, SchemaPtr schema);

  const std::string& name() const { return name_; }
  const SchemaPtr& schema() const { return schema_; }
  // Returns the offset of these rows, counted from 0.
  Result<int64_t> AddData(std::shared_ptr<arrow::RecordBatch> rows);
  int64_t latest_offset() const;  // -1: nothing was added
  // What was added with offsets in (start, end].
  Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> Range(int64_t start, int64_t end) const;

 private:
  friend class MemoryStreamSource;
  // Called after each AddData; keyed by source, so that several queries may read one stream.
  void SetWake(const void* owner, std::function<void()> wake);

  const std::string name_;
  const SchemaPtr schema_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> data_;
  std::map<const void*, std::function<void()>> wakes_;
};

void RegisterMemoryConnector(ConnectorRegistry* registry);

}  // namespace headrace

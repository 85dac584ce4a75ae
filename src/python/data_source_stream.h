// The streaming reader of a Python data source, in a worker of its own for as long as a query runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "python/data_source.h"

namespace headrace {

// Offsets are JSON texts as Python writes them. Failures of the reader are
// PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR, with the traceback. One thread at a time.
class DataSourceStream {
 public:
  static Result<std::unique_ptr<DataSourceStream>> Start(const DataSourceCalls& calls,
                                                         const DataSourceInstance& instance);
  // Lets the reader stop, unless that takes seconds.
  ~DataSourceStream();
  DataSourceStream(const DataSourceStream&) = delete;
  DataSourceStream& operator=(const DataSourceStream&) = delete;

  // Of readers from 4.2 on: whether they choose the end of a batch by its start and a limit, and
  // whether they can fix their end.
  bool admission_control() const { return admission_control_; }
  bool trigger_available_now() const { return trigger_available_now_; }

  Result<std::string> InitialOffset();
  Result<std::string> LatestOffset();
  Result<std::string> LatestOffset(const std::string& start, const std::string& limit);
  Result<std::string> DefaultReadLimit();
  Result<std::optional<std::string>> ReportLatestOffset();
  Status PrepareForAvailableNow();

  struct Range {
    std::vector<std::string> partitions;
    // A simple reader has the rows already; they are not to be read by tasks.
    std::optional<std::vector<std::shared_ptr<arrow::RecordBatch>>> rows;
  };
  Result<Range> PlanRange(const std::string& start, const std::string& end);
  Status Commit(const std::string& end);

 private:
  explicit DataSourceStream(PythonWorkerPtr worker) : worker_(std::move(worker)) {}
  WorkerStream& stream() { return worker_->stream(); }
  template <typename Read>
  auto Ask(int32_t function, const std::vector<std::string>& arguments, const char* action,
           Read read) -> decltype(read());
  Result<std::string> AskText(int32_t function, const std::vector<std::string>& arguments,
                              const char* action);
  Status AskDone(int32_t function, const std::vector<std::string>& arguments, const char* action);
  Result<int32_t> ReadCount();
  Status ReadRows(std::vector<std::shared_ptr<arrow::RecordBatch>>* rows);

  PythonWorkerPtr worker_;
  bool admission_control_ = false;
  bool trigger_available_now_ = false;
};

}  // namespace headrace

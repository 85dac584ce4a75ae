// Data sources that are classes of the user's program (pyspark.sql.datasource.DataSource): what is
// asked of them while a read or write is planned, and to commit it.
//
// PySpark's own modules answer, in workers of the pool. Instances, partitions, writers and commit
// messages are pickles that go back and forth; only Python looks into them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "python/python_runtime.h"
#include "types/spark_type.h"

namespace headrace {

struct DataSourceClass {
  std::string name;     // that it was registered under
  std::string command;  // the pickled class
  std::string python_version;
};

struct DataSourceInstance {
  std::string pickle;
  SchemaPtr schema;
};

// What rows are read with: a task of the evaluation kMapArrow for each partition.
struct PlannedRead {
  std::string command;
  std::vector<std::string> partitions;  // none for streams: a range of offsets gives them
};

// What rows are written with: a task for each partition, which gives one commit message.
struct PlannedWrite {
  std::string command;
  std::string writer;
};

// No value: the task that was to give it failed.
using CommitMessages = std::vector<std::optional<std::string>>;

// Failures of the class are PYTHON_DATA_SOURCE_ERROR, with the traceback; of a stream's commit
// PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR.
class DataSourceCalls {
 public:
  DataSourceCalls(PythonContextPtr context, DataSourceClass source,
                  const CancellationToken* cancellation)
      : context_(std::move(context)), source_(std::move(source)), cancellation_(cancellation) {}

  const PythonContextPtr& context() const { return context_; }
  const DataSourceClass& source() const { return source_; }
  const CancellationToken* cancellation() const { return cancellation_; }
  void set_cancellation(const CancellationToken* cancellation) { cancellation_ = cancellation; }
  // How many rows a batch of rows to or from Python has at most.
  int32_t batch_rows() const;

  using Options = std::map<std::string, std::string>;
  // `user_schema`: null if the class is to tell it.
  Result<DataSourceInstance> Create(const Options& options, const SchemaPtr& user_schema) const;
  // The rows have `instance.schema`.
  Result<PlannedRead> PlanRead(const DataSourceInstance& instance, bool streaming) const;
  // Whether readers are told filters: they are from PySpark 4.1 on, if the session wants it.
  Result<bool> TakesFilters() const;
  // … with those in `filters`, a JSON array that pushFilters() is told of. What it does not refuse
  // may leave out rows only that do not match.
  Result<PlannedRead> PlanFilteredRead(const DataSourceInstance& instance,
                                       const std::string& filters) const;
  Result<PlannedWrite> PlanWrite(const Options& options, const SchemaPtr& schema, bool overwrite,
                                 bool streaming) const;
  // `abort`: also of what was cancelled; it may take half a minute without a sign of life.
  Status EndWrite(const std::string& writer, const CommitMessages& messages, bool abort) const;
  Status EndStreamWrite(const DataSourceInstance& instance, bool overwrite,
                        const CommitMessages& messages, int64_t batch_id, bool abort) const;

 private:
  class Call;
  PythonContextPtr context_;
  DataSourceClass source_;
  const CancellationToken* cancellation_;
};

// The columns in which tasks get their partition and give their commit message.
SchemaPtr PartitionColumn();
SchemaPtr CommitMessageColumn();

}  // namespace headrace

// Lines that arrived over a socket and are not committed yet, as Arrow columns.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/builder.h>
#include <arrow/record_batch.h>

#include "types/spark_type.h"

namespace headrace {

// Lines are numbered from 0. One thread appends, another one reads and releases. Appending waits
// when too many bytes are buffered that no batch has asked for yet: the sender then feels it.
class LineBuffer {
 public:
  LineBuffer(SchemaPtr schema, bool with_time);

  // Cuts `bytes` at \n, \r\n and \r. The rest of an unfinished line waits for the next call. False:
  // the buffer was closed while waiting for room.
  Result<bool> Append(std::string_view bytes, int64_t now_us);
  // The server has hung up: what is left is the last line.
  Status Finish(int64_t now_us);
  // Wakes a waiting Append for good.
  void Close();

  int64_t latest() const;  // number of the last whole line, -1: none
  // Lines (start, end] as batches. Error: they were released or never came.
  Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> Range(int64_t start, int64_t end);
  // Forgets the lines up to `end`.
  Status Release(int64_t end);

 private:
  struct Chunk {
    int64_t first = 0;  // number of the first line
    std::shared_ptr<arrow::RecordBatch> rows;
  };

  Status AddLine(std::string_view line, int64_t now_us);
  Status Seal();

  const SchemaPtr schema_;
  const bool with_time_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  bool closed_ = false;
  std::string partial_;          // an unfinished line
  bool skip_line_feed_ = false;  // the last byte was \r, which ended a line
  arrow::StringBuilder values_;  // lines since the last Seal
  arrow::Int64Builder times_;
  std::deque<Chunk> chunks_;  // sealed lines, oldest first
  int64_t lines_ = 0;         // whole lines so far
  int64_t handed_out_ = 0;    // lines below this were read at least once
};

}  // namespace headrace

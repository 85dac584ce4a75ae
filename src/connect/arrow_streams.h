// Rows on the wire: Arrow IPC streams in both directions.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/record_batch.h>

#include "types/wire_types.h"

namespace headrace {

struct LocalRows {
  SchemaPtr schema;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
};

// The batches of a client's stream, converted to the engine's types (types/spark_type.h).
Result<LocalRows> ReadArrowStream(std::string_view bytes);

// One complete stream: schema, one batch, end.
Result<std::string> WriteArrowStream(const arrow::RecordBatch& batch);

// Cuts and joins the batches of a result to sizes that suit the wire, and encodes them.
class ResultEncoder {
 public:
  // `rows` rows encoded in `stream`, the first of them being row `start` of the result.
  using Consumer = std::function<Status(int64_t start, int64_t rows, std::string stream)>;

  ResultEncoder(SchemaPtr schema, const std::string& zone, Consumer consume);

  Status Add(const std::shared_ptr<arrow::RecordBatch>& batch);
  // Gives what is left; an empty batch if there never was a row.
  Status Finish();

 private:
  Status Flush();
  Status Encode(const arrow::RecordBatch& batch);

  SchemaPtr schema_;       // the engine's
  SchemaPtr wire_schema_;  // with the session's time zone
  Consumer consume_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> pending_;
  int64_t pending_rows_ = 0;
  int64_t pending_bytes_ = 0;
  int64_t rows_ = 0;
  bool encoded_ = false;
};

}  // namespace headrace

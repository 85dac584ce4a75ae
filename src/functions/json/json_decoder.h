// Decodes JSON text straight into Arrow columns, only the fields that are asked for.
//
// Made once a query (and partition) for a target type, then fed batch after batch; buffers are
// kept. Not thread-safe: one decoder a thread. Keys outside the target are skipped, but must be
// well-formed JSON as in Spark. Field names match case-sensitively.
//
// The file source, NDJSON to a record batch:
//
//   ARROW_ASSIGN_OR_RAISE(auto options, JsonReadOptions::Parse(source_options, session_zone));
//   options.array_as_rows = true;
//   ARROW_ASSIGN_OR_RAISE(auto decoder, JsonDecoder::Make(arrow::struct_(pruned_fields), options));
//   // A chunk ends at a line end (or at the end of the file); kJsonPadding readable bytes follow.
//   ARROW_RETURN_NOT_OK(decoder->AppendLines(chunk));      // any number of times
//   if (decoder->rows() >= wanted) ARROW_ASSIGN_OR_RAISE(auto rows, decoder->Finish());
//   // rows is a StructArray; its fields are the columns of the batch in the order of the target.
//
// AppendLines skips blank lines, takes \n, \r\n and \r as line ends, and cuts a line into several
// rows when it is an array of objects (array_as_rows). PERMISSIVE gives each malformed line a row
// with what could be read, DROPMALFORMED none, FAILFAST returns MALFORMED_RECORD_IN_PARSING, which
// the file source wraps into FAILED_READ_FILE with the path. malformed() tells what was met since
// the last Finish, for metrics and logs. A pruned target counts fewer records as malformed than
// the full one (as Spark, which parses only the required schema): with a corrupt-record column in
// the target give the decoder the full schema and drop columns afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/array.h>

#include "functions/json/json_options.h"
#include "types/spark_type.h"

namespace headrace {

// Bytes after the text that must be readable (their values don't matter).
inline constexpr int64_t kJsonPadding = 64;

struct MalformedJson {
  int64_t line = 0;  // counted from 0 since the last Finish, blank lines included
  std::string reason;
};

class JsonDecoder {
 public:
  virtual ~JsonDecoder() = default;

  // `target`: a struct; for from_json also an array or a map. Error: a type that JSON can't be
  // read into, by name.
  static Result<std::unique_ptr<JsonDecoder>> Make(
      DataTypePtr target, const JsonReadOptions& options,
      arrow::MemoryPool* pool = arrow::default_memory_pool());

  // See above. `text` may be any length below 4 GiB.
  virtual Status AppendLines(std::string_view text) = 0;
  // One document (multiLine: line ends are whitespace); `text` need not be padded.
  virtual Status AppendDocument(std::string_view text) = 0;
  // The rows appended since the last Finish, of the target type. At the top nulls never occur.
  virtual Result<std::shared_ptr<arrow::Array>> Finish() = 0;
  virtual int64_t rows() const = 0;

  virtual int64_t malformed_count() const = 0;
  // The first few of them.
  virtual const std::vector<MalformedJson>& malformed() const = 0;

  // from_json: one value a string; null for null, empty and blank strings; nothing is pending
  // before and after.
  virtual Result<std::shared_ptr<arrow::Array>> DecodeStrings(
      const arrow::StringArray& documents) = 0;
};

}  // namespace headrace

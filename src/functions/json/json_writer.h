// Writes values as JSON text: to_json and the JSON file sink.
//
// Made once for a type; thread-safe. Field names are escaped and conversions chosen once. The file
// sink turns a batch into a struct array (arrow::RecordBatch::ToStructArray) and writes:
//
//   ARROW_ASSIGN_OR_RAISE(auto writer, JsonWriter::Make(struct_type, options));
//   std::string buffer;
//   for (row …) { ARROW_RETURN_NOT_OK(writer->AppendRow(*array, row, &buffer)); buffer += '\n'; }
//   // or: writer->AppendLines(*array, &buffer)
#pragma once

#include <memory>
#include <string>

#include <arrow/array.h>

#include "functions/json/json_options.h"
#include "types/spark_type.h"

namespace headrace {

class JsonWriter {
 public:
  virtual ~JsonWriter() = default;

  // `type`: struct, array or map. Error: a type that has no JSON form, by name.
  static Result<std::shared_ptr<const JsonWriter>> Make(const DataTypePtr& type,
                                                        const JsonWriteOptions& options);
  // Appends row `row`, which is not null, without a line end.
  virtual Status AppendRow(const arrow::Array& values, int64_t row, std::string* out) const = 0;
  // All rows, each followed by "\n"; a null row is an empty object.
  virtual Status AppendLines(const arrow::Array& values, std::string* out) const = 0;
};

// Appends `text` in quotes with JSON's escapes, as Spark writes them.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace headrace
